from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from xiangyun.base.errors import NotFound
from xiangyun.kernel.notify import actions, queries
from xiangyun.kernel.notify.models import Notice
from xiangyun.kernel.workflow.tests.factories import TOWN, VILLAGE, a_person, a_work_item, sign_in

AT = datetime(2026, 6, 20, 6, 0, tzinfo=UTC)

pytestmark = pytest.mark.usefixtures("house")


def a_notice(person, **changes):
    facts = {
        "account": person.account_id,
        "area": TOWN,
        "code": "workflow.offered",
        "params": {"title": "有大雨", "number": "农业-0620-01", "minutes": 10},
        "subject": ("work", "1"),
        "at": AT,
        **changes,
    }
    return actions.tell(**facts)


def test_a_notice_nobody_declared_is_a_mistake():
    with pytest.raises(KeyError):
        a_notice(a_person(), code="workflow.nonsense")


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
    person = a_person()
    item = a_work_item(VILLAGE)
    notice = Notice.objects.get(account=person.account_id)
    places = queries.place_names([notice])
    said = queries.sentence(notice, "zh-Hans", places)
    assert said == f"有一件事请您去：去看一看（{item.matter.number}）。请在 10 分钟内接下，不接会问下一位。"
    assert queries.sentence(notice, "en", places).startswith("Please go: Go and look")


def test_the_inbox_over_http():
    person = a_person()
    notice = a_notice(person)
    assert Client().get("/api/notices").status_code == 401
    phone, stranger = sign_in(Client(), person), sign_in(Client(), a_person())
    assert [item["id"] for item in phone.get("/api/notices?unseen=true").json()["items"]] == [str(notice.pk)]
    assert stranger.generic("POST", f"/api/notices/{notice.pk}/seen").status_code == 404
    assert phone.generic("POST", f"/api/notices/{notice.pk}/seen").json()["seen_at"] is not None
    assert phone.get("/api/notices?unseen=true").json()["items"] == []
