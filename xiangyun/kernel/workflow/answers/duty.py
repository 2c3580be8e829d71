"""How duty reads to one person."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from xiangyun.kernel.workflow import queries, rules
from xiangyun.kernel.workflow.answers.reader import Reader
from xiangyun.kernel.workflow.models import DutyShift, TakeLimit
from xiangyun.kernel.workflow.rules import ShiftKind


class DutyReader(Reader):
    """Rosters."""

    def duty(self, area: str, shifts: Sequence[DutyShift]) -> dict[str, Any]:
        """Who is on duty for a place, and the roster."""
        self.look_up([area, *(shift.area_path for shift in shifts)])
        posts = queries.posts_of([shift.account_id for shift in shifts], self.at)
        shown = [self._shift(shift, posts) for shift in shifts]
        on = [shift for shift in shown if shift["is_on"] and rules.covers(shift["area"], area)]
        nearest = sorted(on, key=lambda shift: (-len(shift["area"]), shift["rank"]))
        return {
            "area": area,
            "area_name": self.place(area),
            "leader": next((shift for shift in nearest if shift["kind"] == ShiftKind.LEADER), None),
            "officers": [shift for shift in nearest if shift["kind"] != ShiftKind.LEADER],
            "shifts": shown,
            "take_within_min": int(queries.take_within(area, self.at).total_seconds() // 60),
        }

    def shift(self, shift: DutyShift) -> dict[str, Any]:
        """One line of the roster."""
        self.look_up([shift.area_path])
        return self._shift(shift, queries.posts_of([shift.account_id], self.at))

    def _shift(self, shift: DutyShift, posts: dict[Any, str]) -> dict[str, Any]:
        role = posts.get(shift.account_id, "")
        return {
            "id": shift.pk,
            "account": shift.account.account if self.actor.is_staff else "",
            "name": shift.account.name,
            "post": self.role(role) or "—",
            "phone": shift.phone,
            "area": shift.area_path,
            "area_name": self.place(shift.area_path),
            "kind": shift.kind,
            "rank": shift.rank,
            "starts_at": shift.starts_at,
            "ends_at": shift.ends_at,
            "is_on": shift.starts_at <= self.at and (shift.ends_at is None or shift.ends_at > self.at),
        }


def limit(row: TakeLimit) -> dict[str, Any]:
    """A limit on the wire."""
    return {"area": row.area_path, "minutes": row.minutes, "starts_at": row.starts_at, "basis": row.basis}
