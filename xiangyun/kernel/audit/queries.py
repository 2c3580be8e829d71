"""Reads of the audit and the verifier."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime

from django.db import connection
from django.db.models import Min, Q

from xiangyun.base import locks, paths, words
from xiangyun.kernel.access import doors
from xiangyun.kernel.access.querysets import ScopedQuerySet
from xiangyun.kernel.access.rules import Actor
from xiangyun.kernel.audit import rules
from xiangyun.kernel.audit.models import Entry, Link, Unsealed
from xiangyun.kernel.audit.rules import BadRow, Head, Held, Looked, Sealable, Span, Verdict

COLUMNS = (
    "e.id, e.at, e.town, e.area_path, e.act, e.by_kind, coalesce(e.by_id::text, ''), e.by_account, e.by_name,"
    " e.object_kind, e.object_id, e.detail::text"
)
CHAIN = f"""
    SELECT l.seq, l.entry_id, l.hash, {COLUMNS}
      FROM audit_link l LEFT JOIN audit_entry e ON e.id = l.entry_id
     WHERE l.area_path = %s ORDER BY l.seq
"""  # noqa: S608 - our own column names
CHUNK = 2000


def entries(
    actor: Actor,
    *,
    act: str = "",
    account: str = "",
    object_kind: str = "",
    object_id: str = "",
    since: datetime | None = None,
    until: datetime | None = None,
) -> ScopedQuerySet[Entry]:
    """What happened where the actor may read the audit."""
    rows = Entry.objects.visible_to(actor, "audit.see_entry")
    if act:
        rows = rows.filter(act__startswith=act)
    if account:
        rows = rows.filter(by_account=account)
    if object_kind:
        rows = rows.filter(object_kind=object_kind)
    if object_id:
        rows = rows.filter(object_id=object_id)
    if since:
        rows = rows.filter(at__gte=since)
    if until:
        rows = rows.filter(at__lt=until)
    return rows


def reveals_since(by: Actor, since: datetime) -> list[datetime]:
    """When somebody opened masked fields, oldest first."""
    rows = Entry.objects.filter(act=rules.REVEAL, by_id=by.account_id, by_account=by.account, at__gt=since)
    return list(rows.order_by("at").values_list("at", flat=True))


def failures(by: Actor, *, failed: str, passed: str, at: datetime) -> list[datetime]:
    """When somebody's latest tries at a thing failed, since the last one that did not."""
    since = at - locks.WINDOW - locks.LOCK
    rows = Entry.objects.filter(town=by.scope, by_id=by.account_id, by_account=by.account, at__gt=since, at__lte=at)
    good = rows.filter(act=passed).order_by("-at").values_list("at", flat=True).first()
    rows = rows.filter(act=failed, at__gt=good) if good else rows.filter(act=failed)
    return list(rows.order_by("-at").values_list("at", flat=True)[: locks.FAILURES])


def looks_at(objects: Sequence[Looked], kinds: Sequence[str], places: Sequence[Held]) -> ScopedQuerySet[Entry]:
    """Who opened a masked field of these things, made a copy of them, or took out a table of these kinds or a filled
    form that held them: for the person concerned, who needs no right to read the audit."""
    asked = Q(pk__in=[])
    for one in objects:
        looked = Q(object_kind=one.kind, object_id=str(one.key), act__in=(rules.REVEAL, rules.COPY))
        asked |= looked & _within(one.span)
    went = Q(act=rules.EXPORT, detail__kind__in=kinds) | Q(act=rules.FILL, detail__lists_people=True)
    for place in places:
        asked |= went & Q(area_path__in=[*paths.ancestors(place.area)]) & _within(place.span)
    return Entry.objects.filter(asked)


def _within(span: Span) -> Q:
    since = Q() if span.since is None else Q(at__gte=span.since)
    return since if span.until is None else since & Q(at__lt=span.until)


def towns() -> list[str]:
    """Every town that has a chain or an entry; known without a scope."""
    return _paths("SELECT * FROM xy_door.sealed_towns()")


def unsealed_towns() -> list[str]:
    """Every town where an entry waits for its link; known without a scope."""
    return _paths("SELECT * FROM xy_door.unsealed_towns()")


def places(entry_ids: Sequence[int]) -> dict[int, int]:
    """Entry → its number in its town's chain, for those that are sealed."""
    return dict(Link.objects.filter(entry_id__in=entry_ids).values_list("entry_id", "seq"))


def sentences(verdict: Verdict, lang: str, at: datetime | None = None) -> list[str]:
    """A verdict for people: what is wrong first, and whether the tail is older than it should be (at `at`)."""
    bad = verdict.first_bad
    why = words.say(bad.why, lang, seq=bad.seq, entry_id=bad.entry_id) if bad else ""
    said = [
        words.say(
            "audit.bad" if bad else "audit.good",
            lang,
            town=verdict.town,
            why=why,
            sealed=verdict.sealed,
            unsealed=verdict.unsealed,
        )
    ]
    oldest = verdict.oldest_unsealed_at
    if at and oldest and (at - oldest).total_seconds() > rules.LONGEST_TAIL_S:
        said.append(words.say("audit.tail_old", lang, town=verdict.town, at=oldest.isoformat(timespec="seconds")))
    return said


def head(town: str) -> Head | None:
    """The last link of a town's chain, inside its scope."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT seq, hash FROM audit_link WHERE area_path = %s ORDER BY seq DESC LIMIT 1", [town])
        row = cursor.fetchone()
    return Head(town=town, seq=row[0], hash=bytes(row[1]).hex()) if row else None


def holds(kept: Head) -> bool:
    """Whether a chain still has at its place the head that was kept outside the database."""
    with doors.scoped(kept.town):
        return Link.objects.filter(area_path=kept.town, seq=kept.seq, hash=bytes.fromhex(kept.hash)).exists()


def verify(town: str, *, anchors: Mapping[str, Head] | None = None) -> Verdict:
    """Walk a town's chain from its first link and name the first row that is not as it was written.

    `anchors` are heads kept outside the database: a chain that ends before its anchor was cut short.
    """
    with doors.scoped(town):
        anchor = (anchors or {}).get(town)
        last, first_bad = _walk(town, anchor)
        if first_bad is None:
            first_bad = _outside_the_chain(town)
        waiting = Unsealed.objects.filter(area_path=town)
        return Verdict(
            town=town,
            sealed=last.seq if last else 0,
            first_bad=first_bad,
            unsealed=waiting.count(),
            oldest_unsealed_at=waiting.aggregate(at=Min("entry__at"))["at"],
            head=last,
        )


def _walk(town: str, anchor: Head | None) -> tuple[Head | None, BadRow | None]:
    before, seq = rules.START, 0
    for link_seq, entry_id, stored, row in _links(town):
        seq += 1
        if link_seq != seq:
            return _head(town, seq - 1, before), BadRow(seq=seq, entry_id=None, why="audit.bad_link_missing")
        if row is None:
            return _head(town, seq - 1, before), BadRow(seq=seq, entry_id=entry_id, why="audit.bad_entry_missing")
        if row.town != town or rules.link_hash(before, row) != stored:
            return _head(town, seq - 1, before), BadRow(seq=seq, entry_id=entry_id, why="audit.bad_entry_changed")
        before = stored
        if anchor and anchor.seq == seq and anchor.hash != stored.hex():
            return _head(town, seq - 1, before), BadRow(seq=seq, entry_id=entry_id, why="audit.bad_chain_rewritten")
    if anchor and anchor.seq > seq:
        return _head(town, seq, before), BadRow(seq=seq + 1, entry_id=None, why="audit.bad_cut_short")
    return _head(town, seq, before), None


def _outside_the_chain(town: str) -> BadRow | None:
    """An entry that neither waits for a link nor has one: somebody took it out of the queue."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT min(e.id) FROM audit_entry e WHERE e.town = %s"
            " AND NOT EXISTS (SELECT FROM audit_link l WHERE l.entry_id = e.id)"
            " AND NOT EXISTS (SELECT FROM audit_unsealed u WHERE u.entry_id = e.id)",
            [town],
        )
        row = cursor.fetchone()
    return BadRow(seq=None, entry_id=row[0], why="audit.bad_never_sealed") if row and row[0] is not None else None


def _links(town: str) -> Iterator[tuple[int, int, bytes, Sealable | None]]:
    with connection.cursor() as cursor:
        cursor.execute(CHAIN, [town])
        while rows := cursor.fetchmany(CHUNK):
            for seq, entry_id, stored, *row in rows:
                yield seq, entry_id, bytes(stored), sealable(row) if row[0] is not None else None


def sealable(row: list[object]) -> Sealable:
    """A row of `COLUMNS`, times in UTC."""
    entry = Sealable(*row)  # type: ignore[arg-type]
    return Sealable(entry.id, entry.at.astimezone(UTC), *row[2:])  # type: ignore[arg-type]


def _head(town: str, seq: int, last: bytes) -> Head | None:
    return Head(town=town, seq=seq, hash=last.hex()) if seq else None


def _paths(query: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(query)
        return [row[0] for row in cursor.fetchall()]
