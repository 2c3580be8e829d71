"""A person's copy of all that is held of them: made for a request, kept sealed, gone when its time is over."""

from __future__ import annotations

from datetime import datetime
from io import BytesIO
from uuid import UUID

from django.db import transaction

from xiangyun.base import words, workbook
from xiangyun.base.errors import WrongState
from xiangyun.kernel.access.rules import Actor
from xiangyun.kernel.audit import actions as audit
from xiangyun.kernel.audit.rules import COPY
from xiangyun.kernel.files import actions as files
from xiangyun.kernel.files.rules import Kind
from xiangyun.kernel.people.models import PersonRequest, Resident
from xiangyun.kernel.people.queries import copies, people
from xiangyun.kernel.people.rules import purposes
from xiangyun.kernel.people.rules.purposes import RequestKind, RequestState


@transaction.atomic
def make_copy(*, request_id: UUID, by: Actor, at: datetime) -> PersonRequest:
    """Make the workbook a person asked for; made anew, it takes the place of the one before.

    Every field in it is opened, which stands in the audit as one copy for the person.
    Refuses: NotFound, NotAllowed, WrongState (no copy was asked for; answered already; erased).
    """
    rows = PersonRequest.objects.visible_to(by, COPY).select_for_update(of=("self",))
    request = rows.select_related("copy").pick(request_id)
    by.must(COPY, request.area_path)
    if request.kind != RequestKind.COPY:
        raise WrongState("people.no_copy_asked")
    if request.state != RequestState.OPEN:
        raise WrongState("people.request_closed")
    resident = Resident.objects.select_related(*people.SOURCES).pick(request.resident_id)
    if resident.erased_at:
        raise WrongState("people.erased")
    drop_copy(request, by=by, at=at)
    made = BytesIO()
    workbook.write(copies.tables(request, resident, by, at), made)
    request.copy = files.store(
        made.getvalue(),
        name=f"{words.say('people.copy.title', by.lang)}.xlsx",
        kind=Kind.EXPORT,
        subject=("person_request", request.pk),
        area=request.area_path,
        by=by,
        at=at,
        expires_at=at + purposes.COPY_KEPT,
    )
    request.save(update_fields=["copy"])
    detail = {"reason": "request", "request": request.pk}
    audit.record(act=COPY, by=by, object=("resident", resident.pk), area=resident.area_path, at=at, detail=detail)
    return request


def drop_copy(request: PersonRequest, *, by: Actor, at: datetime) -> None:
    """Take a request's copy away for good, where there is one."""
    if request.copy and request.copy.removed_at is None:
        files.remove(file_id=request.copy.pk, by=by, at=at)
    request.copy = None
    request.save(update_fields=["copy"])
