"""One device under one rule, looked at again: from what is stored, never from the batch that gave the reason.

So a redelivered, late or reordered batch ends in the same alerts, and so does a round that only sees time pass.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

import numpy as np
import numpy.typing as npt

from xiangyun.kernel.alerts import queries, registry, rules
from xiangyun.kernel.alerts.actions.telling import Subject, settle
from xiangyun.kernel.alerts.models import Alert, FullDay, Watch
from xiangyun.kernel.alerts.rules import DAY, FOREVER, DaysInRow, Spell, Threshold, WindowSum
from xiangyun.kernel.devices.models import Device
from xiangyun.kernel.devices.registry import Profile

Versions = tuple[queries.Version, ...]

# (rule's row, device, day) -> ts that reached the amount, as read from committed rows: such a day never changes back.
_full: dict[tuple[object, int, object], int] = {}
MOST_DAYS_KEPT = 100_000


@dataclass(frozen=True, slots=True)
class Look:
    """The records of one device that need a second look under one rule (µs), and what else is known of it."""

    profile: Profile
    num: int
    device_id: UUID
    area: str
    at: datetime
    ts: npt.NDArray[np.int64]
    newest: int
    """The newest ts of the device that the one who looks knows of."""
    watch: Watch | None
    passed: int = -FOREVER
    """Up to here time has passed for the device although no record says so."""

    @property
    def subject(self) -> tuple[str, str]:
        return ("device", str(self.device_id))

    @property
    def first(self) -> int:
        return int(self.ts[0])

    @property
    def last(self) -> int:
        return int(self.ts[-1])


def look_at_spells(code: str, look: Look, versions: Versions) -> None:
    """Thresholds and sums: read what is stored around the records, and the spells in it."""
    memory = max(one.condition.memory for one in versions if isinstance(one.condition, Threshold | WindowSum))
    last = queries.latest(code, look.subject) if look.watch is not None else None
    if last is not None and last.cleared_at is None and look.first > queries.micros(last.event_at):
        # Inside the open spell: how it began is settled, only whether it is over is asked.
        found = _inside(versions, look, queries.spell_of(last), memory)
        if found is not None:
            _settle(code, look, [last], found, versions)
            return
    first, end = look.first, look.last
    while True:
        stored, first, end = _stretch(code, look.subject, first, end, memory)
        found = _spells(versions, look, first - memory, min(end + memory, FOREVER))
        if end == FOREVER or not found or found[-1].cleared_at is not None:
            break
        end = FOREVER
    _settle(code, look, stored, [spell for spell in found if spell.end >= first], versions)


def _stretch(code: str, subject: tuple[str, str], first: int, last: int, memory: int) -> tuple[list[Alert], int, int]:
    """The stored alerts within reach of a stretch, which grows until none of them crosses its edges."""
    while True:
        stored = queries.touching(code, subject, first - memory, min(last + memory, FOREVER))
        spells = [queries.spell_of(alert) for alert in stored]
        wider = min([first, *(one.starts_at for one in spells)]), max([last, *(one.end for one in spells)])
        if wider == (first, last):
            return stored, first, last
        first, last = wider


def _inside(versions: Versions, look: Look, given: Spell, memory: int) -> list[Spell] | None:
    """What became of an open spell; None where it is not plain from its last hours that it held until these records."""
    rows = _rows(versions, look, look.first - memory, FOREVER)
    for one in versions:
        rule = one.condition
        if not isinstance(rule, Threshold | WindowSum) or not one.since <= given.starts_at < one.until:
            continue
        near = [row for row in rows if look.first - rule.bound <= row.ts < look.first]
        if not any(rule.is_evidence(given, rules.said(row, rule)) for row in near):
            return None
    return _found(versions, look, rows, given=given)


def _spells(versions: Versions, look: Look, after: int, until: int) -> list[Spell]:
    """The spells in the stored readings of a stretch."""
    return _found(versions, look, _rows(versions, look, after, until), passed=look.passed if until == FOREVER else None)


def _rows(versions: Versions, look: Look, after: int, until: int) -> list[rules.Row]:
    metrics = {metric for one in versions if one.condition for metric in one.condition.metrics}
    return queries.usable_rows(look.profile, look.num, sorted(metrics), after, until)


def _found(
    versions: Versions,
    look: Look,
    rows: list[rules.Row],
    *,
    given: Spell | None = None,
    passed: int | None = None,
) -> list[Spell]:
    """The spells in these rows, each judged by the numbers in force when it began."""
    now = max(rows[-1].ts if rows else -FOREVER, -FOREVER if passed is None else passed)
    found: list[Spell] = []
    for one in versions:
        if one.condition is None:
            continue
        inside = given is not None and one.since <= given.starts_at < one.until
        own = [row for row in rows if one.since <= row.ts < one.until]
        if own or inside:
            spells = rules.breaches(
                own,
                one.condition,
                given=given if inside else None,
                since=-FOREVER if given is None else look.first,
                now=min(now, one.until),
            )
            found += _cut(spells, one, rows)
    return found


def _cut(spells: list[Spell], version: queries.Version, rows: list[rules.Row]) -> list[Spell]:
    """A spell does not outlive the numbers it was judged by."""
    if spells and spells[-1].cleared_at is None and rows and rows[-1].ts >= version.until:
        spells[-1] = replace(spells[-1], cleared_at=version.until)
    return spells


def look_at_days(code: str, look: Look, versions: Versions) -> None:
    """Runs of days: mark the days that reached the amount, then look at the runs near them."""
    changed = [_mark_days(look, one) for one in versions]
    if not any(changed) and not _may_end(look):
        return
    runs = [run for one in versions for run in _runs(look, one)]
    first, last = look.first - 2 * DAY, look.last + 2 * DAY
    while True:
        stored = queries.touching(code, look.subject, first, last)
        found = [run for run in runs if run.starts_at <= last and first <= run.end]
        spells = [*found, *(queries.spell_of(alert) for alert in stored)]
        wider = min([first, *(one.starts_at for one in spells)]), max([last, *(one.end for one in spells)])
        if wider == (first, last):
            break
        first, last = wider
    _settle(code, look, stored, found, versions)


def _may_end(look: Look) -> bool:
    """Whether one of the records, though it marks no day, can end a run or lies in time that was judged."""
    if look.watch is None:
        return False
    if look.watch.until_us == FOREVER:
        ends = look.last >= look.watch.calm_from_us
        return look.first <= look.watch.settled_us or ends or max(look.last, look.passed) > look.watch.unknown_us
    return look.first <= look.watch.until_us


def _mark_days(look: Look, version: queries.Version) -> bool:
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
        rows = queries.usable_rows(look.profile, look.num, [rule.metric], begins - 1, begins + DAY - 1)
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


def _runs(look: Look, version: queries.Version) -> list[Spell]:
    rule = version.condition
    if not isinstance(rule, DaysInRow):
        return []
    reached = dict(FullDay.objects.filter(rule_row=version.row, device_num=look.num).values_list("on", "reached_us"))

    def first_after(moment: int) -> int | None:
        rows = queries.usable_rows(look.profile, look.num, [rule.metric], moment - 1, FOREVER, limit=1)
        return rows[0].ts if rows else None

    def last_before(moment: int) -> int | None:
        # Its last day of rain lies less than two days back, and has a record.
        rows = queries.usable_rows(
            look.profile, look.num, [rule.metric], moment - rule.bound - 1, moment - 1, limit=1, newest_first=True
        )
        return rows[0].ts if rows else None

    return rules.in_row(reached, rule, first_after, last_before, now=min(look.passed, version.until))


def _settle(code: str, look: Look, stored: list[Alert], found: list[Spell], versions: Versions) -> None:
    latest = max(found, key=lambda one: one.starts_at, default=None)
    version = next((one for one in versions if latest and one.since <= latest.starts_at < one.until), None)
    unknown_us = 0
    if latest is not None and latest.heard_at is not None and version is not None and version.condition is not None:
        unknown_us = latest.heard_at + version.condition.bound
    if _says_so(stored, found):
        if look.watch is not None and latest is not None and latest.cleared_at is None:
            Watch.objects.filter(pk=look.watch.pk).update(unknown_us=unknown_us)
        return
    device = Device.objects.get(num=look.num)
    subject = Subject(
        kind="device",
        id=str(device.pk),
        area=look.area,
        device_id=device.pk,
        point=None if device.lon is None or device.lat is None else (device.lon, device.lat),
        facts={"station": device.name},
    )
    severity = 3 if version is None else version.severity
    settle(code, subject, stored, found, severity=severity, at=look.at, heard_at=queries.moment(look.newest))
    _watch(code, look, latest, unknown_us)


def _says_so(stored: list[Alert], found: list[Spell]) -> bool:
    """Whether the stored alerts say exactly these spells already, and none waits for the backlog to catch up."""
    if any(alert.is_waiting for alert in stored):
        return False
    return [queries.spell_of(alert) for alert in stored] == found and all(
        {**alert.inputs, **spell.inputs} == alert.inputs for alert, spell in zip(stored, found, strict=True)
    )


def _watch(code: str, look: Look, found: Spell | None, unknown_us: int) -> None:
    """Say which records of the device are worth a look from now on."""
    last = queries.latest(code, look.subject)
    if last is None:
        Watch.objects.filter(device_num=look.num, rule=code).delete()
        return
    spell = queries.spell_of(last)
    is_days = registry.rule(code).shape == rules.Shape.DAYS_IN_ROW
    noted = {
        "settled_us": FOREVER if last.is_waiting else spell.event_at,
        "calm_from_us": rules.over_from(spell) if is_days else spell.event_at,
        "until_us": spell.end,
    }
    if found == spell:
        noted["unknown_us"] = unknown_us
    Watch.objects.update_or_create(device_num=look.num, rule=code, defaults=noted)
