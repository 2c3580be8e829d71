"""Clocks of matters: started, ended, stopped, counted anew; whoever acts has been seen to be allowed to."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone

from xiangyun.kernel.workflow import queries, registry
from xiangyun.kernel.workflow.models import Clock, Matter, Stop, WorkItem
from xiangyun.kernel.workflow.rules import WAITING, Limit, Start, Unit, deadlines
from xiangyun.kernel.workflow.rules.calendar import Calendar
from xiangyun.kernel.workflow.rules.deadlines import Deadline, Lamp

SHOWN = ("clock", "due_at", "stopped_at", "check_at", "lamp")


def enter(matter: Matter, *, at: datetime) -> None:
    """A matter is in the stage of its state and level: the clock of that stage runs, and no other."""
    kind = registry.matter_kind(matter.kind)
    stage = kind.stage_of(matter.state, matter.level)
    running = running_clock(matter)
    if running is not None and running.stage == stage:
        return
    end(matter, at=at)
    start(matter, Start.ENTERED, at=at)


def start(matter: Matter, event: Start, *, at: datetime) -> None:
    """Something happened that may set the clock of a matter's stage going, if none runs yet; it stands still at once
    where the matter waits for something."""
    kind = registry.matter_kind(matter.kind)
    if not kind.acts or running_clock(matter) is not None:
        return
    stage = kind.stage_of(matter.state, matter.level)
    rule = queries.deadline(matter.kind, stage, matter.area_path, timezone.localtime(at).date())
    if rule is None or rule.starts != event:
        return
    clock = new_clock(matter, stage, rule, at=at)
    reckon(clock, queries.calendar(matter.area_path), [])
    clock.save(force_insert=True)
    matter.clock = clock
    wait = kind.waits(matter.pk)
    if wait is None:
        show(matter, clock)
    else:
        stop(matter, clock, reason=wait.reason, waits_for=wait.waits_for, at=at)


def new_clock(matter: Matter, stage: str, rule: Deadline, *, at: datetime) -> Clock:
    """The clock of a stage under a rule, not reckoned and not saved yet."""
    return Clock(
        area_path=matter.area_path,
        matter=matter,
        stage=stage,
        amount=rule.limit.amount,
        unit=rule.limit.unit.value,
        extension=rule.extension,
        warn_pct=round(rule.warn_share * 100),
        basis=rule.basis,
        started_at=at,
    )


def end(matter: Matter, *, at: datetime) -> None:
    """The stage is over, and with it its clock, standing still or not."""
    clock = running_clock(matter)
    if clock is None:
        return
    if clock.stopped_at is not None:
        _go_on(clock, at)
    clock.ended_at = at
    clock.save()
    matter.stopped_at, matter.check_at, matter.lamp = None, None, ""
    matter.save(update_fields=["stopped_at", "check_at", "lamp"])


def stop(matter: Matter, clock: Clock, *, reason: str, waits_for: str, at: datetime) -> None:
    """A clock stands still from now on."""
    Stop.objects.create(area_path=clock.area_path, clock=clock, stopped_at=at, reason=reason, waits_for=waits_for)
    clock.stopped_at = at
    clock.save(update_fields=["stopped_at"])
    show(matter, clock)


def go_on(matter: Matter, clock: Clock, *, at: datetime) -> None:
    """A clock that stood still goes on; what it was due moves by the time that did not count."""
    _go_on(clock, at)
    clock.save()
    show(matter, clock)


def recount(matter: Matter, clock: Clock, calendar: Calendar | None = None) -> None:
    """Count a running clock anew: its limit changed, or days became known."""
    reckon(clock, calendar or queries.calendar(clock.area_path), queries.stops(clock))
    clock.save()
    show(matter, clock)


def reckon(clock: Clock, calendar: Calendar, stops: list[deadlines.Stop]) -> None:
    """Write into a clock when it is due, given the times that did not count; saves nothing."""
    stood = deadlines.stood_still(stops)
    limit = Limit(clock.amount, Unit(clock.unit)).plus(clock.extended)
    due = deadlines.due(clock.started_at, limit, calendar, stops)
    clock.due_at, clock.last_day, clock.unsure_year, clock.stood_still = due.at, due.last_day, due.unsure_year, stood
    clock.warn_at = deadlines.warn_at(clock.started_at, due, calendar, share=clock.warn_pct / 100, stood=stood)


def show(matter: Matter, clock: Clock) -> None:
    """Let a matter and the task of whoever owns it say what its running clock says."""
    told(matter, clock)
    matter.save(update_fields=SHOWN)
    main = WorkItem.objects.filter(matter=matter, is_main=True, state__in=WAITING)
    main.update(due_at=clock.due_at)


def told(matter: Matter, clock: Clock) -> None:
    """Write into a matter what its running clock says; saves nothing."""
    matter.due_at, matter.stopped_at = clock.due_at, clock.stopped_at
    matter.lamp = Lamp.STOPPED if clock.stopped_at is not None else Lamp.OK
    matter.check_at = deadlines.next_look(queries.timing(clock), Lamp(matter.lamp))


def running_clock(matter: Matter) -> Clock | None:
    """The clock of a matter that has not ended, if there is one."""
    clock = matter.clock
    return clock if clock is not None and clock.ended_at is None else None


def _go_on(clock: Clock, at: datetime) -> None:
    clock.stops.filter(resumed_at=None).update(resumed_at=at)
    clock.stopped_at = None
    reckon(clock, queries.calendar(clock.area_path), queries.stops(clock))
