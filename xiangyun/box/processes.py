"""The processes of a box as a table: what each runs, how it is stopped, how long that may take."""

import importlib.util
import os
import signal
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from xiangyun.box import caddy, nats, postgres, programs
from xiangyun.entry.settings.config import Config


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """One line of the table."""

    name: str
    command: tuple[str, ...]
    zh: str
    en: str
    stop_signal: signal.Signals = signal.SIGTERM
    stop_wait_s: float = 2.0
    on_orphan: signal.Signals = signal.SIGKILL
    socket: Path | None = None
    environ: Mapping[str, str] = field(default_factory=dict)
    restart_with_postgres: bool = False
    """Its LISTEN dies with PostgreSQL and never returns by itself."""


def stores(config: Config) -> list[Process]:
    """What is started first, all at once; an external server is not ours to start."""
    table = [
        Process(
            name="caddy",
            command=tuple(caddy.command(config)),
            zh="网页入口",
            en="front door",
            environ={"GOMEMLIMIT": "96MiB", "GOGC": "400"},
        )
    ]
    if not config.nats_url:
        table.append(
            Process(
                name="nats",
                command=tuple(nats.command(config)),
                zh="设备消息",
                en="device messages",
                environ={"GOMEMLIMIT": "192MiB"},
            )
        )
    if not config.database_url:
        table.append(
            Process(
                name="postgres",
                command=tuple(postgres.command(config)),
                zh="数据库",
                en="database",
                stop_signal=signal.SIGINT,
                stop_wait_s=20.0,
                on_orphan=signal.SIGINT,
            )
        )
    return table


def services(config: Config) -> list[Process]:
    """What is started once the database is migrated and the broker's gate is open."""
    cores = os.cpu_count() or 1
    ingest = {"XIANGYUN_ROLE": "ingest"}
    web = _granian("wsgi", "xiangyun.entry.http:application", config.web_socket, workers=min(cores, 4), threads=2)
    live = _granian("asgi", "xiangyun.entry.live:application", config.live_socket)
    door = (sys.executable, "-m", "xiangyun.entry.ingest")
    table = [
        Process(name="web", command=web, socket=config.web_socket, zh="网页服务", en="web"),
        Process(name="live", command=live, socket=config.live_socket, zh="实时推送", en="live events"),
        Process(
            name="ingest",
            command=(*door, "http", str(config.ingest_socket)),
            socket=config.ingest_socket,
            environ=ingest,
            zh="数据接收",
            en="records by HTTP",
        ),
        Process(
            name="mqtt",
            command=(*door, "mqtt"),
            environ=ingest,
            zh="设备数据",
            en="records by MQTT",
        ),
        Process(
            name="worker",
            command=(sys.executable, "-m", "xiangyun.entry.worker"),
            zh="后台任务",
            en="jobs",
            restart_with_postgres=True,
        ),
    ]
    if config.backup:
        table.append(
            Process(
                name="backup",
                command=(sys.executable, "-m", "xiangyun.box.backup.shipper"),
                zh="备份",
                en="backup",
            )
        )
    if config.demo:
        table.append(
            Process(
                name="demo",
                command=(str(programs.beside_python("xiangyun")), "sim", "demo"),
                zh="演示设备",
                en="pretend devices",
            )
        )
    return [process for process in table if _exists(process)]


# Whoever brings work in leaves first, whoever keeps it last.
STOP_ORDER = (("demo", "worker", "backup", "caddy", "ingest", "mqtt"), ("web", "live"), ("nats",), ("postgres",))


def _granian(interface: str, target: str, socket: Path, *, workers: int = 1, threads: int = 1) -> tuple[str, ...]:
    options = ("--uds", str(socket), "--workers", str(workers), "--threads", str(threads))
    return (sys.executable, "-m", "xiangyun.box.serve", interface, target, *options)


def _exists(process: Process) -> bool:
    """A box installed without the source has no pretend devices."""
    return process.name != "demo" or importlib.util.find_spec("sim") is not None
