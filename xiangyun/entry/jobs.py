"""Jobs: what happens after the commit. Written in the same transaction as the fact they follow from (outbox)."""

from __future__ import annotations

import logging
from typing import Any

import procrastinate
from django.db import close_old_connections, connection
from procrastinate.contrib.django.django_connector import DjangoConnector

from xiangyun.base import events
from xiangyun.kernel.access import doors

log = logging.getLogger("xiangyun.jobs")

TASK = "entry.tell"

# A handler that fails is tried again for about a day, then left for a person to look at.
RETRY = procrastinate.RetryStrategy(max_attempts=12, exponential_wait=3)

queue = procrastinate.App(connector=DjangoConnector())


@queue.task(name=TASK, retry=RETRY)
def tell(event: str, payload: dict[str, Any], scope: str) -> None:
    """Hand an event to those who listen, in the scope of the transaction that announced it."""
    close_old_connections()
    with doors.scoped(scope):
        events.deliver(event, payload)


def put(event: str, payload: dict[str, Any]) -> None:
    """Write the job that tells an event, inside the current transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('xy.scope', true)")
        row = cursor.fetchone()
    tell.defer(event=event, payload=payload, scope=(row[0] if row else None) or "")
