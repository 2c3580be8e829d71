"""Back to work on a machine that has only the programs, a target and the recovery sheet; and the weekly proof."""

import dataclasses
import os
import secrets as chance
from datetime import UTC, datetime

from xiangyun.box import home
from xiangyun.box.backup import keys, manifest, notes, rebuild, site, targets
from xiangyun.box.backup.make import Progress, silent
from xiangyun.box.backup.manifest import Manifest
from xiangyun.box.backup.rebuild import Rebuilt
from xiangyun.box.backup.site import Site
from xiangyun.entry.settings.config import Config, Unfit, private_folder

RESTORING, DRILL = "restoring", "drill"
SETTINGS = "xiangyun.toml"


def restore(
    config: Config,
    where: str,
    secret: bytes,
    *,
    backup_id: str = "",
    at: datetime | None = None,
    only_backup: bool = False,
    progress: Progress = silent,
) -> Rebuilt:
    """Make the home of `config` the town that was backed up: its last instant, or that of `at`, or the backup's own.

    Refuses: Unfit; the home is then as it was. A home with data is never touched.
    """
    check_empty(config)
    known = config.secrets / "recovery"
    if known.is_file() and config.recovery_secret() != secret:
        raise keys.wrong_key(f" {known} ")
    found = site.foreign(targets.at(where), config, secret)
    told = _chosen(found, backup_id, at)
    if only_backup:
        told = dataclasses.replace(told, chain="")
    with home.held(config), rebuild.scratch_of(config, RESTORING) as scratch:
        done = rebuild.rebuild(found, told, scratch, at=at, keep_files=True, progress=progress)
        progress("正在放到位 …", "putting it in its place …")
        _move_in(config, scratch, secret)
    return done


def drill(found: Site, *, backup_id: str = "", progress: Progress = silent) -> Rebuilt:
    """Rebuild the newest backup in a scratch folder, compare every table, throw it away, and note the date.

    Refuses: Unfit, when it did not come out equal: noted too, until a later drill does.
    """
    config = found.config
    with notes.alone(config, "backup"):
        began = datetime.now(UTC)
        try:
            told = _chosen(found, backup_id, None)
            with rebuild.scratch_of(config, DRILL) as scratch:
                done = rebuild.rebuild(found, told, scratch, at=None, keep_files=False, progress=progress)
        except targets.Away:
            raise
        except Unfit as trouble:
            notes.note(config, drill_trouble={"zh": trouble.zh, "en": trouble.en, "at": began.isoformat()})
            raise
        now = datetime.now(UTC)
        proven = {
            "id": told.id,
            "at": now.isoformat(),
            "until": (done.until or told.made_at).isoformat(),
            "tables": done.tables,
            "took_s": round((now - began).total_seconds(), 1),
        }
        notes.note(config, proven=proven, drill_trouble=None)
    return done


def verify(found: Site, *, backup_id: str = "", progress: Progress = silent) -> Manifest:
    """Read a backup to its last byte: every part, every file, all WAL after it; nothing is written.

    Refuses: Unfit, naming everything that is broken.
    """
    told = _chosen(found, backup_id, None)
    wrong: list[str] = []
    for done, one in enumerate(told.parts.values(), 1):
        progress("正在核对各部分 …", "checking the parts …", done, len(told.parts))
        try:
            with rebuild.part(found, one):
                pass
        except manifest.Damaged as fault:
            wrong += fault.what
    wrong += rebuild.unpack_files(found, told, None, progress)
    wrong += rebuild.broken_wal(found, told, progress)
    if wrong:
        raise manifest.Damaged(wrong)
    return told


def _chosen(found: Site, backup_id: str, at: datetime | None) -> Manifest:
    if backup_id:
        return manifest.read(found.target, backup_id, found.by)
    for one in reversed(manifest.ids(found.target)):
        told = manifest.read(found.target, one, found.by)
        if at is None or told.made_at <= at:
            return told
    if at is not None:
        raise Unfit(
            zh=f"{found.target.shown} 里没有那个时刻之前的备份。",
            en=f"There is no backup from before that instant in {found.target.shown}.",
        )
    raise Unfit(
        zh=f"{found.target.shown} 里还没有备份。",
        en=f"There is no backup in {found.target.shown} yet.",
    )


def check_empty(config: Config) -> None:
    """Refuses: Unfit, for a home that holds anything that could be lost."""
    has_files = config.files.is_dir() and any(config.files.iterdir())
    if config.pg.exists() or has_files:
        raise Unfit(
            zh=f"{config.home} 里已经有数据，恢复不会覆盖它：请把 XIANGYUN_HOME 设到一个空文件夹。",
            en=f"{config.home} holds data already and a restore never overwrites any: set XIANGYUN_HOME to an empty"
            " folder.",
        )


def _move_in(config: Config, scratch: Config, secret: bytes) -> None:
    """Database last, in one step: a home without it is not a town yet."""
    os.sync()
    if (config.home / SETTINGS).is_file() and (scratch.home / SETTINGS).is_file():
        # Whoever restores has said where this box listens.
        (scratch.home / SETTINGS).rename(scratch.home / f"{SETTINGS}.restored")
    keep_secret(config, secret)
    for name in (SETTINGS, f"{SETTINGS}.restored", "version"):
        if (scratch.home / name).is_file():
            (scratch.home / name).replace(config.home / name)
    for folder in (scratch.secrets, scratch.certificates, scratch.home / "audit", scratch.files):
        for file in sorted(folder.rglob("*")):
            if file.is_file():
                place = config.home / file.relative_to(scratch.home)
                private_folder(place.parent)
                file.replace(place)
    if scratch.pg.is_dir():
        scratch.pg.rename(config.pg)
    os.sync()


def keep_secret(config: Config, secret: bytes) -> None:
    """The recovery secret takes its place in a home that has none."""
    place = private_folder(config.secrets) / "recovery"
    if place.is_file():
        return
    draft = place.with_name(f".recovery.{chance.token_hex(4)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(secret.hex() + "\n")
        file.flush()
        os.fsync(file.fileno())
    draft.replace(place)
