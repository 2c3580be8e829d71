"""Facts that rooms announce: written as a job in the same transaction, heard after the commit.

An event is a frozen dataclass of plain values. The entry floor says (`send_by`) what
puts a job into the current transaction; a broken handler can hold back nothing but its own job.
"""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

Handler = Callable[[Any], None]

_known: dict[str, type[Any]] = {}
_handlers: dict[str, list[Handler]] = defaultdict(list)
_outboxes: list[Callable[[str, dict[str, Any]], None]] = []


def name_of(kind: type[Any]) -> str:
    """`agriculture.TipRaised`: the room or module, then the class."""
    return f"{kind.__module__.split('.')[-2]}.{kind.__name__}"


def listen(kind: type[Any], handler: Handler) -> None:
    """Have `handler` called with each event of this kind, in a job of its own."""
    _known[name_of(kind)] = kind
    if handler not in _handlers[name_of(kind)]:
        _handlers[name_of(kind)].append(handler)


def send_by(outbox: Callable[[str, dict[str, Any]], None]) -> None:
    """Say how an event gets out: called once by the entry floor."""
    _outboxes[:] = [outbox]


def publish(event: Any) -> None:
    """Announce a fact inside the current transaction; nobody listening costs nothing."""
    name = name_of(type(event))
    if _handlers.get(name):
        for outbox in _outboxes:
            outbox(name, {key: _plain(value) for key, value in dataclasses.asdict(event).items()})


def deliver(name: str, payload: dict[str, Any]) -> None:
    """Rebuild an event from its job and hand it to each listener (the job door calls this)."""
    kind = _known.get(name)
    if kind is None:
        return
    fields = {field.name: field.type for field in dataclasses.fields(kind)}
    event = kind(**{key: _typed(value, str(fields[key])) for key, value in payload.items() if key in fields})
    for handler in _handlers[name]:
        handler(event)


def _plain(value: Any) -> Any:
    if isinstance(value, UUID):
        return str(value)
    return value.isoformat() if isinstance(value, datetime) else value


def _typed(value: Any, kind: str) -> Any:
    if isinstance(value, str) and kind.startswith(("UUID", "<class 'uuid.UUID'>")):
        return UUID(value)
    if isinstance(value, str) and "datetime" in kind:
        return datetime.fromisoformat(value)
    return value
