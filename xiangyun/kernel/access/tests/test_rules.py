import pytest

from xiangyun.base.errors import NotAllowed
from xiangyun.kernel.access import rules
from xiangyun.kernel.access.rules import Ability, Actor, Post, system

TOWN, NEXT_VILLAGE, VILLAGE = "15.08.02.100", "15.08.02.100.202", "15.08.02.100.201"


@pytest.fixture(autouse=True)
def _abilities(monkeypatch):
    monkeypatch.setattr(rules, "_granted", {})
    rules.declare(Ability("things.see_thing", roles=("village_secretary", "clerk")))
    rules.declare(Ability("things.judge_thing", roles=("village_secretary",)))


def a_secretary(area: str = VILLAGE) -> Actor:
    return Actor(None, "s", "张永胜", "person", scope=TOWN, posts=(Post("village_secretary", area),))


def test_an_ability_holds_where_the_post_is():
    actor = a_secretary()
    assert actor.may("things.judge_thing", f"{VILLAGE}.g01")
    assert not actor.may("things.judge_thing", NEXT_VILLAGE)
    with pytest.raises(NotAllowed):
        actor.must("things.judge_thing", TOWN)


def test_two_posts_do_not_lend_each_other_their_places():
    actor = Actor(
        None, "s", "张永胜", "person", scope=TOWN,
        posts=(Post("village_secretary", VILLAGE), Post("clerk", NEXT_VILLAGE)),
    )  # fmt: skip
    assert actor.areas("things.see_thing") == (VILLAGE, NEXT_VILLAGE)
    assert actor.areas("things.judge_thing") == (VILLAGE,)


def test_a_machine_has_what_its_key_was_made_for_and_no_more():
    machine = Actor(
        None, "key", "气象局接口", "machine", scope=TOWN,
        posts=(Post("town_admin", TOWN),), only=frozenset({"things.see_thing"}),
    )  # fmt: skip
    assert machine.may("things.see_thing", VILLAGE)
    assert not machine.may("things.judge_thing", VILLAGE)


def test_the_house_acts_inside_its_scope_only():
    assert system(TOWN).may("anything", VILLAGE)
    assert not system(TOWN).may("anything", "15.08.02.101")


def test_an_ability_cannot_be_declared_twice_or_for_roles_nobody_knows():
    with pytest.raises(ValueError, match="twice"):
        rules.declare(Ability("things.see_thing", roles=("clerk",)))
    with pytest.raises(ValueError, match="unknown roles"):
        rules.declare(Ability("things.see_other", roles=("king",)))
