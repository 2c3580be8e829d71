"""What the worker does by the clock: decide what goes out next, send it, ask what became of it.

A delivery's row is the job: it stands or falls with the transaction that wrote it. Each try is claimed in a transaction
that is committed before the line is opened, and noted in one of its own after; no transaction is open while a gateway
takes its time.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any, Protocol

from django.conf import settings

from xiangyun.base import clock
from xiangyun.kernel.access import doors
from xiangyun.kernel.notify import adapters
from xiangyun.kernel.notify.actions import planning, sending
from xiangyun.kernel.notify.actions.sending import Outcome, Parcel
from xiangyun.kernel.org import queries as org

log = logging.getLogger("xiangyun.notify")


class Line(Protocol):
    """Does something with a parcel outside the house."""

    def __call__(self, parcel: Parcel, *, private: Collection[str], at: float) -> Outcome: ...


class Note(Protocol):
    """Writes down what came of it."""

    def __call__(self, *, parcel: Parcel, outcome: Outcome, at: datetime) -> None: ...


def plan_round(at: datetime) -> None:
    """Decide what goes out next, and find what died in somebody's hands."""
    scope = org.root()
    with doors.scoped(scope):
        sending.find_lost(at=at)
    while _in(scope, planning.plan, at) == planning.AT_ONCE:
        pass


def send_round(_at: datetime) -> None:
    """Send what is due, a handful at a time, until nothing is; each handful is claimed at its own moment."""
    while _carried(sending.claim, adapters.send, sending.note, clock.now()):
        pass


def ask_round(at: datetime) -> None:
    """Ask the gateways what became of messages."""
    _carried(sending.to_ask, adapters.ask, sending.note_asked, at)


def _in(scope: str, act: Callable[..., Any], at: datetime) -> Any:
    with doors.scoped(scope):
        return act(at=at)


def _carried(take: Callable[..., list[Parcel]], line: Line, note: Note, at: datetime) -> int:
    """Take a handful, let each go its way side by side, note each; returns how many."""
    parcels: list[Parcel] = _in(org.root(), take, at)
    if not parcels:
        return 0
    private = settings.CONFIG.private_hosts
    with ThreadPoolExecutor(max_workers=len(parcels), thread_name_prefix="line") as lines:
        going = {lines.submit(line, one, private=private, at=at.timestamp()): one for one in parcels}
        for ended, parcel in going.items():
            try:
                outcome = ended.result()
            except Exception:
                # Whatever broke, nobody knows how far it came.
                log.exception("delivery %s", parcel.delivery_id)
                outcome = Outcome("unsure", fault="our_fault")
            with doors.scoped(parcel.area):
                note(parcel=parcel, outcome=outcome, at=clock.now())
    return len(parcels)
