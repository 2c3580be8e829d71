"""Whether the box can do its work: database, broker, ingest and worker, each asked, none assumed."""

from __future__ import annotations

import socket
from datetime import datetime
from urllib.parse import urlsplit

from django.db import DatabaseError, InterfaceError, connection

from xiangyun.base import words
from xiangyun.entry.settings import CONFIG
from xiangyun.kernel.workflow import queries, rules

OK = "ok"
PATIENCE_S = 0.5

# Records come in by two doors, over MQTT and over HTTP: ingest is well when both are.
PROCESSES = {"ingest": ("ingest", "ingest_http"), "worker": ("worker",)}


def facts(lang: str, at: datetime) -> dict[str, str]:
    """Each part "ok", or a sentence that says what is wrong and what happens next.

    Ingest and worker say that they live through rows in the database: without it nothing is known of them.
    """
    found = {
        "database": "entry.database_away",
        "broker": OK,
        "ingest": "entry.ingest_silent",
        "worker": "entry.worker_silent",
    }
    try:
        ages = queries.heartbeats(at)
    except (DatabaseError, InterfaceError):
        connection.close()
    else:
        found["database"] = OK
        for part, processes in PROCESSES.items():
            if all(process in ages and abs(ages[process]) < rules.HEARTBEAT_LATE for process in processes):
                found[part] = OK
    if not _broker_answers():
        found["broker"] = "entry.broker_away"
    return {part: fact if fact == OK else words.say(fact, lang) for part, fact in found.items()}


def _broker_answers() -> bool:
    """NATS speaks first: it sends INFO to whoever connects."""
    address = urlsplit(CONFIG.broker("app")["servers"].split(",")[0])
    try:
        with socket.create_connection((address.hostname or "127.0.0.1", address.port or 4222), PATIENCE_S) as line:
            line.settimeout(PATIENCE_S)
            return line.recv(4) == b"INFO"
    except OSError:
        return False
