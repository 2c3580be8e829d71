"""The inbox: what somebody is told, and the receipt."""

from datetime import timedelta

import pytest
from django.test import Client

from xiangyun.base.errors import NotFound
from xiangyun.kernel.accounts.tests.factories import AT, VILLAGE, a_browser, a_person
from xiangyun.kernel.notify import actions, queries
from xiangyun.kernel.notify.tests.factories import a_notice

pytestmark = pytest.mark.usefixtures("house", "declared")


def test_a_notice_nobody_declared_is_a_mistake():
    with pytest.raises(KeyError):
        a_notice(a_person(), code="notify.nonsense")


def test_the_receipt_is_the_first_time_it_was_opened():
    person = a_person()
    notice = a_notice(person)
    actions.see(notice_id=notice.pk, by=person, at=AT + timedelta(minutes=1))
    assert actions.see(notice_id=notice.pk, by=person, at=AT + timedelta(hours=1)).seen_at == AT + timedelta(minutes=1)


def test_nobody_reads_anothers_notices():
    notice = a_notice(a_person())
    other = a_person()
    assert list(queries.inbox(other)) == []
    with pytest.raises(NotFound):
        actions.see(notice_id=notice.pk, by=other, at=AT)


def test_a_sentence_inside_the_sentence_is_read_in_the_readers_language():
    inside = {"code": "notify.trial_inside", "params": {"n": 3}, "place": VILLAGE}
    notice = a_notice(a_person(), params={"inside": inside})
    places = queries.place_names([notice])
    assert queries.sentence(notice, "zh-Hans", places) == "狼山镇：迎丰村有 3 件"
    assert queries.sentence(notice, "en", places) == "狼山镇: 3 in 迎丰村"
    assert queries.short_sentence(notice, "zh-Hans", places) == "狼山镇，迎丰村有 3 件"


def test_the_inbox_over_http():
    phone, stranger = a_browser(), a_browser()
    notice = a_notice(phone.who)
    assert Client().get("/api/notices").status_code == 401
    assert [item["id"] for item in phone.get("/api/notices?unseen=true").json()["items"]] == [str(notice.pk)]
    assert stranger.generic("POST", f"/api/notices/{notice.pk}/seen").status_code == 404
    assert phone.generic("POST", f"/api/notices/{notice.pk}/seen").json()["seen_at"] is not None
    assert phone.get("/api/notices?unseen=true").json()["items"] == []


@pytest.mark.parametrize("n", [1, 3])
def test_the_inbox_takes_a_fixed_number_of_queries(n, django_assert_num_queries):
    phone = a_browser()
    for _ in range(n):
        a_notice(phone.who)
    with django_assert_num_queries(QUERIES):
        assert len(phone.get("/api/notices").json()["items"]) == n


# Who asks, the scope there and back, how many, the page, what went out, the places.
QUERIES = 9


def test_what_was_read_a_year_ago_goes_and_the_unread_stays():
    person = a_person()
    read, _ = a_notice(person), a_notice(person)
    actions.see(notice_id=read.pk, by=person, at=AT)
    assert actions.forget_old(at=AT + timedelta(days=365)) == 0
    assert actions.forget_old(at=AT + timedelta(days=366)) == 1
    assert queries.inbox(person).count() == 1
