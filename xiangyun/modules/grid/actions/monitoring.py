"""A family that may fall into poverty, from being found to leaving the monitoring."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from xiangyun.base.errors import BadInput, Conflict, WrongState
from xiangyun.kernel.access.rules import Actor, system
from xiangyun.kernel.audit import actions as audit
from xiangyun.kernel.people.models import Household
from xiangyun.kernel.people.queries import visible
from xiangyun.kernel.vault import actions as vault
from xiangyun.kernel.workflow import actions as workflow
from xiangyun.kernel.workflow.models import Matter
from xiangyun.kernel.workflow.rules import Level
from xiangyun.modules.grid.models import Measure, Monitoring
from xiangyun.modules.grid.queries import monitoring as queries
from xiangyun.modules.grid.rules import abilities as may
from xiangyun.modules.grid.rules import monitoring as rules
from xiangyun.modules.grid.rules.monitoring import How, MeasureKind, MonitoringState, Target

SEVERITY = 3


@transaction.atomic
def find(
    *,
    household_id: UUID,
    how: How,
    found: str,
    by: Actor,
    at: datetime,
    income: str = "",
    target: Target | None = None,
) -> Monitoring:
    """A family of the register may fall into poverty: they said so, somebody saw it, or figures told it.

    `income` is what was learnt of it, in words; `target` as what it is followed, needed where the day knows several.
    Refuses: NotFound (not a home of theirs), Conflict (followed already), BadInput.
    """
    home = visible.households(by, may.MONITOR).filter(closed_on=None).pick(household_id)
    # Two who find the same family at once wait for each other.
    Household.objects.select_for_update(of=("self",)).get(pk=home.pk)
    if queries.is_followed(home):
        raise Conflict("grid.followed_already")
    _must_say(found, "found")
    known = rules.targets(timezone.localdate(at))
    if target is None and len(known) == 1:
        target = known[0]
    if target not in known:
        raise _wrong("grid.no_such_target", "target")
    area = home.grid_path or home.area_path
    row = Monitoring(area_path=area, household=home, how=how.value, target=target.value)
    row.matter = workflow.open_matter(
        kind=rules.MATTER,
        subject=(queries.SUBJECT, row.pk),
        area=area,
        title=("grid.monitoring_title", {}),
        severity=SEVERITY,
        at=at,
        by=by,
        level=Level.VILLAGE,
        reporter=by.account_id,
        is_sealed=True,
    )
    told = {"head": queries.head_of(home), "found": found.strip(), "income": income.strip()}
    row.told_sealed = _sealed(row, "told_sealed", told, at)
    row.save(force_insert=True)
    _record("find_home", row, by=by, at=at, how=how.value)
    workflow.route(row.matter, by=by, at=at)
    return _fresh(row)


@transaction.atomic
def verify(*, monitoring_id: UUID, is_met: bool, words: str, by: Actor, at: datetime) -> Monitoring:
    """Somebody verified it, once more after an objection: it holds, or there is no need (any more) and it ends.

    Refuses: NotFound, NotAllowed, WrongState, BadInput (no word of what was seen).
    """
    row = _held(monitoring_id, by)
    _must_say(words, "words")
    by.must(may.KEEP_MONITORING, row.area_path)
    # What hangs out is the county's to refuse; who has something against it objects.
    looked_at = (MonitoringState.FOUND,) if is_met else (MonitoringState.FOUND, MonitoringState.VERIFIED)
    if row.matter.state not in looked_at:
        raise WrongState("workflow.no_such_move", number=row.matter.number)
    if not is_met:
        return _end(row, MonitoringState.NOT_MET, words, by=by, at=at)
    workflow.move(row.matter, to=MonitoringState.VERIFIED, by=by, at=at)
    row.told_sealed = _sealed(row, "told_sealed", {**queries.told(row), "verified": words.strip()}, at)
    row.save(update_fields=["told_sealed"])
    _record("verify_home", row, by=by, at=at)
    return _fresh(row)


@transaction.atomic
def publicise(*, monitoring_id: UUID, by: Actor, at: datetime, days: int = rules.PUBLIC_DAYS) -> Monitoring:
    """The name hangs out in the village from today for so many days.

    Refuses: NotFound, NotAllowed, WrongState (not verified), BadInput (less than a day, or beyond reason).
    """
    row = _held(monitoring_id, by)
    if not 1 <= days <= rules.MOST_PUBLIC_DAYS:
        raise _wrong("grid.public_days", "days", most=rules.MOST_PUBLIC_DAYS)
    workflow.move(row.matter, to=MonitoringState.PUBLICISED, by=by, at=at)
    row.publicised_from = timezone.localdate(at)
    row.publicised_until = rules.public_until(row.publicised_from, days)
    row.save(update_fields=["publicised_from", "publicised_until"])
    _record("publicise_home", row, by=by, at=at, until=row.publicised_until.isoformat())
    return _fresh(row)


@transaction.atomic
def object_to(*, monitoring_id: UUID, words: str, by: Actor, at: datetime) -> Monitoring:
    """Somebody objected while the name hung out: it is looked into, and hangs out again if it holds.

    Refuses: NotFound, NotAllowed, WrongState (not made public, or decided), BadInput (no word of what they said).
    """
    row = _held(monitoring_id, by)
    _must_say(words, "words")
    if row.matter.state != MonitoringState.PUBLICISED:
        raise WrongState("workflow.no_such_move", number=row.matter.number)
    workflow.move(row.matter, to=MonitoringState.VERIFIED, by=by, at=at)
    said = [*queries.objections(row), {"at": at.isoformat(), "words": words.strip()}]
    row.objections_sealed = _sealed(row, "objections_sealed", said, at)
    row.publicised_from = row.publicised_until = None
    row.save(update_fields=["objections_sealed", "publicised_from", "publicised_until"])
    _record("object_to_home", row, by=by, at=at)
    _back_to_town(row, by=by, at=at)
    return _fresh(row)


def ask_county(*, town: str, at: datetime) -> int:
    """What has hung out without objection is the county's to decide, and stands in its inbox; returns how many."""
    by = system(town)
    asked = list(queries.hung_out(town, timezone.localdate(at))[:500])
    for one in asked:
        with transaction.atomic():
            row = _locked(one)
            if row.matter.state == MonitoringState.PUBLICISED and row.matter.level != Level.BANNER:
                workflow.take_to(row.matter, Level.BANNER, by=by, at=at)
                _record("ask_county", row, by=by, at=at)
    return len(asked)


@transaction.atomic
def approve(*, monitoring_id: UUID, by: Actor, at: datetime, words: str = "") -> Monitoring:
    """The county says yes, once the name has hung out.

    Refuses: NotFound, NotAllowed, WrongState (not made public, or it still hangs out).
    """
    row = _held(monitoring_id, by)
    workflow.move(row.matter, to=MonitoringState.APPROVED, by=by, at=at)
    until = row.publicised_until
    if until is None or timezone.localdate(at) <= until:
        raise WrongState("grid.still_public", number=row.matter.number, until=str(until))
    _decide(row, by, at)
    if words.strip():
        row.told_sealed = _sealed(row, "told_sealed", {**queries.told(row), "decided": words.strip()}, at)
    row.save(update_fields=["decided_at", "decided_by", "told_sealed"])
    _record("approve_home", row, by=by, at=at)
    _back_to_town(row, by=by, at=at)
    return _fresh(row)


@transaction.atomic
def refuse(*, monitoring_id: UUID, words: str, by: Actor, at: datetime) -> Monitoring:
    """The county says no: it ends. Refuses: NotFound, NotAllowed, WrongState, BadInput (no word why)."""
    row = _held(monitoring_id, by)
    _must_say(words, "words")
    # The keepers' own way to the same end is `verify`; here it stands with the county.
    by.must(may.APPROVE_MONITORING, row.area_path)
    if row.matter.state != MonitoringState.PUBLICISED:
        raise WrongState("workflow.no_such_move", number=row.matter.number)
    _decide(row, by, at)
    row.save(update_fields=["decided_at", "decided_by"])
    return _end(row, MonitoringState.NOT_MET, words, by=by, at=at)


@transaction.atomic
def add_measure(
    *, monitoring_id: UUID, what: MeasureKind, answerable: str, since: date, by: Actor, at: datetime, words: str = ""
) -> Measure:
    """Something is done for the family, and somebody answers for it.

    Refuses: NotFound, NotAllowed, WrongState (not approved, or stable), BadInput (nobody answers; in the future).
    """
    row = _held(monitoring_id, by)
    by.must(may.KEEP_MONITORING, row.area_path)
    if row.matter.state not in (MonitoringState.APPROVED, MonitoringState.HELPED):
        raise WrongState("workflow.no_such_move", number=row.matter.number)
    _must_say(answerable, "answerable")
    if since > timezone.localdate(at):
        raise _wrong("grid.measure_ahead", "since")
    one = Measure(area_path=row.area_path, monitoring=row, what=what.value, answerable=answerable.strip(), since=since)
    one.written_by_id, one.written_at = by.account_id, at  # type: ignore[assignment]
    if words.strip():
        ring = vault.sealing_ring(row.area_path, at=at)
        one.words_sealed = ring.seal(words.strip(), queries.MEASURES, "words_sealed", one.pk)
    one.save(force_insert=True)
    if row.matter.state == MonitoringState.APPROVED:
        workflow.move(row.matter, to=MonitoringState.HELPED, by=by, at=at)
    _record("add_measure", row, by=by, at=at, measure=str(one.pk))
    return one


@transaction.atomic
def mark_stable(*, monitoring_id: UUID, by: Actor, at: datetime) -> Monitoring:
    """The danger is over, as far as anybody sees. Refuses: NotFound, NotAllowed, WrongState (nothing was done yet)."""
    row = _held(monitoring_id, by)
    workflow.move(row.matter, to=MonitoringState.STABLE, by=by, at=at)
    row.stable_since = timezone.localdate(at)
    row.save(update_fields=["stable_since"])
    _record("mark_stable", row, by=by, at=at)
    return _fresh(row)


@transaction.atomic
def leave(*, monitoring_id: UUID, words: str, by: Actor, at: datetime) -> Monitoring:
    """The family leaves the monitoring. Refuses: NotFound, NotAllowed, WrongState (not stable), BadInput (no word)."""
    row = _held(monitoring_id, by)
    _must_say(words, "words")
    row.exited_at = at
    return _end(row, MonitoringState.EXITED, words, by=by, at=at, changed=("exited_at",))


def note_reading(row: Monitoring, *, by: Actor, at: datetime) -> None:
    """Write down that somebody read a file with its names."""
    _record("read_monitoring", row, by=by, at=at)


def _end(
    row: Monitoring,
    to: MonitoringState,
    words: str,
    *,
    by: Actor,
    at: datetime,
    changed: tuple[str, ...] = (),
) -> Monitoring:
    workflow.move(row.matter, to=to, by=by, at=at, outcome=to.value)
    workflow.drop_work(row.matter, at)
    ring = vault.sealing_ring(row.area_path, at=at)
    row.ended_sealed = ring.seal(words.strip(), queries.TABLE, "ended_sealed", row.pk)
    row.save(update_fields=["ended_sealed", *changed])
    _record("end_monitoring", row, by=by, at=at, to=to.value)
    return _fresh(row)


def _decide(row: Monitoring, by: Actor, at: datetime) -> None:
    row.decided_at, row.decided_by_id = at, by.account_id  # type: ignore[assignment]


def _held(monitoring_id: UUID, by: Actor) -> Monitoring:
    return _locked(queries.monitoring_for(by).pick(monitoring_id))


def _locked(row: Monitoring) -> Monitoring:
    Matter.objects.select_for_update(of=("self",)).get(pk=row.matter_id)
    return _fresh(row)


def _back_to_town(row: Monitoring, *, by: Actor, at: datetime) -> None:
    """What the county has in hand goes on in the town."""
    if row.matter.level == Level.BANNER:
        workflow.take_to(row.matter, Level.TOWN, by=by, at=at)


def _fresh(row: Monitoring) -> Monitoring:
    return Monitoring.objects.select_related(*queries.SHOWN).get(pk=row.pk)


def _sealed(row: Monitoring, column: str, told: Mapping[str, Any] | list[dict[str, Any]], at: datetime) -> bytes:
    ring = vault.sealing_ring(row.area_path, at=at)
    return ring.seal(json.dumps(told, ensure_ascii=False), queries.TABLE, column, row.pk)


def _must_say(words: str, field: str) -> None:
    if not words.strip():
        raise _wrong("grid.say_something", field)


def _wrong(code: str, field: str, **params: Any) -> BadInput:
    return BadInput(code, errors=[{"loc": ["body", field], "msg": code}], **params)


def _record(act: str, row: Monitoring, *, by: Actor, at: datetime, **detail: object) -> None:
    audit.record(
        act=f"grid.{act}",
        by=by,
        object=(queries.SUBJECT, row.pk),
        area=row.area_path,
        at=at,
        detail={"number": row.matter.number, **detail},
    )
