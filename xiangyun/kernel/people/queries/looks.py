"""Who looked at somebody: fields that were opened, copies that were made, tables that went out with them in it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.utils import timezone

from xiangyun.base import words
from xiangyun.kernel.access.querysets import ScopedQuerySet
from xiangyun.kernel.accounts.models import Post
from xiangyun.kernel.audit import queries as audit
from xiangyun.kernel.audit.models import Entry
from xiangyun.kernel.audit.rules import COPY, EXPORT, FILL, Held, Looked, Span
from xiangyun.kernel.org import queries as org
from xiangyun.kernel.people.models import Household, Mark, Membership, Merge, OwnRecord, Resident
from xiangyun.kernel.people.queries import merges
from xiangyun.kernel.people.rules.abilities import MOVE

SHOWN = timedelta(days=90)

# The tables that name people, or the home they live in.
TABLES = {"people.residents": "people.table.residents", "people.households": "people.table.households"}


def of(resident: Resident) -> ScopedQuerySet[Entry]:
    """Every time somebody opened a masked field of this person, of their marks or of a home while they lived in it,
    made a copy of what is held of them, or took out a table in which they or their home stood; also where they or
    their home stood under a row that turned out to be the same."""
    rows = [*merges.with_merged(Resident, resident.pk)]
    marks = Mark.objects.filter(resident__in=rows).values_list("pk", flat=True)
    stays = list(Membership.objects.filter(resident__in=rows).select_related("household"))
    homes = merges.with_merged(Household, *(one.household_id for one in stays))
    spans = _spans(rows, stays, homes)
    looked = [
        *(Looked("resident", pk) for pk in rows),
        *(Looked("mark", pk) for pk in marks),
        *(
            Looked("household", home, span)
            for stay, span in zip(stays, spans, strict=True)
            for home, now in homes.items()
            if now == stay.household_id
        ),
    ]
    places = [Held(stay.household.area_path, span) for stay, span in zip(stays, spans, strict=True)]
    return audit.looks_at(looked, kinds=[*TABLES], places=places)


def counts(records: Iterable[OwnRecord], at: datetime) -> dict[UUID, int]:
    """Resident → how often somebody looked lately."""
    return {one.resident_id: of(one.resident).filter(at__gte=at - SHOWN).count() for one in records}


def shown(entries: Sequence[Entry], lang: str) -> list[dict[str, Any]]:
    """Looks on the wire, in two queries: the person concerned reads who by name and post, what and why in words."""
    posts = _posts(entries, lang)
    places = org.names(one.area_path for one in entries if one.act in (EXPORT, FILL))
    return [
        {
            "at": one.at,
            "by": one.by_name,
            "post": posts.get(one.by_id, "") if one.by_id else "",
            **_what(one, places, lang),
            "reason": _reason(one),
            "reason_name": words.say(f"audit.reason.{_reason(one)}", lang),
        }
        for one in entries
    ]


def _what(entry: Entry, places: dict[str, str], lang: str) -> dict[str, str]:
    if entry.act == EXPORT:
        kind = entry.detail["kind"]
        place = places[entry.area_path]
        return {"kind": "export", "field": kind, "field_name": words.say(TABLES[kind], lang), "area_name": place}
    if entry.act == FILL:
        place, name = places[entry.area_path], words.say("people.table.form", lang)
        return {"kind": "export", "field": "form", "field_name": name, "area_name": place}
    if entry.act == COPY:
        return {"kind": "copy", "field": "copy", "field_name": words.say("people.field.copy", lang), "area_name": ""}
    field = entry.detail["field"]
    name = words.say(f"people.field.{field.partition('.')[0]}", lang)
    return {"kind": "field", "field": field, "field_name": name, "area_name": ""}


def _reason(entry: Entry) -> str:
    if entry.act == FILL:
        return "form"
    return str(entry.detail["purpose" if entry.act == EXPORT else "reason"])


def _spans(rows: Sequence[UUID], stays: Sequence[Membership], homes: Mapping[UUID, UUID]) -> list[Span]:
    """When a home was theirs, and its village's tables held them: from the day they belonged to it, as soon as the
    register knew one of their rows, until it was told that they left. Told late, they stood there until then."""
    known = min(Resident.objects.filter(pk__in=rows).values_list("created_at", flat=True))
    left = _told_to_leave(rows, stays, homes)
    # A stay that is still of a row that was merged ended with the merge: they lived elsewhere.
    joined = dict(Merge.objects.filter(dropped_id__in=rows, undone_at=None).values_list("dropped_id", "at"))
    spans = []
    for stay in stays:
        until = None
        if stay.until_on is not None:
            told = joined.get(stay.resident_id) or left.get(stay.household_id, known)
            until = max(_midnight(stay.until_on), told)
        spans.append(Span(max(_midnight(stay.from_on), known), until))
    return spans


def _told_to_leave(
    rows: Sequence[UUID], stays: Sequence[Membership], homes: Mapping[UUID, UUID]
) -> dict[UUID, datetime]:
    """Home → when somebody last entered that this person left it, under whichever row of the person and the home."""
    if not any(one.until_on for one in stays):
        return {}
    told = Entry.objects.filter(
        act=MOVE,
        object_kind="household",
        object_id__in=[str(home) for home in homes],
        detail__resident__in=[str(pk) for pk in rows],
    )
    return {homes[UUID(home)]: at for home, at in told.order_by("at").values_list("object_id", "at")}


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


def _posts(entries: Sequence[Entry], lang: str) -> dict[UUID, str]:
    asked = {entry.by_id for entry in entries if entry.by_id}
    rows = Post.objects.filter(account_id__in=asked).order_by("ends_at", "starts_at").values_list("account_id", "role")
    return {account: words.say(f"access.role.{role}", lang) for account, role in rows}
