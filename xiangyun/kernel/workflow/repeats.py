"""Repeats of a request are harmless: the same op_id of the same actor gets the same answer, whatever the endpoint.

The HTTP door calls `once` for every write that carries an op_id (in the body, or as `Idempotency-Key`), inside the
request's transaction: the claim is a row, so two at once wait for one another, and a refusal rolls the claim back with
everything else.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import salted_hmac

from xiangyun.base.errors import BadInput, Conflict, TooLarge
from xiangyun.kernel.access.rules import Actor
from xiangyun.kernel.vault import actions as vault
from xiangyun.kernel.vault import queries as vault_queries
from xiangyun.kernel.workflow.models import Op

# Shown once and never again: a repeat gets null in their place; `value` is an opened personal field.
SHOWN_ONCE = frozenset(("secret", "welcome_url", "ticket", "url", "qr_svg", "token", "password", "value", "codes"))
WRITES = frozenset(("POST", "PUT", "PATCH", "DELETE"))
UUID_VERSION = 7
PLACE = ("workflow_op", "answer_sealed")


def op_id_of(request: HttpRequest) -> UUID | None:
    """The request's op_id; None for reads and writes without one. Refuses: BadInput (no UUIDv7), TooLarge."""
    if request.method not in WRITES:
        return None
    found: Any = request.headers.get("Idempotency-Key")
    sent = _body(request)
    if not found and b'"op_id"' in sent:
        try:
            body = json.loads(sent)
        except ValueError:
            return None
        found = body.get("op_id") if isinstance(body, dict) else None
    if not found:
        return None
    try:
        op_id = UUID(str(found))
    except ValueError:
        op_id = None
    if op_id is None or op_id.version != UUID_VERSION:
        raise BadInput("workflow.bad_op_id", errors=[{"loc": ["body", "op_id"], "msg": "UUIDv7"}])
    return op_id


def _body(request: HttpRequest) -> bytes:
    try:
        return request.body
    except RequestDataTooBig as fault:
        raise TooLarge("base.too_large") from fault


def once(
    request: HttpRequest, *, by: Actor | None, at: datetime, carry_out: Callable[[HttpRequest], HttpResponse]
) -> HttpResponse:
    """Carry the request out, or repeat the answer it got before. Refuses: Conflict (same op_id, other content)."""
    op_id = op_id_of(request) if by is not None else None
    if by is None or op_id is None:
        return carry_out(request)
    actor = _called(by)
    wanted = _fingerprint(request)
    claim = Op(area_path=by.scope, actor=actor, op_id=op_id, request_hash=wanted, created_at=at)
    Op.objects.bulk_create([claim], ignore_conflicts=True)
    kept = Op.objects.get(actor=actor, op_id=op_id)
    if kept.pk != claim.pk:
        return _again(kept, wanted)
    response = carry_out(request)
    if response.status_code < 400:
        claim.status, claim.answer_sealed = response.status_code, _sealed(claim, response.content, at)
        claim.save(update_fields=["status", "answer_sealed"])
    return response


def is_first(op_id: UUID, *, by: Actor, at: datetime) -> bool:
    """Whether nothing of this op_id was carried out for `by`; from now on nothing else will be: a request that is still
    on its way is refused. For what comes by another way than the line it was tried on."""
    claim = Op(area_path=by.scope, actor=_called(by), op_id=op_id, request_hash=b"", created_at=at)
    Op.objects.bulk_create([claim], ignore_conflicts=True)
    return bool(Op.objects.get(actor=claim.actor, op_id=op_id).pk == claim.pk)


def _called(by: Actor) -> str:
    return f"{by.kind}:{by.account_id or by.account}"


def _fingerprint(request: HttpRequest) -> bytes:
    """What tells one request from another; under the box's own key, so that nobody guesses a body (a password, an ID
    number) from the row."""
    told = f"{request.method} {request.path}\n".encode() + request.body
    return salted_hmac("workflow.op", told, algorithm="sha256").digest()


def _again(kept: Op, wanted: bytes) -> HttpResponse:
    if bytes(kept.request_hash) != wanted:
        raise Conflict("base.op_id_reused")
    if kept.answer_sealed is None:
        return HttpResponse(status=kept.status)
    answer = vault_queries.open_sealed(kept.answer_sealed, *PLACE, kept.pk)
    return HttpResponse(answer, status=kept.status, content_type="application/json")


def _sealed(claim: Op, answer: bytes, at: datetime) -> bytes | None:
    """An answer as it is kept: it may say whatever the endpoint's own tables keep sealed."""
    if not answer:
        return None
    told = json.dumps(_without_secrets(json.loads(answer)), ensure_ascii=False)
    return vault.sealing_ring(claim.area_path, at=at).seal(told, *PLACE, claim.pk)


def _without_secrets(answer: Any) -> Any:
    if isinstance(answer, dict):
        return {key: None if key in SHOWN_ONCE else _without_secrets(value) for key, value in answer.items()}
    if isinstance(answer, list):
        return [_without_secrets(value) for value in answer]
    return answer
