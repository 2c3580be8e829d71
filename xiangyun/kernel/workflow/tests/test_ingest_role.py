"""What the ingest door does with matters and work, done as its own database role: all of it, and nothing else."""

import pytest
from django.conf import settings
from django.db import ProgrammingError, connection

from xiangyun.kernel.access import doors
from xiangyun.kernel.access.rules import system
from xiangyun.kernel.accounts.models import Password
from xiangyun.kernel.workflow import actions
from xiangyun.kernel.workflow.models import DutyShift, Matter
from xiangyun.kernel.workflow.tests.factories import AT, TOWN, VILLAGE, a_matter, a_person, a_shift, a_work_item

HOUSE = system(TOWN)


@pytest.fixture
def officer(transactional_db):
    """Somebody on duty, committed; then the connection belongs to the ingest door's role."""
    with doors.scoped(TOWN):
        officer = a_person()
        a_shift(officer)
    before = dict(connection.settings_dict)
    dsn = settings.CONFIG.dsn("xy_ingest")
    connection.close()
    connection.settings_dict.update(USER=dsn["user"], PASSWORD=dsn["password"])
    yield officer
    connection.close()
    connection.settings_dict.update(before)


def test_it_opens_a_matter_sends_somebody_and_writes_it_down(officer):
    with doors.scoped(TOWN):
        item = a_work_item(VILLAGE)
        assert item.assignee_id == officer.account_id
        actions.remark(matter=item.matter, by=HOUSE, at=AT, note="雨停了")


def test_it_closes_what_was_over_before_anybody_heard_of_it(officer):
    with doors.scoped(TOWN):
        actions.move(a_matter(), to="closed", by=HOUSE, at=AT, outcome="over")
        assert Matter.objects.get().outcome == "over"


def test_it_says_that_it_lives(officer):
    actions.beat("ingest", at=AT)
    actions.beat("ingest", at=AT)


@pytest.mark.parametrize(
    "forbidden",
    [
        lambda officer: list(Password.objects.all()),
        lambda officer: DutyShift.objects.all().delete(),
        lambda officer: Matter.objects.update(severity=4),
    ],
)
def test_it_can_do_nothing_else(officer, forbidden):
    with pytest.raises(ProgrammingError, match="permission denied"), doors.scoped(TOWN):
        forbidden(officer)
