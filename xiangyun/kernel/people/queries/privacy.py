"""Reads for the person concerned: whose records they may see, who looked, what they agreed to and asked."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import F, Q

from xiangyun.base import words
from xiangyun.base.errors import NotFound
from xiangyun.kernel.access.querysets import ScopedQuerySet
from xiangyun.kernel.access.rules import Actor
from xiangyun.kernel.accounts import queries as accounts
from xiangyun.kernel.audit.rules import COPY
from xiangyun.kernel.files.models import Attachment
from xiangyun.kernel.people.models import (
    Consent,
    Household,
    Membership,
    OwnRecord,
    PersonRequest,
    Resident,
    Source,
)
from xiangyun.kernel.people.queries import facts, fields
from xiangyun.kernel.people.rules import groups, purposes
from xiangyun.kernel.people.rules.purposes import RequestKind, RequestState
from xiangyun.kernel.vault import queries as vault


def own_records(by: Actor, on: date) -> ScopedQuerySet[OwnRecord]:
    """The records this account may see on a day: their own first. Nobody is the guardian of who has come of age."""
    rows = OwnRecord.objects.filter(account_id=accounts.id_of(by), until_at=None).select_related("resident")
    grown = Q(kind="guardian", resident__born_on__lte=purposes.grown_up_born(on))
    return rows.exclude(grown).order_by("-kind", "from_at")


def own(by: Actor, resident_id: UUID, on: date) -> OwnRecord:
    """One of them. Refuses: NotFound, also for a record that is somebody else's."""
    record = own_records(by, on).filter(resident_id=resident_id).first()
    if record is None:
        raise NotFound
    return record


def own_self(by: Actor) -> OwnRecord | None:
    """The account's own person, where it is known."""
    rows = OwnRecord.objects.filter(account_id=accounts.id_of(by), until_at=None, kind="self")
    return rows.select_related("resident").first()


def opened_to(resident: Resident) -> list[OwnRecord]:
    """Which accounts see a person's record."""
    return list(resident.own_records.filter(until_at=None).select_related("account").order_by("from_at"))


# What the register says of somebody to themselves.
OWN_FACTS = (
    "name", "id_no", "sex", "born_on", "ethnicity", "phone", "bank_card", "education", "marriage", "political",
    "occupation", "away_to", "health",
)  # fmt: skip


def own_facts(resident: Resident, lang: str, on: date) -> list[dict[str, Any]]:
    """What is held about a person, for that person: masked as everywhere, each with its source and day.

    `resident` came with its sources.
    """
    return [
        {
            "field": name,
            "name": words.say(f"people.field.{name}", lang),
            "value": _own_fact(resident, name, lang, on),
            "is_masked": name in facts.MASKS or name == "health",
            **_own_source(getattr(resident, f"{groups.GROUP_OF[name]}_source"), lang),
        }
        for name in OWN_FACTS
        if facts.of_resident(resident, name) not in (None, "", [], {})
    ]


def _own_fact(resident: Resident, name: str, lang: str, on: date) -> str:
    if name == "health":
        return words.say("people.kept_sealed", lang)
    if name in facts.MASKS:
        return facts.masked(resident, name) or ""
    return facts.worded(groups.LISTS_OF_RESIDENT.get(name), facts.of_resident(resident, name), lang, on) or ""


def _own_source(source: Source | None, lang: str) -> dict[str, Any]:
    if source is None:
        return {"source": "", "as_of": None}
    return {"source": words.say(f"people.source.{source.kind}", lang, by=source.entered_name), "as_of": source.as_of}


def home_of(resident: Resident) -> Household | None:
    """The home somebody lives in now."""
    stay = Membership.objects.filter(resident=resident, until_on=None).select_related("household").first()
    return stay.household if stay else None


def consents(resident: Resident) -> list[Consent]:
    """A person's consents, those in force first."""
    return list(resident.consents.order_by(F("withdrawn_at").desc(nulls_first=True), "-given_at"))


def consent_paper(resident: Resident, consent_id: UUID) -> Attachment:
    """The paper that was signed for one of a person's consents. Refuses: NotFound, also where none was kept."""
    consent = Consent.objects.pick(consent_id, resident=resident)
    if consent.evidence is None:
        raise NotFound
    paper: Attachment = Attachment.objects.living().select_related("blob").pick(consent.evidence)
    return paper


def requests(by: Actor, state: str | None) -> ScopedQuerySet[PersonRequest]:
    """What people asked, for those who answer."""
    rows = PersonRequest.objects.visible_to(by, purposes.ANSWER).select_related("resident", "copy")
    return rows.filter(state=state) if state else rows


def own_requests(resident: Resident) -> ScopedQuerySet[PersonRequest]:
    """What a person asked, the latest first."""
    return PersonRequest.objects.filter(resident=resident).select_related("resident", "copy").order_by("-asked_at")


def said(request: PersonRequest, column: str) -> str:
    """What stands sealed in a request; empty where nothing does. Raises Tampered."""
    sealed = getattr(request, column)
    return vault.open_sealed(sealed, "people_personrequest", column, request.pk) if sealed else ""


def shown_request(request: PersonRequest, *, by: Actor) -> dict[str, Any]:
    """A request as it goes over the wire."""
    copy = request.copy
    return {
        "id": request.pk,
        "resident": request.resident_id,
        "name": fields.shown_name(request.resident),
        "kind": request.kind,
        "state": request.state,
        "text": said(request, "text_sealed"),
        "answer": said(request, "answer_sealed"),
        "asked_at": request.asked_at,
        "due_on": request.due_on,
        "closed_at": request.closed_at,
        "copy_until": copy.expires_at if copy and copy.removed_at is None else None,
        "may": _moves(request, by),
    }


def _moves(request: PersonRequest, by: Actor) -> list[str]:
    moves = [
        to.value
        for (state, to), ability in purposes.MOVES.items()
        if state == request.state and by.may(ability, request.area_path)
    ]
    is_asked = request.state == RequestState.OPEN and request.kind == RequestKind.COPY
    return [*moves, "copy"] if is_asked and by.may(COPY, request.area_path) else moves
