"""Consents on the phone and at the desk: given, taken back, and the paper that was signed."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from django.http import HttpRequest, StreamingHttpResponse
from django.utils import timezone
from ninja import Router
from ninja.responses import Status

from xiangyun.base import clock, words
from xiangyun.base.errors import BadInput
from xiangyun.kernel.access.needs import actor_of, needs, signed_in
from xiangyun.kernel.files import api as files_api
from xiangyun.kernel.people.actions import privacy as actions
from xiangyun.kernel.people.models import Consent, Resident
from xiangyun.kernel.people.queries import privacy as queries
from xiangyun.kernel.people.queries import visible
from xiangyun.kernel.people.rules import purposes
from xiangyun.kernel.people.schemas.privacy import ConsentIn, ConsentOut, OwnConsentIn

router = Router(tags=["people"])


def _today() -> date:
    return timezone.localdate(clock.now())


@router.get("/me/{resident_id}/consents", response=list[ConsentOut], operation_id="people_list_own_consents")
@signed_in
def list_own_consents(request: HttpRequest, resident_id: UUID) -> list[dict[str, Any]]:
    """What I agreed to, and when I took it back."""
    return _consents(request, queries.own(actor_of(request), resident_id, _today()).resident)


@router.post("/me/{resident_id}/consents", response={201: ConsentOut}, operation_id="people_give_own_consent")
@signed_in
def give_own_consent(request: HttpRequest, resident_id: UUID, body: OwnConsentIn) -> Status[dict[str, Any]]:
    """I agree to one purpose; a notice that was changed meanwhile must be read first."""
    by, at = actor_of(request), clock.now()
    record = queries.own(by, resident_id, _today())
    purpose = purposes.purposes().get(body.purpose)
    if purpose and purpose.notice(at.date()).version != body.notice_version:
        raise BadInput("people.notice_changed", errors=[{"loc": ["body", "notice_version"], "msg": "notice_version"}])
    mine = queries.own_self(by)
    consent = actions.give_consent(
        resident=record.resident,
        purpose=body.purpose,
        given_by=record.kind,
        guardian_id=mine.resident_id if mine and record.kind == "guardian" else None,
        how="app",
        by=by,
        at=at,
    )
    return Status(201, _consent(request, consent))


@router.post(
    "/me/{resident_id}/consents/{consent_id}/withdraw",
    response=ConsentOut,
    operation_id="people_withdraw_own_consent",
)
@signed_in
def withdraw_own_consent(request: HttpRequest, resident_id: UUID, consent_id: UUID) -> dict[str, Any]:
    """I take a consent back."""
    by = actor_of(request)
    resident = queries.own(by, resident_id, _today()).resident
    consent = actions.withdraw_consent(consent_id=consent_id, resident=resident, by=by, at=clock.now())
    return _consent(request, consent)


@router.get("/residents/{resident_id}/consents", response=list[ConsentOut], operation_id="people_list_consents")
@needs(actions.CONSENT)
def list_consents(request: HttpRequest, resident_id: UUID) -> list[dict[str, Any]]:
    """A person's consents."""
    return _consents(request, visible.residents(actor_of(request), actions.CONSENT).pick(resident_id))


@router.post("/residents/{resident_id}/consents", response={201: ConsentOut}, operation_id="people_record_consent")
@needs(actions.CONSENT)
def record_consent(request: HttpRequest, resident_id: UUID, body: ConsentIn) -> Status[dict[str, Any]]:
    """Write down a consent given on paper or spoken before a witness."""
    by = actor_of(request)
    resident = visible.residents(by, actions.CONSENT).pick(resident_id)
    consent = actions.give_consent(
        resident=resident,
        purpose=body.purpose,
        given_by=body.given_by,
        guardian_id=body.guardian,
        how=body.how,
        evidence=body.evidence,
        by=by,
        at=clock.now(),
    )
    return Status(201, _consent(request, consent))


@router.post(
    "/residents/{resident_id}/consents/{consent_id}/withdraw",
    response=ConsentOut,
    operation_id="people_withdraw_consent",
)
@needs(actions.CONSENT)
def withdraw_consent(request: HttpRequest, resident_id: UUID, consent_id: UUID) -> dict[str, Any]:
    """Write down that a person took a consent back."""
    by = actor_of(request)
    resident = visible.residents(by, actions.CONSENT).pick(resident_id)
    consent = actions.withdraw_consent(consent_id=consent_id, resident=resident, by=by, at=clock.now())
    return _consent(request, consent)


@router.get(
    "/residents/{resident_id}/consents/{consent_id}/paper",
    operation_id="people_get_consent_paper",
    openapi_extra=files_api.TAKEN,
)
@needs(actions.CONSENT)
def get_consent_paper(request: HttpRequest, resident_id: UUID, consent_id: UUID) -> StreamingHttpResponse:
    """The paper a person signed; that I opened it is written down."""
    by = actor_of(request)
    resident = visible.residents(by, actions.CONSENT).pick(resident_id)
    return files_api.taken(queries.consent_paper(resident, consent_id), by)


@router.get(
    "/me/{resident_id}/consents/{consent_id}/paper",
    operation_id="people_get_own_consent_paper",
    openapi_extra=files_api.TAKEN,
)
@signed_in
def get_own_consent_paper(request: HttpRequest, resident_id: UUID, consent_id: UUID) -> StreamingHttpResponse:
    """The paper I signed, or that was signed for my child."""
    by = actor_of(request)
    return files_api.taken(queries.consent_paper(queries.own(by, resident_id, _today()).resident, consent_id), by)


def _consents(request: HttpRequest, resident: Resident) -> list[dict[str, Any]]:
    return [_consent(request, one) for one in queries.consents(resident)]


def _consent(request: HttpRequest, consent: Consent) -> dict[str, Any]:
    purpose = purposes.purposes()[consent.purpose]
    is_zh = request.lang == words.DEFAULT  # type: ignore[attr-defined]
    return {
        "id": consent.pk,
        "purpose": consent.purpose,
        "title": purpose.zh if is_zh else purpose.en,
        "notice_version": consent.notice_version,
        "given_by": consent.given_by,
        "how": consent.how,
        "given_at": consent.given_at,
        "withdrawn_at": consent.withdrawn_at,
        "has_paper": consent.evidence is not None,
    }
