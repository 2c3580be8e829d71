"""Lists on the wire: `?limit=&cursor=` → `{"items", "next", "total"}`."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Generic, TypeVar

from django.core.exceptions import ValidationError
from django.db.models import Model, Q, QuerySet
from pydantic import BaseModel, Field

from xiangyun.base.errors import BadInput

T = TypeVar("T")
M = TypeVar("M", bound=Model)

MOST = 200


class Page(BaseModel, Generic[T]):
    """One page of a list; `next` is the cursor of the page after it, or null."""

    items: list[T]
    next: str | None = None
    total: int | None = None


class Paging(BaseModel):
    """The paging part of a list's query string."""

    limit: int = Field(default=50, ge=1, le=MOST)
    cursor: str | None = None


def encode(values: Sequence[Any]) -> str:
    """A cursor from the sort values of the last row shown."""
    plain = [v.isoformat() if isinstance(v, datetime) else v if isinstance(v, int | float) else str(v) for v in values]
    return base64.urlsafe_b64encode(json.dumps(plain).encode()).decode().rstrip("=")


def decode(cursor: str, width: int) -> list[Any]:
    """The sort values in a cursor. Refuses: BadInput."""
    try:
        values = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except ValueError:
        values = None
    if not isinstance(values, list) or len(values) != width:
        raise _bad_cursor()
    return values


def _bad_cursor() -> BadInput:
    return BadInput("base.bad_cursor", errors=[{"loc": ["query", "cursor"], "msg": "cursor"}])


def page(
    rows: QuerySet[M],
    *,
    paging: Paging,
    order: Sequence[str] = ("-created_at", "-id"),
    show: Callable[[M], Any] = lambda row: row,
    count: bool = True,
    parts: Sequence[QuerySet[M]] = (),
) -> dict[str, Any]:
    """Cut one page out of `rows`, ordered by `order` (field names, `-` for falling; the last must be unique).

    Where the rows lie in several `parts`, each in order by an index of its own, a page is cut from each before they are
    put together: what a page costs does not grow with what lies behind it.
    """
    total = rows.count() if count else None
    after = Q()
    if paging.cursor:
        values = decode(paging.cursor, len(order))
        try:
            after = _after(order, values)
            rows = rows.filter(after)
        except (TypeError, ValueError, ValidationError):
            raise _bad_cursor() from None
    if parts:
        first, *rest = [part.filter(after).order_by(*order).values("pk")[: paging.limit + 1] for part in parts]
        rows = rows.filter(pk__in=first.union(*rest, all=True) if rest else first)
    found = list(rows.order_by(*order)[: paging.limit + 1])
    more = len(found) > paging.limit
    found = found[: paging.limit]
    last = [getattr(found[-1], name.lstrip("-")) for name in order] if more else []
    return {"items": [show(row) for row in found], "next": encode(last) if more else None, "total": total}


def _after(order: Sequence[str], values: Sequence[Any]) -> Q:
    """Rows behind the given sort values: (a after) or (a equal and b after) …; none of them before a, for the index."""
    behind = Q(pk__in=[])
    equal = Q()
    for name, value in zip(order, values, strict=True):
        field = name.lstrip("-")
        side = "lt" if name.startswith("-") else "gt"
        behind |= equal & Q(**{f"{field}__{side}": value})
        equal &= Q(**{field: value})
    foremost = "lte" if order[0].startswith("-") else "gte"
    return Q(**{f"{order[0].lstrip('-')}__{foremost}": values[0]}) & behind
