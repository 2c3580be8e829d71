"""Categories by day, likeness, and what a villager reads of a state."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xiangyun.base import ids
from xiangyun.kernel.workflow.rules import Level
from xiangyun.modules.grid.rules import categories, figures, likeness, reports
from xiangyun.modules.grid.rules.likeness import Told

AT = datetime(2026, 6, 20, 6, tzinfo=UTC)
HERE = (107.2, 40.9)
TODAY = AT.date()


def told(**changes: object) -> Told:
    facts = {
        "category": "road",
        "at": AT,
        "words": "渠东桥头的路塌了一块",
        "point": HERE,
        "household": None,
        "plot": None,
    }
    return Told(**{**facts, **changes})  # type: ignore[arg-type]


def test_every_shipped_category_names_who_settles_it_and_where_it_is_written():
    for one in categories.shipped():
        assert one.level in reports.KIND.levels
        assert one.source
        assert one.zh
        assert one.en
    sealed = {one.code for one in categories.shipped() if one.is_sensitive}
    assert sealed == {"domestic_violence", "minor_harmed", "needs_help"}
    assert not any(one.is_public for one in categories.shipped() if one.group != "hazard")


def test_a_towns_own_row_stands_instead_of_the_shipped_one_from_its_day_on():
    road = next(one for one in categories.shipped() if one.code == "road")
    own = replace(road, zh="路和桥", level=Level.TOWN, valid_from=TODAY)
    assert categories.in_force([own], TODAY)["road"].zh == "路和桥"
    assert categories.in_force([own], TODAY - timedelta(days=1))["road"].zh == road.zh


def test_what_a_town_ended_is_gone_from_that_day_on_and_may_come_back():
    road = next(one for one in categories.shipped() if one.code == "road")
    ended = replace(road, valid_from=TODAY, valid_until=TODAY)
    again = replace(road, valid_from=TODAY + timedelta(days=30))
    assert "road" not in categories.in_force([ended, again], TODAY + timedelta(days=1))
    assert "road" in categories.in_force([ended, again], TODAY + timedelta(days=30))


def test_two_who_see_one_hole_in_the_road():
    why = likeness.likeness(told(), told(words="桥头路塌了", point=(107.2005, 40.9), at=AT + timedelta(hours=5)))
    assert why is not None
    assert (why.same_category, why.hours_apart) == (True, 5)
    assert why.distance_m == pytest.approx(42, abs=2)


@pytest.mark.parametrize(
    "changes",
    [
        {"point": (107.21, 40.9)},
        {"at": AT + timedelta(days=8)},
        {"category": "fire", "words": "草垛边上有人烧荒"},
        {"point": None, "words": "路灯不亮"},
    ],
)
def test_what_is_far_long_ago_or_else_is_not_the_same(changes):
    assert likeness.likeness(told(), told(**changes)) is None


def test_a_home_is_a_place_and_much_the_same_words_need_none():
    home = ids.uuid7()
    assert likeness.likeness(told(point=None, household=home), told(point=None, household=home)) is not None
    assert likeness.likeness(told(point=None), told(point=None)) is not None
    assert likeness.likeness(told(point=None), told(point=None, words="")) is None


@given(st.text(max_size=40), st.text(max_size=40))
def test_words_are_as_like_one_way_as_the_other(one, other):
    assert likeness.alike(one, other) == likeness.alike(other, one)
    assert 0 <= likeness.alike(one, other) <= 1


def test_every_state_has_a_word_for_the_village_and_the_open_ones_can_end():
    assert set(reports.PUBLIC) == set(reports.ReportState)
    for state in reports.OPEN:
        assert (state, reports.ReportState.LEGAL) in reports.MOVES
        assert (state, reports.ReportState.MERGED) in reports.MOVES


def test_nothing_leads_out_of_an_end_but_reopening():
    assert {pair for pair in reports.MOVES if pair[0] in reports.CLOSED} == {
        (reports.ReportState.CLOSED, reports.ReportState.REOPENED)
    }


def test_shipped_categories_begin_before_anything_was_reported():
    assert {one.valid_from for one in categories.shipped()} == {date(2015, 1, 1)}


@pytest.mark.parametrize(("tenths", "hours"), [([], None), ([20], 2.0), ([40, 20], 3.0), ([90, 10, 40], 4.0)])
def test_the_median_of_spans(tenths, hours):
    assert figures.median_hours(tenths) == hours


def test_how_quarrels_end_is_not_told_of_one_or_two():
    assert (figures.share(2, 2), figures.share(2, 3)) == (None, 66.7)
