"""Files over HTTP: sent piece by piece, taken out whole."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, StreamingHttpResponse
from django.utils.http import content_disposition_header
from ninja import Query, Router, Status

from xiangyun.base import clock
from xiangyun.base.errors import NotFound
from xiangyun.kernel.access.needs import actor_of, needs, signed_in
from xiangyun.kernel.access.rules import Actor
from xiangyun.kernel.files import actions, media, queries, rules
from xiangyun.kernel.files.models import Attachment, Blob, Upload
from xiangyun.kernel.files.rules import Kind
from xiangyun.kernel.files.schemas import FileOut, FinishIn, UploadIn, UploadOut

router = Router(tags=["files"])

BYTES = {"content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}}
SENT = {"requestBody": {"required": True, **BYTES}}
TAKEN = {"responses": {200: {"description": "OK", **BYTES}}}


def shown(attachment: Attachment) -> dict[str, Any]:
    """An attachment on the wire."""
    blob = attachment.blob
    if blob is None:
        raise NotFound
    return {
        "id": attachment.pk,
        "kind": attachment.kind,
        "media_type": blob.media_type,
        "size": blob.size,
        "area": attachment.area_path,
        "has_thumbnail": attachment.thumbnail_id is not None,
        "made_at": attachment.made_at,
        "expires_at": attachment.expires_at,
    }


def _progress(upload: Upload) -> dict[str, Any]:
    return {
        "id": upload.pk,
        "size": upload.size,
        "received": upload.received,
        "piece_bytes": rules.PIECE_BYTES,
        "expires_at": upload.expires_at,
        "file": upload.attachment_id,
    }


def sent(blob: Blob | None, name: str) -> StreamingHttpResponse:
    """A blob to a browser, which is to show pictures we made ourselves and to keep everything else on its disk."""
    if blob is None:
        raise NotFound
    is_kept = blob.media_type != media.JPEG
    headers = {
        "Content-Type": blob.media_type,
        "Content-Disposition": str(content_disposition_header(is_kept, name)),
        "Content-Length": str(blob.size),
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "Cross-Origin-Resource-Policy": "same-origin",
        "X-Content-Type-Options": "nosniff",
    }
    return StreamingHttpResponse(queries.checked_stream(blob), headers=headers)


def taken(attachment: Attachment, by: Actor) -> StreamingHttpResponse:
    """An attachment to `by`'s browser; that a paper, a workbook or an export was taken out is written down."""
    answer = sent(attachment.blob, queries.name(attachment))
    actions.note_download(attachment=attachment, by=by, at=clock.now())
    return answer


@router.post("/uploads", response={201: UploadOut}, operation_id="files_begin_upload")
@needs(rules.ADD)
def begin_upload(request: HttpRequest, body: UploadIn) -> Status[dict[str, Any]]:
    """Announce a file; its bytes come next."""
    told = body.model_dump(exclude={"op_id", "kind"})
    upload = actions.begin_upload(**told, kind=Kind(body.kind), by=actor_of(request), at=clock.now())
    return Status(201, _progress(upload))


@router.get("/uploads/{upload_id}", response=UploadOut, operation_id="files_get_upload")
@signed_in
def get_upload(request: HttpRequest, upload_id: UUID) -> dict[str, Any]:
    """How much of my file has come: go on from there."""
    return _progress(queries.uploads_of(actor_of(request), clock.now()).pick(upload_id))


@router.put("/uploads/{upload_id}", response=UploadOut, operation_id="files_add_piece", openapi_extra=SENT)
@needs(rules.ADD)
def add_piece(request: HttpRequest, upload_id: UUID, offset: Query[int]) -> dict[str, Any]:
    """The next bytes, as they are; 409 with `received` where another offset is next."""
    by, at = actor_of(request), clock.now()
    return _progress(actions.add_piece(upload_id=upload_id, offset=offset, content=request.body, by=by, at=at))


@router.post("/uploads/{upload_id}/finish", response=FileOut, operation_id="files_finish_upload")
@needs(rules.ADD)
def finish_upload(request: HttpRequest, upload_id: UUID, body: FinishIn | None = None) -> dict[str, Any]:
    """All is there: keep it."""
    return shown(actions.finish_upload(upload_id=upload_id, by=actor_of(request), at=clock.now()))


@router.get("/files/{file_id}", operation_id="files_download", openapi_extra=TAKEN)
@needs(rules.SEE)
def download(request: HttpRequest, file_id: UUID) -> StreamingHttpResponse:
    """The file itself; that a paper, a workbook or an export was taken out is written down."""
    by = actor_of(request)
    return taken(queries.pick_file(by, file_id, clock.now()), by)


@router.get("/files/{file_id}/thumbnail", operation_id="files_thumbnail", openapi_extra=TAKEN)
@needs(rules.SEE)
def thumbnail(request: HttpRequest, file_id: UUID) -> StreamingHttpResponse:
    """A photo, at most 320 dots wide or high."""
    attachment = queries.pick_file(actor_of(request), file_id, clock.now())
    return sent(attachment.thumbnail, queries.name(attachment))
