"""Which days are worked: the State Council's calendar, and the days a county or town wrote down itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

import chinese_calendar
from chinese_calendar import constants

SATURDAY = 5
ONE_DAY = timedelta(days=1)
HOME = ZoneInfo("Asia/Shanghai")

# The notices of the State Council on holidays and make-up days that the library holds, each year published the
# November before it (全国年节及纪念日放假办法, Art. 2; 国务院办公厅关于部分节假日安排的通知).
PUBLISHED = frozenset(on.year for on in constants.holidays)

# Every notice names these days off (Art. 2: New Year, Labour Day, National Day have a fixed date; Spring Festival and
# Qingming move within these bounds). Whoever typed a year in and left one of them out has not typed the whole notice.
FIXED = ((1, 1), (5, 1), (10, 1), (10, 2), (10, 3))
MOVING = (((1, 21), (2, 21)), ((4, 4), (4, 6)))


@dataclass(frozen=True, slots=True)
class Calendar:
    """The days of one place. `own` are the days its town and county wrote down (True: worked); they go before the
    library's. `zone` is where its days begin."""

    own: Mapping[date, bool] = field(default_factory=dict)
    zone: tzinfo = HOME

    def knows(self, year: int) -> bool:
        """Whether the holidays of a year are published, or were typed in whole."""
        return year in PUBLISHED or not missing(self.own, year)

    def is_working_day(self, on: date) -> bool:
        """Whether people work on a day. In a year it does not `know`, Monday to Friday: a guess, to be called so."""
        if (written := self.own.get(on)) is not None:
            return written
        if on.year in PUBLISHED:
            return bool(chinese_calendar.is_workday(on))
        return on.weekday() < SATURDAY

    def day_of(self, at: datetime) -> date:
        """The day a moment lies in."""
        return at.astimezone(self.zone).date()

    def start_of(self, on: date) -> datetime:
        """The first moment of a day; the end of the day before it."""
        return datetime(on.year, on.month, on.day, tzinfo=self.zone)

    def end_of(self, on: date) -> datetime:
        """The end of a day: its 24:00."""
        return self.start_of(on + ONE_DAY)


def published(year: int) -> dict[date, bool]:
    """The days of a year that the State Council's notice names, and whether they are worked; empty if not published."""
    off = {on: False for on in constants.holidays if on.year == year}
    return off | {on: True for on in constants.workdays if on.year == year}


def missing(own: Mapping[date, bool], year: int) -> list[str]:
    """What a year typed in by hand still lacks to be a whole notice, as month-day; empty: nothing."""
    off = {on for on, is_working in own.items() if on.year == year and not is_working}
    found = [f"{month:02}-{day:02}" for month, day in FIXED if date(year, month, day) not in off]
    for (from_month, from_day), (to_month, to_day) in MOVING:
        first, last = date(year, from_month, from_day), date(year, to_month, to_day)
        if not any(first <= on <= last for on in off):
            found.append(f"{first:%m-%d}…{last:%m-%d}")
    return found
