"""How matters and work read to one person: in their language, with the acts and moves open to them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.utils import timezone

from xiangyun.base import words
from xiangyun.kernel.workflow import queries, registry, rules
from xiangyun.kernel.workflow.answers.reader import Reader, holder, person
from xiangyun.kernel.workflow.models import Clock, Involvement, Matter, Step, WorkItem
from xiangyun.kernel.workflow.rules import How, deadlines
from xiangyun.kernel.workflow.rules.calendar import Calendar
from xiangyun.kernel.workflow.rules.kinds import Standing, acts_open

# Steps between levels: their states are levels.
BETWEEN_LEVELS = frozenset(("handed_up", "sent_down", "escalated"))
PLAIN = frozenset(state.value for state in rules.MatterState)


class MatterReader(Reader):
    """Matters, work, clocks, history."""

    def works(self, items: Sequence[WorkItem]) -> list[dict[str, Any]]:
        """Work items (with matter and assignee fetched)."""
        self.look_up(item.area_path for item in items)
        return [self.work(item) for item in items]

    def work(self, item: WorkItem) -> dict[str, Any]:
        """One work item."""
        matter = item.matter
        return {
            **_about(matter),
            "id": item.pk,
            "matter": matter.pk,
            "kind": item.kind,
            "title": self.title(matter),
            "area": item.area_path,
            "area_name": self.place(item.area_path),
            "state": item.state,
            "assignee": holder(item, self.lang),
            "due_at": item.due_at,
            "may": self.moves(item),
            "offered_at": item.offered_at,
            "take_by_at": item.take_by_at,
            "taken_at": item.taken_at,
            "done_at": item.done_at,
            "outcome": item.outcome or None,
            "note": item.note,
            "is_late": rules.is_late(state=item.state, due_at=item.due_at, at=self.at),
            "is_unaccepted": not item.role
            and rules.is_unaccepted(state=item.state, asked=len(item.asked), take_by_at=item.take_by_at),
            "is_main": item.is_main,
            "is_sealed": matter.is_sealed,
            "matter_kind": matter.kind,
            "matter_kind_name": words.say(matter.kind, self.lang),
            "stopped_at": matter.stopped_at,
            "role": item.role or None,
            "role_name": self.role(item.role),
            "in_place_of": person(item.in_place_of),
        }

    def moves(self, item: WorkItem) -> list[str]:
        """The moves of a work item open to the reader."""
        actor = self.actor
        is_mine = actor.account_id is not None and item.assignee_id == actor.account_id
        moves = rules.moves_open(
            state=item.state,
            is_mine=is_mine,
            may_take=actor.account_id is not None and (is_mine or actor.may(rules.TAKE, item.area_path)),
            may_reassign=actor.may(rules.REASSIGN, item.area_path),
        )
        if not item.is_main:
            return moves
        # Whoever owns a matter signs for it and closes it; its page has those acts.
        asked = is_mine or any((post.role, post.area) == (item.role, item.role_area) for post in actor.posts)
        return [move for move in moves if move == "take" and asked]

    def work_whole(self, item: WorkItem) -> dict[str, Any]:
        """A work item with its matter and history."""
        return {
            **self.works([item])[0],
            "whole_matter": self.matters([queries.matter_of(item)])[0],
            "history": self.history(item.matter),
        }

    def matters(self, matters: Sequence[Matter]) -> list[dict[str, Any]]:
        """Matters (fetched by `queries.shown_matters`)."""
        self.look_up(matter.area_path for matter in matters)
        standings = queries.standings(matters, self.actor)
        return [
            {
                **_about(matter),
                "id": matter.pk,
                "kind": matter.kind,
                "kind_name": words.say(matter.kind, self.lang),
                "title": self.title(matter),
                "area": matter.area_path,
                "area_name": self.place(matter.area_path),
                "state": matter.state,
                "owner": holder(matter, self.lang),
                "opened_at": matter.opened_at,
                "due_at": matter.due_at,
                "closed_at": matter.closed_at,
                "outcome": matter.outcome or None,
                "is_unaccepted": getattr(matter, "untaken", False),
                "category": matter.category,
                "level": matter.level,
                "level_name": self.level(matter.level),
                "clock": self.clock(matter.clock) if matter.clock else None,
                "may": self.acts(matter, standings[matter.pk]),
                "reporter": person(matter.reporter),
                "is_sealed": matter.is_sealed,
                "sent_back": matter.sent_back,
                "reopened": matter.reopened,
                "merged_into": _link(matter.merged_into),
                "split_from": _link(matter.split_from),
            }
            for matter in matters
        ]

    def acts(self, matter: Matter, standing: Standing) -> list[str]:
        """The acts on a matter open to the reader."""
        kind = registry.find_matter_kind(matter.kind)
        if kind is None or self.actor.account_id is None:
            return []
        return acts_open(kind, standing, lambda ability: self.actor.may(ability, matter.area_path))

    def clock(self, clock: Clock) -> dict[str, Any]:
        """A clock as it stands now."""
        timing = queries.timing(clock)
        return {
            "stage": clock.stage,
            **self.timing(timing, last_day=clock.last_day),
            "unsure_year": clock.unsure_year,
            "amount": clock.amount,
            "unit": clock.unit,
            "extension": clock.extension,
            "extended": clock.extended,
            "basis": clock.basis,
        }

    def timing(self, timing: deadlines.Timing, *, last_day: date | None = None) -> dict[str, Any]:
        """What a clock says, whatever it counts."""
        seen = min(self.at, timing.ended_at) if timing.ended_at else self.at
        left = deadlines.left(timing, last_day, seen, Calendar(zone=timezone.get_default_timezone()))
        return {
            "started_at": timing.started_at,
            "due_at": timing.due_at,
            "last_day": last_day,
            "lamp": deadlines.lamp(timing, self.at),
            "used": deadlines.used(timing, self.at),
            "stopped_since": timing.stopped_since,
            "left": left.what,
            "left_n": left.n,
            "says": words.counted(f"workflow.left_{left.what}", left.n, self.lang),
        }

    def matter_whole(self, matter: Matter) -> dict[str, Any]:
        """A matter with its work and history."""
        return {
            **self.matters([matter])[0],
            "work": self.works(list(queries.work_on(matter))),
            "history": self.history(matter),
            "stops": [
                {"since": stop.stopped_at, "until": stop.resumed_at, "reason": stop.reason, "waits_for": stop.waits_for}
                for stop in queries.all_stops(matter)
            ],
            "extensions": [
                {
                    "amount": one.amount,
                    "reason": one.reason,
                    "asked_by": person(one.asked_by),
                    "asked_at": one.asked_at,
                    "decided_by": person(one.decided_by),
                    "decided_at": one.decided_at,
                    "is_granted": one.is_granted,
                    "answer": one.answer,
                }
                for one in queries.extensions(matter)
            ],
            "merged": [_link(one) for one in queries.linked(matter.merged.all(), self.actor)],
            "parts": [_link(one) for one in queries.linked(matter.parts.all(), self.actor)],
            "is_watched": Involvement.objects.filter(
                matter=matter, account=self.actor.account_id, how=How.WATCHER.value
            ).exists(),
        }

    def history(self, matter: Matter) -> list[dict[str, Any]]:
        """What happened to a matter, each as a sentence."""
        return [
            {
                "id": step.pk,
                "at": step.at,
                "act": step.act,
                "says": words.say(
                    f"workflow.step_{step.act}"
                    if step.to_account or step.act != "unanswered"
                    else "workflow.step_nobody_left",
                    self.lang,
                    name=self._name(step),
                    to=step.to_account.name if step.to_account else self.role(step.to_role) or "—",
                    state=self._state(matter, step),
                ),
                "by": self._name(step),
                "to": person(step.to_account),
                "state_from": step.state_from,
                "state_to": step.state_to,
                "work": step.work_id,
                "note": step.note,
                "evidence": [{"file": one.file_id, "words": one.words} for one in step.evidence.all()],
            }
            for step in queries.history(matter)
        ]

    def _state(self, matter: Matter, step: Step) -> str:
        """What a state is called: a kind's own states by the kind's own words."""
        if not step.state_to:
            return "—"
        if step.act in BETWEEN_LEVELS:
            return self.level(step.state_to)
        room = "workflow" if step.state_to in PLAIN else matter.kind
        return words.say(f"{room}.state_{step.state_to}", self.lang)

    def _name(self, step: Step) -> str:
        return words.say("workflow.the_house", self.lang) if step.by_name == rules.HOUSE else step.by_name


def _about(matter: Matter) -> dict[str, Any]:
    """What a work item and its matter both say."""
    return {
        "number": matter.number,
        "severity": matter.severity,
        "subject": {"kind": matter.subject_kind, "id": matter.subject_id},
        "alert": matter.source_id if matter.source_kind == "alert" else None,
        "rule": matter.title_params.get("rule"),
        "point": (matter.lon, matter.lat) if matter.lon is not None and matter.lat is not None else None,
    }


def _link(matter: Matter | None) -> dict[str, Any] | None:
    return {"id": matter.pk, "number": matter.number} if matter else None
