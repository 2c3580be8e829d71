"""What a live stream is made of, without socket or database: frames, a memory of five minutes, who sees what."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from uuid import UUID

from xiangyun.base import paths
from xiangyun.base.live import LiveEvent
from xiangyun.kernel.access.rules import Actor

# Who hears of records that name no ability: whoever may see the devices of the place.
RECORDS = "devices.see_device"

KEPT_S = 300.0
KEPT_EVENTS = 20_000
COALESCE_S = 0.25


@dataclass(frozen=True, slots=True)
class Sent:
    """One event as it went out: its place in the stream, when, for whom, and its bytes."""

    n: int
    at: float
    area: str
    ability: str
    account: str | None
    frame: bytes


def frame(kind: str, data: dict[str, str], event_id: str) -> bytes:
    """One server-sent event."""
    text = json.dumps(data, separators=(",", ":"))
    return f"id: {event_id}\nevent: {kind}\ndata: {text}\n\n".encode()


def data_of(event: LiveEvent) -> dict[str, str]:
    """What a client gets to know: ids, and the latest ts of a record."""
    if event["k"] == "record":
        return {"device": event["d"], "ts": event["ts"]}
    return {"id": event["id"]}


@dataclass(slots=True)
class Tape:
    """The last five minutes of one epoch. Another epoch means that something may have been missed in between."""

    epoch: str
    n: int = 0
    kept: deque[Sent] = field(default_factory=lambda: deque(maxlen=KEPT_EVENTS))

    @property
    def here(self) -> str:
        """The id of the latest event."""
        return f"{self.epoch}-{self.n}"

    def add(self, event: LiveEvent, at: float) -> Sent:
        """Give an event its place and keep it; forget what is too old."""
        self.n += 1
        sent = Sent(
            n=self.n,
            at=at,
            area=event["a"],
            ability=event.get("n", RECORDS),
            account=event.get("w"),
            frame=frame(event["k"], data_of(event), self.here),
        )
        while self.kept and self.kept[0].at < at - KEPT_S:
            self.kept.popleft()
        self.kept.append(sent)
        return sent

    def since(self, last_event_id: str) -> Iterator[Sent] | None:
        """Everything after an id; None for an id of another epoch, from the future, or too old to be sure."""
        epoch, _, number = last_event_id.rpartition("-")
        if epoch != self.epoch or not (number.isascii() and number.isdigit()):
            return None
        n = int(number)
        oldest = self.kept[0].n if self.kept else self.n + 1
        if n > self.n or n < oldest - 1:
            return None
        return (sent for sent in tuple(self.kept) if sent.n > n)


@dataclass(slots=True)
class Calmer:
    """At most one `record` a device, and one `figure` a place, in a quarter of a second.

    The latest is never lost, only late by that much.
    """

    last: dict[str, float] = field(default_factory=dict)
    waiting: dict[str, LiveEvent] = field(default_factory=dict)

    def pass_on(self, event: LiveEvent, at: float) -> bool:
        """Whether the event goes out now; else it waits, and replaces what waited before it."""
        if event["k"] not in ("record", "figure"):
            return True
        source = event["d"] if event["k"] == "record" else f"{event['id']} {event['a']}"
        if source not in self.waiting and at - self.last.get(source, -COALESCE_S) >= COALESCE_S:
            self.last[source] = at
            return True
        earlier = self.waiting.get(source)
        if earlier is None or earlier.get("ts", "") <= event.get("ts", ""):
            self.waiting[source] = event
        return False

    def due(self, at: float) -> list[LiveEvent]:
        """What has waited long enough."""
        ready = [source for source in self.waiting if at - self.last.get(source, -COALESCE_S) >= COALESCE_S]
        for source in ready:
            self.last[source] = at
        if len(self.last) > KEPT_EVENTS:
            self.last = {source: then for source, then in self.last.items() if at - then < COALESCE_S}
        return [self.waiting.pop(source) for source in ready]


class Sight:
    """What one actor may see; answers are remembered, since the same places come again and again."""

    def __init__(self, actor: Actor) -> None:
        self._actor = actor
        self._account = str(actor.account_id) if isinstance(actor.account_id, UUID) else None
        self._known: dict[tuple[str, str], bool] = {}

    def sees(self, sent: Sent) -> bool:
        """Whether this event is for the actor: their places and abilities, or given to them by name."""
        key = (sent.ability, sent.area)
        seen = self._known.get(key)
        if seen is None:
            seen = self._known[key] = self._actor.sees(sent.area, sent.ability)
        if seen:
            return True
        is_mine = sent.account is not None and sent.account == self._account
        return is_mine and paths.within(sent.area, self._actor.scope)
