"""One transaction for all bodies that wait: stored, judged, announced; only then is told whoever sent them."""

from __future__ import annotations

import dataclasses
import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import chain
from typing import Any, TypeVar

import numpy as np
from django.db import InterfaceError, OperationalError, connection, transaction

from xiangyun.base import clock, live, numbers, paths
from xiangyun.entry.ingest.meter import METER
from xiangyun.kernel.access import doors
from xiangyun.kernel.alerts import actions as alerts
from xiangyun.kernel.devices import actions as devices
from xiangyun.kernel.devices.queries import Known
from xiangyun.kernel.telemetry import actions, ledger, packing, wire
from xiangyun.kernel.telemetry.actions import Delivery, Receipt, Taken
from xiangyun.kernel.telemetry.batch import Batch
from xiangyun.kernel.telemetry.models import Letter
from xiangyun.kernel.telemetry.rules import flooding

T = TypeVar("T")
R = TypeVar("R")

log = logging.getLogger("xiangyun.ingest")

MOST_BODIES = 500
MOST_RECORDS = 5_000
TRIES = 3
RAW_EVERY_S = 1.0

LINGER_S, ENOUGH = 0.003, 200
"""Who was answered together comes back together. A transaction costs about the same for one record as for thirty, so
a group waits so long for half of those who were here lately (the other half comes while it is committed), or for so
many records."""

PROBE = 16
"""Of so many groups one waits its whole time, to see whether more are there than were awaited."""

SWITCH_S = 0.001
"""The committing thread asks the interpreter back from the reading one after each statement; Python's own 5 ms would
make a transaction of ten statements last fifty."""

PATIENCE_S, PAUSE_S = 3.0, 0.1
"""How long a sender waits for PostgreSQL to come back before it is told to ask again; a restart takes half a second."""

AWAY_STATES = ("08", "53", "57P", "58", "25006", "40", "55P03")
"""SQLSTATE: connection, no room, shutting down, the system's own faults, read-only; met somebody else once too often,
waited too long for a lock."""

AWAY, BROKEN, AGAIN = "away", "broken", "again"
FAR_APART, MANY_DAYS = "days_far_apart", "too_many_days"


@dataclass(slots=True)
class Told:
    """What one body's sender is told: an answer, or the code of why there is none."""

    answer: dict[str, Any] | None = None
    refused: str | None = None
    cut_until: datetime | None = None


def carry_out(deliveries: Sequence[Delivery]) -> list[Told]:
    """Take in bodies in one transaction; where that fails, each alone, so that one poison spoils nobody's records.

    Never raises: AWAY says that the database could not be reached and nothing was stored.
    """
    told = _carried_out(deliveries)
    _count(deliveries, told)
    return told


def _carried_out(deliveries: Sequence[Delivery]) -> list[Told]:
    try:
        return _together(deliveries, careful=False)
    except (OperationalError, InterfaceError) as fault:
        if _is_away(fault):
            return [Told(refused=AWAY) for _ in deliveries]
    except Exception:
        log.exception("a batch of %s bodies failed; each is tried alone", len(deliveries))
    return [_alone(delivery) for delivery in deliveries]


def _alone(delivery: Delivery) -> Told:
    try:
        return _together([delivery], careful=True)[0]
    except (OperationalError, InterfaceError) as fault:
        if _is_away(fault):
            return Told(refused=AWAY)
        log.exception("a body of %s could not be stored", delivery.device.key)
    except Exception:
        log.exception("a body of %s could not be stored", delivery.device.key)
    return Told(refused=BROKEN)


def _is_away(fault: Exception) -> bool:
    """Whether the connection is gone or PostgreSQL cannot write (restarting, disk full): then nobody is to blame."""
    state = str(getattr(fault.__cause__, "sqlstate", "") or "")
    gone = connection.connection is None or connection.connection.closed
    if gone or not state or state[:3] in AWAY_STATES or state[:2] in AWAY_STATES or state in AWAY_STATES:
        log.warning("PostgreSQL is away: %s", str(fault).strip().splitlines()[:1])
        connection.close()
        return True
    return False


def _together(deliveries: Sequence[Delivery], *, careful: bool) -> list[Told]:
    # Telemetry speaks to the raw connection below Django's: without the wrapper its faults would not be known as any.
    with connection.wrap_database_errors:
        refused = _open_days(deliveries)
    if not refused:
        return _written(deliveries, careful=careful)
    rest = [delivery for place, delivery in enumerate(deliveries) if place not in refused]
    written = iter(_written(rest, careful=careful) if rest else ())
    return [Told(refused=refused[place]) if place in refused else next(written) for place, _ in enumerate(deliveries)]


def _written(deliveries: Sequence[Delivery], *, careful: bool) -> list[Told]:
    for left in range(TRIES - 1, -1, -1):
        try:
            with connection.wrap_database_errors:
                taken = _commit(deliveries, careful=careful)
            break
        except OperationalError as fault:
            # Two doors that met in an unlucky order: PostgreSQL let the other one through.
            if not left or getattr(fault.__cause__, "sqlstate", "") not in ("40P01", "40001"):
                raise
    return [_told(taken, place, receipt) for place, receipt in enumerate(taken.receipts)]


def _told(taken: Taken, place: int, receipt: Receipt) -> Told:
    if receipt.refused is not None:
        return Told(refused=receipt.refused, cut_until=receipt.cut_until)
    return Told(answer=taken.answers.get(place) or receipt.shown())


def _commit(deliveries: Sequence[Delivery], *, careful: bool) -> Taken:
    at = clock.now()
    places = {delivery.device.area_path for delivery in deliveries}
    scope = paths.common({paths.town_of(place) or place for place in places})
    cursor = packing.cursor(connection)
    with transaction.atomic():
        # Waiting for an answer costs more than most statements: here only for what is locked, and for all the rest.
        with packing.together(cursor):
            taken = actions.take_in(deliveries, at=at, careful=careful, scope=scope)
            live.say(cursor.connection, _news(taken.batches))
            asked = [alerts.ask(batch) for batch in taken.batches]
        for batch, watches in zip(taken.batches, asked, strict=True):
            alerts.judge(batch, watches)
    return taken


def _news(batches: Sequence[Batch]) -> list[live.LiveEvent]:
    """One event a device that told something new, with its latest ts of the batch."""
    news = []
    for batch in batches:
        nums = batch.device_nums
        # Where the next row is another device's, a device's rows end.
        for end in np.nonzero(np.append(nums[1:] != nums[:-1], True))[0].tolist():
            start = int(np.searchsorted(nums, nums[end]))
            if batch.new[start : end + 1].any():
                ts = wire.moment_of(batch.ts[end]).isoformat()
                news.append(live.record(device=batch.device_ids[end], area=batch.area_paths[end], ts=ts))
    return news


DAYS_TOGETHER = 30
"""A transaction holds a handful of locks for each day it makes, and PostgreSQL has so many for everybody."""

_days: set[date] = set()


def _open_days(deliveries: Sequence[Delivery]) -> dict[int, str]:
    """Make the partitions these records need, in small transactions of their own; almost always none.

    Returns place → code for bodies that would make more days than their device may.
    """
    strange = ledger.days_of(chain.from_iterable([delivery.sent.ts for delivery in deliveries])) - _days
    if not strange:
        return {}
    cursor = packing.cursor(connection)
    missing = ledger.days_without(cursor, strange)
    _days.update(strange - missing)
    refused = {}
    for place, delivery in enumerate(deliveries):
        new = ledger.days_of(delivery.sent.ts) & missing if missing else set()
        if not new:
            continue
        if len(new) > flooding.NEW_DAYS.burst:
            refused[place] = FAR_APART
        elif not METER.may_open(delivery.device.num, len(new)):
            refused[place] = MANY_DAYS
        else:
            for first in range(0, len(new), DAYS_TOGETHER):
                ledger.open_days(cursor, sorted(new)[first : first + DAYS_TOGETHER])
                if not connection.get_autocommit():
                    connection.commit()
            _days.update(new)
            missing -= new
    return refused


def forget_days() -> None:
    """Ask about partitions again: another database, or a day was dropped."""
    _days.clear()


OURS = ("broken", "no_profile")
"""What is parked through no fault of the device's."""


def _count(deliveries: Sequence[Delivery], told: Sequence[Told]) -> None:
    """Count what each device sent; who sends too much is cut off."""
    for delivery, one in zip(deliveries, told, strict=True):
        if one.answer is None:
            continue
        sent, strange, broken = delivery.sent, 0, 0
        for bad in sent.unusable:
            if bad.reason == "unknown_metric":
                strange += 1
            elif bad.reason not in OURS:
                broken += 1 + len(bad.value) // flooding.BROKEN_BYTES
        if one.answer["rejected"]:
            broken += sum(bad["reason"] == "conflict" for bad in one.answer["rejected"])
        reason = METER.count(delivery.device.num, records=sent.count + strange, broken=broken)
        if reason is not None:
            cut_off(delivery.device, reason)


def cut_off(device: Known, reason: str) -> None:
    """Have every door refuse this device for a while. What this process remembers of it holds even where this fails."""
    log.warning("%s is cut off: %s", device.key, reason)
    try:
        with doors.scoped(paths.town_of(device.area_path) or device.area_path):
            devices.cut_off(num=device.num, reason=reason, at=clock.now())
    except (OperationalError, InterfaceError) as fault:
        log.warning("the cut of %s could not be written: %s", device.key, fault)
        connection.close()
    except Exception:
        log.exception("the cut of %s could not be written", device.key)


class DatabaseAway(Exception):
    """PostgreSQL cannot be asked just now."""


def with_database(ask: Callable[[T], R], about: T) -> R:
    """Ask the database something; a connection that died is made anew once. Refuses: DatabaseAway."""
    for left in (1, 0):
        try:
            return ask(about)
        except (OperationalError, InterfaceError):
            connection.close()
            if not left:
                raise DatabaseAway from None
    raise DatabaseAway


def keep_letter(*, key: str, reason: str, body: bytes, sent_at: datetime) -> bool:
    """Keep a message that found no other place, once; False where even that fails. Refuses: DatabaseAway."""
    # Whole but for numbers of people: nothing is kept of those where no town can seal them.
    body = numbers.hidden(body.decode("latin-1")).encode("latin-1")
    try:
        letter = Letter(key=key, reason=reason, body=body, sent_at=sent_at, received_at=clock.now())
        with connection.wrap_database_errors:
            Letter.objects.bulk_create([letter], ignore_conflicts=True)
    except (OperationalError, InterfaceError) as fault:
        if _is_away(fault):
            raise DatabaseAway from None
        log.exception("a message of %r could not be kept", key)
        return False
    except Exception:
        log.exception("a message of %r could not be kept", key)
        return False
    return True


class RawKeeper:
    """Lets through one raw line a device and second."""

    def __init__(self) -> None:
        self._last: dict[int, float] = {}

    def line(self, num: int, body: bytes) -> str | None:
        """The body as a line to keep, or None if this device's last one is too fresh."""
        now = time.monotonic()
        if now - self._last.get(num, -RAW_EVERY_S) < RAW_EVERY_S:
            return None
        if len(self._last) > 50_000:
            self._last.clear()
        self._last[num] = now
        return wire.shown_line(body)


class Group(threading.Thread):
    """Commits, in one transaction, whatever has come in while the transaction before was under way."""

    def __init__(self, deliver: Callable[[list[tuple[Callable[[Told], None], Told]]], object]) -> None:
        super().__init__(name="ingest-group", daemon=True)
        self._waiting: list[tuple[Delivery, Callable[[Told], None]]] = []
        self._there = threading.Condition()
        self._is_stopping = False
        self._present = deque([0], maxlen=PROBE)
        self._answered = self._awaited = self._turn = 0
        self._records = 0
        self._deliver = deliver

    def put(self, delivery: Delivery, tell: Callable[[Told], None]) -> None:
        """Have a body stored; `tell` is called after the commit."""
        with self._there:
            self._waiting.append((delivery, tell))
            self._records += delivery.sent.count
            if len(self._waiting) in (1, self._awaited) or self._records >= ENOUGH:
                self._there.notify()

    def stop(self) -> None:
        """Finish what waits, then end."""
        with self._there:
            self._is_stopping = True
            self._there.notify()

    def run(self) -> None:
        """Commit group after group."""
        while True:
            with self._there:
                self._present.append(self._answered + len(self._waiting))
                while not self._waiting and not self._is_stopping:
                    self._there.wait()
                if not self._waiting:
                    break
                self._linger()
                group = self._next()
            try:
                told = self._patiently([delivery for delivery, _ in group])
            except Exception:
                # Whatever it was, the thread goes on: without it the door would take in and never answer.
                log.exception("a group of %s bodies failed", len(group))
                told = [Told(refused=BROKEN) for _ in group]
            self._answer(group, told)
        connection.close()

    def _linger(self) -> None:
        """Wait a moment for half of those who were here lately: the other half comes while these are committed."""
        self._turn += 1
        usual = max(self._present)
        self._awaited = MOST_BODIES if usual > 1 and self._turn % PROBE == 0 else usual // 2
        until = time.monotonic() + LINGER_S
        while len(self._waiting) < self._awaited and self._records < ENOUGH and not self._is_stopping:
            left = until - time.monotonic()
            if left <= 0:
                break
            self._there.wait(left)
        self._awaited = 0

    def _patiently(self, deliveries: Sequence[Delivery]) -> list[Told]:
        """Carry out, waiting a while for a PostgreSQL that is being restarted; what is taken in twice counts once."""
        until = time.monotonic() + PATIENCE_S
        while True:
            told = carry_out(deliveries)
            if self._is_stopping or time.monotonic() > until or all(one.refused != AWAY for one in told):
                return told
            time.sleep(PAUSE_S)

    def _next(self) -> list[tuple[Delivery, Callable[[Told], None]]]:
        count = records = 0
        for delivery, _ in self._waiting[:MOST_BODIES]:
            if count and records + delivery.sent.count > MOST_RECORDS:
                break
            count += 1
            records += delivery.sent.count
        group, self._waiting = self._waiting[:count], self._waiting[count:]
        self._records -= records
        self._answered = count
        return group

    def _answer(self, group: Sequence[tuple[Delivery, Callable[[Told], None]]], told: Sequence[Told]) -> None:
        answers = []
        for (delivery, tell), one in zip(group, told, strict=True):
            if one.refused == AGAIN:
                self.put(dataclasses.replace(delivery), tell)
            else:
                answers.append((tell, one))
        self._deliver(answers)
