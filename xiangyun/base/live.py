"""What changed, said once to everybody who is looking: pg_notify on `xy_live`, inside the writer's transaction.

`entry/live.py` hears it after the commit, keeps what each viewer may see and sends the ids; clients refetch. The
payload is a JSON list of small objects, so one batch of readings costs one notify; PostgreSQL refuses payloads of 8,000
bytes, so long lists are cut into several.
"""

from collections.abc import Iterable, Iterator
from typing import Any, Protocol, TypedDict
from uuid import UUID

import msgspec

CHANNEL = "xy_live"
PAYLOAD_BYTES = 7_900

_encode = msgspec.json.Encoder().encode


class LiveEvent(TypedDict, total=False):
    """One change. Only ids and places, never content: whoever may see more fetches it by the id."""

    k: str  # the kind, as `event:` on the wire: record alert work device figure
    a: str  # area path the thing lies in
    n: str  # ability a viewer needs; absent: whoever sees the area's devices
    w: str  # account that hears of it wherever it lies: the one it was given to
    id: str  # the thing's id (every kind but record)
    d: str  # record: the device's id
    ts: str  # record: the latest ts of that device in the batch, RFC 3339


class Connection(Protocol):
    """A Django connection or a raw psycopg connection: both serve."""

    def cursor(self) -> Any: ...


def record(*, device: UUID | str, area: str, ts: str) -> LiveEvent:
    """A device sent something new; `ts` is the latest of the batch."""
    return {"k": "record", "a": area, "d": str(device), "ts": ts}


def changed(kind: str, *, pk: UUID | str, area: str, ability: str, account: UUID | None = None) -> LiveEvent:
    """A thing of this kind changed; holders of `ability` in `area` hear of it, and the account it was given to."""
    event: LiveEvent = {"k": kind, "a": area, "id": str(pk), "n": ability}
    if account is not None:
        event["w"] = str(account)
    return event


def payloads(events: Iterable[LiveEvent], limit: int = PAYLOAD_BYTES) -> Iterator[str]:
    """The events as JSON lists, each at most `limit` bytes."""
    parts: list[bytes] = []
    size = 2
    for event in events:
        part = _encode(event)
        if parts and size + len(part) + 1 > limit:
            yield (b"[" + b",".join(parts) + b"]").decode()
            parts, size = [], 2
        parts.append(part)
        size += len(part) + 1
    if parts:
        yield (b"[" + b",".join(parts) + b"]").decode()


def say(connection: Connection, events: Iterable[LiveEvent]) -> None:
    """Announce the changes when (and only when) this connection's transaction commits.

    Call once a batch: `live.say(connection, [live.record(…), live.changed("alert", …)])`.
    """
    for payload in payloads(events):
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_notify(%s, %s)", (CHANNEL, payload))
