"""Opening matters and moving them; every move is checked here, written down and audited."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone

from xiangyun.base import live, paths
from xiangyun.base.errors import NotAllowed, WrongState
from xiangyun.kernel.access.rules import Actor
from xiangyun.kernel.audit import actions as audit
from xiangyun.kernel.workflow import registry, rules
from xiangyun.kernel.workflow.actions import clocks
from xiangyun.kernel.workflow.models import Involvement, Matter, Serial, Step, WorkItem
from xiangyun.kernel.workflow.rules import How

FIGURES = ("workflow.open_matters", "workflow.unaccepted_matters")


@transaction.atomic
def open_matter(  # noqa: PLR0913 -- one keyword a fact
    *,
    kind: str,
    subject: tuple[str, UUID | str],
    area: str,
    title: tuple[str, Mapping[str, Any]],
    severity: int,
    at: datetime,
    by: Actor,
    due_at: datetime | None = None,
    source: tuple[str, UUID | str] = ("", ""),
    point: tuple[float, float] | None = None,
    category: str = "",
    level: str = "",
    reporter: UUID | None = None,
    is_sealed: bool = False,
    split_from: Matter | None = None,
) -> Matter:
    """Something must be seen to from now on; it gets a number of its town.

    `title` is a words key and its parameters (plain values; the place's name is added as `place`); `source` is what
    opened it (`("alert", id)`); `point` is WGS-84 [lon, lat]. A kind that people carry begins at `level` (else at the
    lowest of its levels that works for the place), and its first clock starts; `route` sends it on.
    """
    town = paths.town_of(area) or area
    local = timezone.localtime(at)
    declared = registry.matter_kind(kind)
    matter = Matter.objects.create(
        town_path=town,
        year=local.year,
        number=rules.number(declared.prefix, local.month, local.day, _next_serial(town, at)),
        kind=kind,
        state=declared.first,
        category=category,
        level=level or declared.lowest(area),
        is_sealed=is_sealed,
        reporter_id=reporter,
        split_from=split_from,
        area_path=area,
        subject_kind=subject[0],
        subject_id=str(subject[1]),
        source_kind=source[0],
        source_id=str(source[1]),
        title_code=title[0],
        title_params=dict(title[1]),
        severity=severity,
        lon=point[0] if point else None,
        lat=point[1] if point else None,
        opened_at=at,
        due_at=due_at,
    )
    if reporter is not None:
        involve(matter, reporter, How.REPORTER, at)
    if declared.acts:
        clocks.enter(matter, at=at)
    write_step(matter, act="opened", by=by, at=at, state_to=matter.state)
    audit.record(
        act="workflow.open_matter",
        by=by,
        object=("matter", matter.pk),
        area=area,
        at=at,
        detail={"number": matter.number, "kind": kind, "severity": severity, "source": list(map(str, source))},
    )
    say_figures(area)
    return matter


@transaction.atomic
def move(
    matter: Matter, *, to: str, by: Actor, at: datetime, note: str = "", outcome: str = "", unchecked: bool = False
) -> Matter:
    """Move a matter to another state, if its kind has that move and `by` may make it.

    `unchecked` leaves out who may: the person was checked as the one who has the work.
    Refuses: WrongState (no such move), NotAllowed.
    """
    kind = registry.matter_kind(matter.kind)
    before = matter.state
    ability = kind.moves.get((before, to))
    if ability is None:
        raise WrongState("workflow.no_such_move", number=matter.number)
    if not unchecked and not by.may(ability, matter.area_path):
        raise NotAllowed("base.not_allowed")
    matter.state = to
    if to in kind.closed:
        clocks.end(matter, at=at)
        matter.closed_at, matter.outcome = at, outcome or rules.Outcome.DONE.value
    elif before in kind.closed:
        matter.closed_at, matter.outcome = None, ""
    matter.save(update_fields=["state", "closed_at", "outcome"])
    if kind.acts and to not in kind.closed:
        clocks.enter(matter, at=at)
    write_step(matter, act="moved", by=by, at=at, state_from=before, state_to=to, note=note)
    audit.record(
        act="workflow.move",
        by=by,
        object=("matter", matter.pk),
        area=matter.area_path,
        at=at,
        detail={"number": matter.number, "from": before, "to": to},
    )
    say_work(*work_of(matter))
    say_figures(matter.area_path)
    return matter


@transaction.atomic
def remark(*, matter: Matter, by: Actor, at: datetime, note: str) -> Step:
    """Write a sentence into a matter's history; nothing moves."""
    step = write_step(matter, act="remarked", by=by, at=at, note=note)
    audit.record(
        act="workflow.remark",
        by=by,
        object=("matter", matter.pk),
        area=matter.area_path,
        at=at,
        detail={"step": str(step.pk)},
    )
    say_work(*work_of(matter))
    return step


def involve(matter: Matter, account: UUID, how: How, at: datetime) -> None:
    """Somebody has to do with a matter from now on; again changes nothing."""
    row = Involvement(area_path=matter.area_path, matter=matter, account_id=account, how=how.value, since_at=at)
    Involvement.objects.bulk_create([row], ignore_conflicts=True)


def carry(matter: Matter, act: str, *, by: Actor, at: datetime, note: str = "", outcome: str = "") -> None:
    """Move a matter where its kind says this act leads, if it is not there yet; who may was seen before."""
    to = registry.matter_kind(matter.kind).lands(act, matter.state)
    if to != matter.state:
        move(matter, to=to, by=by, at=at, note=note, outcome=outcome, unchecked=True)


def write(matter: Matter, act: str, *, by: Actor, at: datetime, **facts: Any) -> Step:
    """History, audit and the live word for one act on a matter (`facts` as of `write_step`)."""
    step = write_step(matter, act=act, by=by, at=at, **facts)
    to = facts.get("to_account_id")
    audit.record(
        act=f"workflow.{act}",
        by=by,
        object=("matter", matter.pk),
        area=matter.area_path,
        at=at,
        detail={"number": matter.number, "to": str(to) if to else None, "level": matter.level},
    )
    say_work(*work_of(matter))
    say_figures(matter.area_path)
    return step


def write_step(matter: Matter, *, act: str, by: Actor, at: datetime, **facts: Any) -> Step:
    """One line of a matter's history (`facts`: work, to_account_id, state_from, state_to, note)."""
    return Step.objects.create(
        matter=matter, area_path=matter.area_path, at=at, act=act, account_id=by.account_id, by_name=by.name, **facts
    )


def work_of(matter: Matter) -> list[WorkItem]:
    """All work on a matter, which each item knows."""
    items = list(matter.work.all())
    for item in items:
        item.matter = matter
    return items


def say_work(*items: WorkItem) -> None:
    """Tell everybody who is looking that these items changed."""
    live.say(
        connection,
        [
            live.changed(
                "work",
                pk=item.pk,
                area=item.area_path,
                ability=rules.SEE_SEALED if item.matter.is_sealed else rules.SEE,
                account=item.assignee_id,
            )
            for item in items
        ],
    )


def say_figures(area: str) -> None:
    """Tell everybody who is looking that the figures of this room changed in an area."""
    live.say(connection, [live.changed("figure", pk=code, area=area, ability=rules.SEE) for code in FIGURES])


def _next_serial(town: str, at: datetime) -> int:
    """The next number of a town's day; waits for a transaction that is taking one, so that none is given twice."""
    on = timezone.localtime(at).date()
    Serial.objects.bulk_create([Serial(area_path=town, on=on, last=0)], ignore_conflicts=True)
    serial = Serial.objects.select_for_update().get(area_path=town, on=on)
    serial.last += 1
    serial.save(update_fields=["last"])
    return serial.last
