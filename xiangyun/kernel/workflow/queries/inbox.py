"""One person's inbox: what is offered to them, what they have, what they did, what is late, what they keep an eye on.

Everything starts at the tasks of one person (an index each), never at the matters of a place.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Count, Q
from django.utils import timezone

from xiangyun.kernel.access.querysets import ScopedQuerySet
from xiangyun.kernel.access.rules import Actor
from xiangyun.kernel.workflow import rules
from xiangyun.kernel.workflow.models import Involvement, Matter, WorkItem
from xiangyun.kernel.workflow.queries.seen import matters_for, offered_to, offered_to_posts
from xiangyun.kernel.workflow.rules import How, WorkState

WATCHED = (How.WATCHER.value, How.REPORTER.value)
WORK = ("matter__clock", "matter__owner", "matter__reporter", "assignee", "in_place_of")
MATTER = ("clock", "owner", "reporter")


def tasks(actor: Actor) -> ScopedQuerySet[WorkItem]:
    """Tasks with all that an inbox shows of them."""
    return WorkItem.objects.in_area(actor.scope).select_related(*WORK)


def parts(actor: Actor, box: str, at: datetime) -> list[ScopedQuerySet[WorkItem]]:
    """The tasks in one of a person's boxes (todo doing done late), in parts that an index has in order each."""
    rows = WorkItem.objects.in_area(actor.scope)
    mine = rows.filter(assignee=actor.account_id) if actor.account_id else rows.none()
    if box in ("doing", "done"):
        return [mine.filter(state=WorkState.TAKEN if box == "doing" else WorkState.DONE)]
    open_ = [mine.filter(state=WorkState.OPEN), *(rows.filter(asked) for asked in offered_to_posts(actor))]
    if box == "todo":
        return open_
    late = Q(due_at__lte=at, matter__stopped_at=None)
    return [part.filter(late) for part in (mine.filter(state=WorkState.TAKEN), *open_)]


def watched(actor: Actor) -> ScopedQuerySet[Matter]:
    """The matters a person keeps an eye on or reported themselves, as far as they exist for them."""
    theirs = Involvement.objects.filter(account=actor.account_id, how__in=WATCHED)
    return matters_for(actor).filter(pk__in=theirs.values("matter")).select_related(*MATTER)


def narrowed(rows: ScopedQuerySet[WorkItem], *, kind: str, area: str, q: str) -> ScopedQuerySet[WorkItem]:
    """Tasks of one kind of matter, of one place, with a number or a title like this."""
    if kind:
        rows = rows.filter(matter__kind=kind)
    if area:
        rows = rows.in_area(area)
    if q:
        rows = rows.filter(Q(matter__number__contains=q) | Q(matter__title_params__words__icontains=q))
    return rows


def narrowed_matters(rows: ScopedQuerySet[Matter], *, kind: str, area: str, q: str) -> ScopedQuerySet[Matter]:
    """The same for matters."""
    if kind:
        rows = rows.filter(kind=kind)
    if area:
        rows = rows.in_area(area)
    if q:
        rows = rows.filter(Q(number__contains=q) | Q(title_params__words__icontains=q))
    return rows


def counts(actor: Actor, at: datetime) -> dict[str, int]:
    """How many wait for a person: by box, and by when they are due. Three queries, over their own tasks alone.

    What stands still is counted apart and taken off: few do, and of the others no matter has to be looked at.
    """
    midnight = timezone.localtime(at).replace(hour=0, minute=0, second=0, microsecond=0)
    tomorrow, soon = midnight + timedelta(days=1), midnight + timedelta(days=4)
    waiting = WorkItem.objects.in_area(actor.scope).filter(_waits(actor))
    by_day = {
        "late": Count("pk", filter=Q(due_at__lte=at)),
        "today": Count("pk", filter=Q(due_at__gt=at, due_at__lte=tomorrow)),
        "three_days": Count("pk", filter=Q(due_at__gt=tomorrow, due_at__lte=soon)),
        "later": Count("pk", filter=Q(due_at__gt=soon)),
    }
    found: dict[str, int] = waiting.aggregate(
        todo=Count("pk", filter=Q(state=WorkState.OPEN.value)),
        doing=Count("pk", filter=Q(state=WorkState.TAKEN.value)),
        **by_day,
    )
    stopped = waiting.filter(matter__in=Matter.objects.in_area(actor.scope).exclude(stopped_at=None))
    still: dict[str, int] = stopped.aggregate(stopped=Count("pk"), **by_day)
    running = {when: found[when] - still[when] for when in by_day}
    return {**found, **running, "stopped": still["stopped"], "watching": watched(actor).count()}


def _waits(actor: Actor) -> Q:
    """Of tasks: they wait, and this person has them or is asked to take them."""
    return offered_to(actor) & Q(state__in=rules.WAITING)
