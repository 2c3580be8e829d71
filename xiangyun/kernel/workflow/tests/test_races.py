"""Two at once, each on a connection of their own: what must happen once happens once."""

import threading

import pytest
from django.db import connection

from xiangyun.base import ids
from xiangyun.base.errors import WrongState
from xiangyun.kernel.access import doors
from xiangyun.kernel.workflow import actions, queries
from xiangyun.kernel.workflow.models import Matter, Op
from xiangyun.kernel.workflow.tests.factories import AT, TOWN, a_browser_of, a_matter, a_person, a_work_item

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*acts):
    """Run each in a thread of its own from the same moment; what they returned or raised, in order."""
    start, found = threading.Barrier(len(acts)), [None] * len(acts)

    def run(n, act):
        try:
            start.wait()
            found[n] = act()
        except WrongState as fault:
            found[n] = fault
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def test_of_two_who_take_at_once_one_has_it_and_the_other_is_told():
    with doors.scoped(TOWN):
        people = [a_person(), a_person("clerk")]
        item = a_work_item()

    def take(person):
        with doors.scoped(TOWN):
            return actions.take(work_id=item.pk, by=person, at=AT)

    found = at_once(*(lambda person=person: take(person) for person in people))
    assert sorted(type(one).__name__ for one in found) == ["WorkItem", "WrongState"]
    winner = next(one for one in found if not isinstance(one, WrongState))
    loser = next(one for one in found if isinstance(one, WrongState))
    assert loser.extra["by"]["account"] == winner.assignee.account


def test_numbers_given_at_once_are_different():
    def open_one():
        with doors.scoped(TOWN):
            return a_matter().number

    a_kind_is_known = at_once(*[open_one] * 6)
    assert len(set(a_kind_is_known)) == 6
    with doors.scoped(TOWN):
        assert Matter.objects.count() == 6


def test_a_request_sent_twice_at_once_is_carried_out_once():
    with doors.scoped(TOWN):
        officer = a_person()
        item = a_work_item()
        browsers = [a_browser_of(officer), a_browser_of(officer)]
    body = {"op_id": str(ids.uuid7())}

    def take(browser):
        return browser.post(f"/api/work/{item.pk}/take", body, content_type="application/json")

    answers = at_once(*(lambda browser=browser: take(browser) for browser in browsers))
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].json() == answers[1].json()
    with doors.scoped(TOWN):
        assert [step.act for step in queries.history(item.matter)].count("taken") == 1
        assert Op.objects.count() == 1


def test_two_who_finish_the_last_work_at_once_close_the_matter():
    with doors.scoped(TOWN):
        people = [a_person(), a_person("clerk")]
        matter = a_matter()
        items = [a_work_item(matter=matter) for _ in people]
        for person, item in zip(people, items, strict=True):
            actions.take(work_id=item.pk, by=person, at=AT)

    def finish(person, item):
        with doors.scoped(TOWN):
            actions.done(work_id=item.pk, by=person, at=AT)

    at_once(*(lambda pair=pair: finish(*pair) for pair in zip(people, items, strict=True)))
    with doors.scoped(TOWN):
        assert Matter.objects.get().state == "closed"
