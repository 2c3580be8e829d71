"""What exists for whom: matters and the work on them, sealed ones too, and how a matter stands for one person."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import reduce
from operator import or_
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from xiangyun.kernel.access.querysets import ScopedQuerySet, under
from xiangyun.kernel.access.rules import Actor
from xiangyun.kernel.workflow import rules
from xiangyun.kernel.workflow.models import Extension, Involvement, Matter, Step, Stop, WorkItem
from xiangyun.kernel.workflow.rules import WorkState
from xiangyun.kernel.workflow.rules.kinds import Standing


def offered_to(actor: Actor) -> Q:
    """Of work: given or offered to the actor, or offered to a role they hold at its place."""
    mine = Q(assignee=actor.account_id) if actor.account_id else Q(pk__in=[])
    return reduce(or_, offered_to_posts(actor), mine)


def offered_to_posts(actor: Actor) -> list[Q]:
    """Of work: offered to a role the actor holds at its place, one condition a post."""
    posts = sorted({(post.role, post.area) for post in actor.posts})
    return [Q(role=role, role_area=area, state=WorkState.OPEN.value) for role, area in posts]


def work_for(actor: Actor) -> ScopedQuerySet[WorkItem]:
    """What exists for an actor: the work of their places, and what was given to them wherever it is."""
    rows = WorkItem.objects.in_area(actor.scope)
    return rows.filter((under(*actor.areas(rules.SEE)) & unsealed_to(actor)) | offered_to(actor))


def unsealed_to(actor: Actor) -> Q:
    """Of work: its matter is not sealed, or lies where the actor may see sealed ones."""
    return Q(matter__is_sealed=False) | under(*actor.areas(rules.SEE_SEALED))


def matters_for(actor: Actor) -> ScopedQuerySet[Matter]:
    """What exists for an actor: the matters of their places, those they were given work on, and those they are involved
    in. A sealed one only for those involved and for `workflow.see_sealed` in its place."""
    open_to = Q(is_sealed=False) | under(*actor.areas(rules.SEE_SEALED))
    seen = under(*actor.areas(rules.SEE)) & open_to
    return Matter.objects.in_area(actor.scope).filter(seen | Q(pk__in=concerning(actor)))


def concerning(actor: Actor) -> QuerySet[Involvement, UUID]:
    """The ids of the matters somebody has to do with: they reported, own, help, or are asked."""
    if actor.account_id is None:
        return Involvement.objects.none().values_list("matter", flat=True)
    involved = Involvement.objects.filter(account=actor.account_id, how__in=rules.INVOLVED)
    asked = WorkItem.objects.filter(offered_to(actor))
    return involved.values_list("matter", flat=True).union(asked.values_list("matter", flat=True))


def fresh(item: WorkItem) -> WorkItem:
    """The item as it stands now, with its matter and person, in one query."""
    return shown_work(WorkItem.objects.all()).get(pk=item.pk)


def shown_work(rows: ScopedQuerySet[WorkItem]) -> ScopedQuerySet[WorkItem]:
    """Work with its matter and people."""
    return rows.select_related("matter", "assignee", "in_place_of")


def untaken() -> Q:
    """Of matters: nobody has taken any of the work, and whoever was asked first let the time pass (or nobody was)."""
    work = WorkItem.objects.filter(matter=OuterRef("pk"))
    passed_on = (~Q(asked__len=1) | Q(take_by_at=None)) & Q(role="")
    return Exists(work.filter(passed_on, state=WorkState.OPEN)) & ~Exists(work.exclude(state=WorkState.OPEN))


def shown_matters(rows: ScopedQuerySet[Matter]) -> ScopedQuerySet[Matter]:
    """Matters with their owner, reporter and clock, and whether they are `untaken`."""
    shown = rows.select_related("owner", "reporter", "clock", "merged_into", "split_from")
    return shown.annotate(untaken=untaken())  # type: ignore[return-value]


def matter_of(item: WorkItem) -> Matter:
    """An item's matter as it is shown."""
    return shown_matters(Matter.objects.all()).get(pk=item.matter_id)


def work_on(matter: Matter) -> ScopedQuerySet[WorkItem]:
    """All work on a matter, in the order it was offered."""
    rows = shown_work(WorkItem.objects.filter(matter=matter))
    return rows.order_by("offered_at", "id")


def history(matter: Matter) -> QuerySet[Step]:
    """Everything that happened to a matter, oldest first."""
    rows = Step.objects.filter(matter=matter).select_related("to_account")
    return rows.prefetch_related("evidence").order_by("at", "id")


def all_stops(matter: Matter) -> QuerySet[Stop]:
    """Every time in which a clock of a matter stood still, oldest first."""
    return Stop.objects.filter(clock__matter=matter).order_by("stopped_at", "id")


def extensions(matter: Matter) -> QuerySet[Extension]:
    """Every time more time was asked for, oldest first."""
    rows = Extension.objects.filter(clock__matter=matter).select_related("asked_by", "decided_by")
    return rows.order_by("asked_at", "id")


def linked(rows: QuerySet[Matter], actor: Actor) -> QuerySet[Matter]:
    """Of some matters, those that exist for an actor."""
    return rows.filter(pk__in=matters_for(actor).values("pk")).order_by("opened_at", "id")


def main_work(matter: Matter) -> WorkItem | None:
    """The task whose taker owns the matter, while it waits to be done."""
    rows = WorkItem.objects.filter(matter=matter, is_main=True, state__in=rules.WAITING)
    return rows.select_related("assignee").first()


def standings(matters: Sequence[Matter], actor: Actor, tasks: Iterable[WorkItem] = ()) -> dict[UUID, Standing]:
    """How matters (with their clocks fetched) stand for one person; at most two queries, however many.

    `tasks` that are at hand are not fetched again.
    """
    by_matter = {item.matter_id: item for item in tasks if item.is_main and item.state in rules.WAITING}
    if rest := [matter.pk for matter in matters if matter.pk not in by_matter and matter.closed_at is None]:
        main = WorkItem.objects.filter(matter__in=rest, is_main=True, state__in=rules.WAITING)
        by_matter |= {item.matter_id: item for item in main}
    asked: set[UUID | None] = set()
    # Only of a clock that can be made longer somebody asks more time.
    if clocks := [one.clock.pk for one in matters if one.clock and one.clock.extension and not one.clock.ended_at]:
        asked = set(Extension.objects.filter(clock__in=clocks, decided_at=None).values_list("clock", flat=True))
    return {matter.pk: _standing(matter, by_matter.get(matter.pk), actor, asked) for matter in matters}


def _standing(matter: Matter, main: WorkItem | None, actor: Actor, asked: Iterable[UUID | None]) -> Standing:
    clock = matter.clock
    runs = clock is not None and clock.ended_at is None
    has = main is not None and actor.account_id is not None and main.assignee_id == actor.account_id
    offered = main is not None and any(
        post.role == main.role and post.area == main.role_area for post in actor.posts if main.role
    )
    is_open = main is not None and main.state == WorkState.OPEN
    return Standing(
        state=matter.state,
        level=matter.level,
        is_closed=matter.closed_at is not None,
        holds=has and not is_open,
        is_asked=is_open and (has or offered),
        is_merged=matter.merged_into_id is not None,
        is_stopped=matter.stopped_at is not None,
        has_clock=runs,
        sent_back=matter.sent_back,
        extension_left=clock.extension if clock is not None and runs and not clock.extended else 0,
        is_extension_asked=matter.clock_id in asked,
    )
