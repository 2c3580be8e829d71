"""The MQTT door: pulls what devices published and the broker acknowledged, and acknowledges it after the commit.

The PUBACK a device gets follows the broker's own stream, so that is where we read; what a crash leaves unacknowledged
comes again and changes nothing.
"""

from __future__ import annotations

import asyncio
import logging
import signal
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import nats
import nats.errors
import nats.js.errors
import uvloop
from nats.aio.msg import Msg

from xiangyun.base import clock, disk
from xiangyun.base.errors import Refusal, TooLarge
from xiangyun.entry.ingest import store
from xiangyun.entry.ingest.beat import Beat
from xiangyun.entry.ingest.book import Book
from xiangyun.entry.ingest.pulling import Pull
from xiangyun.entry.settings import CONFIG
from xiangyun.kernel.devices.queries import Known
from xiangyun.kernel.devices.registry import profile_of
from xiangyun.kernel.telemetry import wire
from xiangyun.kernel.telemetry.actions import Delivery
from xiangyun.kernel.telemetry.wire import Sent, Unusable

log = logging.getLogger("xiangyun.mqtt")

STREAM, DURABLE = "$MQTT_msgs", "ingest"
SUBJECT = "$MQTT.msgs.up."
AWAY_S = 0.5
LEAVE_WITHIN_S = 2.0
WELL_S = 6.0

HELD_S, HELD_LONGEST_S = 30, 3600
"""How long a message that found no place waits at the broker: longer each time it comes."""

WHOLE = (store.BROKEN, store.FAR_APART, store.MANY_DAYS, "no_profile")
"""Why a body is parked that is not poison."""


def run() -> None:
    """Pull until told to stop."""
    uvloop.run(Puller().run())


@dataclass(slots=True)
class Message:
    """One published message, out of the broker's hands but not yet acknowledged."""

    key: str
    body: bytes
    at: datetime
    msg: Msg
    is_held: bool = False
    """It found no place here, through a fault of ours: the broker keeps it and hands it out again later."""


@dataclass(slots=True)
class Puller:
    """One connection to the broker, one batch under way while the next one comes."""

    book: Book = field(default_factory=Book)
    raw: store.RawKeeper = field(default_factory=store.RawKeeper)
    well_at: float = 0.0
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    # One thread holds one database connection.
    hand: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1, "mqtt-store"))

    async def run(self) -> None:
        """Pull until SIGTERM."""
        loop = asyncio.get_running_loop()
        for name in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(name, self.stopping.set)
        beat = Beat("ingest", self._is_well)
        beat.start()
        stopped = asyncio.create_task(self.stopping.wait())
        pulling = asyncio.create_task(self.pull())
        await asyncio.wait({stopped, pulling}, return_when=asyncio.FIRST_COMPLETED)
        with suppress(asyncio.TimeoutError):
            await asyncio.wait_for(asyncio.shield(pulling), LEAVE_WITHIN_S)
        beat.stop()

    def _is_well(self) -> bool:
        return time.monotonic() - self.well_at < WELL_S

    async def pull(self) -> None:
        """Connect, pull, and connect again whenever the broker was away."""
        while not self.stopping.is_set():
            try:
                link = await nats.connect(
                    **CONFIG.broker("ingest"),
                    connect_timeout=2,
                    max_reconnect_attempts=-1,
                    reconnect_time_wait=0.2,
                    error_cb=_quiet,
                    pending_size=8 * 1024 * 1024,
                )
            except (OSError, nats.errors.Error, TimeoutError):
                await asyncio.sleep(AWAY_S)
                continue
            try:
                await self._pull_from(link)
            except (OSError, nats.errors.Error, TimeoutError) as fault:
                log.warning("the broker is away: %r", fault)
                await asyncio.sleep(AWAY_S)
            finally:
                with suppress(OSError, nats.errors.Error, TimeoutError):
                    await link.close()

    async def _pull_from(self, link: Any) -> None:
        stream = link.jetstream(timeout=5)
        # Refuses where the durable is missing: the box makes it before it lets devices in, never we.
        await stream.consumer_info(STREAM, DURABLE)
        pull = Pull(link, STREAM, DURABLE)
        await pull.begin()
        while not self.stopping.is_set():
            messages = await pull.next()
            self.well_at = time.monotonic()
            if messages:
                await self._store(link, messages)
            elif not await _is_there(stream):
                raise nats.js.errors.NotFoundError

    async def _store(self, link: Any, messages: Sequence[Msg]) -> None:
        """Commit a batch, however long PostgreSQL is away, then acknowledge each of its messages."""
        loop = asyncio.get_running_loop()
        read = [_message(msg) for msg in messages]
        while not self.stopping.is_set():
            # Without room nothing is taken out of the broker's hands; its own copy was paid for already.
            if not disk.is_short(CONFIG.home) and await loop.run_in_executor(self.hand, self.take_in, read):
                for message in read:
                    await link.publish(message.msg.reply, _later(message) if message.is_held else b"+ACK")
                await link.flush()
                self.well_at = time.monotonic()
                return
            await asyncio.sleep(AWAY_S)

    def take_in(self, messages: Sequence[Message]) -> bool:
        """Store these messages, parking what is no record; False where PostgreSQL is away and nothing may be acked.

        What cannot even be parked is kept as a letter; what cannot be kept at all `is_held`, and is not acknowledged.
        """
        try:
            read = []
            for message in messages:
                delivery = self._read(message)
                if delivery is not None:
                    read.append((delivery, message))
                elif not _keep(message, "nobody"):
                    return False
        except store.DatabaseAway:
            return False
        for group in _groups(read):
            told = store.carry_out([delivery for delivery, _ in group])
            aside = [
                (poison(delivery.device, one.refused, message), message)
                for (delivery, message), one in zip(group, told, strict=True)
                if one.refused in WHOLE
            ]
            parked = store.carry_out([delivery for delivery, _ in aside]) if aside else []
            if any(one.refused == store.AWAY for one in (*told, *parked)):
                return False
            lost = [message for (_, message), one in zip(aside, parked, strict=True) if one.refused == store.BROKEN]
            if not all(_keep(message, "broken") for message in lost):
                return False
        return True

    def _read(self, message: Message) -> Delivery | None:
        device = store.with_database(self.book.by_key, message.key)
        if device is None:
            # The broker lets nobody in whom the ledger does not know: a device registered after the copy was taken
            # from which this database was restored.
            log.error("a message of %r, whom nobody knows, is kept as a letter", message.key)
            return None
        profile = profile_of(device.profile)
        if profile is None:
            log.error("%s has the profile %s, which no file describes", device.key, device.profile)
            return poison(device, "no_profile", message)
        line = self.raw.line(device.num, message.body)
        try:
            sent = wire.read(profile, message.body, received_at=message.at, at=clock.now())
        except Refusal as refusal:
            reason = "too_large" if isinstance(refusal, TooLarge) else "unreadable"
            return poison(device, reason, message, line)
        except Exception:
            log.exception("a message of %s could not be read", device.key)
            return poison(device, store.BROKEN, message)
        return Delivery(device=device, sent=sent, door="mqtt", line=line, sent_at=message.at)


def poison(device: Known, reason: str, message: Message, line: str | None = None) -> Delivery:
    """A body that is parked whole; the broker's stamp tells one from the next and a redelivery from a repeat."""
    # What the broker acknowledged is ours to keep where it could be read: whole, to be sent in again.
    most = len(message.body) if reason in WHOLE else wire.TOLD_CHARS
    shown = wire.shown_line(message.body, most)
    sent = Sent(1, unusable=[Unusable(0, reason, None, wire.micros(message.at), shown)])
    return Delivery(device=device, sent=sent, door="mqtt", line=line, sent_at=message.at)


def _keep(message: Message, reason: str) -> bool:
    """Keep a message as a letter, or leave it with the broker; False where PostgreSQL is away."""
    try:
        is_kept = store.keep_letter(key=message.key, reason=reason, body=message.body, sent_at=message.at)
    except store.DatabaseAway:
        return False
    message.is_held = not is_kept
    return True


def _later(message: Message) -> bytes:
    """The answer that has the broker hand a message out again after a while."""
    times = int(message.msg.metadata.num_delivered or 1)
    wait_s = min(HELD_S * 2 ** min(times - 1, 10), HELD_LONGEST_S)
    return b'-NAK {"delay": %d}' % (wait_s * 1_000_000_000)


def _groups(read: Sequence[tuple[Delivery, Message]]) -> list[list[tuple[Delivery, Message]]]:
    """Cut into transactions of a bearable size."""
    groups: list[list[tuple[Delivery, Message]]] = [[]]
    records = 0
    for delivery, message in read:
        if groups[-1] and records + delivery.sent.count > store.MOST_RECORDS:
            groups.append([])
            records = 0
        groups[-1].append((delivery, message))
        records += delivery.sent.count
    return groups if groups[-1] else []


def _message(msg: Msg) -> Message:
    key = msg.subject.removeprefix(SUBJECT)
    return Message(key, msg.data, msg.metadata.timestamp, msg)


async def _is_there(stream: Any) -> bool:
    """Whether the durable still stands: a broker that lost it says nothing, for ever."""
    try:
        await stream.consumer_info(STREAM, DURABLE)
    except nats.js.errors.NotFoundError:
        return False
    return True


async def _quiet(fault: Exception) -> None:
    log.info("broker: %r", fault)
