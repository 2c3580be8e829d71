"""Reports and categories on the wire, in a reader's language."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils import timezone

from xiangyun.base import words
from xiangyun.kernel.access.rules import Actor
from xiangyun.kernel.files.models import Attachment
from xiangyun.kernel.org import queries as org
from xiangyun.kernel.people.rules import masking
from xiangyun.kernel.workflow.answers import holder, person
from xiangyun.kernel.workflow.models import Matter
from xiangyun.modules.grid.models import Report
from xiangyun.modules.grid.queries import categories
from xiangyun.modules.grid.queries import reports as queries
from xiangyun.modules.grid.queries.reports import Alike
from xiangyun.modules.grid.rules import abilities as may
from xiangyun.modules.grid.rules import reports as rules
from xiangyun.modules.grid.rules.categories import Category


def name_of(category: Category | None, code: str, lang: str) -> str:
    """What a category is called."""
    if category is None:
        return code
    return category.zh if lang == words.DEFAULT else category.en


def listed(found: Iterable[Category], lang: str) -> list[dict[str, Any]]:
    """Categories as they are shown."""
    return [
        {
            "code": one.code,
            "name": name_of(one, one.code, lang),
            "group": one.group,
            "level": one.level,
            "severity": one.severity,
            "is_sensitive": one.is_sensitive,
            "source": one.source,
            "valid_from": one.valid_from,
            "valid_until": one.valid_until,
        }
        for one in found
    ]


def reports(rows: Sequence[Report], by: Actor, lang: str) -> list[dict[str, Any]]:
    """Reports for staff and for whoever has to do with them, in four queries more."""
    known = categories.any_day(by.scope)
    places = org.names(row.area_path for row in rows)
    homes, joined = queries.homes_seen(rows, by), queries.joined_seen(rows, by)
    return [
        {
            **_report(row, known.get(row.matter.category), places, by, lang, row.household_id in homes),
            "merged_into": _joined(row.matter.merged_into, joined),
        }
        for row in rows
    ]


def _report(
    row: Report, category: Category | None, places: dict[str, str], by: Actor, lang: str, sees_home: bool
) -> dict[str, Any]:
    matter = row.matter
    told = queries.told(row)
    point = told.get("point") or queries.point_of(matter)
    is_at_home = row.household is not None or row.plot is not None
    place = places[row.area_path]
    return {
        "id": row.pk,
        "matter": matter.pk,
        "number": matter.number,
        "category": matter.category,
        "category_name": name_of(category, matter.category, lang),
        "group": category.group if category else None,
        "title": words.say(matter.title_code, lang, place=place, **matter.title_params),
        "area": row.area_path,
        "area_name": place,
        "state": matter.state,
        "state_name": words.say(f"grid.report.state_{matter.state}", lang),
        "level": matter.level,
        "severity": matter.severity,
        "is_sealed": matter.is_sealed,
        "how": row.how,
        "words": told.get("words", row.words),
        "place": told.get("place", row.place),
        # Where a home stands is the home's: for those who may see it.
        "point": point if not is_at_home or sees_home else None,
        "home": {"id": row.household_id, "number": row.household.number} if row.household and sees_home else None,
        "plot": {"id": row.plot_id, "name": row.plot.name, "size_mu": row.plot.size_mu}
        if row.plot and sees_home
        else None,
        "caller": _masked(row),
        "owner": holder(matter, lang),
        "handler": person(row.handler),
        "result": told.get("result", row.result) or None,
        "result_at": row.result_at,
        "channel": row.channel or None,
        "reopened": matter.reopened,
        "opened_at": matter.opened_at,
        "due_at": matter.due_at,
        "closed_at": matter.closed_at,
        "may": acts(row, by),
    }


def _joined(into: Matter | None, seen: Collection[UUID]) -> dict[str, Any] | None:
    return {"id": into.subject_id if into.pk in seen else None, "number": into.number} if into else None


def acts(row: Report, by: Actor) -> list[str]:
    """What somebody may do with a report now."""
    matter = row.matter
    found = rules.acts_open(
        state=matter.state,
        level=matter.level,
        owns=by.account_id is not None and matter.owner_id == by.account_id,
        may_here=lambda ability: by.may(ability, row.area_path),
    )
    return [*found, "reveal"] if row.caller_sealed is not None and by.may(may.VERIFY, row.area_path) else found


def whole(row: Report, files: Iterable[Attachment], by: Actor, lang: str) -> dict[str, Any]:
    """A report with its files."""
    # What came by the line and once more out of the outbox is one photo.
    shown = {one.blob_id: one for one in reversed(list(files)) if one.blob is not None}
    return {**reports([row], by, lang)[0], "files": [file(one) for one in reversed(shown.values())]}


def likely(found: Sequence[Alike], by: Actor, lang: str) -> list[dict[str, Any]]:
    """Suggested duplicates, with why."""
    shown = reports([one.report for one in found], by, lang)
    return [
        {
            "report": report,
            **{name: getattr(one.why, name) for name in one.why.__slots__},
        }
        for report, one in zip(shown, found, strict=True)
    ]


def mine(rows: Sequence[Report], by: Actor, lang: str) -> list[dict[str, Any]]:
    """Reports as whoever made them follows them."""
    known, places = categories.any_day(by.scope), org.names(row.area_path for row in rows)
    return [_mine(row, known.get(row.matter.category), places[row.area_path], by, lang) for row in rows]


def _mine(row: Report, category: Category | None, place: str, by: Actor, lang: str) -> dict[str, Any]:
    matter = row.matter
    # Whose report was joined to another's follows that one, and reads no word of the other's.
    is_own = matter.reporter_id == by.account_id
    told = queries.told(row) if is_own else {"words": "", "place": ""}
    state = rules.PUBLIC[matter.state]
    return {
        "id": row.pk,
        "number": matter.number,
        "category": matter.category,
        "category_name": name_of(category, matter.category, lang),
        "area_name": place,
        "place": told.get("place", row.place),
        "words": told.get("words", row.words),
        "opened_at": matter.opened_at,
        "state": state,
        "state_name": words.say(f"grid.public_state_{state}", lang),
        "owner": matter.owner.name if matter.owner else None,
        "due_at": matter.due_at,
        "result": (told.get("result", row.result) or None) if matter.closed_at else None,
        "settled_at": matter.closed_at,
        "is_sealed": matter.is_sealed,
    }


def public(rows: Sequence[Report], scope: str, lang: str) -> list[dict[str, Any]]:
    """What the village reads; `scope` is whose categories are known."""
    known = categories.any_day(scope)
    places = org.names(queries.village_of(row.area_path) for row in rows)
    return [
        {
            "number": row.matter.number,
            "category": row.matter.category,
            "category_name": name_of(known.get(row.matter.category), row.matter.category, lang),
            "area_name": places[queries.village_of(row.area_path)],
            "opened_on": timezone.localdate(row.matter.opened_at),
            "state": rules.PUBLIC[row.matter.state],
            "state_name": words.say(f"grid.public_state_{rules.PUBLIC[row.matter.state]}", lang),
            "result": (row.result or None) if row.matter.closed_at else None,
            "settled_on": _day(row.matter.closed_at),
        }
        for row in rows
    ]


LONG_NUMBER = re.compile(r"\d{7,}[Xx]?")


def on_board(rows: Sequence[Report], town: str, lang: str) -> list[dict[str, Any]]:
    """What anybody reads without a sign-in. The result was written for the village; a number that may be a person's
    (a phone, a card) is hidden should it stand there all the same."""
    told = public(rows, town, lang)
    return [{**one, "result": LONG_NUMBER.sub("＊＊＊", one["result"]) if one["result"] else None} for one in told]


def _day(at: datetime | None) -> Any:
    return timezone.localdate(at) if at else None


def _masked(row: Report) -> dict[str, Any] | None:
    told = queries.caller(row)
    if not told:
        return None
    name, phone = told.get("name"), told.get("phone")
    return {"name": masking.mask_name(name) if name else None, "phone": masking.mask_phone(phone) if phone else None}


def file(one: Attachment) -> dict[str, Any]:
    """A file as it is listed."""
    assert one.blob is not None
    return {
        "id": one.pk,
        "kind": one.kind,
        "media_type": one.blob.media_type,
        "size": one.blob.size,
        "made_at": one.made_at,
    }
