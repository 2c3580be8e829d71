"""A person's copy of all that is held of them: made and taken at the desk, taken by the person on their phone."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, StreamingHttpResponse
from django.utils import timezone
from ninja import Router

from xiangyun.base import clock
from xiangyun.kernel.access.needs import actor_of, needs, signed_in
from xiangyun.kernel.audit.rules import COPY
from xiangyun.kernel.files import api as files_api
from xiangyun.kernel.people.actions import copies as actions
from xiangyun.kernel.people.models import PersonRequest
from xiangyun.kernel.people.queries import copies, privacy
from xiangyun.kernel.people.schemas.privacy import MakeCopyIn, RequestOut

router = Router(tags=["people"])


@router.post("/requests/{request_id}/copy", response=RequestOut, operation_id="people_make_copy")
@needs(COPY)
def make_copy(request: HttpRequest, request_id: UUID, body: MakeCopyIn | None = None) -> dict[str, Any]:
    """Make the copy somebody asked for: all that is held of them, opened, as one workbook."""
    by = actor_of(request)
    return privacy.shown_request(actions.make_copy(request_id=request_id, by=by, at=clock.now()), by=by)


@router.get("/requests/{request_id}/copy", operation_id="people_get_copy", openapi_extra=files_api.TAKEN)
@needs(COPY)
def get_copy(request: HttpRequest, request_id: UUID) -> StreamingHttpResponse:
    """The copy, to be printed for the person at the window."""
    by = actor_of(request)
    rows = PersonRequest.objects.visible_to(by, COPY).select_related("copy__blob")
    return files_api.taken(copies.copy_of(rows.pick(request_id), clock.now()), by)


@router.get(
    "/me/{resident_id}/requests/{request_id}/copy", operation_id="people_get_own_copy", openapi_extra=files_api.TAKEN
)
@signed_in
def get_own_copy(request: HttpRequest, resident_id: UUID, request_id: UUID) -> StreamingHttpResponse:
    """My copy, or my child's, once the request is answered."""
    by = actor_of(request)
    resident = privacy.own(by, resident_id, timezone.localdate(clock.now())).resident
    return files_api.taken(copies.own_copy(by, resident, request_id, clock.now()), by)
