"""The worker: jobs written by others' transactions, and the rounds of the house. `python -m xiangyun.entry.worker`.

It ends with any loss of PostgreSQL (its LISTEN would be deaf for good) and is started again by the supervisor.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "xiangyun.entry.settings")
django.setup(set_prefix=False)

import procrastinate  # noqa: E402
from django.db import DatabaseError  # noqa: E402 -- needs the settings
from procrastinate.psycopg_connector import PsycopgConnector  # noqa: E402

from xiangyun.base import heap  # noqa: E402
from xiangyun.entry import jobs  # noqa: E402
from xiangyun.entry.rounds import Round, Rounds  # noqa: E402
from xiangyun.entry.settings import CONFIG  # noqa: E402
from xiangyun.kernel import plugs  # noqa: E402
from xiangyun.kernel.access import doors  # noqa: E402
from xiangyun.kernel.access.rules import system  # noqa: E402
from xiangyun.kernel.accounts.actions import upkeep as accounts  # noqa: E402
from xiangyun.kernel.alerts import actions as alerts  # noqa: E402
from xiangyun.kernel.audit import tasks as audit  # noqa: E402
from xiangyun.kernel.files import tasks as files  # noqa: E402
from xiangyun.kernel.notify import actions as notify  # noqa: E402
from xiangyun.kernel.notify import tasks as messages  # noqa: E402
from xiangyun.kernel.offline.actions import dropping  # noqa: E402
from xiangyun.kernel.org import queries as org  # noqa: E402
from xiangyun.kernel.people.actions import tally as people  # noqa: E402
from xiangyun.kernel.telemetry import actions as telemetry  # noqa: E402
from xiangyun.kernel.vault import tasks as vault  # noqa: E402
from xiangyun.kernel.workflow import actions as workflow  # noqa: E402
from xiangyun.kernel.workflow import tasks as matters  # noqa: E402

log = logging.getLogger("xiangyun.worker")

LEAVE_WITHIN_S = 2.0
STALLED_EVERY_S = 30.0


class Forget(Protocol):
    """Drops what was kept long enough."""

    def __call__(self, *, at: datetime) -> int: ...


# Hours are folded in handfuls of devices; a backlog is worked off over several rounds.
HANDFULS_A_ROUND = 20


def _in_each_town(act: Callable[[str, datetime], object]) -> Callable[[datetime], None]:
    """A call that goes through every town this box serves, each in a door of its own."""

    def call(at: datetime) -> None:
        for town in org.towns_run_here():
            with doors.scoped(town.path):
                act(town.path, at)

    return call


def _in_the_box(*acts: Forget) -> Callable[[datetime], None]:
    """A call that does these things for everything this box holds, what stands above its towns included."""

    def call(at: datetime) -> None:
        for act in acts:
            with doors.scoped(org.root()):
                act(at=at)

    return call


def _fold(_town: str, at: datetime) -> None:
    for _ in range(HANDFULS_A_ROUND):
        if not telemetry.fold(at=at):
            return


QUICK = (
    Round("seal", 1, audit.seal_round),
    Round("escalate", 5, _in_each_town(lambda town, at: workflow.escalate(at=at, by=system(town)))),
)
SLOW = (
    Round("days", 3600, lambda at: telemetry.open_days_ahead(at=at)),
    Round("fold", 5, _in_each_town(_fold)),
    Round("unheard", 60, _in_each_town(lambda town, at: alerts.end_unheard(town=town, at=at))),
    Round("silence", 10, _in_each_town(lambda _town, at: telemetry.report_silence(at=at))),
    Round("cuts", 5, _in_each_town(lambda _town, at: telemetry.mind_cuts(at=at))),
    Round(
        "forget", 3600, _in_the_box(workflow.forget_ops, accounts.forget_old, notify.forget_old, dropping.forget_tries)
    ),
    Round("recount", 5, _in_the_box(people.recount_changed)),
    Round("reseal", 2, _in_each_town(vault.reseal_round)),
    Round("clocks", 10, matters.clock_round),
    Round("recounts", 60, matters.recount_round),
    Round("sweep", 3600, _in_each_town(files.sweep_round)),
    Round("drop", 3600, _in_each_town(lambda _town, at: telemetry.drop_old(at=at))),
    # What modules do by the clock, as their plugs say.
    *(Round(name, every_s, _in_each_town(act)) for plug in plugs.each() for name, every_s, act in plug.rounds),
)

# Gateways take their time, each of them: nothing else waits for them.
OUTSIDE = (
    Round("plan", 1, messages.plan_round),
    Round("send", 0.5, messages.send_round),
    Round("ask", 5, messages.ask_round),
)


def _beat(threads: Sequence[Rounds]) -> Round:
    """Say that the worker lives, while every round succeeds."""

    def call(at: datetime) -> None:
        if not any(thread.failing for thread in threads):
            workflow.beat("worker", at=at)

    return Round("beat", 2, call)


async def _work(threads: Sequence[Rounds], stop_rounds: threading.Event) -> None:
    """Run jobs until told to stop or until PostgreSQL is lost."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop.set)
    connector = PsycopgConnector(kwargs={**CONFIG.dsn("xy_app"), "application_name": "worker"}, min_size=1, max_size=3)
    with jobs.queue.replace_connector(connector) as queue:
        async with queue.open_async():
            running = asyncio.create_task(
                queue.run_worker_async(
                    install_signal_handlers=False,
                    delete_jobs="successful",
                    shutdown_graceful_timeout=LEAVE_WITHIN_S,
                    fetch_job_polling_interval=5,
                )
            )
            mending = asyncio.create_task(_mend(queue))
            stopping = asyncio.create_task(stop.wait())
            watching = [asyncio.create_task(_watch(thread)) for thread in threads]
            tasks = {running, mending, stopping, *watching}
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            stop_rounds.set()
            for task in tasks:
                task.cancel()
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(asyncio.gather(*tasks, return_exceptions=True), LEAVE_WITHIN_S)
            if not stop.is_set():
                raise ConnectionError("the worker lost PostgreSQL")


async def _mend(queue: procrastinate.App) -> None:
    """Give jobs whose worker died back to the queue."""
    while True:
        await asyncio.sleep(STALLED_EVERY_S)
        for job in await queue.job_manager.get_stalled_jobs():
            await queue.job_manager.retry_job(job)


async def _watch(thread: Rounds) -> None:
    """Return as soon as a thread of rounds has ended."""
    await asyncio.to_thread(thread.ended.wait)


def main() -> None:
    """Work until told to stop: exit code 0 then, 1 when PostgreSQL was lost."""
    heap.settle()
    stop = threading.Event()
    slow = Rounds("slow", SLOW, stop)
    threads: list[Rounds] = [slow, Rounds("outside", OUTSIDE, stop)]
    quick = Rounds("quick", (*QUICK, _beat(threads)), stop)
    threads.append(quick)
    for thread in threads:
        thread.start()
    code = 0
    try:
        asyncio.run(_work(threads, stop))
    except (OSError, DatabaseError, procrastinate.exceptions.ProcrastinateException) as fault:
        log.warning("ending: %s", fault)
        code = 1
    stop.set()
    for thread in threads:
        thread.join(LEAVE_WITHIN_S)
    sys.stdout.flush()
    os._exit(code)  # a job that hangs in a thread must not hold back the box


if __name__ == "__main__":
    main()
