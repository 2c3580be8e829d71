"""Who looked at somebody: fields that were opened, copies that were made, tables that went out with them in it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.utils import timezone

from xiangyun.base import words
from xiangyun.kernel.access.querysets import ScopedQuerySet
from xiangyun.kernel.accounts.models import Post
from xiangyun.kernel.audit import queries as audit
from xiangyun.kernel.audit.models import Entry
from xiangyun.kernel.audit.rules import COPY, EXPORT, FILL, Looked, Span
from xiangyun.kernel.org import queries as org
from xiangyun.kernel.people.models import Mark, Membership, OwnRecord, Resident
from xiangyun.kernel.people.queries import merges
from xiangyun.kernel.people.rules.abilities import MOVE

SHOWN = timedelta(days=90)

# The tables that name people, or the home they live in.
TABLES = {"people.residents": "people.table.residents", "people.households": "people.table.households"}


def of(resident: Resident) -> ScopedQuerySet[Entry]:
    """Every time somebody opened a masked field of this person, of their marks or of a home while they lived in it,
    made a copy of what is held of them, or took out a table in which they or their home stood; also where they stood
    under a row that turned out to be theirs."""
    rows = merges.with_merged(resident.pk)
    stays = list(Membership.objects.filter(resident__in=rows).select_related("household"))
    marks = Mark.objects.filter(resident__in=rows).values_list("pk", flat=True)
    spans = _spans(resident, stays)
    looked = [
        *(Looked("resident", pk) for pk in rows),
        *(Looked("mark", pk) for pk in marks),
        *(
            Looked("household", one.household_id, span.since, span.until)
            for one, span in zip(stays, spans, strict=True)
        ),
    ]
    return audit.looks_at(looked, kinds=[*TABLES], spans=spans)


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


def _spans(resident: Resident, stays: Sequence[Membership]) -> list[Span]:
    """Where and when a table held them: from the day they belonged to a home, as soon as the register knew them, until
    the register was told that they left. Told late, they stood in the tables until then."""
    told = _told_to_leave(resident, stays)
    spans = []
    for stay in stays:
        since = max(_midnight(stay.from_on), resident.created_at)
        until = None
        if stay.until_on is not None:
            until = max(_midnight(stay.until_on), told.get(stay.household_id, resident.created_at))
        spans.append(Span(stay.household.area_path, since, until))
    return spans


def _told_to_leave(resident: Resident, stays: Sequence[Membership]) -> dict[UUID, datetime]:
    """Home → when somebody last entered that this person left it."""
    left = {str(one.household_id): one.household_id for one in stays if one.until_on is not None}
    if not left:
        return {}
    rows = Entry.objects.filter(
        act=MOVE, object_kind="household", object_id__in=left, detail__resident=str(resident.pk)
    )
    return {left[home]: at for home, at in rows.order_by("at").values_list("object_id", "at")}


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


def _posts(entries: Sequence[Entry], lang: str) -> dict[UUID, str]:
    asked = {entry.by_id for entry in entries if entry.by_id}
    rows = Post.objects.filter(account_id__in=asked).order_by("ends_at", "starts_at").values_list("account_id", "role")
    return {account: words.say(f"access.role.{role}", lang) for account, role in rows}
