"""How a matter ends, is opened again, is remarked upon and followed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from xiangyun.base.errors import BadInput
from xiangyun.kernel.access.rules import Actor
from xiangyun.kernel.files import actions as files
from xiangyun.kernel.workflow import queries
from xiangyun.kernel.workflow.actions import clocks
from xiangyun.kernel.workflow.actions.acting import hold, see
from xiangyun.kernel.workflow.actions.handling import reoffer
from xiangyun.kernel.workflow.actions.joining import drop_work
from xiangyun.kernel.workflow.actions.matters import carry, involve, write
from xiangyun.kernel.workflow.actions.timing import said
from xiangyun.kernel.workflow.models import Evidence, Involvement, Matter, Step, WorkItem
from xiangyun.kernel.workflow.rules import Act, How, Outcome, WorkState

MOST_FILES = 20

Proof = tuple[UUID, str]
"""A file that the person uploaded before, and what they say of it."""


@transaction.atomic
def close(
    *, matter_id: UUID, words: str, by: Actor, at: datetime, evidence: Sequence[Proof] = (), outcome: str = ""
) -> Matter:
    """A matter is settled, with what proves it: files that `by` uploaded, and words. Work that still waits is dropped;
    the owner's own is done.

    Refuses: NotFound (also a file that is not theirs), NotAllowed (not the one who closes at this level), WrongState,
    BadInput (no words, or no file where the kind asks for one).
    """
    said(words, "words")
    held = hold(matter_id, Act.CLOSE, by)
    matter = held.matter
    if len(evidence) > MOST_FILES or (held.kind.needs_evidence and not evidence):
        raise BadInput("workflow.needs_evidence", errors=[{"loc": ["body", "files"], "msg": "files"}], most=MOST_FILES)
    main = queries.main_work(matter)
    if main is not None and main.state == WorkState.TAKEN:
        WorkItem.objects.filter(pk=main.pk).update(
            state=WorkState.DONE.value, outcome=Outcome.DONE.value, done_at=at, note=words
        )
    drop_work(matter, at)
    step = write(matter, "closed", by=by, at=at, work=main, note=words)
    _prove(matter, step, evidence, by=by, at=at)
    carry(matter, Act.CLOSE, by=by, at=at, outcome=outcome)
    return matter


@transaction.atomic
def reopen(*, matter_id: UUID, reason: str, by: Actor, at: datetime) -> Matter:
    """It was not settled: it is open again, counted, with a new clock, and goes to who had it last.

    Refuses: NotFound, NotAllowed, WrongState (not closed, or part of another), BadInput (no reason).
    """
    said(reason, "reason")
    held = hold(matter_id, Act.REOPEN, by)
    matter = held.matter
    matter.reopened += 1
    matter.sent_back = 0
    matter.save(update_fields=["reopened", "sent_back"])
    write(matter, "reopened", by=by, at=at, note=reason)
    carry(matter, Act.REOPEN, by=by, at=at)
    clocks.enter(matter, at=at)
    reoffer(matter, by=by, at=at)
    return matter


@transaction.atomic
def note_on(*, matter_id: UUID, note: str, by: Actor, at: datetime, evidence: Sequence[Proof] = ()) -> Step:
    """Somebody who may writes a sentence into a matter's history, with files if they have any.

    Refuses: NotFound, NotAllowed, WrongState (a kind without remarks), BadInput (no words).
    """
    said(note, "note")
    held = hold(matter_id, Act.REMARK, by)
    step = write(held.matter, "remarked", by=by, at=at, note=note)
    _prove(held.matter, step, evidence[:MOST_FILES], by=by, at=at)
    return step


@transaction.atomic
def watch(*, matter_id: UUID, by: Actor, at: datetime) -> Matter:
    """I keep an eye on it (盯着); again changes nothing. Refuses: NotFound."""
    matter = see(matter_id, by)
    assert by.account_id is not None
    involve(matter, by.account_id, How.WATCHER, at)
    return matter


@transaction.atomic
def unwatch(*, matter_id: UUID, by: Actor) -> Matter:
    """No more. Refuses: NotFound."""
    matter = see(matter_id, by)
    Involvement.objects.filter(matter=matter, account=by.account_id, how=How.WATCHER.value).delete()
    return matter


def _prove(matter: Matter, step: Step, evidence: Sequence[Proof], *, by: Actor, at: datetime) -> None:
    """Make the files those of the matter, and the step's."""
    for file_id, told in evidence:
        kept = files.attach(
            file_id=file_id,
            subject=("matter", matter.pk),
            area=matter.area_path,
            by=by,
            at=at,
            is_sealed=matter.is_sealed,
        )
        Evidence.objects.create(area_path=matter.area_path, matter=matter, step=step, file=kept, words=told)
