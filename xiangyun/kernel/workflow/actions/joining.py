"""Matters that are one, and one that is several."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from xiangyun.base import paths
from xiangyun.base.errors import BadInput, NotFound
from xiangyun.kernel.access.rules import Actor
from xiangyun.kernel.workflow.actions import clocks
from xiangyun.kernel.workflow.actions.acting import hold, see
from xiangyun.kernel.workflow.actions.handling import route
from xiangyun.kernel.workflow.actions.matters import carry, involve, open_matter, write
from xiangyun.kernel.workflow.models import Matter, WorkItem
from xiangyun.kernel.workflow.rules import MERGED, WAITING, Act, How, WorkState

MOST_PARTS = 10


@transaction.atomic
def merge(*, matter_id: UUID, into: UUID, by: Actor, at: datetime, note: str = "") -> Matter:
    """A duplicate becomes part of another matter: it is closed and points there, its history stays readable, whoever
    reported it follows the other.

    Refuses: NotFound, NotAllowed, WrongState, BadInput (itself, closed, of another kind or town, one sealed).
    """
    # Both are held, the older first, so that two who merge crosswise do not wait for each other for ever.
    first, second = sorted((matter_id, into))
    held_first, held_second = see(first, by), see(second, by)
    keep = held_first if first == into else held_second
    held = hold(matter_id, Act.MERGE, by)
    drop = held.matter
    if (
        keep.pk == drop.pk
        or keep.kind != drop.kind
        or keep.closed_at is not None
        or paths.town_of(keep.area_path) != paths.town_of(drop.area_path)
        or drop.is_sealed != keep.is_sealed
    ):
        raise BadInput("workflow.cannot_merge", errors=[{"loc": ["body", "into"], "msg": "into"}], number=keep.number)
    state = drop.state
    drop_work(drop, at)
    carry(drop, Act.MERGE, by=by, at=at, outcome=MERGED)
    drop.merged_into = keep
    drop.save(update_fields=["merged_into"])
    write(drop, "merged", by=by, at=at, state_from=state, note=f"{keep.number} {note}".strip())
    write(keep, "absorbed", by=by, at=at, note=f"{drop.number} {note}".strip())
    if drop.reporter_id is not None:
        involve(keep, drop.reporter_id, How.REPORTER, at)
    return drop


@transaction.atomic
def unmerge(*, matter_id: UUID, by: Actor, at: datetime, note: str = "") -> Matter:
    """They were two after all: the duplicate is as it was, its clock as if it had never ended.

    Refuses: NotFound, NotAllowed, WrongState (not merged).
    """
    held = hold(matter_id, Act.UNMERGE, by)
    matter, kept = held.matter, held.matter.merged_into
    step = matter.steps.filter(act="merged").order_by("-at", "-id").first()
    if step is None or kept is None:
        raise NotFound
    matter.merged_into, matter.closed_at, matter.outcome = None, None, ""
    matter.state = step.state_from
    matter.save(update_fields=["merged_into", "closed_at", "outcome", "state"])
    dropped = WorkItem.objects.filter(matter=matter, state=WorkState.DROPPED, done_at=step.at)
    dropped.filter(taken_at=None).update(state=WorkState.OPEN.value, done_at=None)
    dropped.update(state=WorkState.TAKEN.value, done_at=None)
    if matter.clock is not None and matter.clock.ended_at == step.at:
        matter.clock.ended_at = None
        # It stood still when it was merged: it stands still again.
        stood = matter.clock.stops.filter(resumed_at=step.at).first()
        if stood is not None:
            stood.resumed_at = None
            stood.save(update_fields=["resumed_at"])
            matter.clock.stopped_at = stood.stopped_at
        clocks.recount(matter, matter.clock)
    write(matter, "unmerged", by=by, at=at, state_to=matter.state, note=note)
    write(kept, "given_up", by=by, at=at, note=matter.number)
    return matter


@transaction.atomic
def split(*, matter_id: UUID, titles: Sequence[str], by: Actor, at: datetime) -> list[Matter]:
    """Some of a matter goes on under numbers of its own, linked to it; each part goes where its level's table says.

    Refuses: NotFound, NotAllowed, WrongState, BadInput (no words, or too many parts).
    """
    told = [title.strip() for title in titles if title.strip()]
    if not told or len(told) > MOST_PARTS:
        raise BadInput("workflow.say_the_parts", errors=[{"loc": ["body", "titles"], "msg": "titles"}], most=MOST_PARTS)
    held = hold(matter_id, Act.SPLIT, by)
    whole = held.matter
    parts = []
    for title in told:
        part = open_matter(
            kind=whole.kind,
            subject=(whole.subject_kind, whole.subject_id),
            area=whole.area_path,
            title=("workflow.titled", {"words": title}),
            severity=whole.severity,
            at=at,
            by=by,
            point=(whole.lon, whole.lat) if whole.lon is not None and whole.lat is not None else None,
            category=whole.category,
            level=whole.level,
            reporter=whole.reporter_id,
            is_sealed=whole.is_sealed,
            split_from=whole,
        )
        route(part, by=by, at=at)
        write(whole, "split", by=by, at=at, note=f"{part.number} {title}")
        parts.append(part)
    return parts


def drop_work(matter: Matter, at: datetime) -> None:
    """The work that still waits goes with its matter."""
    WorkItem.objects.filter(matter=matter, state__in=WAITING).update(
        state=WorkState.DROPPED.value, done_at=at, take_by_at=None
    )
