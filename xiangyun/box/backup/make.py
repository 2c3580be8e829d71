"""Make one backup while the box works: database, files, settings, and the point its restore is proven at."""

import io
import subprocess
import tarfile
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO, Protocol

import psycopg

import xiangyun
from xiangyun.box import child, postgres
from xiangyun.box.backup import bundles, manifest, notes, proof, retention, sealed, wal
from xiangyun.box.backup.bundles import Index, Kept
from xiangyun.box.backup.manifest import Manifest, Part
from xiangyun.box.backup.site import Site
from xiangyun.entry.settings.config import ROLES, Config, Unfit

Link = psycopg.Connection[tuple[object, ...]]

# Never in a backup: what opens it. Made anew by whoever starts the restored box: passwords nobody outside it knows.
LEFT_OUT = frozenset(("recovery", *ROLES))
LEFT_OUT_BEGINNINGS = ("nats_", ".")
NEVER = 1 << 63
HOUSE_FOLDERS = ("tls", "audit")
HOUSE_FILES = ("xiangyun.toml", "version")


class Progress(Protocol):
    """Somebody who watches: what is done now and how much of it, of how much (0: not known)."""

    def __call__(self, zh: str, en: str, done: int = 0, of: int = 0) -> None: ...


def silent(zh: str, en: str, done: int = 0, of: int = 0) -> None:
    """Nobody watches."""


def backup(site: Site, *, at: datetime, progress: Progress = silent) -> Manifest:
    """Make a backup and take away those that are too old. The database must answer.

    Refuses: Unfit, when it could not be made; nothing that looks like a backup is left behind then.
    """
    with notes.alone(site.config, "backup"):
        made = _made(site, at, progress)
        progress("正在清理过期的备份 …", "taking away what is too old …")
        try:
            prune(site, at=at)
        except manifest.Damaged as fault:
            # An older one is broken: that is said, and nothing it may need is taken away until it is too old itself.
            notes.note(site.config, backup_trouble={"zh": fault.zh, "en": fault.en, "at": at.isoformat()})
        return made


def prune(site: Site, *, at: datetime) -> None:
    """Keep what the settings say and the last proven one; WAL and bundles go with whom they served."""
    config, target = site.config, site.target
    keep = retention.read(config.backup_keep)
    made = {one: manifest.at_of(one) for one in manifest.ids(target)}
    proven = notes.state(config).get("proven", {}).get("id")
    kept = retention.kept(made, keep, proven)
    for item in list(target.items("backups/")):
        backup_id = item.name.split("/")[1]
        # Without a manifest: of a backup that broke off, or that somebody else is making.
        is_stray = backup_id not in made and (at - manifest.at_of(backup_id)).total_seconds() > 86_400
        if is_stray or backup_id in made.keys() - kept:
            target.remove(item.name)
    told = {one: manifest.read(target, one, site.by) for one in sorted(kept)}
    replayable = retention.replayable({one: made[one] for one in kept}, keep, at)
    starts: dict[str, int] = {}
    if chain := notes.read(config, wal.NOTE):
        starts[chain["id"]] = chain["start"] if not any(one.chain == chain["id"] for one in told.values()) else NEVER
    later: dict[str, int] = {}
    for one in (told[name] for name in replayable & told.keys()):
        starts[one.chain] = min(starts.get(one.chain, NEVER), one.point_lsn)
        later[one.writer] = min(later.get(one.writer, one.bundles), one.bundles)
    wal.prune(target, starts)
    needed = {bundle for one in told.values() for bundle in one.named_bundles}
    bundles.prune(target, needed, later)


def _made(site: Site, at: datetime, progress: Progress) -> Manifest:
    config, backup_id = site.config, manifest.new_id(at)
    began = time.monotonic()
    parts: dict[str, Part] = {}
    # The audit's heads stand outside the database: taken before it, they are never ahead of it.
    parts["house"] = _put(site, backup_id, "house", lambda plain: _pack_house(config, plain))
    progress("正在备份文件 …", "backing up the files …")
    before = bundles.sync(config, site.target, site.id, site.to)
    if config.database_url:
        return _written(site, began, backup_id, at=at, parts=parts, index=before, files=before.files)

    with postgres.superuser(config, postgres.DATABASE) as ledger:
        with closing(postgres.superuser(config)) as holder:
            start = _hold_wal(holder)
            parts["base"] = _put_base(site, backup_id, ledger, progress)
            progress("正在标记可核对的时刻 …", "marking the instant it is proven at …")
            point = proof.begin(ledger, f"xiangyun-{backup_id}")
            # Before and after: whatever file the ledger speaks of at the point was there in one of the two.
            after = bundles.sync(config, site.target, site.id, site.to)
            parts["wal"] = _put_wal(site, backup_id, ledger, start, point)
        tables = proof.hashes(ledger, _counter(progress, len(proof.tables(ledger))))
        ledger.execute("ROLLBACK")
        chain = notes.read(config, wal.NOTE)
        is_chained = bool(chain) and chain["target"] == site.id and chain["start"] <= start
        return _written(
            site,
            began,
            backup_id,
            at=point.at,
            parts=parts,
            index=after,
            files={**before.files, **after.files},
            postgres=ledger.info.server_version // 10_000,
            timeline=wal.timeline(ledger),
            chain=str(chain["id"]) if is_chained else "",
            start_lsn=start,
            point=point.name,
            point_lsn=point.lsn,
            tables=tables,
        )


def _written(
    site: Site, began: float, backup_id: str, *, at: datetime, index: Index, files: dict[str, Kept], **told: Any
) -> Manifest:
    made = Manifest(
        id=backup_id,
        version=xiangyun.__version__,
        made_at=at,
        took_s=round(time.monotonic() - began, 1),
        files=files,
        writer=index.writer,
        bundles=index.count,
        **told,
    )
    manifest.write(site.target, made, site.to)
    notes.note(
        site.config,
        target=site.target.shown,
        trouble=None,
        backup_trouble=None,
        backup={
            "id": backup_id,
            "chain": made.chain,
            "made_at": at.isoformat(),
            "bytes": made.bytes,
            "tables": len(made.tables),
            "rows": proof.rows(made.tables),
            "files": len(files),
            "took_s": made.took_s,
        },
    )
    return made


def _put(site: Site, backup_id: str, part: str, write_plain: Callable[[BinaryIO], None]) -> Part:
    with sealed.flowing(write_plain) as plain:
        return _put_from(site, backup_id, part, plain)


def _put_from(site: Site, backup_id: str, part: str, plain: sealed.Readable) -> Part:
    name = manifest.part_name(backup_id, part)
    counted, out = sealed.Counted(plain), []

    def write(sink: BinaryIO) -> None:
        out.append(sealed.Measured(sink))
        sealed.seal(counted, out[0], site.to, name)

    site.target.put(name, write)
    return Part(name, out[0].size, out[0].sha256, counted.size)


def _put_base(site: Site, backup_id: str, link: Link, progress: Progress) -> Part:
    """The cluster's folder as PostgreSQL sends it, without WAL: that comes by itself."""
    config = site.config
    row = link.execute("SELECT sum(pg_database_size(oid))::bigint FROM pg_database").fetchone()
    whole = int(str(row[0])) if row else 0
    login = ["--host", str(config.pg_socket), "--port=5432", f"--username={postgres.SUPERUSER}", "--no-password"]
    how = ["--pgdata=-", "--format=tar", "--wal-method=none", "--checkpoint=fast", f"--label=xiangyun-{backup_id}"]
    with (
        tempfile.TemporaryFile() as complaints,
        subprocess.Popen(
            [str(postgres.binaries() / "pg_basebackup"), *login, *how],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=complaints,
            env=postgres.environment(),
            preexec_fn=child.birth(),  # noqa: PLW1509 - ctypes alone, no lock is taken
        ) as running,
    ):
        try:
            return _put_from(site, backup_id, "base", _Base(running, complaints, progress, whole))
        finally:
            running.kill()


class _Base:
    """What pg_basebackup says, and an error where it did not say all of it."""

    def __init__(
        self, running: "subprocess.Popen[bytes]", complaints: BinaryIO, progress: Progress, whole: int
    ) -> None:
        self._running, self._complaints = running, complaints
        self._progress, self._whole, self._done = progress, whole, 0

    def read(self, size: int = -1, /) -> bytes:
        assert self._running.stdout is not None
        piece = self._running.stdout.read(size)
        self._done += len(piece)
        self._progress("正在备份数据库 …", "backing up the database …", self._done, max(self._whole, self._done))
        if not piece and self._running.wait() != 0:
            self._complaints.seek(0)
            words = (self._complaints.read().decode("utf-8", "replace").strip().splitlines() or [""])[-1]
            raise Unfit(
                zh=f"数据库没有备份成功（{words}）。",
                en=f"The database could not be backed up ({words}).",
            )
        return piece


def _hold_wal(holder: Link) -> int:
    """As long as `holder` lives PostgreSQL keeps every byte of WAL from here on: the position it begins at."""
    # A slot begins at the last checkpoint: let that be now.
    holder.execute("CHECKPOINT")
    holder.execute("SELECT pg_create_physical_replication_slot('xiangyun_base_' || pg_backend_pid(), true, true)")
    row = holder.execute(
        "SELECT (restart_lsn - '0/0'::pg_lsn)::bigint FROM pg_replication_slots"
        " WHERE slot_name = 'xiangyun_base_' || pg_backend_pid()"
    ).fetchone()
    return int(str(row[0])) if row else 0


def _put_wal(site: Site, backup_id: str, link: Link, start: int, point: proof.Point) -> Part:
    """From where the base may begin to the point: with it the backup stands by itself."""
    timeline, pg = wal.timeline(link), site.config.pg

    def pack(plain: BinaryIO) -> None:
        with tarfile.open(fileobj=plain, mode="w|") as tar:
            for name, data in wal.read_segments(pg, timeline, start, point.lsn):
                info = tarfile.TarInfo(name)
                info.size = len(data)
                tar.addfile(info, io.BytesIO(data))

    return _put(site, backup_id, "wal", pack)


def _pack_house(config: Config, plain: BinaryIO) -> None:
    """Settings, certificates, the audit's heads, and those random words that others hold us to."""
    with tarfile.open(fileobj=plain, mode="w|") as tar:
        for file in sorted(_house(config)):
            data = file.read_bytes()
            info = tarfile.TarInfo(str(file.relative_to(config.home)))
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))


def _house(config: Config) -> Iterator[Path]:
    for name in HOUSE_FILES:
        if (config.home / name).is_file():
            yield config.home / name
    for file in config.secrets.iterdir():
        if file.name not in LEFT_OUT and not file.name.startswith(LEFT_OUT_BEGINNINGS):
            yield file
    for folder in HOUSE_FOLDERS:
        yield from (file for file in (config.home / folder).rglob("*") if file.is_file())


def _counter(progress: Progress, whole: int) -> Iterator[None]:
    for done in range(1, whole + 1):
        progress("正在计算每张表的校验值 …", "hashing every table …", done, whole)
        yield
