"""Run one Granian server whose workers never outlive it: `python -m xiangyun.box.serve wsgi module:name --uds …`."""

import argparse
import os
import signal
from pathlib import Path
from typing import Any

from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server import Server

from xiangyun.box import child


def load(target: str, parent: int) -> Any:
    """What a worker runs first: die with the master, then import the application."""
    child.die_with_parent(signal.SIGKILL, parent)
    module, _, name = target.partition(":")
    return getattr(__import__(module, fromlist=[name]), name)


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
    server.serve(target_loader=Loader(os.getpid()))


class Loader:
    """`load` with the master's pid at hand; picklable, whatever way workers are made."""

    def __init__(self, parent: int) -> None:
        self._parent = parent

    def __call__(self, target: str) -> Any:
        return load(target, self._parent)


if __name__ == "__main__":
    main()
