"""What of work can be answered without signal, and the open matters that go into the village pack."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from xiangyun.base import offline, words
from xiangyun.base.errors import NotFound, Refusal, WrongState
from xiangyun.base.offline import Applied, Difference, Fault, Form, Impossible, Section, Subject
from xiangyun.kernel.access.querysets import under
from xiangyun.kernel.access.rules import Actor
from xiangyun.kernel.workflow import actions, queries, repeats, rules
from xiangyun.kernel.workflow.answers.matters import MatterReader
from xiangyun.kernel.workflow.models import WorkItem

ANSWERS = {
    "take": actions.take,
    "done": actions.done,
    "false_alarm": actions.false_alarm,
    "return": actions.give_back,
}
NOTE_CHARS = 2000
MOST_WORK = 500


def answer_work(told: offline.Told, *, by: Actor, at: datetime) -> Applied:
    """Somebody took work, did it, found nothing or gave it back. Where somebody else was first, both words are kept.

    What was tried on the line first bears the op_id of that request: where it arrived after all, it counts once.
    """
    act = ANSWERS.get(str(told.facts.get("answer")))
    if act is None:
        raise Impossible(Fault("answer", "workflow.offline.no_such_answer"))
    note = told.facts.get("note") or ""
    if not isinstance(note, str) or len(note) > NOTE_CHARS:
        raise Impossible(Fault("note", "workflow.offline.note_too_long", {"most": NOTE_CHARS}))
    if not repeats.is_first(told.item, by=by, at=at):
        return Applied(told.subject, place=_place(told) or "")
    try:
        with transaction.atomic():
            item = act(work_id=told.subject.id, by=by, at=at, note=note)
    except (NotFound, WrongState) as refused:
        return Applied(told.subject, differs=(_first_was(told, by, refused),))
    return Applied(Subject("work", item.pk), place=item.area_path)


def _first_was(told: offline.Told, by: Actor, refused: Refusal) -> Difference:
    """What stands instead, also of work that was offered to `by` and is out of their sight since another has it.
    Raises the refusal where nobody else was first."""
    stands = WorkItem.objects.filter(pk=told.subject.id, asked__contains=[by.account_id])
    known = queries.work_for(by).filter(pk=told.subject.id) | stands
    item = known.select_related("assignee").first()
    if item is None or item.assignee is None or item.assignee_id == by.account_id:
        raise refused
    return Difference(
        fact="answer",
        base=told.was.get("answer"),
        mine=told.facts["answer"],
        theirs=item.outcome or item.state,
        who=item.assignee.name,
        at=item.done_at or item.taken_at or item.offered_at,
    )


def matters(*, by: Actor, area: str | None, at: datetime) -> Sequence[Mapping[str, Any]]:
    """Matters on which somebody has work to take or to do, with that work."""
    rows = queries.work_for(by).filter(queries.offered_to(by), state__in=rules.WAITING)
    if area is not None:
        rows = rows.filter(under(area))
    found = list(rows.select_related("matter", "assignee", "in_place_of").order_by("due_at", "pk")[:MOST_WORK])
    told = MatterReader(actor=by, lang=by.lang, at=at).works(found)
    whole: dict[UUID, dict[str, Any]] = {}
    for item, shown in zip(found, told, strict=True):
        matter = whole.setdefault(
            item.matter_id,
            {
                "id": item.matter_id,
                **{name: shown[name] for name in ("number", "title", "area", "area_name", "severity", "point")},
                "work": [],
            },
        )
        matter["work"].append({name: shown[name] for name in ("id", "kind", "state", "due_at", "may", "note")})
    return list(whole.values())


def _place(told: offline.Told) -> str | None:
    rows = WorkItem.objects.filter(pk=told.subject.id, matter__is_sealed=False)
    return rows.values_list("area_path", flat=True).first()


def _sealed(told: Sequence[tuple[offline.Told, str]], *, by: Actor) -> Mapping[UUID, bool]:
    """Answers to work on sealed matters: read by who has that work, or may see it."""
    about = {one.subject.id for one, _ in told}
    shut = set(WorkItem.objects.filter(pk__in=about, matter__is_sealed=True).values_list("pk", flat=True))
    seen = set(queries.work_for(by).filter(pk__in=shut).values_list("pk", flat=True)) if shut else set()
    return {one.item: one.subject.id in seen for one, _ in told if one.subject.id in shut}


def _shown(fact: str, value: Any, lang: str) -> str | None:
    if not value:
        return None
    return words.say(f"workflow.offline.answer_{value}", lang) if fact == "answer" else str(value)


def _titles(pks: Sequence[UUID], _lang: str) -> Mapping[UUID, str]:
    return dict(WorkItem.objects.filter(pk__in=list(pks)).values_list("pk", "matter__number"))


OFFLINE = [
    Form(
        code="workflow.answer_work",
        title_key="workflow.offline.answer_work",
        subject="work",
        ability=rules.TAKE,
        facts={"answer": "workflow.offline.answer", "note": "workflow.offline.note"},
        choices={"answer": tuple(ANSWERS)},
        apply=answer_work,
        place=_place,
        shown=_shown,
        titles=_titles,
        may_insist=False,
        sealed=_sealed,
    )
]
OFFLINE_PACK = [Section("matters", "matter", matters)]
