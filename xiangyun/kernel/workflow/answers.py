"""How matters, work and duty read to one person: in their language, with the moves open to them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from xiangyun.base import words
from xiangyun.kernel.access.rules import Actor
from xiangyun.kernel.accounts.models import Account
from xiangyun.kernel.org import queries as org
from xiangyun.kernel.workflow import queries, rules
from xiangyun.kernel.workflow.models import DutyShift, Matter, Step, TakeLimit, WorkItem
from xiangyun.kernel.workflow.rules import ShiftKind


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads, in which language, when; place names are looked up once a list."""

    actor: Actor
    lang: str
    at: datetime
    places: dict[str, str] = field(default_factory=dict)

    def look_up(self, paths: Iterable[str]) -> None:
        """Fetch the names of all places that will be shown, in one query."""
        if missing := set(paths) - self.places.keys():
            self.places.update(org.names(missing))

    def place(self, path: str) -> str:
        """A place's name."""
        return self.places.get(path, path)

    def title(self, matter: Matter) -> str:
        """A matter's title."""
        return words.say(matter.title_code, self.lang, **{"place": self.place(matter.area_path), **matter.title_params})

    def works(self, items: Sequence[WorkItem]) -> list[dict[str, Any]]:
        """Work items (with matter and assignee fetched)."""
        self.look_up(item.area_path for item in items)
        return [self.work(item) for item in items]

    def work(self, item: WorkItem) -> dict[str, Any]:
        """One work item."""
        matter = item.matter
        is_mine = self.actor.account_id is not None and item.assignee_id == self.actor.account_id
        return {
            **_about(matter),
            "id": item.pk,
            "matter": matter.pk,
            "kind": item.kind,
            "title": self.title(matter),
            "area": item.area_path,
            "area_name": self.place(item.area_path),
            "state": item.state,
            "assignee": person(item.assignee),
            "due_at": item.due_at,
            "may": rules.moves_open(
                state=item.state,
                is_mine=is_mine,
                may_take=self.actor.account_id is not None and (is_mine or self.actor.may(rules.TAKE, item.area_path)),
                may_reassign=self.actor.may(rules.REASSIGN, item.area_path),
            ),
            "offered_at": item.offered_at,
            "take_by_at": item.take_by_at,
            "taken_at": item.taken_at,
            "done_at": item.done_at,
            "outcome": item.outcome or None,
            "note": item.note,
            "is_late": rules.is_late(state=item.state, due_at=item.due_at, at=self.at),
            "is_unaccepted": rules.is_unaccepted(state=item.state, asked=len(item.asked), take_by_at=item.take_by_at),
        }

    def work_whole(self, item: WorkItem) -> dict[str, Any]:
        """A work item with its matter and history."""
        return {
            **self.works([item])[0],
            "whole_matter": self.matters([queries.matter_of(item)])[0],
            "history": self.steps(list(queries.history(item.matter))),
        }

    def matters(self, matters: Sequence[Matter]) -> list[dict[str, Any]]:
        """Matters (with owner and `untaken`, see `queries.shown_matters`, fetched)."""
        self.look_up(matter.area_path for matter in matters)
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
                "owner": person(matter.owner),
                "opened_at": matter.opened_at,
                "due_at": matter.due_at,
                "closed_at": matter.closed_at,
                "outcome": matter.outcome or None,
                "is_unaccepted": getattr(matter, "untaken", False),
            }
            for matter in matters
        ]

    def matter_whole(self, matter: Matter) -> dict[str, Any]:
        """A matter with its work and history."""
        return {
            **self.matters([matter])[0],
            "work": self.works(list(queries.work_on(matter))),
            "history": self.steps(list(queries.history(matter))),
        }

    def steps(self, steps: Sequence[Step]) -> list[dict[str, Any]]:
        """What happened, each as a sentence."""
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
                    to=step.to_account.name if step.to_account else "—",
                    state=words.say(f"workflow.state_{step.state_to}", self.lang) if step.state_to else "—",
                ),
                "by": self._name(step),
                "to": person(step.to_account),
                "state_from": step.state_from,
                "state_to": step.state_to,
                "work": step.work_id,
                "note": step.note,
            }
            for step in steps
        ]

    def _name(self, step: Step) -> str:
        return words.say("workflow.the_house", self.lang) if step.by_name == rules.HOUSE else step.by_name

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
        role = posts.get(shift.account_id)
        return {
            "id": shift.pk,
            "account": shift.account.account if self.actor.is_staff else "",
            "name": shift.account.name,
            "post": words.say(f"access.role.{role}", self.lang) if role else "—",
            "phone": shift.phone,
            "area": shift.area_path,
            "area_name": self.place(shift.area_path),
            "kind": shift.kind,
            "rank": shift.rank,
            "starts_at": shift.starts_at,
            "ends_at": shift.ends_at,
            "is_on": shift.starts_at <= self.at and (shift.ends_at is None or shift.ends_at > self.at),
        }


def person(account: Account | None) -> dict[str, str] | None:
    """Somebody, as others may know them."""
    return {"account": account.account, "name": account.name} if account else None


def limit(row: TakeLimit) -> dict[str, Any]:
    """A limit on the wire."""
    return {"area": row.area_path, "minutes": row.minutes, "starts_at": row.starts_at, "basis": row.basis}


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
