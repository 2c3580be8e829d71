"""The seam to telemetry: every batch passes here, inside its own transaction, and almost always costs nothing.

A record needs a second look only where it breaks some limit, may end a spell that is open (or comes after a silence
long enough to have ended it), or lies in a stretch of time that was already judged. Everything else is seen in numpy.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import numpy.typing as npt

from xiangyun.base import paths
from xiangyun.kernel.alerts import queries, registry, rules
from xiangyun.kernel.alerts.actions.looking import Look, look_at_days, look_at_spells
from xiangyun.kernel.alerts.models import Watch
from xiangyun.kernel.alerts.rules import FOREVER, Condition, DaysInRow, Threshold, WindowSum
from xiangyun.kernel.telemetry.batch import BAD, Batch

Mask = npt.NDArray[np.bool_]


def ask(batch: Batch) -> queries.Asked | None:
    """Ask for what `judge` has to know about a batch; None where no rule looks at it."""
    if not queries.conditions(batch.profile.code) or not len(batch):
        return None
    return queries.ask_watches(np.unique(batch.device_nums))


def judge(batch: Batch, asked: queries.Asked | None = None) -> None:
    """Raise, move, close or take back alerts for what a batch changed. Call it in the batch's transaction.

    `asked` is what `ask` gave, where a door asked together with other things. Says: AlertRaised, AlertChanged.
    """
    asked = asked or ask(batch)
    if asked is None:
        return
    watches = queries.watches(asked)
    kinds = queries.conditions(batch.profile.code)
    for code, conditions in kinds.items():
        own = {watch.device_num: watch for watch in watches if watch.rule == code}
        hot = needs_look(batch, conditions, list(own.values()))
        if hot.any():
            _judge_rule(code, batch, hot, own)


def needs_look(batch: Batch, conditions: list[Condition], watches: list[Watch]) -> Mask:
    """Which records of a batch could change an alert of one rule, by the loosest numbers it has anywhere."""
    told = [_break_and_calm(batch, one) for one in conditions]
    breaks, calms, says = (np.logical_or.reduce(each) for each in zip(*told, strict=True))
    if not watches:
        return np.asarray(breaks)
    settled, judged, ends, unknown = (np.zeros(len(batch), dtype=bool) for _ in range(4))
    for watch in watches:
        low, high = np.searchsorted(batch.device_nums, [watch.device_num, watch.device_num + 1])
        ts = batch.ts[low:high]
        judged[low:high] = ts <= watch.until_us
        settled[low:high] = (watch.until_us == FOREVER) & (ts > watch.settled_us)
        ends[low:high] = ts >= watch.calm_from_us
        unknown[low:high] = ts > watch.unknown_us
    ends &= calms
    unknown &= says
    # Another day with rain makes a run of days longer; more of anything else leaves an open spell as it is.
    goes_on = breaks if isinstance(conditions[0], DaysInRow) else np.zeros(len(batch), dtype=bool)
    return np.asarray(np.where(settled, ends | goes_on | unknown, breaks | judged))


def _break_and_calm(batch: Batch, what: Condition) -> tuple[Mask, Mask, Mask]:
    """Which records break a condition's limit by themselves, which look calm, and which say anything about it."""
    breaks, calm, known = (np.zeros(len(batch), dtype=bool) for _ in range(3))
    calm[:] = True
    for metric in what.metrics:
        values = batch.values.get(metric)
        if values is None:
            continue
        usable = ~np.isnan(values) & (batch.quality[metric] != BAD)
        known |= usable
        if not isinstance(what, Threshold):
            breaks |= usable & (values > 0)
            continue
        for limit in what.limits:
            if limit.metric == metric:
                breaks |= usable & (values >= limit.limit if limit.is_above else values <= limit.limit)
                calm &= ~usable | (values <= limit.calm if limit.is_above else values >= limit.calm)
    return breaks, calm & known, known


def _judge_rule(code: str, batch: Batch, hot: Mask, watches: Mapping[int, Watch]) -> None:
    shape = registry.rule(code).shape
    looks = list(_looks(batch, np.flatnonzero(hot), watches))
    if shape == rules.Shape.WINDOW_SUM:
        looks = _near_sum(code, batch, looks)
    look_at = look_at_days if shape == rules.Shape.DAYS_IN_ROW else look_at_spells
    for look in looks:
        if versions := queries.versions(code, paths.town_of(look.area) or look.area):
            look_at(code, look, versions)


def _looks(batch: Batch, indices: npt.NDArray[np.intp], watches: Mapping[int, Watch]) -> Iterator[Look]:
    """The hot records, device by device (a batch is in order of device and ts)."""
    nums = batch.device_nums[indices]
    starts = np.flatnonzero(np.r_[True, nums[1:] != nums[:-1]])
    for low, high in zip(starts, np.r_[starts[1:], len(nums)], strict=True):
        index, num = int(indices[low]), int(nums[low])
        yield Look(
            profile=batch.profile,
            num=num,
            device_id=batch.device_ids[index],
            area=batch.area_paths[index],
            at=batch.at,
            ts=batch.ts[indices[low:high]],
            newest=int(batch.ts[np.searchsorted(batch.device_nums, num, side="right") - 1]),
            watch=watches.get(num),
        )


def _near_sum(code: str, batch: Batch, looks: list[Look]) -> list[Look]:
    """Leave out the devices whose sum around these records reaches no limit, unless they are watched."""
    conditions = [one for one in queries.conditions(batch.profile.code)[code] if isinstance(one, WindowSum)]
    span = max(one.memory for one in conditions)
    lowest = min(one.limit for one in conditions) - rules.SLACK
    spans = [(look.num, look.first - span, look.last + span) for look in looks if look.watch is None]
    totals = queries.sums(batch.profile, conditions[0].metric, spans)
    return [look for look in looks if look.watch is not None or totals.get(look.num, 0.0) >= lowest]
