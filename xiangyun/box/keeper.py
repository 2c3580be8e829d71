"""Keeps one process alive: starts it, hears it leave, cleans up after it, starts it again."""

import asyncio
import logging
import os
import shutil
import signal
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path

from xiangyun.box import child, programs
from xiangyun.box.processes import Process
from xiangyun.entry.settings.config import Config, Unfit

log = logging.getLogger("xiangyun.box")

BACK_OFF_S = (0.0, 0.1, 0.3, 1.0, 2.0, 5.0, 10.0)
STEADY_S = 10.0
LOG_BYTES = 8 * 1024 * 1024


class Keeper:
    """One process of the table, from its first start to the stop of the box."""

    def __init__(
        self,
        config: Config,
        process: Process,
        *,
        before: Callable[[], Awaitable[None]] | None = None,
        after: Callable[[], None] | None = None,
        identity: child.Identity | None = None,
    ) -> None:
        self.process = process
        self.starts = 0
        self.started_at = 0.0
        self.last_exit: int | None = None
        self.changed: Callable[[], None] = lambda: None
        self._config = config
        self._before = before
        self._after = after
        self._identity = identity
        self._running: asyncio.subprocess.Process | None = None
        self._group: int | None = None
        self._stopping = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int | None:
        """The process that runs now; None between two lives."""
        running = self._running
        return running.pid if running is not None and running.returncode is None else None

    @property
    def log_path(self) -> Path:
        return self._config.logs / f"{self.process.name}.log"

    def start(self) -> None:
        """Begin to keep it alive; returns at once."""
        self._task = asyncio.create_task(self._keep(), name=self.process.name)

    def send(self, number: signal.Signals) -> None:
        """Send a signal to the process itself, if it runs."""
        if self.pid is not None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)

    async def stop(self) -> None:
        """Ask it to leave, make it leave, leave nothing of its group behind."""
        self._stopping.set()
        self.send(self.process.stop_signal)
        if self._task is not None:
            # Between two lives there is nobody to ask.
            if self.pid is None:
                self._task.cancel()
            done, _ = await asyncio.wait([self._task], timeout=self.process.stop_wait_s)
            if not done:
                self._sweep()
                await asyncio.wait([self._task], timeout=3)
        self._sweep()

    async def _keep(self) -> None:
        failures = 0
        while not self._stopping.is_set():
            self._sweep()
            try:
                if self._before is not None:
                    await self._before()
                await self._live()
            except OSError:
                log.exception("%s could not be started", self.process.name)
            except Unfit as trouble:
                log.warning("%s could not be started: %s", self.process.name, trouble.en)
            if self._stopping.is_set():
                return
            failures = 0 if time.monotonic() - self.started_at > STEADY_S else failures + 1
            log.warning("%s left with %s; starting it again", self.process.name, self.last_exit)
            await asyncio.sleep(BACK_OFF_S[min(failures, len(BACK_OFF_S)) - 1] if failures else 0)

    async def _live(self) -> None:
        if self.process.socket is not None:
            # Granian answers "Address already in use" for ever where one was left.
            self.process.socket.unlink(missing_ok=True)
        handle = os.open(self.log_path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        try:
            self._running = await asyncio.create_subprocess_exec(
                *self.process.command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=handle,
                stderr=handle,
                env={**programs.environment(self._config), **self.process.environ},
                start_new_session=True,
                preexec_fn=child.birth(on_orphan=self.process.on_orphan, identity=self._identity),
            )
        finally:
            os.close(handle)
        self._group = self._running.pid
        self.starts += 1
        self.started_at = time.monotonic()
        self.changed()
        if self._stopping.is_set():
            self.send(self.process.stop_signal)
        elif self._after is not None:
            self._after()
        self.last_exit = await self._running.wait()
        self.changed()

    def _sweep(self) -> None:
        """Kill what is left of the last life's process group."""
        if self._group is not None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self._group, signal.SIGKILL)
            if self.pid is None:
                self._group = None

    def trim_log(self) -> None:
        """Keep the log and one before it; the process writes on, it appends."""
        try:
            if self.log_path.stat().st_size <= LOG_BYTES:
                return
            shutil.copyfile(self.log_path, self.log_path.with_suffix(".log.1"))
            os.truncate(self.log_path, 0)
        except FileNotFoundError:
            return
        except OSError:
            log.exception("the log of %s could not be rotated", self.process.name)
