from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xiangyun.kernel.workflow.rules import deadlines
from xiangyun.kernel.workflow.rules.calendar import Calendar, missing
from xiangyun.kernel.workflow.rules.deadlines import Lamp, Limit, Stop, Timing, Unit, due, lamp, used, warn_at

HOME = ZoneInfo("Asia/Shanghai")
CALENDAR = Calendar()


def at(text: str) -> datetime:
    """A local moment: `2026-09-28 10:00`."""
    return datetime.fromisoformat(text).replace(tzinfo=HOME)


def end_of(day: str) -> datetime:
    return at(f"{day} 00:00") + timedelta(days=1)


# Counted by hand on the State Council's notice for 2026: Spring Festival 15–23 February off, the 14th and 28th
# worked; Qingming 4–6 April; Labour Day 1–5 May, the 9th worked; Mid-Autumn 25–27 September; National Day 1–7 October,
# 20 September and 10 October worked.
BY_HAND = [
    # working days over National Day: 28, 29, 30 September, then 8 and 9 October
    ("2026-09-27 09:00", 1, Unit.WORKING_DAYS, "2026-09-28"),
    ("2026-09-28 10:00", 1, Unit.WORKING_DAYS, "2026-09-29"),
    ("2026-09-28 10:00", 2, Unit.WORKING_DAYS, "2026-09-30"),
    ("2026-09-28 10:00", 3, Unit.WORKING_DAYS, "2026-10-08"),
    # the Saturday that is made up for (10 October) is worked
    ("2026-09-28 10:00", 5, Unit.WORKING_DAYS, "2026-10-10"),
    ("2026-09-28 10:00", 6, Unit.WORKING_DAYS, "2026-10-12"),
    ("2026-09-30 23:59", 1, Unit.WORKING_DAYS, "2026-10-08"),
    ("2026-10-03 12:00", 1, Unit.WORKING_DAYS, "2026-10-08"),
    # the Sunday before Mid-Autumn is worked
    ("2026-09-18 15:00", 1, Unit.WORKING_DAYS, "2026-09-20"),
    ("2026-09-18 15:00", 2, Unit.WORKING_DAYS, "2026-09-21"),
    # days: counted through, the end rolls on
    ("2026-09-28 10:00", 2, Unit.DAYS, "2026-09-30"),
    ("2026-09-28 10:00", 3, Unit.DAYS, "2026-10-08"),
    ("2026-09-28 10:00", 12, Unit.DAYS, "2026-10-10"),
    ("2026-09-28 10:00", 13, Unit.DAYS, "2026-10-12"),
    # Spring Festival: Saturday 14 February is worked, then nine days off
    ("2026-02-13 08:00", 1, Unit.WORKING_DAYS, "2026-02-14"),
    ("2026-02-13 08:00", 2, Unit.WORKING_DAYS, "2026-02-24"),
    ("2026-02-13 08:00", 6, Unit.WORKING_DAYS, "2026-02-28"),
    ("2026-02-13 08:00", 7, Unit.WORKING_DAYS, "2026-03-02"),
    ("2026-02-13 08:00", 3, Unit.DAYS, "2026-02-24"),
    # twenty working days of a permit handed in on the last day before the holidays
    ("2026-02-14 17:30", 20, Unit.WORKING_DAYS, "2026-03-20"),
    # months: the same day, or the last one
    ("2026-01-31 09:00", 1, Unit.MONTHS, "2026-02-28"),
    ("2026-08-31 09:00", 1, Unit.MONTHS, "2026-09-30"),
    ("2026-09-01 09:00", 1, Unit.MONTHS, "2026-10-08"),
    ("2026-01-15 09:00", 3, Unit.MONTHS, "2026-04-15"),
]


@pytest.mark.parametrize(("start", "amount", "unit", "last"), BY_HAND)
def test_counted_by_hand_around_the_holidays_of_2026(start, amount, unit, last):
    found = due(at(start), Limit(amount, unit), CALENDAR)
    assert (found.last_day, found.at, found.unsure_year) == (date.fromisoformat(last), end_of(last), None)


def test_hours_run_from_the_moment_through_nights_and_holidays():
    assert due(at("2026-10-01 09:30"), Limit(24, Unit.HOURS), CALENDAR) == deadlines.Due(
        at("2026-10-02 09:30"), None, None
    )


STOPPED = [
    # an hour's stop shifts hours by an hour
    (Limit(24, Unit.HOURS), "2026-06-01 08:00", "2026-06-01 10:00", "2026-06-01 11:00", "2026-06-02 09:00"),
    # a day on which it stood still at any time does not count
    (Limit(3, Unit.DAYS), "2026-06-01 08:00", "2026-06-02 10:00", "2026-06-02 10:05", "2026-06-06 00:00"),
    (Limit(3, Unit.WORKING_DAYS), "2026-06-01 08:00", "2026-06-02 10:00", "2026-06-03 09:00", "2026-06-09 00:00"),
    # on the first day, which is not counted anyway, it changes nothing
    (Limit(3, Unit.DAYS), "2026-06-01 08:00", "2026-06-01 10:00", "2026-06-01 12:00", "2026-06-05 00:00"),
    # months are prolonged by the days stood still: 15 July and two days on
    (Limit(1, Unit.MONTHS), "2026-06-15 08:00", "2026-06-20 10:00", "2026-06-21 09:00", "2026-07-18 00:00"),
]


@pytest.mark.parametrize(("limit", "start", "stop", "go", "ends"), STOPPED)
def test_time_that_stands_still_does_not_count(limit, start, stop, go, ends):
    assert due(at(start), limit, CALENDAR, [Stop(at(stop), at(go))]).at == at(ends)


def test_an_unknown_year_is_called_a_guess_and_counted_monday_to_friday():
    found = due(at("2026-12-30 09:00"), Limit(3, Unit.WORKING_DAYS), CALENDAR)
    assert (found.last_day, found.unsure_year) == (date(2027, 1, 4), 2027)
    assert due(at("2026-12-30 09:00"), Limit(1, Unit.WORKING_DAYS), CALENDAR).unsure_year is None
    assert due(at("2026-12-30 09:00"), Limit(900, Unit.HOURS), CALENDAR).unsure_year is None


# As a town might type the notice of a year nobody ships in.
YEAR = [date(2027, 1, 1), date(2027, 2, 5), date(2027, 2, 6), date(2027, 2, 8), date(2027, 2, 9), date(2027, 4, 5)]
YEAR += [date(2027, 5, 1), date(2027, 10, 1), date(2027, 10, 2), date(2027, 10, 3)]
TYPED = {**dict.fromkeys(YEAR, False), date(2027, 1, 2): True}


def test_a_year_typed_in_whole_is_known_and_half_a_year_is_not():
    assert missing(TYPED, 2027) == []
    whole = Calendar(own=TYPED)
    assert whole.knows(2027)
    assert due(at("2026-12-30 09:00"), Limit(3, Unit.WORKING_DAYS), whole).last_day == date(2027, 1, 4)
    assert due(at("2026-12-30 09:00"), Limit(2, Unit.WORKING_DAYS), whole).last_day == date(2027, 1, 2)
    half = {on: off for on, off in TYPED.items() if on.month < 10}
    assert missing(half, 2027) == ["10-01", "10-02", "10-03"]
    assert not Calendar(own=half).knows(2027)
    assert not Calendar(own={date(2027, 1, 1): False}).knows(2027)


def test_a_place_may_have_a_day_off_of_its_own():
    local = Calendar(own={date(2026, 6, 3): False})
    assert due(at("2026-06-01 08:00"), Limit(2, Unit.WORKING_DAYS), local).last_day == date(2026, 6, 4)


def a_timing(**changes):
    facts = {"started_at": at("2026-06-01 00:00"), "due_at": at("2026-06-11 00:00"), "warn_at": at("2026-06-09 00:00")}
    return Timing(**{**facts, **changes})


def test_lamps():
    assert lamp(a_timing(), at("2026-06-08 23:59")) == Lamp.OK
    assert lamp(a_timing(), at("2026-06-09 00:00")) == Lamp.WARN
    assert lamp(a_timing(), at("2026-06-11 00:00")) == Lamp.LATE
    assert lamp(a_timing(is_unsure=True), at("2026-06-02 00:00")) == Lamp.UNSURE
    assert lamp(a_timing(is_unsure=True), at("2026-06-12 00:00")) == Lamp.LATE
    assert lamp(a_timing(stopped_since=at("2026-06-02 00:00")), at("2026-07-01 00:00")) == Lamp.STOPPED
    assert lamp(a_timing(ended_at=at("2026-06-03 00:00")), at("2026-07-01 00:00")) == Lamp.OK


def test_time_is_short_when_a_share_is_used_or_its_last_day_has_begun():
    start = at("2026-06-01 00:00")
    ten = due(start, Limit(10, Unit.DAYS), CALENDAR)
    assert warn_at(start, ten, CALENDAR, share=0.8, stood=timedelta(0)) == start + 0.8 * (ten.at - start)
    one = due(at("2026-06-01 10:00"), Limit(1, Unit.DAYS), CALENDAR)
    assert warn_at(at("2026-06-01 10:00"), one, CALENDAR, share=0.9, stood=timedelta(0)) == at("2026-06-02 00:00")


def test_how_much_of_the_time_is_used():
    assert used(a_timing(), at("2026-06-06 00:00")) == 0.5
    assert used(a_timing(), at("2026-07-06 00:00")) == 1.0
    assert used(a_timing(stopped_since=at("2026-06-03 00:00")), at("2026-06-10 00:00")) == 0.2
    assert used(a_timing(stood_still=timedelta(days=2)), at("2026-06-07 00:00")) == 0.5


moments = st.integers(0, 600 * 24).map(lambda hours: datetime(2025, 1, 1, tzinfo=UTC) + timedelta(hours=hours))
units = st.sampled_from(list(Unit))
amounts = st.integers(min_value=1, max_value=40)


@st.composite
def stops_after(draw, start):
    """Stops one after the other, none before the start."""
    found, moment = [], start
    for gap, length in draw(st.lists(st.tuples(st.integers(0, 200), st.integers(1, 200)), max_size=4)):
        since = moment + timedelta(hours=gap)
        moment = since + timedelta(hours=length)
        found.append(Stop(since, moment))
    return found


@st.composite
def cases(draw):
    start = draw(moments)
    return start, Limit(draw(amounts), draw(units)), draw(stops_after(start))


@given(cases(), st.integers(1, 10))
def test_more_time_never_ends_sooner(case, more):
    start, limit, stops = case
    assert due(start, limit.plus(more), CALENDAR, stops).at >= due(start, limit, CALENDAR, stops).at > start


@given(cases())
def test_standing_still_never_shortens(case):
    start, limit, stops = case
    for n in range(len(stops)):
        assert due(start, limit, CALENDAR, stops[: n + 1]).at >= due(start, limit, CALENDAR, stops[:n]).at


@given(cases())
def test_who_begins_later_never_ends_sooner(case):
    start, limit, _ = case
    assert due(start + timedelta(hours=7), limit, CALENDAR).at >= due(start, limit, CALENDAR).at


@given(cases())
def test_the_last_day_is_worked_and_the_clock_did_not_stand_still_on_it(case):
    start, limit, stops = case
    found = due(start, limit, CALENDAR, stops)
    if limit.unit == Unit.HOURS:
        assert found.at == start + timedelta(hours=limit.amount) + deadlines.stood_still(stops)
        return
    assert found.last_day is not None
    assert CALENDAR.is_working_day(found.last_day)
    assert found.at == CALENDAR.end_of(found.last_day)
    whole_day = (CALENDAR.start_of(found.last_day), found.at)
    assert all(stop.until <= whole_day[0] or stop.since >= whole_day[1] for stop in stops)


@given(cases(), st.floats(0.1, 1.0))
def test_the_warning_comes_within_the_time(case, share):
    start, limit, stops = case
    ends = due(start, limit, CALENDAR, stops)
    stood = deadlines.stood_still(stops)
    assert start <= warn_at(start, ends, CALENDAR, share=share, stood=stood) <= ends.at
