from datetime import UTC, datetime, timedelta

import pytest

from xiangyun.kernel.access.rules import system
from xiangyun.kernel.workflow import actions, figures
from xiangyun.kernel.workflow.models import Matter
from xiangyun.kernel.workflow.tests.factories import (
    AT,
    NEXT_VILLAGE,
    TOWN,
    VILLAGE,
    a_carried,
    a_matter,
    a_person,
    a_work_item,
)

pytestmark = pytest.mark.usefixtures("house")

OPEN, UNACCEPTED, CLOSED, LATE, UNSURE = figures.FIGURES
MINUTE = timedelta(minutes=1)


def test_open_matters_are_counted_where_they_lie_and_open_their_rows():
    item = a_work_item(VILLAGE)
    assert OPEN.compute(TOWN, AT).value == 1
    assert OPEN.compute(NEXT_VILLAGE, AT).value == 0
    (row,) = OPEN.rows(TOWN, AT)
    assert (row.kind, row.id, row.name) == ("matter", str(item.matter_id), item.matter.number)


def test_open_matters_are_compared_with_this_time_yesterday():
    officer = a_person()
    item = a_work_item(VILLAGE)
    assert OPEN.compute(TOWN, AT).compare == ("workflow.more_than_yesterday", {"n": 1})
    assert OPEN.compute(TOWN, AT + timedelta(days=2)).compare == ("workflow.as_many_as_yesterday", {})
    actions.take(work_id=item.pk, by=officer, at=AT + MINUTE)
    actions.done(work_id=item.pk, by=officer, at=AT + 2 * MINUTE)
    assert OPEN.compute(TOWN, AT + timedelta(days=1, minutes=1)).compare == ("workflow.fewer_than_yesterday", {"n": 1})


def test_what_nobody_took_in_time_is_unaccepted_until_somebody_takes_it():
    officer = a_person()
    item = a_work_item(VILLAGE)
    assert UNACCEPTED.compute(TOWN, AT).value == len(UNACCEPTED.rows(TOWN, AT)) == 0
    actions.escalate(at=AT + timedelta(hours=1), by=system(TOWN))
    assert UNACCEPTED.compute(TOWN, AT).value == len(UNACCEPTED.rows(TOWN, AT)) == 1
    actions.take(work_id=item.pk, by=officer, at=AT)
    assert UNACCEPTED.compute(TOWN, AT).value == len(UNACCEPTED.rows(TOWN, AT)) == 0


def test_what_is_done_today_is_counted_until_midnight():
    officer = a_person()
    item = a_work_item(VILLAGE)
    actions.take(work_id=item.pk, by=officer, at=AT)
    actions.done(work_id=item.pk, by=officer, at=AT)
    assert CLOSED.compute(TOWN, AT).value == len(CLOSED.rows(TOWN, AT)) == 1
    assert CLOSED.compute(TOWN, AT + timedelta(days=1)).value == 0


def test_what_was_over_before_anybody_could_go_is_no_work_done_today():
    actions.move(a_matter(VILLAGE), to="closed", by=system(TOWN), at=AT, outcome="over")
    assert CLOSED.compute(TOWN, AT).value == len(CLOSED.rows(TOWN, AT)) == 0


def test_late_and_unsure_matters_are_counted_with_their_rows():
    late, unsure = a_carried(level="town"), a_carried(level="town", at=datetime(2026, 12, 29, tzinfo=UTC))
    a_carried(level="town", is_sealed=True)
    at = datetime(2026, 12, 30, tzinfo=UTC)
    assert (LATE.compute(TOWN, at).value, UNSURE.compute(TOWN, at).value) == (1, 1)
    assert [row.name for row in LATE.rows(TOWN, at)] == [late.number]
    assert [row.name for row in UNSURE.rows(TOWN, at)] == [unsure.number]
    Matter.objects.filter(pk=late.pk).update(stopped_at=at)
    assert LATE.compute(TOWN, at).value == 0
