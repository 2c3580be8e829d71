"""When a home is asked after again: the shortest interval of its people, a promise, a town's own rows."""

from __future__ import annotations

from datetime import date, timedelta

from xiangyun.modules.grid.rules import visits
from xiangyun.modules.grid.rules.visits import Care, Interval

DAY = date(2026, 11, 26)
OWN = Interval("alone", 14, "镇里", date(2026, 11, 1))


def test_a_towns_row_stands_instead_of_what_ships_while_it_holds():
    assert visits.in_force([], DAY)["alone"].days == 30
    assert visits.in_force([OWN], DAY)["alone"].days == 14
    assert visits.in_force([OWN], date(2026, 10, 31))["alone"].days == 30
    later = Interval("alone", None, "镇里", date(2026, 11, 20), date(2026, 11, 25))
    assert visits.in_force([later, OWN], date(2026, 11, 24))["alone"].days is None
    assert visits.in_force([later, OWN], date(2026, 11, 25))["alone"].days == 14


def test_what_ships_says_its_source_and_names_open_kinds_alone():
    kinds = [one.kind for one in visits.shipped()]
    assert len(kinds) == len(set(kinds))
    assert all(one.source and one.days for one in visits.shipped())
    assert "drug_recovery" not in kinds


def test_the_shortest_interval_counts_from_the_last_meeting_or_the_mark():
    known = visits.in_force([OWN], DAY)
    marks = [("alone", date(2026, 1, 1)), ("oldest", date(2026, 11, 25))]
    assert visits.care_due(marks, known, met_on=None) == Care(("alone", "oldest"), date(2026, 1, 15))
    assert visits.care_due(marks, known, met_on=DAY).due_on == DAY + timedelta(days=14)
    assert visits.care_due([("veteran", DAY)], known, met_on=None) == Care((), None)


def test_a_promise_comes_before_the_interval():
    known = visits.in_force([], DAY)
    promised = visits.care_due([("alone", DAY)], known, met_on=DAY, call_back_on=DAY + timedelta(days=3))
    assert promised.due_on == DAY + timedelta(days=3)
    assert visits.care_due([], known, met_on=DAY, call_back_on=DAY).due_on == DAY


def test_an_interval_of_nothing_is_never_due():
    known = visits.in_force([Interval("alone", None, "镇里", date(2026, 11, 1))], DAY)
    assert visits.care_due([("alone", date(2020, 1, 1))], known, met_on=None) == Care(("alone",), None)
