"""A door that is guessed at locks at the fifth failure, for a quarter of an hour."""

from datetime import UTC, datetime, timedelta

from xiangyun.base import locks

AT = datetime(2026, 11, 25, 8, tzinfo=UTC)


def minutes(*numbers: float):
    return [AT + timedelta(minutes=number) for number in numbers]


def test_the_fifth_failure_locks_for_a_quarter_of_an_hour():
    assert locks.locked_until(minutes(0, 1, 2, 3)) is None
    assert locks.locked_until(minutes(4, 3, 2, 1, 0)) == AT + timedelta(minutes=19)


def test_failures_spread_over_a_day_do_not_lock():
    assert locks.locked_until(minutes(0, 60, 120, 180, 240)) is None


def test_only_the_latest_five_count():
    assert locks.locked_until(minutes(-300, 0, 1, 2, 3, 4)) == AT + timedelta(minutes=19)
