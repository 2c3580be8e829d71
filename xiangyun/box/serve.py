"""Run one Granian server whose workers never outlive it: `python -m xiangyun.box.serve wsgi module:name --uds …`."""

import argparse
import importlib
import multiprocessing
import os
import signal
from pathlib import Path
from typing import Any

from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server import Server

from xiangyun.base import heap
from xiangyun.box import child


def load(target: str) -> Any:
    """The application named `module:name`."""
    module, _, name = target.partition(":")
    return getattr(importlib.import_module(module), name)


def main() -> None:
    """Serve until told to stop."""
    asked = argparse.ArgumentParser()
    asked.add_argument("interface", choices=[one.value for one in Interfaces])
    asked.add_argument("target")
    asked.add_argument("--uds", type=Path, required=True)
    asked.add_argument("--workers", type=int, default=1)
    asked.add_argument("--threads", type=int, default=1)
    options = asked.parse_args()
    interface = Interfaces(options.interface)

    # Imported once, before the workers are forked: they share its memory, and one that dies is back at once.
    multiprocessing.set_start_method("fork")
    application = load(options.target)
    heap.settle()

    server = Server(
        options.target,
        uds=options.uds,
        uds_permissions=0o600,
        interface=interface,
        workers=options.workers,
        # One thread holds one database connection.
        blocking_threads=options.threads if interface is Interfaces.WSGI else 1,
        websockets=False,
        log_level=LogLevels.warning,
        respawn_failed_workers=True,
        respawn_interval=0.1,
        workers_kill_timeout=2,
    )
    master = os.getpid()

    def in_worker(_: str) -> Any:
        child.die_with_parent(signal.SIGKILL, master)
        return application

    server.serve(target_loader=in_worker)


if __name__ == "__main__":
    main()
