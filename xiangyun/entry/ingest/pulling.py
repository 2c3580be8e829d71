"""Messages out of a durable consumer of the broker: its pull protocol, as one inbox that fills while a batch is stored.

The client library's own fetch makes a task and a timer for each message; this makes neither.
"""

from __future__ import annotations

import asyncio
import json
from typing import Any

from nats.aio.msg import Msg

from xiangyun.entry.ingest.store import ENOUGH, LINGER_S

MOST = 1_000
ASK_S = 1.0
"""How long the broker keeps a request open, and how long `next` waits at most."""

GRACE_S = 0.5


class Pull:
    """One request for messages after the other."""

    def __init__(self, link: Any, stream: str, durable: str) -> None:
        self._link = link
        self._subject = f"$JS.API.CONSUMER.MSG.NEXT.{stream}.{durable}"
        self._inbox = link.new_inbox()
        self._come: list[Msg] = []
        self._left = self._before = 0
        self._there = asyncio.Event()

    async def begin(self) -> None:
        """Listen."""
        await self._link.subscribe(self._inbox, cb=self._arrived)

    async def next(self) -> list[Msg]:
        """What came since the call before; none where nothing came for a second."""
        if self._left <= 0:
            await self._ask()
        if not self._come:
            self._there.clear()
            try:
                await asyncio.wait_for(self._there.wait(), ASK_S + GRACE_S)
            except TimeoutError:
                # A connection was made anew: whom we asked has forgotten.
                self._left = 0
        if self._before > 1 and len(self._come) < ENOUGH:
            # While many come, a moment brings more: a transaction costs about the same for one as for thirty.
            await asyncio.sleep(LINGER_S)
        found, self._come = self._come, []
        self._before = len(found)
        return found

    async def _ask(self) -> None:
        self._left = MOST
        asked = json.dumps({"batch": MOST, "expires": int(ASK_S * 1e9)})
        await self._link.publish(self._subject, asked.encode(), reply=self._inbox)

    async def _arrived(self, msg: Msg) -> None:
        if msg.reply:
            self._come.append(msg)
            self._left -= 1
        else:
            # Not a message but why none comes any more: time is up, or the broker lost the durable.
            self._left = 0
        self._there.set()
