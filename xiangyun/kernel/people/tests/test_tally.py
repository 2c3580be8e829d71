"""A village is counted from its rows, counted anew when one was written, and told so that nobody is named."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection

from xiangyun.kernel.access import doors
from xiangyun.kernel.people.actions import tally as actions
from xiangyun.kernel.people.models import Household, Recount, Resident, Tally
from xiangyun.kernel.people.queries import tally as queries
from xiangyun.kernel.people.rules import counting
from xiangyun.kernel.people.tests import factories as people
from xiangyun.kernel.people.tests.factories import AT, NEXT_VILLAGE, TOWN, VILLAGE

NOBODY = counting.nothing()


def counts(area: str = VILLAGE) -> dict:
    return queries.counted([area], AT)[area]


@pytest.mark.usefixtures("house")
def test_a_village_in_which_nobody_is_registered_counts_to_nothing() -> None:
    assert counts() == NOBODY


@pytest.mark.usefixtures("house")
def test_who_is_counted() -> None:
    home, _old = people.a_home(born_on=date(1966, 11, 26), sex="1")  # sixty on this very day
    for facts in (
        {"born_on": date(1966, 11, 27), "sex": "2"},
        {"born_on": date(2012, 11, 27), "sex": "2", "away_since": date(2026, 9, 1)},
        {"born_on": date(2012, 11, 26), "sex": "1"},
        {"born_on": None, "sex": ""},
    ):
        people.a_membership(home, people.a_resident(**facts))
    people.a_membership(home, people.a_resident(died_on=date(2026, 1, 1)), until_on=date(2026, 1, 1))
    people.a_membership(home, people.a_resident(), until_on=date(2025, 1, 1))
    people.a_membership(home, people.a_resident(merged_into=_old))
    people.a_resident()
    people.a_home(NEXT_VILLAGE)
    assert counts() == NOBODY | {
        "households": 1,
        "refreshed": 1,
        "residents": 5,
        "men": 2,
        "women": 2,
        "elderly": 1,
        "children": 1,
        "away": 1,
    }


@pytest.mark.usefixtures("house")
def test_homes_land_and_care() -> None:
    home, head = people.a_home(born_on=None)
    midnight = datetime(2026, 8, 27, 16, tzinfo=UTC)  # of 28 August, 90 days before the day of AT
    people.a_household(checked_at=midnight)
    people.a_household(checked_at=midnight - timedelta(seconds=1))
    people.a_household(closed_on=date(2026, 1, 1))
    people.a_plot(home, size_mu=Decimal("3.25"))
    people.a_plot(home, size_mu=Decimal("10.5"))
    people.a_plot(home, size_mu=Decimal(99), closed_on=date(2026, 1, 1))
    people.a_mark(head, "alone")
    people.a_mark(head, "alone", from_on=date(2026, 1, 1))
    people.a_mark(head, "disabled", level=1)
    people.a_mark(head, "violence", level=2)
    people.a_mark(head, "left_behind", until_on=date(2026, 1, 1))
    told = counts()
    assert (told["households"], told["refreshed"], told["land_mu"]) == (3, 2, 13.75)
    assert (told["care_open"], told["care_welfare"]) == ({"alone": 1}, {"disabled": 1})


@pytest.mark.usefixtures("house")
def test_the_day_turns_at_the_towns_midnight() -> None:
    people.a_home(born_on=date(1966, 11, 27))
    before, after = datetime(2026, 11, 26, 15, 59, tzinfo=UTC), datetime(2026, 11, 26, 16, 1, tzinfo=UTC)
    assert [queries.counted([VILLAGE], at)[VILLAGE]["elderly"] for at in (before, after)] == [0, 1]


def test_nobody_turns_sixty_on_a_day_that_is_not() -> None:
    assert counting.birthday_of(60, date(2024, 2, 29)) == date(1964, 2, 29)
    assert counting.birthday_of(61, date(2024, 2, 29)) == date(1963, 2, 28)


@pytest.mark.usefixtures("house")
def test_what_is_written_is_counted_by_the_next_round_and_only_that() -> None:
    _, head = people.a_home()
    people.a_home(NEXT_VILLAGE)
    assert actions.recount_changed(at=AT) == 2
    assert actions.recount_changed(at=AT) == 0
    later = AT + timedelta(minutes=1)
    head.sex = "2"
    head.save(update_fields=["sex"])
    assert actions.recount_changed(at=later) == 1
    assert {row.area_path: (row.at, row.counts["women"]) for row in Tally.objects.all()} == {
        VILLAGE: (later, 1),
        NEXT_VILLAGE: (AT, 0),
    }


@pytest.mark.usefixtures("house")
def test_every_kind_of_writing_marks_the_villages_it_touches() -> None:
    home, head = people.a_home()
    plot, mark = people.a_plot(home), people.a_mark(head)
    for write in (
        people.a_household,
        lambda: Household.objects.filter(pk=home.pk).update(version=2),
        lambda: Resident.objects.filter(pk=head.pk).update(version=2),
        lambda: head.memberships.update(relation="03"),
        plot.delete,
        mark.delete,
    ):
        Recount.objects.all().delete()
        write()
        assert list(Recount.objects.values_list("area_path", flat=True)) == [VILLAGE]
    Recount.objects.all().delete()
    Resident.objects.filter(pk=head.pk).update(area_path=NEXT_VILLAGE)
    assert set(Recount.objects.values_list("area_path", flat=True)) == {VILLAGE, NEXT_VILLAGE}


@pytest.mark.usefixtures("house")
def test_everybody_is_a_day_older_on_the_next_day() -> None:
    people.a_home()
    actions.recount_changed(at=AT)
    assert actions.recount_changed(at=AT + timedelta(hours=7)) == 0  # 23:00 in the town
    assert actions.recount_changed(at=AT + timedelta(hours=9)) == 1
    assert actions.recount_changed(at=AT + timedelta(hours=9)) == 0


@pytest.mark.django_db(transaction=True)
def test_a_change_that_is_not_committed_when_the_village_is_counted_is_counted_later() -> None:
    with doors.scoped(TOWN):
        home, _ = people.a_home()
    with doors.scoped(TOWN):
        actions.recount_changed(at=AT)
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("BEGIN")
            cursor.execute("SELECT set_config('xy.scope', %s, true)", [TOWN])
            cursor.execute("UPDATE people_household SET closed_on = '2026-11-26' WHERE id = %s", [home.pk])
            with doors.scoped(TOWN):
                Resident.objects.update(version=2)
            with doors.scoped(TOWN):
                assert actions.recount_changed(at=AT) == 1
                assert Tally.objects.get().counts["households"] == 1
            cursor.execute("COMMIT")
    finally:
        other.close()
    with doors.scoped(TOWN):
        assert actions.recount_changed(at=AT) == 1
        assert Tally.objects.get().counts["households"] == 0


@pytest.mark.usefixtures("house")
def test_a_round_counts_a_handful_of_villages() -> None:
    for n in range(201, 201 + actions.VILLAGES_A_ROUND + 2):
        people.a_household(f"{TOWN}.{n}")
    assert actions.recount_changed(at=AT) == actions.VILLAGES_A_ROUND
    assert actions.recount_changed(at=AT) == 2


@pytest.mark.usefixtures("house")
def test_as_many_queries_for_many_villages_as_for_one(django_assert_num_queries) -> None:
    for n in range(3):
        home, head = people.a_home(f"{TOWN}.{201 + n}")
        people.a_plot(home)
        people.a_mark(head)
    for villages in (["x"], [f"{TOWN}.{201 + n}" for n in range(3)]):
        with django_assert_num_queries(4):
            queries.counted(villages, AT)


@pytest.mark.parametrize(
    ("column", "total", "hidden"),
    [
        ([0, 5, 7], 12, set()),
        ([1, 5, 7], 13, {0, 1}),
        ([2, 9, 7, 0], 18, {0, 2}),
        ([1, 2, 9], 12, {0, 1}),
        ([2, 0, 0], 2, {0}),
        ([1, 0, 2], 3, {0, 2}),
        ([], 0, set()),
    ],
)
def test_a_cell_that_names_people_is_hidden_and_cannot_be_subtracted(
    column: list[int], total: int, hidden: set[int]
) -> None:
    assert counting.small(column, total) == hidden
