"""The seam to telemetry: every batch passes here, inside its own transaction, and almost always costs nothing.

A record needs a second look only where it breaks some limit, may end a spell that is open, or lies in a stretch of time
that was already judged. Everything else is seen in numpy. What needs the look is judged from the stored readings, never
from the batch, so a redelivered, late or reordered batch ends in the same alerts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from xiangyun.base import paths
from xiangyun.kernel.alerts import queries, registry, rules
from xiangyun.kernel.alerts.actions.telling import Subject, settle
from xiangyun.kernel.alerts.models import Alert, FullDay, Watch
from xiangyun.kernel.alerts.rules import DAY, FOREVER, Condition, DaysInRow, Spell, Threshold, WindowSum
from xiangyun.kernel.devices.models import Device
from xiangyun.kernel.telemetry.batch import BAD, Batch

Mask = npt.NDArray[np.bool_]
Versions = tuple[queries.Version, ...]

# (rule's row, device, day) -> ts that reached the amount, as read from committed rows: such a day never changes back.
_full: dict[tuple[object, int, object], int] = {}
MOST_DAYS_KEPT = 100_000


@dataclass(frozen=True, slots=True)
class Look:
    """The records of one device that need a second look under one rule: the first and last, and all their times."""

    index: int
    num: int
    ts: npt.NDArray[np.int64]
    watch: Watch | None

    @property
    def first(self) -> int:
        return int(self.ts[0])

    @property
    def last(self) -> int:
        return int(self.ts[-1])


def judge(batch: Batch) -> None:
    """Raise, move, close or take back alerts for what a batch changed. Call it in the batch's transaction.

    Says: AlertRaised, AlertChanged.
    """
    kinds = queries.conditions(batch.profile.code)
    if not kinds or not len(batch):
        return
    watches = queries.watched(np.unique(batch.device_nums).tolist())
    for code, conditions in kinds.items():
        own = {watch.device_num: watch for watch in watches if watch.rule == code}
        hot = needs_look(batch, conditions, list(own.values()))
        if hot.any():
            _judge_rule(code, batch, hot, own)


def needs_look(batch: Batch, conditions: list[Condition], watches: list[Watch]) -> Mask:
    """Which records of a batch could change an alert of one rule, by the loosest numbers it has anywhere."""
    known = [_break_and_calm(batch, one) for one in conditions]
    breaks: Mask = np.logical_or.reduce([pair[0] for pair in known])
    calms: Mask = np.logical_or.reduce([pair[1] for pair in known])
    if not watches:
        return breaks
    settled, judged, ends = (np.zeros(len(batch), dtype=bool) for _ in range(3))
    for watch in watches:
        low, high = np.searchsorted(batch.device_nums, [watch.device_num, watch.device_num + 1])
        ts = batch.ts[low:high]
        judged[low:high] = ts <= watch.until_us
        settled[low:high] = (watch.until_us == FOREVER) & (ts > watch.settled_us)
        ends[low:high] = ts >= watch.calm_from_us
    ends &= calms
    # Another day with rain makes a run of days longer; more of anything else leaves an open spell as it is.
    goes_on = breaks if isinstance(conditions[0], DaysInRow) else np.zeros(len(batch), dtype=bool)
    return np.asarray(np.where(settled, ends | goes_on, breaks | judged))


def _break_and_calm(batch: Batch, what: Condition) -> tuple[Mask, Mask]:
    """Which records break a condition's limit by themselves, and which look calm."""
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
    return breaks, calm & known


def _judge_rule(code: str, batch: Batch, hot: Mask, watches: Mapping[int, Watch]) -> None:
    shape = registry.rule(code).shape
    looks = list(_looks(batch, np.flatnonzero(hot), watches))
    if shape == rules.Shape.WINDOW_SUM:
        looks = _near_sum(code, batch, looks)
    for look in looks:
        town = paths.town_of(batch.area_paths[look.index]) or batch.area_paths[look.index]
        judged = _judge_days if shape == rules.Shape.DAYS_IN_ROW else _judge_spells
        judged(code, batch, look, queries.versions(code, town))


def _looks(batch: Batch, indices: npt.NDArray[np.intp], watches: Mapping[int, Watch]) -> Iterator[Look]:
    """The hot records, device by device (a batch is in order of device and ts)."""
    nums = batch.device_nums[indices]
    starts = np.flatnonzero(np.r_[True, nums[1:] != nums[:-1]])
    for low, high in zip(starts, np.r_[starts[1:], len(nums)], strict=True):
        num = int(nums[low])
        yield Look(int(indices[low]), num, batch.ts[indices[low:high]], watches.get(num))


def _near_sum(code: str, batch: Batch, looks: list[Look]) -> list[Look]:
    """Leave out the devices whose sum around these records reaches no limit, unless they are watched."""
    conditions = [one for one in queries.conditions(batch.profile.code)[code] if isinstance(one, WindowSum)]
    span = max(one.memory for one in conditions)
    lowest = min(one.limit for one in conditions) - rules.SLACK
    spans = [(look.num, look.first - span, look.last + span) for look in looks if look.watch is None]
    totals = queries.sums(batch.profile, conditions[0].metric, spans)
    return [look for look in looks if look.watch is not None or totals.get(look.num, 0.0) >= lowest]


def _judge_spells(code: str, batch: Batch, look: Look, versions: Versions) -> None:
    """Thresholds and sums: read what is stored around the records, and the spells in it."""
    memory = max(one.condition.memory for one in versions if isinstance(one.condition, Threshold | WindowSum))
    subject = ("device", str(batch.device_ids[look.index]))
    last = queries.latest(code, subject) if look.watch is not None else None
    if last is not None and last.cleared_at is None and look.first > queries.micros(last.event_at):
        # Inside the open spell: how it began is settled, only whether it is over is asked.
        given = queries.spell_of(last)
        found = _spells(versions, batch, look.num, (look.first - memory, FOREVER), given=given, since=look.first)
        _settle(code, batch, look, [last], found, versions)
        return
    first, end = look.first, look.last
    while True:
        stored, first, end = _stretch(code, subject, first, end, memory)
        found = _spells(versions, batch, look.num, (first - memory, min(end + memory, FOREVER)))
        if end == FOREVER or not found or found[-1].cleared_at is not None:
            break
        end = FOREVER
    _settle(code, batch, look, stored, [spell for spell in found if spell.end >= first], versions)


def _stretch(code: str, subject: tuple[str, str], first: int, last: int, memory: int) -> tuple[list[Alert], int, int]:
    """The stored alerts within reach of a stretch, which grows until none of them crosses its edges."""
    while True:
        stored = queries.touching(code, subject, first - memory, min(last + memory, FOREVER))
        spells = [queries.spell_of(alert) for alert in stored]
        wider = min([first, *(one.starts_at for one in spells)]), max([last, *(one.end for one in spells)])
        if wider == (first, last):
            return stored, first, last
        first, last = wider


def _spells(
    versions: Versions,
    batch: Batch,
    num: int,
    stretch: tuple[int, int],
    *,
    given: Spell | None = None,
    since: int = -FOREVER,
) -> list[Spell]:
    """The spells in the stored readings of a stretch, each judged by the numbers in force when it began."""
    metrics = {metric for one in versions if one.condition for metric in one.condition.metrics}
    rows = queries.usable_rows(batch.profile, num, sorted(metrics), stretch[0], stretch[1])
    found: list[Spell] = []
    for one in versions:
        if one.condition is None:
            continue
        inside = given is not None and one.since <= given.starts_at < one.until
        own = [row for row in rows if one.since <= row.ts < one.until]
        if own or inside:
            found += _cut(rules.breaches(own, one.condition, given=given if inside else None, since=since), one, rows)
    return found


def _cut(spells: list[Spell], version: queries.Version, rows: list[rules.Row]) -> list[Spell]:
    """A spell does not outlive the numbers it was judged by."""
    if spells and spells[-1].cleared_at is None and rows and rows[-1].ts >= version.until:
        spells[-1] = Spell(spells[-1].starts_at, spells[-1].event_at, version.until, spells[-1].inputs)
    return spells


def _judge_days(code: str, batch: Batch, look: Look, versions: Versions) -> None:
    """Runs of days: mark the days that reached the amount, then look at the runs near them."""
    changed = [_mark_days(batch, look, one) for one in versions]
    if not any(changed) and not _may_end(look):
        return
    subject = ("device", str(batch.device_ids[look.index]))
    runs = [run for one in versions for run in _runs(batch, look.num, one)]
    first, last = look.first - 2 * DAY, look.last + 2 * DAY
    while True:
        stored = queries.touching(code, subject, first, last)
        found = [run for run in runs if run.starts_at <= last and first <= run.end]
        spells = [*found, *(queries.spell_of(alert) for alert in stored)]
        wider = min([first, *(one.starts_at for one in spells)]), max([last, *(one.end for one in spells)])
        if wider == (first, last):
            break
        first, last = wider
    _settle(code, batch, look, stored, found, versions)


def _may_end(look: Look) -> bool:
    """Whether one of the records, though it marks no day, can end a run or lies in time that was judged."""
    if look.watch is None:
        return False
    if look.watch.until_us == FOREVER:
        return look.first <= look.watch.settled_us or look.last >= look.watch.calm_from_us
    return look.first <= look.watch.until_us


def _mark_days(batch: Batch, look: Look, version: queries.Version) -> bool:
    """Write down the days that newly reached the amount (or reached it earlier than known)."""
    rule = version.condition
    if not isinstance(rule, DaysInRow):
        return False
    changed = False
    for day in dict.fromkeys(rules.local_day(int(ts)) for ts in look.ts):
        begins = rules.midnight(day)
        own = look.ts[(look.ts >= begins) & (look.ts < begins + DAY)]
        known = _full.get((version.row, look.num, day))
        if known is not None and int(own[0]) > known:
            continue
        stored = FullDay.objects.filter(rule_row=version.row, device_num=look.num, on=day).first()
        if stored is not None:
            _remember((version.row, look.num, day), stored.reached_us)
            if int(own[0]) > stored.reached_us:
                continue
        rows = queries.usable_rows(batch.profile, look.num, [rule.metric], begins - 1, begins + DAY - 1)
        reached = rules.full_days(rows, rule).get(day)
        if reached is None or not version.since <= reached < version.until:
            continue
        if stored is None or stored.reached_us != reached:
            FullDay.objects.update_or_create(
                rule_row_id=version.row, device_num=look.num, on=day, defaults={"reached_us": reached}
            )
            changed = True
    return changed


def _remember(key: tuple[object, int, object], reached: int) -> None:
    if len(_full) >= MOST_DAYS_KEPT:
        _full.clear()
    _full[key] = reached


def _runs(batch: Batch, num: int, version: queries.Version) -> list[Spell]:
    rule = version.condition
    if not isinstance(rule, DaysInRow):
        return []
    reached = dict(FullDay.objects.filter(rule_row=version.row, device_num=num).values_list("on", "reached_us"))

    def first_after(moment: int) -> int | None:
        rows = queries.usable_rows(batch.profile, num, [rule.metric], moment - 1, FOREVER, limit=1)
        return rows[0].ts if rows else None

    return rules.in_row(reached, rule, first_after)


def _settle(
    code: str,
    batch: Batch,
    look: Look,
    stored: list[Alert],
    found: list[Spell],
    versions: Versions,
) -> None:
    if _says_so(stored, found):
        return
    device = Device.objects.get(num=look.num)
    subject = Subject(
        kind="device",
        id=str(device.pk),
        area=batch.area_paths[look.index],
        device_id=device.pk,
        point=None if device.lon is None or device.lat is None else (device.lon, device.lat),
        facts={"station": device.name},
    )
    latest = max(found, key=lambda one: one.starts_at, default=None)
    severity = next((one.severity for one in versions if latest and one.since <= latest.starts_at < one.until), 3)
    newest_ts = int(batch.ts[np.searchsorted(batch.device_nums, look.num, side="right") - 1])
    heard_at = queries.moment(newest_ts)
    settle(code, subject, stored, found, severity=severity, at=batch.at, heard_at=heard_at)
    _watch(code, look.num, ("device", subject.id))


def _says_so(stored: list[Alert], found: list[Spell]) -> bool:
    """Whether the stored alerts say exactly these spells already, and none waits for the backlog to catch up."""
    if any(alert.is_waiting for alert in stored):
        return False
    return [queries.spell_of(alert) for alert in stored] == found and all(
        {**alert.inputs, **spell.inputs} == alert.inputs for alert, spell in zip(stored, found, strict=True)
    )


def _watch(code: str, num: int, subject: tuple[str, str]) -> None:
    """Say which records of the device are worth a look from now on."""
    last = queries.latest(code, subject)
    if last is None:
        Watch.objects.filter(device_num=num, rule=code).delete()
        return
    spell = queries.spell_of(last)
    is_days = registry.rule(code).shape == rules.Shape.DAYS_IN_ROW
    calm_from = rules.over_from(spell) if is_days else spell.event_at
    Watch.objects.update_or_create(
        device_num=num,
        rule=code,
        defaults={
            "settled_us": FOREVER if last.is_waiting else spell.event_at,
            "calm_from_us": calm_from,
            "until_us": spell.end,
        },
    )
