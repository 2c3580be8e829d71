"""A sealed matter is for few: whoever it is given to, by whatever way, is one of them."""

import pytest

from xiangyun.base.errors import NotFound
from xiangyun.kernel.access.rules import system
from xiangyun.kernel.notify.models import Notice
from xiangyun.kernel.workflow import actions, queries
from xiangyun.kernel.workflow.models import WorkItem
from xiangyun.kernel.workflow.tests.factories import AT, TOWN, VILLAGE, a_carried, a_person, a_shift

pytestmark = pytest.mark.usefixtures("house")
HOUSE = system(TOWN)


def test_a_sealed_matter_exists_for_those_involved_and_for_who_may_see_it_alone(clerk, secretary):
    officer, reporter = a_person("duty_officer"), a_person("villager", VILLAGE)
    matter = a_carried(level="village", is_sealed=True, reporter=reporter.account_id)
    item = actions.route(matter, by=HOUSE, at=AT)
    assert not queries.matters_for(officer).exists()
    assert not queries.work_for(officer).exists()
    for knows in (clerk, secretary, reporter):
        assert queries.matters_for(knows).filter(pk=matter.pk).exists()
    with pytest.raises(NotFound):
        actions.take(work_id=item.pk, by=officer, at=AT)
    actions.sign(matter_id=matter.pk, by=secretary, at=AT)
    assert all("水渠堵了" not in str(notice.params) for notice in Notice.objects.all())


def test_given_back_it_goes_to_nobody_who_may_not_see_it(clerk, secretary):
    """Its reporter sent it, who takes no work; the first on duty is no one for it."""
    a_shift(a_person("duty_officer"), TOWN)
    leader = a_person("town_leader")
    reporter = a_person("villager", VILLAGE)
    matter = a_carried(level="town", is_sealed=True, reporter=reporter.account_id)
    actions.route(matter, by=reporter, at=AT)
    actions.sign(matter_id=matter.pk, by=clerk, at=AT)
    item = actions.send_back(matter_id=matter.pk, reason="不归我管", by=clerk, at=AT)
    assert item.assignee_id == leader.account_id


def test_handed_over_it_goes_only_by_and_to_who_may_see_it(clerk):
    officer, leader, other = a_person("duty_officer"), a_person("town_leader"), a_person("clerk")
    sealed, plain = (a_carried(level="town", is_sealed=is_sealed) for is_sealed in (True, False))
    for matter in (sealed, plain):
        actions.assign(matter_id=matter.pk, account=clerk.account_id, by=leader, at=AT)
    ways = {"account": clerk.account_id, "at": AT}
    look = actions.look_at_hand_over(**ways, to=officer.account_id, by=officer)
    assert ([one.matter_id for one in look.went], look.stayed) == ([plain.pk], [])
    over = actions.hand_over(**ways, to=officer.account_id, by=leader)
    assert ([one.matter_id for one in over.went], [one.matter_id for one in over.stayed]) == ([plain.pk], [sealed.pk])
    assert not queries.matters_for(officer).filter(pk=sealed.pk).exists()
    actions.hand_over(**ways, to=other.account_id, by=leader)
    assert WorkItem.objects.get(matter=sealed).assignee_id == other.account_id
