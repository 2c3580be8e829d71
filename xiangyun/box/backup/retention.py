"""Which backups are kept: plain dates, no target."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from xiangyun.entry.settings.config import Unfit

TOWN = ZoneInfo("Asia/Shanghai")


@dataclass(frozen=True, slots=True)
class Keep:
    """The newest backup of each of so many days, weeks and months that have one."""

    days: int = 7
    weeks: int = 4
    months: int = 6


def read(text: str) -> Keep:
    """`7 4 6`.

    Refuses: Unfit.
    """
    words = text.replace(",", " ").replace("/", " ").split()
    if len(words) != 3 or not all(one.isascii() and one.isdigit() for one in words) or int(words[0]) < 1:
        raise Unfit(
            zh=f"XIANGYUN_BACKUP_KEEP 应是三个数：天数、周数、月数，例如“7 4 6”，现在是“{text}”。",
            en=f"XIANGYUN_BACKUP_KEEP must be three numbers, days, weeks and months, such as “7 4 6”; it is “{text}”.",
        )
    return Keep(*(int(one) for one in words))


def kept(made: dict[str, datetime], keep: Keep, proven: str | None) -> set[str]:
    """The ids to keep of `made` (id → when): by day, week and month, always the newest and the last proven one."""
    by_age = sorted(made, key=lambda one: made[one], reverse=True)
    chosen = set(by_age[:1]) | ({proven} & made.keys() if proven else set())
    slots: tuple[tuple[int, Callable[[date], date]], ...] = (
        (keep.days, lambda day: day),
        (keep.weeks, lambda day: day - timedelta(days=day.weekday())),
        (keep.months, lambda day: day.replace(day=1)),
    )
    for count, slot_of in slots:
        seen: set[date] = set()
        for one in by_age:
            slot = slot_of(made[one].astimezone(TOWN).date())
            if slot not in seen and len(seen) < count:
                seen.add(slot)
                chosen.add(one)
    return chosen


def replayable(made: dict[str, datetime], keep: Keep, now: datetime) -> set[str]:
    """Of the kept ones those from which any later instant can be restored: the WAL after them stays."""
    return {one for one, at in made.items() if now - at <= timedelta(days=keep.days)} or set(_newest(made))


def due(last: datetime | None, now: datetime, hour: int) -> bool:
    """Whether the night's hour has passed since `last`, by the town's clock."""
    here = now.astimezone(TOWN)
    tonight = here.replace(hour=hour, minute=0, second=0, microsecond=0)
    if tonight > here:
        tonight -= timedelta(days=1)
    return last is None or last < tonight


def _newest(made: dict[str, datetime]) -> Iterable[str]:
    return sorted(made, key=lambda one: made[one])[-1:]
