"""How an inbox reads to its owner."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from xiangyun.base import words
from xiangyun.kernel.workflow import queries
from xiangyun.kernel.workflow.answers.matters import MatterReader
from xiangyun.kernel.workflow.answers.reader import holder, person
from xiangyun.kernel.workflow.models import Matter, StandIn, WorkItem
from xiangyun.kernel.workflow.rules.deadlines import WARN_SHARE, Timing


class InboxReader(MatterReader):
    """Tasks and watched matters, one beside the other."""

    def tasks(self, items: Sequence[WorkItem]) -> list[dict[str, Any]]:
        """Tasks, as an inbox shows them."""
        self.look_up(item.area_path for item in items)
        standings = queries.standings([item.matter for item in items], self.actor, items)
        return [
            {
                **self._about(item.matter),
                "id": item.pk,
                "work": item.pk,
                "has": holder(item if item.state != "open" or not item.role else item.matter, self.lang),
                "role": item.role or None,
                "role_name": self.role(item.role),
                "in_place_of": person(item.in_place_of),
                "clock": self._clock(item),
                "due_at": item.due_at,
                "may": self.acts(item.matter, standings[item.matter_id]),
                "work_may": self.moves(item),
                "is_main": item.is_main,
                "offered_at": item.offered_at,
                "done_at": item.done_at,
                "outcome": item.outcome or None,
            }
            for item in items
        ]

    def watched(self, matters: Sequence[Matter]) -> list[dict[str, Any]]:
        """Matters somebody keeps an eye on."""
        self.look_up(matter.area_path for matter in matters)
        standings = queries.standings(matters, self.actor)
        return [
            {
                **self._about(matter),
                "id": matter.pk,
                "work": None,
                "has": holder(matter, self.lang),
                "role": None,
                "role_name": None,
                "in_place_of": None,
                "clock": self.clock(matter.clock) if matter.clock else None,
                "due_at": matter.due_at,
                "may": self.acts(matter, standings[matter.pk]),
                "work_may": [],
                "is_main": False,
                "offered_at": matter.opened_at,
                "done_at": matter.closed_at,
                "outcome": matter.outcome or None,
            }
            for matter in matters
        ]

    def _about(self, matter: Matter) -> dict[str, Any]:
        return {
            "matter": matter.pk,
            "number": matter.number,
            "kind": matter.kind,
            "kind_name": words.say(matter.kind, self.lang),
            "title": self.title(matter),
            "category": matter.category,
            "area": matter.area_path,
            "area_name": self.place(matter.area_path),
            "state": matter.state,
            "level": matter.level,
            "level_name": self.level(matter.level),
            "severity": matter.severity,
            "reporter": person(matter.reporter),
            "is_sealed": matter.is_sealed,
        }

    def _clock(self, item: WorkItem) -> dict[str, Any]:
        """The matter's clock; a task without one has the time it was given with."""
        if item.is_main and item.matter.clock is not None:
            return self.clock(item.matter.clock)
        warn_at = item.offered_at + WARN_SHARE * (item.due_at - item.offered_at)
        timing = Timing(started_at=item.offered_at, due_at=item.due_at, warn_at=warn_at, ended_at=item.done_at)
        return {"stage": "", **self.timing(timing), **NO_RULE}

    def stand_in(self, row: StandIn) -> dict[str, Any]:
        """Somebody asked in another's place (with both fetched)."""
        return {
            "id": row.pk,
            "account": person(row.account),
            "deputy": person(row.deputy),
            "starts_at": row.starts_at,
            "ends_at": row.ends_at,
            "is_on": row.starts_at <= self.at < row.ends_at,
        }

    def counted(self, items: Sequence[WorkItem]) -> list[dict[str, Any]]:
        """How many tasks by the kind of their matter (fetched), the most first."""
        found = Counter(item.matter.kind for item in items)
        return [{"kind": kind, "kind_name": words.say(kind, self.lang), "n": n} for kind, n in found.most_common()]

    def handed(self, items: Sequence[WorkItem]) -> list[dict[str, Any]]:
        """What went from one person to another."""
        self.look_up(item.area_path for item in items)
        return [
            {
                "work": item.pk,
                "matter": item.matter_id,
                "number": item.matter.number,
                "title": self.title(item.matter),
            }
            for item in items
        ]


NO_RULE = {"unsure_year": None, "amount": 0, "unit": "hours", "extension": 0, "extended": 0, "basis": ""}
