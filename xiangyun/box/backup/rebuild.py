"""A town out of a backup: unpacked into a folder of its own, replayed, held against what was noted when it was made.

Two stages. First PostgreSQL replays to the backup's own restore point and pauses: every table must have the rows and
the hash it had. Then it goes on through the chain to its end, or to the instant asked for, and opens for writing.
"""

import io
import shutil
import subprocess
import tarfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import LiteralString

import psycopg

from xiangyun.box import child, home, postgres
from xiangyun.box.backup import bundles, manifest, proof, sealed, wal
from xiangyun.box.backup.bundles import Kept
from xiangyun.box.backup.make import Progress
from xiangyun.box.backup.manifest import Manifest, Part
from xiangyun.box.backup.sealed import Broken
from xiangyun.box.backup.site import Site
from xiangyun.box.backup.targets import Missing
from xiangyun.entry.settings.config import Config, Unfit, private_folder

ROOM = 1.3
# Small: it lives beside a box that works.
MODEST = {"shared_buffers": "48MB", "restore_command": "false", "recovery_target_timeline": "current"}


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What came out: `until` is the last change that is in it, None where there is none after the backup."""

    told: Manifest
    tables: int
    until: datetime | None


def rebuild(
    site: Site, told: Manifest, scratch: Config, *, at: datetime | None, keep_files: bool, progress: Progress
) -> Rebuilt:
    """Unpack, replay and prove in `scratch.home`, which must not exist yet; without `keep_files` they are only read.

    Refuses: Unfit, naming what is broken or which tables came out otherwise.
    """
    home.prepare(scratch)
    _check_room(scratch, told, keep_files=keep_files)
    unpack_house(site, told, scratch.home)
    if wrong := unpack_files(site, told, scratch.files if keep_files else None, progress):
        raise manifest.Damaged(wrong)
    if not told.has_database:
        return Rebuilt(told, 0, None)
    _check_postgres(told)
    _unpack_base(site, told, scratch, progress)
    _unpack_wal(site, told, scratch, progress)
    (scratch.pg / "recovery.signal").touch(mode=0o600)
    # Whose settings these are decides how it runs here, and who may enter.
    postgres.prepare(scratch)

    progress("正在重放到备份的时刻并核对每张表 …", "replaying to the backup's instant and comparing every table …")
    stage = {"recovery_target_name": told.point, "recovery_target_action": "pause"}
    with _replaying(scratch, stage) as server:
        server.wait("SELECT pg_get_wal_replay_pause_state() = 'paused'")
        with postgres.superuser(scratch, postgres.DATABASE) as link:
            proof.ready(link)
            wrong = proof.differences(told.tables, proof.hashes(link))
    if wrong:
        raise Unfit(
            zh=f"恢复出来的数据和备份时不一样，不能用：{'、'.join(wrong)}。",
            en=f"What came out is not what was backed up and cannot be used: {', '.join(wrong)}.",
        )

    progress("正在重放其后的改动 …", "replaying what came after …")
    stage = {"recovery_target_time": at.isoformat()} if at is not None else {}
    with _replaying(scratch, {**stage, "recovery_target_action": "promote"}) as server:
        server.wait("SELECT NOT pg_is_in_recovery()")
        with postgres.superuser(scratch, postgres.DATABASE) as link:
            row = link.execute("SELECT pg_last_xact_replay_timestamp()").fetchone()
    until = row[0] if row and isinstance(row[0], datetime) else None
    return Rebuilt(told, len(told.tables), until)


@contextmanager
def part(site: Site, told: Part) -> "Iterator[io.BufferedReader[sealed.Flow]]":
    """One part of a backup in plain, held against its size and SHA-256 when the block ends.

    Refuses: Unfit, naming it.
    """
    try:
        with site.target.open(told.name) as raw:
            counted = sealed.Counted(raw)
            with sealed.opened(counted, site.by, told.name) as plain:
                yield plain
                sealed.drain(plain)
            sealed.drain(counted)
    except Missing:
        raise manifest.Damaged([f"{told.name}: missing"]) from None
    except (Broken, tarfile.TarError) as fault:
        raise manifest.Damaged([f"{told.name}: {fault}"]) from None
    if (counted.size, counted.sha256) != (told.size, told.sha256):
        raise manifest.Damaged([f"{told.name}: SHA-256"])


@contextmanager
def scratch_of(config: Config, name: str) -> Iterator[Config]:
    """A folder in the home to rebuild in; gone afterwards, and what a broken run left there before."""
    folder = config.home / name
    shutil.rmtree(folder, ignore_errors=True)
    try:
        yield Config.load({"XIANGYUN_HOME": str(private_folder(folder))})
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def unpack_house(site: Site, told: Manifest, into: Path) -> None:
    """Settings, certificates and what else stands beside the database."""
    with part(site, told.parts["house"]) as plain:
        for _ in bundles.unpack_tar(plain, None, into):
            continue


def unpack_files(site: Site, told: Manifest, into: Path | None, progress: Progress) -> list[str]:
    """Every file of the backup and those sent after it, each held against its SHA-256; what is broken or missing."""
    wrong: list[str] = []
    by_bundle: dict[str, dict[str, Kept]] = {}
    for path, kept in told.files.items():
        by_bundle.setdefault(kept.bundle, {})[path] = kept
    later = bundles.later(site.target, told.writer, told.bundles)
    for done, bundle in enumerate((*sorted(by_bundle), *later), 1):
        progress("正在读取文件 …", "reading the files …", done, len(by_bundle) + len(later))
        wanted = by_bundle.get(bundle)
        try:
            found = dict(bundles.unpack(site.target, bundle, site.by, wanted, into))
        except (Broken, Missing) as fault:
            wrong.append(f"{bundle}: {fault}")
            continue
        wrong += [f"{bundle}: {path}" for path, kept in (wanted or {}).items() if found.get(path) != kept.sha256]
    return wrong


def broken_wal(site: Site, told: Manifest, progress: Progress) -> list[str]:
    """What of the WAL after a backup does not open, and where a stretch of it is missing."""
    if not told.chain:
        return []
    wrong: list[str] = []
    reached = told.point_lsn // wal.SEGMENT
    ready = wal.stretches(site.target, told.chain, told.timeline, told.point_lsn)
    for done, stretch in enumerate(ready, 1):
        progress("正在核对其后的改动 …", "checking what came after …", done, len(ready))
        try:
            wal.fetch(site.target, stretch, site.by)
        except Broken as fault:
            wrong.append(str(fault))
        except Missing:
            # Its pieces gave way to the whole while we read: that is whole, or is read by the next check.
            continue
        reached = stretch.number + (stretch.length == wal.SEGMENT)
    beyond = [one for one in wal.names(site.target, told.chain) if wal.segment_number(one) > reached]
    if beyond:
        wrong.append(f"wal/{told.chain}/{wal.segment_name(told.timeline, reached)}: missing before {beyond[0]}")
    return wrong


def _unpack_base(site: Site, told: Manifest, scratch: Config, progress: Progress) -> None:
    base = told.parts["base"]
    scratch.pg.mkdir(mode=0o700)
    with part(site, base) as plain:
        done = 0
        with tarfile.open(fileobj=plain, mode="r|") as tar:
            for member in tar:
                tar.extract(member, scratch.pg, filter="data")
                done += member.size
                progress("正在取回数据库 …", "fetching the database …", done, base.plain_size)
    if _run_verifybackup(scratch):
        raise manifest.Damaged([f"{base.name}: pg_verifybackup"])


def _run_verifybackup(scratch: Config) -> int:
    """PostgreSQL's own checksums over every file of the base."""
    with (scratch.logs / "verify.log").open("ab") as log:
        return subprocess.run(
            [str(postgres.binaries() / "pg_verifybackup"), "--no-parse-wal", "--quiet", str(scratch.pg)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env=postgres.environment(),
            preexec_fn=child.birth(),
            check=False,
        ).returncode


def _unpack_wal(site: Site, told: Manifest, scratch: Config, progress: Progress) -> None:
    """The backup's own stretch, then as much of the chain as follows it without a gap."""
    folder = private_folder(scratch.pg / "pg_wal")
    own: dict[str, int] = {}
    with part(site, told.parts["wal"]) as plain, tarfile.open(fileobj=plain, mode="r|") as tar:
        for member in tar:
            source = tar.extractfile(member)
            if source is not None:
                own[member.name] = member.size
                _put_segment(folder / Path(member.name).name, source.read())
    if not told.chain:
        return
    try:
        for done, (stretch, data) in enumerate(
            wal.fetched(site.target, told.chain, told.timeline, told.point_lsn, site.by), 1
        ):
            progress("正在取回其后的改动 …", "fetching what came after …", done)
            if len(data) > own.get(stretch.name, 0):
                _put_segment(folder / stretch.name, data)
    except (Broken, Missing) as fault:
        raise Unfit(
            zh=f"备份之后的改动有损坏（{fault}）：可加 --only-backup 恢复到备份的那一刻，或用 --at 恢复到更早的时刻。",
            en=f"What came after the backup is broken ({fault}): restore the backup's own instant with --only-backup,"
            " or an earlier one with --at.",
        ) from None


def _put_segment(place: Path, data: bytes) -> None:
    """A WAL file is always whole; behind what was flushed there are zeros, where PostgreSQL sees its end."""
    with place.open("wb") as file:
        place.chmod(0o600)
        file.write(data)
        file.truncate(wal.SEGMENT)


@dataclass(frozen=True, slots=True)
class _Server:
    """PostgreSQL replaying in a scratch folder."""

    config: Config
    process: "subprocess.Popen[bytes]"

    def wait(self, question: LiteralString) -> None:
        """Until the answer is yes.

        Refuses: Unfit, when the server leaves before.
        """
        while True:
            if self.process.poll() is not None:
                raise _not_replayed(self.config)
            try:
                with postgres.superuser(self.config) as link:
                    while self.process.poll() is None:
                        row = link.execute(question).fetchone()
                        if row and row[0]:
                            return
                        time.sleep(0.1)
            except psycopg.Error:
                time.sleep(0.1)


@contextmanager
def _replaying(scratch: Config, stage: Mapping[str, str]) -> Iterator[_Server]:
    with postgres.served(scratch, {**MODEST, **stage}) as process:
        yield _Server(scratch, process)


def _not_replayed(scratch: Config) -> Unfit:
    words = postgres.last_words(scratch)
    if "before configured recovery target" in words:
        return Unfit(
            zh="备份里没有那个时刻之后的改动：请用更早的时刻，或不写 --at 恢复到最后一刻。",
            en="Nothing in the backup is later than that instant: name an earlier one, or leave --at out to restore the"
            " last.",
        )
    return Unfit(
        zh=f"备份重放不下去：{words}。",
        en=f"The backup cannot be replayed: {words}.",
    )


def _check_room(scratch: Config, told: Manifest, *, keep_files: bool) -> None:
    files = sum(one.size for one in told.files.values()) if keep_files else 0
    needed = int(ROOM * (sum(one.plain_size for one in told.parts.values()) + files)) + home.LEAST_FREE_BYTES
    free = shutil.disk_usage(scratch.home).free
    if free < needed:
        raise Unfit(
            zh=f"磁盘不够：恢复需要约 {needed / 1e9:.1f} GB，{scratch.home} 只剩 {free / 1e9:.1f} GB。",
            en=f"Not enough disk: this takes about {needed / 1e9:.1f} GB; {scratch.home} has {free / 1e9:.1f} GB left.",
        )


def _check_postgres(told: Manifest) -> None:
    ours = postgres.major()
    if ours and ours != told.postgres:
        raise Unfit(
            zh=f"备份是 PostgreSQL {told.postgres} 的，本机程序是 {ours}：请先装回做备份时的版本（{told.version}）。",
            en=f"The backup is of PostgreSQL {told.postgres}, the program here is {ours}: install the version that made"
            f" it ({told.version}) first.",
        )
