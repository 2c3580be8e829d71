"""Reads for the person concerned: whose records they may see, who looked, what they agreed to and asked."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from xiangyun.base import words
from xiangyun.base.errors import NotFound
from xiangyun.kernel.access.querysets import ScopedQuerySet
from xiangyun.kernel.access.rules import Actor
from xiangyun.kernel.accounts import queries as accounts
from xiangyun.kernel.accounts.models import Post
from xiangyun.kernel.audit import queries as audit
from xiangyun.kernel.audit.models import Entry
from xiangyun.kernel.people.models import (
    Consent,
    Household,
    Mark,
    Membership,
    OwnRecord,
    PersonRequest,
    Resident,
    Source,
)
from xiangyun.kernel.people.queries import facts
from xiangyun.kernel.people.rules import codes, purposes
from xiangyun.kernel.vault import queries as vault

LOOKS_SHOWN = timedelta(days=90)


def own_records(by: Actor) -> ScopedQuerySet[OwnRecord]:
    """The records this account may see: their own first."""
    rows = OwnRecord.objects.filter(account_id=accounts.id_of(by), until_at=None).select_related("resident")
    return rows.order_by("-kind", "from_at")


def own(by: Actor, resident_id: UUID) -> OwnRecord:
    """One of them. Refuses: NotFound, also for a record that is somebody else's."""
    record = own_records(by).filter(resident_id=resident_id).first()
    if record is None:
        raise NotFound
    return record


def own_self(by: Actor) -> OwnRecord | None:
    """The account's own person, where it is known."""
    return own_records(by).filter(kind="self").first()


def opened_to(resident: Resident) -> list[OwnRecord]:
    """Which accounts see a person's record."""
    return list(resident.own_records.filter(until_at=None).select_related("account").order_by("from_at"))


def looks(resident: Resident) -> ScopedQuerySet[Entry]:
    """Every time somebody opened a masked field of this person, of their marks or of the home they live in."""
    marks = [("mark", str(pk)) for pk in Mark.objects.filter(resident=resident).values_list("pk", flat=True)]
    homes = Membership.objects.filter(resident=resident, until_on=None).values_list("household_id", flat=True)
    return audit.reveals_of(("resident", str(resident.pk)), *marks, *(("household", str(pk)) for pk in homes))


# What the register says of somebody to themselves: fact → group, and the code list that words it.
OWN_FACTS = (
    ("name", "identity", None),
    ("id_no", "identity", None),
    ("sex", "identity", "sex"),
    ("born_on", "identity", None),
    ("ethnicity", "identity", "ethnicity"),
    ("phone", "contact", None),
    ("bank_card", "contact", None),
    ("education", "status", "education"),
    ("marriage", "status", "marriage"),
    ("political", "status", "political"),
    ("occupation", "status", None),
    ("away_to", "status", None),
    ("health", "health", None),
)


def own_facts(resident: Resident, lang: str, on: date) -> list[dict[str, Any]]:
    """What is held about a person, for that person: masked as everywhere, each with its source and day.

    `resident` came with its sources.
    """
    return [
        {
            "field": name,
            "name": words.say(f"people.field.{name}", lang),
            "value": _own_fact(resident, name, listed, lang, on),
            "is_masked": name in facts.MASKS or name == "health",
            **_own_source(getattr(resident, f"{group}_source"), lang),
        }
        for name, group, listed in OWN_FACTS
        if facts.of_resident(resident, name) not in (None, "", [], {})
    ]


def _own_fact(resident: Resident, name: str, listed: str | None, lang: str, on: date) -> str:
    if name == "health":
        return words.say("people.kept_sealed", lang)
    if name in facts.MASKS:
        return facts.masked(resident, name) or ""
    value = facts.said(facts.of_resident(resident, name)) or ""
    code = codes.codes(listed, on).get(value) if listed else None
    return (code.zh if lang == words.DEFAULT else code.en) if code else value


def _own_source(source: Source | None, lang: str) -> dict[str, Any]:
    if source is None:
        return {"source": "", "as_of": None}
    return {"source": words.say(f"people.source.{source.kind}", lang, by=source.entered_name), "as_of": source.as_of}


def home_of(resident: Resident) -> Household | None:
    """The home somebody lives in now."""
    stay = Membership.objects.filter(resident=resident, until_on=None).select_related("household").first()
    return stay.household if stay else None


def look_counts(records: list[OwnRecord], at: datetime) -> dict[UUID, int]:
    """Resident → how often a field of theirs was opened lately."""
    since = at - LOOKS_SHOWN
    return {one.resident_id: looks(one.resident).filter(at__gte=since).count() for one in records}


def posts_of(entries: list[Entry], lang: str) -> dict[UUID, str]:
    """Account → the post it holds, in words: the person concerned reads who looked by name and post."""
    asked = {entry.by_id for entry in entries if entry.by_id}
    rows = Post.objects.filter(account_id__in=asked).order_by("ends_at", "starts_at").values_list("account_id", "role")
    return {account: words.say(f"access.role.{role}", lang) for account, role in rows}


def consents(resident: Resident) -> list[Consent]:
    """A person's consents, those in force first."""
    return list(resident.consents.order_by("withdrawn_at", "-given_at"))


def requests(by: Actor, state: str | None) -> ScopedQuerySet[PersonRequest]:
    """What people asked, for those who answer."""
    rows = PersonRequest.objects.visible_to(by, purposes.ANSWER).select_related("resident")
    return rows.filter(state=state) if state else rows


def shown_request(request: PersonRequest, *, name: str, by: Actor) -> dict[str, Any]:
    """A request as it goes over the wire; `name` as the reader may see it."""

    def said(column: str) -> str:
        sealed = getattr(request, column)
        return vault.open_sealed(sealed, "people_personrequest", column, request.pk) if sealed else ""

    return {
        "id": request.pk,
        "resident": request.resident_id,
        "name": name,
        "kind": request.kind,
        "state": request.state,
        "text": said("text_sealed"),
        "answer": said("answer_sealed"),
        "asked_at": request.asked_at,
        "due_on": request.due_on,
        "closed_at": request.closed_at,
        "may": [
            to.value
            for (state, to), ability in purposes.MOVES.items()
            if state == request.state and by.may(ability, request.area_path)
        ],
    }
