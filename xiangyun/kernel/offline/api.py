"""Phones without signal over HTTP: the key, phones, the pack, items and their files, conflicts, quarantine."""

from __future__ import annotations

import gzip
import json
from typing import Any, Literal
from uuid import UUID

from django.core.serializers.json import DjangoJSONEncoder
from django.http import HttpRequest, HttpResponse
from ninja import Path, Query, Router

from xiangyun.base import clock, words
from xiangyun.base.errors import BadInput, TooLarge
from xiangyun.base.paging import Page, Paging, page
from xiangyun.kernel.access.needs import actor_of, needs, public, signed_in
from xiangyun.kernel.access.rules import Actor
from xiangyun.kernel.audit import actions as audit
from xiangyun.kernel.files import rules as file_rules
from xiangyun.kernel.files.api import SENT
from xiangyun.kernel.offline import envelopes, rules
from xiangyun.kernel.offline.actions import conflicts as conflict_actions
from xiangyun.kernel.offline.actions import dropping, intake, judging, keys, phones
from xiangyun.kernel.offline.actions import files as file_actions
from xiangyun.kernel.offline.actions.intake import Gone, Taken
from xiangyun.kernel.offline.envelopes import Envelope
from xiangyun.kernel.offline.models import Item
from xiangyun.kernel.offline.queries import conflicts, items, judged, pack
from xiangyun.kernel.offline.queries import phones as phone_queries
from xiangyun.kernel.offline.schemas import (
    AcceptIn,
    ConflictOut,
    DecideIn,
    DropIn,
    EnvelopeIn,
    Holds,
    ItemsIn,
    JudgedOut,
    KeepFileIn,
    KeptFileOut,
    PackOut,
    PhoneIn,
    PhoneOut,
    PutAsideIn,
    ReceiptsOut,
    ReceivingKeyOut,
    Role,
    Sha256,
)

router = Router(tags=["offline"])


def _lang(request: HttpRequest) -> str:
    return getattr(request, "lang", words.DEFAULT)


@router.get("/offline/key", response=ReceivingKeyOut, operation_id="offline_get_key")
@signed_in
def get_key(request: HttpRequest) -> dict[str, Any]:
    """The key to which phones of my town seal what they write."""
    key = keys.receiving_key(actor_of(request).scope, at=clock.now())
    return {"num": key.num, "public": envelopes.encoded(bytes(key.public)), "town_id": key.town_id}


@router.put("/offline/phones/{made_id}", response=PhoneOut, operation_id="offline_register_phone")
@signed_in
def register_phone(request: HttpRequest, made_id: UUID, body: PhoneIn) -> dict[str, Any]:
    """My phone says who it is and how it stands; `made_id` it made itself. A revoked one reads `revoked_at` and deletes
    its pack, never what it still holds."""
    by = actor_of(request)
    says = phones.Says(
        public=_bytes(body.public, "public"),
        label=body.label,
        app_version=body.app_version,
        is_persisted=body.is_persisted,
        evicted=body.evicted,
    )
    phone = phones.register_phone(phone_id=made_id, says=says, holds=_holds(body.holds), by=by, at=clock.now())
    return phone_queries.shown([phone], by)[0]


@router.get("/offline/phones", response=Page[PhoneOut], operation_id="offline_list_phones")
@signed_in
def list_phones(
    request: HttpRequest, paging: Query[Paging], state: Literal["any", "holding", "revoked"] = "any"
) -> dict[str, Any]:
    """My phones, and those of my places where I may see them; who was heard last stands first. `holding`: those that
    still hold something, or lost it."""
    by = actor_of(request)
    rows = phone_queries.listed(by, state).select_related("account")
    found = page(rows, paging=paging, order=("-seen_at", "-id"))
    return {**found, "items": phone_queries.shown(found["items"], by)}


@router.post("/offline/phones/{phone_id}/revoke", response=PhoneOut, operation_id="offline_revoke_phone")
@needs(rules.REVOKE)
def revoke_phone(request: HttpRequest, phone_id: UUID) -> dict[str, Any]:
    """A phone is lost: its session ends, its pack dies when it is next heard, what it sends waits for a person."""
    by = actor_of(request)
    phone = phones.revoke_phone(phone_id=phone_id, by=by, at=clock.now())
    return phone_queries.shown([phone], by)[0]


@router.get("/offline/pack", response=PackOut, operation_id="offline_get_pack")
@signed_in
def get_pack(request: HttpRequest, area: str | None = None) -> HttpResponse:
    """What I need of my own grids (or of one of my villages) for seven days without signal; gzip."""
    by, at = actor_of(request), clock.now()
    phones.must_not_be_revoked(by)
    found = pack.pack(by, area=area, lang=_lang(request), at=at)
    counts = {name: len(rows) for name, rows in found.items() if isinstance(rows, list)}
    audit.record(act=rules.TAKE_PACK, by=by, object=("pack", found["version"]), area=by.scope, at=at, detail=counts)
    whole = json.dumps(found, cls=DjangoJSONEncoder, ensure_ascii=False, separators=(",", ":")).encode()
    answer = HttpResponse(whole, content_type="application/json")
    if "gzip" in request.headers.get("Accept-Encoding", ""):
        answer.content = gzip.compress(whole, 6)
        answer["Content-Encoding"] = "gzip"
    answer["Vary"] = "Accept-Encoding"
    return answer


@router.post("/offline/items", response=ReceiptsOut, operation_id="offline_send_items")
@signed_in
def send_items(request: HttpRequest, body: ItemsIn) -> dict[str, Any]:
    """What my phone wrote; a receipt for each, the same for a repeat. 200 only after the commit."""
    at = clock.now()
    sent = [_envelope(one, n) for n, one in enumerate(body.items)]
    taken = intake.take_in(
        phone_id=body.phone,
        now=body.now,
        holds=_holds(body.holds),
        sent=sent,
        gone=[Gone(one.id, one.seq, one.reason) for one in body.gone],
        by=actor_of(request),
        at=at,
    )
    return _receipts(request, taken, sent, is_open=True)


@router.post("/offline/items/{item_id}/files", response=KeptFileOut, operation_id="offline_keep_file")
@signed_in
def keep_file(request: HttpRequest, item_id: UUID, body: KeepFileIn) -> dict[str, Any]:
    """A file of an item was uploaded (`/api/uploads` with its sha256), or will never come."""
    row = file_actions.keep_file(
        item_id=item_id,
        sha256=body.sha256,
        role=body.role,
        file_id=body.file,
        reason=body.reason,
        by=actor_of(request),
        at=clock.now(),
    )
    return {"sha256": body.sha256, "state": "kept" if row.kept_at else "given_up", "size": row.size}


@router.put(
    "/offline/items/{item_id}/files/{sha256}",
    response=KeptFileOut,
    operation_id="offline_take_file",
    openapi_extra=SENT,
)
@needs(file_rules.ADD)
def take_file(request: HttpRequest, item_id: UUID, sha256: Path[Sha256], role: Query[Role]) -> dict[str, Any]:
    """A small file of an item, whole: its bytes as they are, 64 KB at most; a larger one comes by `/api/uploads`."""
    row = file_actions.take_file(
        item_id=item_id, sha256=sha256, role=role, content=request.body, by=actor_of(request), at=clock.now()
    )
    return {"sha256": sha256, "state": "kept", "size": row.size}


@router.post("/offline/drop", response=ReceiptsOut, operation_id="offline_drop_items")
@public
def drop(request: HttpRequest, body: DropIn) -> dict[str, Any]:
    """A phone without a session, or somebody with its rescue file, leaves what it wrote; a person judges all of it."""
    at = clock.now()
    address = getattr(request, "address", "")
    request.kept.append(  # type: ignore[attr-defined]
        lambda: dropping.note_try(phone_id=body.phone, address=address, at=at)
    )
    if len(request.body) > rules.DROP_BYTES:
        raise TooLarge("offline.drop_too_large", most_kb=rules.DROP_BYTES // 1024)
    by = getattr(request, "auth", None)
    sent = [_envelope(one, n) for n, one in enumerate(body.items)]
    taken = dropping.drop(
        phone_id=body.phone,
        sent=sent,
        address=address,
        by=by if isinstance(by, Actor) else None,
        at=at,
    )
    return _receipts(request, taken, sent, is_open=False)


@router.get("/offline/conflicts", response=Page[ConflictOut], operation_id="offline_list_conflicts")
@signed_in
def list_conflicts(
    request: HttpRequest, paging: Query[Paging], state: Literal["open", "office", "decided"] = "open"
) -> dict[str, Any]:
    """Mine, and those of my places where I may judge, newest first; `open`: all that is not decided."""
    by = actor_of(request)
    found = page(conflicts.listed(by, state), paging=paging, order=("-found_at", "-id"))
    return {**found, "items": conflicts.shown(found["items"], by, lang=_lang(request))}


@router.post("/offline/conflicts/{conflict_id}/decide", response=ConflictOut, operation_id="offline_decide_conflict")
@signed_in
def decide_conflict(request: HttpRequest, conflict_id: UUID, body: DecideIn) -> dict[str, Any]:
    """Which value stands; both are kept for ever."""
    by = actor_of(request)
    conflict = conflict_actions.decide_conflict(
        conflict_id=conflict_id, choice=rules.Choice(body.choice), note=body.note, by=by, at=clock.now()
    )
    return conflicts.shown([conflict], by, lang=_lang(request))[0]


@router.get("/offline/quarantine", response=Page[JudgedOut], operation_id="offline_list_quarantine")
@needs(rules.JUDGE)
def list_quarantine(request: HttpRequest, paging: Query[Paging]) -> dict[str, Any]:
    """What waits for a person in my places, the oldest first."""
    by, at = actor_of(request), clock.now()
    found = page(judged.listed(by, at), paging=paging, order=("came_at", "id"))
    return {**found, "items": judged.shown(found["items"], by, lang=_lang(request), at=at)}


@router.post("/offline/quarantine/{item_id}/accept", response=JudgedOut, operation_id="offline_accept_item")
@needs(rules.JUDGE)
def accept_item(request: HttpRequest, item_id: UUID, body: AcceptIn | None = None) -> dict[str, Any]:
    """Let it in, in the name of who wrote it."""
    by, at = actor_of(request), clock.now()
    return _judged(request, judging.accept_item(item_id=item_id, by=by, at=at))


@router.post("/offline/quarantine/{item_id}/put_aside", response=JudgedOut, operation_id="offline_put_item_aside")
@needs(rules.JUDGE)
def put_item_aside(request: HttpRequest, item_id: UUID, body: PutAsideIn) -> dict[str, Any]:
    """Do not let it in, and say why; it stays to be read."""
    by, at = actor_of(request), clock.now()
    return _judged(request, judging.put_aside_item(item_id=item_id, reason=body.reason, by=by, at=at))


def _judged(request: HttpRequest, item: Item) -> dict[str, Any]:
    return judged.shown([item], actor_of(request), lang=_lang(request), at=clock.now())[0]


def _holds(told: Holds) -> phones.Holds:
    return phones.Holds(items=told.items, photos=told.photos, bytes=told.bytes, oldest_at=told.oldest_at)


def _envelope(told: EnvelopeIn, n: int) -> Envelope:
    where = ("items", str(n))
    return Envelope(
        id=told.id,
        phone=told.phone,
        seq=told.seq,
        key=told.key,
        epk=_bytes(told.epk, *where, "epk"),
        nonce=_bytes(told.nonce, *where, "nonce"),
        sealed=_bytes(told.sealed, *where, "sealed"),
        hash=told.hash,
        sig=_bytes(told.sig, *where, "sig"),
    )


def _bytes(text: str, *where: str) -> bytes:
    """Refuses: BadInput."""
    try:
        return envelopes.decoded(text)
    except ValueError as wrong:
        raise BadInput("base.bad_input", errors=[{"loc": ["body", *where], "msg": "base.bad_input"}]) from wrong


def _receipts(request: HttpRequest, taken: Taken, sent: list[Envelope], *, is_open: bool) -> dict[str, Any]:
    lang = _lang(request)
    hashes = {one.id: one.hash for one in sent}
    told = items.receipts(list(taken.items.values()), lang=lang, hashes=hashes, is_open=is_open)
    return {
        "receipts": [*told, *items.not_kept(taken.unkept, lang)],
        "server_now": clock.now(),
        "is_revoked": taken.phone.revoked_at is not None,
    }
