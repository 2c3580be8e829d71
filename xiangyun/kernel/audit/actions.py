"""Writes to the audit: an entry in the act's own transaction, a link each second."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from math import ceil
from typing import Any
from uuid import UUID

from django.db import connection

from xiangyun.base import paths
from xiangyun.base.errors import BadInput, TooMany
from xiangyun.kernel.access import doors
from xiangyun.kernel.access.rules import Actor
from xiangyun.kernel.audit import queries, rules
from xiangyun.kernel.audit.models import Entry
from xiangyun.kernel.audit.rules import Head

# One sealer at a time in the whole database; an arbitrary number of ours.
SEALER = 0x7865_616C

# xid < xmin: its transaction is over, and so is every one before it. xid >= xmax: written by an older cluster
# from which this database was restored, so it is over as well.
WAITING = f"""
    SELECT {queries.COLUMNS}
      FROM audit_unsealed u JOIN audit_entry e ON e.id = u.entry_id
     WHERE u.area_path = %s
       AND (u.xid < pg_snapshot_xmin(pg_current_snapshot()) OR u.xid >= pg_snapshot_xmax(pg_current_snapshot()))
     ORDER BY u.xid, u.entry_id LIMIT %s
"""  # noqa: S608 - our own column names
MOST_A_ROUND = 5000


def record(
    *,
    act: str,
    by: Actor,
    object: tuple[str, object],  # noqa: A002 - who, what, on which object
    area: str,
    at: datetime,
    detail: Mapping[str, Any] | None = None,
) -> None:
    """Write down one act, inside its own transaction: if the act is rolled back, so is this.

    `area` is where the object stands; `detail` holds codes and numbers, never a personal fact.
    """
    record_each(act=act, by=by, rows=[(object, area, detail or {})], at=at)


def record_each(
    *, act: str, by: Actor, rows: Iterable[tuple[tuple[str, object], str, Mapping[str, Any]]], at: datetime
) -> None:
    """Write down the same act on many things at once: (object, area, detail) of each; see `record`."""
    Entry.objects.bulk_create([_entry(act, by, of, area, at, detail) for of, area, detail in rows])


def _entry(act: str, by: Actor, of: tuple[str, object], area: str, at: datetime, detail: Mapping[str, Any]) -> Entry:
    kind, key = of
    return Entry(
        at=at,
        town=paths.town_of(area) or area,
        area_path=area,
        act=act,
        by_kind=by.kind,
        by_id=by.account_id,
        by_account=by.account,
        by_name=by.name,
        object_kind=kind,
        object_id=str(key),
        detail={name: _plain(value) for name, value in detail.items()},
    )


def reveal(*, field: str, reason: str, by: Actor, object: tuple[str, object], area: str, at: datetime) -> None:  # noqa: A002
    """Write down that somebody opens one masked field, before it is shown; `object` is whom or what it is about.

    Refuses: BadInput (no known reason), TooMany (as many in the last hour as one person may).
    """
    if reason not in rules.REASONS:
        raise BadInput("audit.no_reason", errors=[{"loc": ["body", "reason"], "msg": "audit.no_reason"}])
    with connection.cursor() as cursor:
        # Two windows of one person are counted one after the other.
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"{rules.REVEAL}|{by.account_id}|{by.account}"])
    lately = queries.reveals_since(by, at - timedelta(hours=1))
    if len(lately) >= rules.MOST_REVEALS_AN_HOUR:
        wait_s = max(1, ceil((lately[0] + timedelta(hours=1) - at).total_seconds()))
        raise TooMany("audit.too_many_reveals", retry_after_s=wait_s, most=len(lately), minutes=ceil(wait_s / 60))
    record(act=rules.REVEAL, by=by, object=object, area=area, at=at, detail={"field": field, "reason": reason})


def seal(*, at: datetime) -> list[Head]:
    """Give every finished entry its link, town by town; returns the new heads.

    Entries are taken in the order of their transactions, and only those before which nothing can appear any
    more: a transaction that is still under way holds back all that began after it. A second sealer does nothing.
    """
    heads = []
    for town in queries.unsealed_towns():
        with doors.scoped(town):
            head = _seal_town(town, at) if _is_alone() else None
        if head:
            heads.append(head)
    return heads


def _seal_town(town: str, at: datetime) -> Head | None:
    with connection.cursor() as cursor:
        cursor.execute(WAITING, [town, MOST_A_ROUND])
        entries = [queries.sealable(list(row)) for row in cursor.fetchall()]
        if not entries:
            return None
        last = queries.head(town)
        seq, before = (last.seq, bytes.fromhex(last.hash)) if last else (0, rules.START)
        links = []
        for entry in entries:
            seq, before = seq + 1, rules.link_hash(before, entry)
            links.append((town, seq, entry.id, before, at))
        cursor.executemany(
            "INSERT INTO audit_link (area_path, seq, entry_id, hash, sealed_at) VALUES (%s, %s, %s, %s, %s)", links
        )
        cursor.execute("DELETE FROM audit_unsealed WHERE entry_id = ANY(%s)", [[entry.id for entry in entries]])
    return Head(town=town, seq=seq, hash=before.hex())


def _is_alone() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [SEALER])
        row = cursor.fetchone()
    return bool(row and row[0])


def _plain(value: Any) -> Any:
    if isinstance(value, UUID):
        return str(value)
    return value.isoformat() if isinstance(value, datetime) else value
