"""A town says what can be reported in it."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction

from xiangyun.base import paths
from xiangyun.base.errors import BadInput, Conflict
from xiangyun.kernel.access.rules import Actor
from xiangyun.kernel.audit import actions as audit
from xiangyun.modules.grid.models import Category
from xiangyun.modules.grid.rules import abilities as may


@transaction.atomic
def set_category(  # noqa: PLR0913 -- one keyword a fact
    *,
    code: str,
    group: str,
    zh: str,
    en: str,
    level: str,
    severity: int,
    valid_from: date,
    source: str,
    by: Actor,
    at: datetime,
    valid_until: date | None = None,
) -> Category:
    """What a category of the town is from a day on; what was reported before keeps what it was.

    Refuses: NotAllowed, Conflict (said for that day already), BadInput (ends before it begins).
    """
    town = paths.town_of(by.scope) or by.scope
    by.must(may.SET_CATEGORIES, town)
    if valid_until is not None and valid_until < valid_from:
        raise BadInput("grid.ends_before", errors=[{"loc": ["body", "valid_until"], "msg": "valid_until"}])
    facts = {
        "group": group,
        "zh": zh,
        "en": en,
        "level": level,
        "severity": severity,
        "valid_until": valid_until,
        "source": source,
    }
    row = Category(area_path=town, code=code, valid_from=valid_from, **facts, set_by_id=by.account_id, set_at=at)
    Category.objects.bulk_create([row], ignore_conflicts=True)
    kept = Category.objects.filter(area_path=town, code=code, valid_from=valid_from).get()
    if kept.pk != row.pk:
        raise Conflict("grid.said_that_day")
    audit.record(
        act=may.SET_CATEGORIES,
        by=by,
        object=("category", row.pk),
        area=town,
        at=at,
        detail={"code": code, "valid_from": valid_from.isoformat(), "level": level, "group": group},
    )
    return row
