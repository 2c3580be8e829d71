"""The process that keeps the target seconds behind the box, and starts the night's backup and the week's drill.

`python -m xiangyun.box.backup.shipper` goes on until SIGTERM; with `backup` or `drill` it does that once and leaves.
"""

import logging
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg

from xiangyun.box import child, postgres
from xiangyun.box.backup import bundles, make, notes, restore, retention, site, wal
from xiangyun.box.backup.site import Site
from xiangyun.entry.settings.config import Config, Unfit

log = logging.getLogger("xiangyun.backup")

TICK_S = 10.0
NIGHT, DRILL_HOURS = 2, range(3, 6)
PROVEN_FOR = timedelta(days=7)
LATE = timedelta(days=1)
RETRY_S = 600.0


def main(words: Sequence[str]) -> int:
    """Ship until told to stop, or do one job."""
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(levelname)s %(message)s")
    config = Config.load()
    if words:
        os.nice(10)
        return _once(config, words[0])
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    shipper = Shipper(config)
    while not stop.is_set():
        shipper.tick(datetime.now(UTC))
        stop.wait(TICK_S)
    return 0


class Shipper:
    """One box and its target, over and over; no trouble with the target is ever trouble of the box."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self._job: subprocess.Popen[bytes] | None = None
        self._tried: dict[str, float] = {}
        self._clear_leftovers()

    def tick(self, now: datetime) -> None:
        """Send what is new, then see what is due."""
        has_start = self.ship(now)
        if has_start is not None:
            self._see_to(self._due(now, has_start=has_start))

    def ship(self, now: datetime) -> bool | None:
        """Send what is new and note how far that is; whether a restore can begin here, None where it failed."""
        try:
            found = site.of(self.config)
            has_start = self._ship(found)
        except Unfit as fault:
            if isinstance(fault, wal.Gap):
                wal.break_off(self.config)
            former = notes.state(self.config).get("trouble")
            if former is None or former["en"] != fault.en:
                log.warning("%s", fault.en)
            notes.note(self.config, trouble=notes.trouble(fault, now, former), checked_at=now.isoformat())
        except psycopg.Error as fault:
            log.warning("the database does not answer: %s", type(fault).__name__)
        except OSError as fault:
            log.warning("nothing was shipped: %s", fault.strerror)
        else:
            notes.note(
                self.config,
                target=found.target.shown,
                trouble=None,
                checked_at=now.isoformat(),
                safe_until=now.isoformat() if has_start else self._last("backup", "made_at"),
            )
            return has_start
        return None

    def _ship(self, found: Site) -> bool:
        """Send files, then the WAL that was flushed before them; whether a restore can begin in this chain."""
        if self.config.database_url:
            bundles.sync(self.config, found.target, found.id, found.to)
            return bool(self._last("backup", "made_at"))
        with postgres.superuser(self.config) as link:
            chain = wal.current(self.config, link, found.id)
            # In this order no shipped row speaks of a file that is not shipped.
            until = wal.flushed(link)
            bundles.sync(self.config, found.target, found.id, found.to)
            wal.ship(self.config, link, found.target, chain, found.to, until)
        return bool(self._last("backup", "chain") == chain.id)

    def _due(self, now: datetime, *, has_start: bool) -> str | None:
        last = self._last("backup", "made_at")
        made_at = datetime.fromisoformat(last) if last else None
        if not has_start or retention.due(made_at, now, NIGHT):
            return "backup"
        proven = self._last("proven", "at")
        age = now - datetime.fromisoformat(proven) if proven else None
        is_night = now.astimezone(retention.TOWN).hour in DRILL_HOURS
        waiting = age - PROVEN_FOR if age else now - made_at if made_at else timedelta(0)
        is_late = waiting > LATE
        if is_late or (is_night and (age is None or age > PROVEN_FOR - LATE / 2)):
            return "drill"
        return None

    def _see_to(self, job: str | None) -> None:
        if self._job is not None and self._job.poll() is None:
            return
        if job is None or time.monotonic() - self._tried.get(job, -RETRY_S) < RETRY_S:
            return
        log.info("%s begins", job)
        self._tried[job] = time.monotonic()
        self._job = subprocess.Popen(
            [sys.executable, "-m", "xiangyun.box.backup.shipper", job],
            preexec_fn=child.birth(),  # noqa: PLW1509 - ctypes alone, no lock is taken
        )

    def _last(self, what: str, key: str) -> Any:
        return notes.state(self.config).get(what, {}).get(key)

    def _clear_leftovers(self) -> None:
        """A drill that was killed leaves its scratch folder."""
        try:
            with notes.alone(self.config, "backup"):
                shutil.rmtree(self.config.home / restore.DRILL, ignore_errors=True)
        except Unfit:
            return


def _once(config: Config, job: str) -> int:
    try:
        found = site.of(config)
        if job == "backup":
            make.backup(found, at=datetime.now(UTC))
        else:
            restore.drill(found)
    except Unfit as fault:
        log.warning("%s: %s", job, fault.en)
        if job == "backup":
            notes.note(config, backup_trouble={"zh": fault.zh, "en": fault.en, "at": datetime.now(UTC).isoformat()})
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
