from datetime import date

import pytest

from xiangyun.base.errors import BadInput, NotFound
from xiangyun.kernel.access import doors
from xiangyun.kernel.access.rules import Actor, Post
from xiangyun.kernel.org import actions, queries, rules
from xiangyun.kernel.org.models import Area

TOWN, OTHER_TOWN = "15.08.02.100", "15.08.02.101"
VILLAGE = f"{TOWN}.201"
ON = date(2026, 6, 1)


def a_clerk(town: str = TOWN) -> Actor:
    return Actor(None, "clerk", "王芳", "person", scope=town, posts=(Post("clerk", town),))


@pytest.mark.parametrize(
    ("full", "short"),
    [
        ("迎丰村村民委员会", "迎丰村"),
        ("东方红村民委员会", "东方红"),
        ("新华街社区居民委员会", "新华街社区"),
        ("狼山镇", "狼山镇"),
    ],
)
def test_places_are_called_what_people_call_them(full, short):
    assert rules.short_name(full) == short


def test_the_level_follows_from_the_path():
    levels = [rules.level_of(path) for path in ("15.08", "15.08.02", TOWN, VILLAGE, f"{VILLAGE}.g01", f"{VILLAGE}.z02")]
    assert levels == ["city", "banner", "town", "village", "grid", "group"]


def test_all_of_bayannur_is_there(house):
    counts = {level: queries.valid().filter(level=level).count() for level in ("city", "banner", "town", "village")}
    assert counts == {"city": 1, "banner": 7, "town": 89, "village": 956}
    assert queries.pick(TOWN).name == "狼山镇"


def test_the_tree_taken_in_twice_stays_the_same(house):
    assert actions.import_divisions() == 0


def test_a_grid_of_another_town_does_not_exist(house):
    actions.add_part(village=VILLAGE, suffix="g01", name="迎丰村第一网格", on=ON)
    with doors.scoped(OTHER_TOWN):
        assert not Area.objects.filter(level="grid").exists()
        with pytest.raises(NotFound):
            queries.pick(f"{VILLAGE}.g01", a_clerk(OTHER_TOWN))
    with doors.scoped(TOWN):
        assert queries.pick(f"{VILLAGE}.g01", a_clerk()).kind == "网格"


def test_the_public_tree_is_known_without_any_scope(db):
    assert queries.valid().filter(level="village").count() == 956


def test_a_village_cannot_be_run_as_a_town(house):
    with pytest.raises(BadInput):
        actions.run_town(code="150802100201")


def test_the_root_holds_both_towns(house):
    assert queries.root() == "15.08.02"
