"""What the house does by the clock: lamps, what runs late, and days that became known. Batches, safe to repeat."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone

from xiangyun.base import live
from xiangyun.kernel.access.rules import Actor
from xiangyun.kernel.audit import actions as audit
from xiangyun.kernel.notify import actions as notify
from xiangyun.kernel.notify.rules import Urgency
from xiangyun.kernel.workflow import queries, registry, rules
from xiangyun.kernel.workflow.actions import clocks
from xiangyun.kernel.workflow.actions.acting import HURRY, title_of
from xiangyun.kernel.workflow.actions.handling import new_work
from xiangyun.kernel.workflow.actions.matters import FIGURES
from xiangyun.kernel.workflow.models import Clock, Matter, Step, WorkItem
from xiangyun.kernel.workflow.queries import Target
from xiangyun.kernel.workflow.rules import WAITING, Act, Lamp, Level, Start, WhenLate, WorkState, deadlines
from xiangyun.kernel.workflow.rules.calendar import Calendar
from xiangyun.kernel.workflow.rules.deadlines import Deadline

AT_ONCE = 500
LEADER = "town_leader"


@transaction.atomic
def turn_clocks(*, at: datetime, by: Actor) -> int:
    """Look at the matters whose time has come, a batch of them: who has one is told that time runs short; one that is
    late goes up a level, or its leader is told. Returns how many were looked at.

    What was told stands in the matter, so a round that is made again tells nobody twice.
    """
    rows = Matter.objects.in_area(by.scope).filter(check_at__lte=at).select_related("clock").order_by("check_at", "id")
    matters = list(rows.select_for_update(skip_locked=True, of=("self",))[:AT_ONCE])
    if matters:
        _Batch(at=at, by=by).turn(matters)
    return len(matters)


@transaction.atomic
def recount_unsure(*, at: datetime, by: Actor) -> int:
    """Count anew, a batch of them, the clocks that were counted without knowing a year that is known now. Returns how
    many."""
    calendar = queries.calendar(by.scope)
    known = [year for year, _ in queries.unsure_years(by.scope) if calendar.knows(year)]
    if not known:
        return 0
    running = Clock.objects.in_area(by.scope).filter(ended_at=None, unsure_year__in=known)
    matters = Matter.objects.filter(clock__in=running).select_related("clock").order_by("id")
    held = list(matters.select_for_update(skip_locked=True, of=("self",))[:AT_ONCE])
    calendars: dict[str, Calendar] = {}
    for matter in held:
        clock = clocks.running_clock(matter)
        if clock is None:
            continue
        place = matter.area_path
        if place not in calendars:
            calendars[place] = queries.calendar(place)
        before = clock.due_at
        clocks.recount(matter, clock, calendars[place])
        if clock.due_at != before:
            Step.objects.create(
                matter=matter, area_path=place, at=at, act="recounted", account_id=by.account_id, by_name=by.name
            )
    return len(held)


@dataclass
class _Batch:
    """Matters that are turned together; what many of them ask for is looked up once."""

    at: datetime
    by: Actor
    steps: list[Step] = field(default_factory=list)
    ended: list[Clock] = field(default_factory=list)
    begun: list[Clock] = field(default_factory=list)
    moved: list[WorkItem] = field(default_factory=list)
    made: list[WorkItem] = field(default_factory=list)
    handed: list[Matter] = field(default_factory=list)
    told: dict[tuple[UUID, str], list[Matter]] = field(default_factory=lambda: defaultdict(list))
    calendars: dict[str, Calendar] = field(default_factory=dict)
    limits: dict[tuple[str, str, str], Deadline | None] = field(default_factory=dict)
    targets: dict[tuple[str, str, str, str, bool], Target] = field(default_factory=dict)
    people: dict[tuple[str, str], list[UUID]] = field(default_factory=dict)
    main: dict[UUID, WorkItem] = field(default_factory=dict)

    def turn(self, matters: Sequence[Matter]) -> None:
        rows = WorkItem.objects.filter(matter__in=matters, is_main=True, state__in=WAITING)
        self.main = {item.matter_id: item for item in rows.select_for_update(of=("self",)).order_by("id")}
        for matter in matters:
            self._turn(matter)
        self._write(matters)

    def _turn(self, matter: Matter) -> None:
        clock = clocks.running_clock(matter)
        if clock is None or clock.stopped_at is not None:
            matter.check_at = None
            return
        timing = queries.timing(clock)
        lamp = deadlines.lamp(timing, self.at)
        if lamp == Lamp.LATE:
            self._late(matter, clock)
        elif lamp == Lamp.WARN:
            matter.lamp = Lamp.WARN
            matter.check_at = clock.due_at
            self._tell(self._holders(matter), "workflow.due_soon", matter)
        else:
            matter.check_at = clock.warn_at

    def _late(self, matter: Matter, clock: Clock) -> None:
        kind = registry.matter_kind(matter.kind)
        matter.lamp, matter.check_at = Lamp.LATE, None
        self._step(matter, "overdue")
        self._tell(self._holders(matter), "workflow.overdue", matter)
        above = kind.above(matter.level)
        # what a town is late with does not land on the county's desk by itself: the town's leaders are told
        may_go = above != Level.BANNER and Act.HAND_UP in kind.acts and kind.leads(Act.HAND_UP, matter.state)
        if kind.when_late == WhenLate.HAND_UP and above is not None and may_go:
            self._hand_up(matter, clock, above)
        else:
            self._tell(self._leaders(matter), "workflow.overdue", matter)

    def _hand_up(self, matter: Matter, clock: Clock, above: str) -> None:
        kind = registry.matter_kind(matter.kind)
        before, matter.level = matter.level, above
        self._step(matter, "escalated", state_from=before, state_to=above)
        state = kind.target(Act.HAND_UP)
        if state and state != matter.state:
            self._step(matter, "moved", state_from=matter.state, state_to=state)
            matter.state = state
        clock.ended_at = self.at
        self.ended.append(clock)
        self._begin(matter)
        target = self._target(matter)
        item = self.main.get(matter.pk)
        if item is None:
            item = new_work(matter, by=self.by, at=self.at, is_main=True)
            self.made.append(item)
        else:
            self.moved.append(item)
        item.state, item.taken_at, item.offered_at, item.asked = WorkState.OPEN.value, None, self.at, []
        item.role, item.role_area, item.take_by_at = target.role, target.role_area, None
        item.assignee = item.in_place_of = None
        if target.account is not None:
            item.assignee_id = target.account
            item.asked = [target.account]
        item.due_at = matter.due_at or item.due_at
        matter.owner = None
        self._tell(self._asked(item), "workflow.overdue_below", matter)
        self.handed.append(matter)

    def _begin(self, matter: Matter) -> None:
        """The clock of the stage above, where its rule starts it at once."""
        kind = registry.matter_kind(matter.kind)
        stage = kind.stage_of(matter.state, matter.level)
        key = (matter.kind, stage, matter.area_path)
        if key not in self.limits:
            self.limits[key] = queries.deadline(*key, timezone.localtime(self.at).date())
        rule = self.limits[key]
        if rule is None or rule.starts != Start.ENTERED:
            matter.due_at = None
            return
        place = matter.area_path
        if place not in self.calendars:
            self.calendars[place] = queries.calendar(place)
        clock = clocks.new_clock(matter, stage, rule, at=self.at)
        clocks.reckon(clock, self.calendars[place], [])
        self.begun.append(clock)
        matter.clock = clock
        clocks.told(matter, clock)

    def _target(self, matter: Matter) -> Target:
        key = (matter.kind, matter.category, matter.level, matter.area_path, matter.is_sealed)
        if key not in self.targets:
            found = queries.target(matter, self.at)
            line = [] if found else queries.line_for(matter, self.at)
            found = found or Target(account=line[0] if line else None)
            if found.account is not None:
                found = Target(account=queries.deputy_of(found.account, self.at) or found.account)
            self.targets[key] = found
        return self.targets[key]

    def _holders(self, matter: Matter) -> Sequence[UUID | None]:
        """Whoever has a matter, or is asked to."""
        item = self.main.get(matter.pk)
        return self._asked(item) if item is not None else self._leaders(matter)

    def _asked(self, item: WorkItem) -> Sequence[UUID | None]:
        if not item.role:
            return [item.assignee_id]
        key = (item.role, item.role_area)
        if key not in self.people:
            self.people[key] = queries.holders_of(*key, self.at)
        return self.people[key]

    def _leaders(self, matter: Matter) -> list[UUID]:
        """Who leads the place; of a sealed matter, those who may know of it."""
        key = (LEADER + matter.is_sealed * "!", matter.area_path)
        if key not in self.people:
            held = queries.holders(matter.area_path, self.at, (LEADER,))
            able = queries.accounts_with(rules.SEE_SEALED, matter.area_path, self.at) if matter.is_sealed else None
            found = {one.account for one in held if able is None or one.account in able}
            self.people[key] = sorted(found, key=str)
        return self.people[key]

    def _tell(self, accounts: Iterable[UUID | None], code: str, matter: Matter) -> None:
        for account in accounts:
            # Matters are turned one after the other: who was told of this one already was told of it last.
            if account is not None and self.told[account, code][-1:] != [matter]:
                self.told[account, code].append(matter)

    def _step(self, matter: Matter, act: str, **facts: Any) -> None:
        self.steps.append(
            Step(
                matter=matter,
                work=self.main.get(matter.pk),
                area_path=matter.area_path,
                at=self.at,
                act=act,
                account_id=self.by.account_id,
                by_name=self.by.name,
                **facts,
            )
        )

    def _write(self, matters: Sequence[Matter]) -> None:
        _change(Clock, self.ended, ["ended_at"])
        Clock.objects.bulk_create(self.begun)
        handed = {matter.pk for matter in self.handed}
        _change(Matter, [one for one in matters if one.pk not in handed], ["lamp", "check_at"])
        _change(
            Matter,
            self.handed,
            ["lamp", "check_at", "level", "state", "clock", "due_at", "stopped_at", "owner"],
        )
        WorkItem.objects.bulk_create(self.made)
        _change(
            WorkItem,
            self.moved,
            [
                "state", "taken_at", "offered_at", "asked", "role", "role_area", "take_by_at", "assignee",
                "in_place_of", "due_at",
            ],
        )  # fmt: skip
        Step.objects.bulk_create(self.steps)
        audit.record_each(
            act="workflow.escalated",
            by=self.by,
            rows=[
                (("matter", matter.pk), matter.area_path, {"number": matter.number, "level": matter.level})
                for matter in self.handed
            ],
            at=self.at,
        )
        for (account, code), some in self.told.items():
            self._notice(account, code, some)
        self._say(matters)

    def _notice(self, account: UUID, code: str, matters: Sequence[Matter]) -> None:
        """One notice a person: about the matter, or how many there are."""
        first = matters[0]
        is_late = code != "workflow.due_soon"
        one = {"number": first.number, "title": title_of(first)}
        notify.tell(
            account=account,
            area=first.area_path if len(matters) == 1 else self.by.scope,
            code=code if len(matters) == 1 else f"{code}_many",
            params=one if len(matters) == 1 else {"n": len(matters)},
            subject=("matter", first.pk) if len(matters) == 1 else ("inbox", "late"),
            at=self.at,
            urgency=Urgency.SOON if is_late and min(one.severity for one in matters) in HURRY else Urgency.PLAIN,
        )

    def _say(self, matters: Sequence[Matter]) -> None:
        sealed = {matter.pk: matter.is_sealed for matter in matters}
        changed = [
            live.changed(
                "work",
                pk=item.pk,
                area=item.area_path,
                ability=rules.SEE_SEALED if sealed[item.matter_id] else rules.SEE,
                account=item.assignee_id,
            )
            for item in (*self.main.values(), *self.made)
        ]
        changed += [live.changed("figure", pk=code, area=self.by.scope, ability=rules.SEE) for code in FIGURES]
        live.say(connection, changed)


def _change(model: type[Matter | Clock | WorkItem], rows: Sequence[Any], fields: Sequence[str]) -> None:
    """Write some columns of rows that stand there and are held: one statement of plain values. `bulk_update` says a
    CASE for every row and column, which takes longer to write down than to do."""
    if rows:
        model.objects.bulk_create(rows, update_conflicts=True, unique_fields=["id"], update_fields=fields)
