"""Tables that go out and facts for forms: masked, of one's own places, as many queries for three homes as for one."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from xiangyun.kernel.accounts.tests import factories as accounts
from xiangyun.kernel.people import exports
from xiangyun.kernel.people.tests import factories as people

VILLAGE, NEXT_VILLAGE, AT = people.VILLAGE, people.NEXT_VILLAGE, people.AT
NUMBER, PHONE = "152801195603015414", "19900001234"


@pytest.fixture
def clerk(house: None) -> Any:
    return accounts.a_person("clerk", people.TOWN)


def a_full_home(village: str = VILLAGE, **person: Any) -> Any:
    home, head = people.a_home(village, **{"name": "王建国", "phone": PHONE, **person})
    people.a_plot(home, size_mu=Decimal("3.5"))
    people.a_plot(home, size_mu=Decimal(4))
    return home, head


def fact(code: str) -> Any:
    return next(one for one in exports.FACTS if one.code == code)


def test_people_go_out_masked_home_by_home(clerk: Any) -> None:
    home, _ = a_full_home(id_no=NUMBER, born_on=date(1956, 3, 1))
    people.a_membership(home, people.a_resident(name="陈梅", sex="2", is_protected=True), relation="10")
    a_full_home(NEXT_VILLAGE, name="别村人")
    columns = ("village", "household", "name", "sex", "id_no", "phone", "age")
    rows = list(exports.residents(columns, area=VILLAGE, by=clerk, at=AT))
    assert [row[2] for row in rows] == ["王建国", "陈*"]
    assert rows[0][1:] == [home.number, "王建国", rows[0][3], "**************5414", "199****1234", 70]
    assert rows[0][3].startswith("男")
    assert len(list(exports.residents(columns, area=people.TOWN, by=clerk, at=AT))) == 3


def test_a_table_with_the_end_of_a_number_says_the_year_of_birth_alone(clerk: Any) -> None:
    a_full_home(id_no=NUMBER, born_on=date(1956, 3, 1))

    def row(*columns: str) -> Any:
        [told] = exports.residents(columns, area=VILLAGE, by=clerk, at=AT)
        return told

    assert row("name", "born_on") == ["王建国", date(1956, 3, 1)]
    assert row("name", "born_on", "id_no") == ["王建国", 1956, "**************5414"]
    a_full_home(NEXT_VILLAGE, id_no=NUMBER[:-1] + "X", born_on=None)
    [unknown] = exports.residents(("born_on", "id_no"), area=NEXT_VILLAGE, by=clerk, at=AT)
    assert unknown[0] is None


def test_the_dead_and_those_who_left_do_not_go_out(clerk: Any) -> None:
    home, _ = a_full_home()
    people.a_membership(home, people.a_resident(name="走了的"), until_on=AT.date(), ended_by="moved_out")
    gone = people.a_resident(name="去世的", died_on=AT.date())
    people.a_membership(home, gone)
    assert [row[0] for row in exports.residents(("name",), area=VILLAGE, by=clerk, at=AT)] == ["王建国"]
    assert fact("people.home_members").read([str(home.pk)], area=VILLAGE, by=clerk, at=AT)


def test_homes_go_out_with_their_land(clerk: Any) -> None:
    home, _ = a_full_home()
    [row] = exports.households(("household", "head", "members", "land_mu"), area=VILLAGE, by=clerk, at=AT)
    assert row == [home.number, "王建国", 1, 7.5]


def test_who_may_not_see_a_place_gets_nothing_of_it(house: None) -> None:
    a_full_home()
    next_village = accounts.a_person("village_secretary", NEXT_VILLAGE)
    assert list(exports.residents(("name",), area=VILLAGE, by=next_village, at=AT)) == []
    assert list(exports.households(("household",), area=VILLAGE, by=next_village, at=AT)) == []
    for roll in exports.ROLLS:
        assert list(roll.read(VILLAGE, by=next_village, at=AT)) == []


def test_a_fact_comes_with_its_source(clerk: Any) -> None:
    home, head = a_full_home(id_no=NUMBER)
    told = fact("people.person_id_no").read([str(head.pk)], area=VILLAGE, by=clerk, at=AT)[str(head.pk)]
    # A form asks for the day of birth mostly: of the number it is told that there is one.
    assert (told.value, told.source, told.as_of) == ("*" * 18, "王建国", AT.date())
    born = fact("people.person_born_on").read([str(head.pk)], area=VILLAGE, by=clerk, at=AT)[str(head.pk)]
    assert born.value == date(1956, 3, 1)
    land = fact("people.home_land_mu").read([str(home.pk)], area=VILLAGE, by=clerk, at=AT)[str(home.pk)]
    assert land.value == 7.5


def test_a_village_counts_and_lists(clerk: Any) -> None:
    _, head = a_full_home(born_on=date(1956, 3, 1))
    _, young = a_full_home(born_on=date(1990, 3, 1))

    def counted(code: str) -> Any:
        return fact(code).read([VILLAGE], area=VILLAGE, by=clerk, at=AT)[VILLAGE].value

    assert [counted(f"people.village_{one}") for one in ("households", "residents", "elderly", "land_mu")] == [
        2, 2, 1, 15.0,
    ]  # fmt: skip
    rolls = {one.code: list(one.read(VILLAGE, by=clerk, at=AT)) for one in exports.ROLLS}
    assert rolls["people.elderly"] == [str(head.pk)]
    assert set(rolls["people.everybody"]) == {str(head.pk), str(young.pk)}
    assert len(rolls["people.homes"]) == 2


def test_three_homes_cost_what_one_costs(clerk: Any) -> None:
    columns = tuple(one.code for one in exports.EXPORTS[1].columns)

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            list(exports.households(columns, area=VILLAGE, by=clerk, at=AT))
        return len(captured)

    a_full_home()
    one = queries()
    a_full_home()
    a_full_home()
    assert queries() == one
