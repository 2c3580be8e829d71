"""`xiangyun backup | verify | restore`: make one, read one to its last byte, come back from one."""

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from xiangyun.box.backup import keys, make, manifest, restore, retention, site, targets
from xiangyun.box.backup.make import Progress as Told
from xiangyun.box.cli import manage
from xiangyun.box.speech import say, span
from xiangyun.entry.settings.config import Config, Unfit


def backup(config: Config, options: argparse.Namespace) -> int:
    """Make one now, list them, or prove one."""
    if not (config.database_url or (config.pg / "PG_VERSION").is_file()):
        raise Unfit(
            zh=f"{config.home} 里还没有数据可备份。",
            en=f"There is no data to back up in {config.home} yet.",
        )
    found = site.of(config, options.to, is_new=options.new_target)
    if options.what == "list":
        return _list(found)
    if options.what == "drill":
        with _shown() as told:
            done = restore.drill(found, progress=told)
        until = (done.until or done.told.made_at).astimezone().strftime("%Y-%m-%d %H:%M:%S")
        _print(
            f"演练通过：备份 {done.told.id} 恢复出来的 {done.tables} 张表逐行相同，可恢复到 {until}。",
            f"Proven: of backup {done.told.id} all {done.tables} tables came out equal; it reaches {until}.",
        )
        return 0
    with manage.database_at_hand(config), _shown() as told:
        made = make.backup(found, at=datetime.now(UTC), progress=told)
    _print(
        f"备份 {made.id} 已做好：{made.bytes / 1e6:.1f} MB，{len(made.tables)} 张表，{len(made.files)} 个文件，"
        f"用了 {span(made.took_s)}，在 {found.target.shown}。",
        f"Backup {made.id} is made: {made.bytes / 1e6:.1f} MB, {len(made.tables)} tables, {len(made.files)} files, in"
        f" {span(made.took_s)}, at {found.target.shown}.",
    )
    if not made.has_database:
        _print(
            "数据库在 DATABASE_URL 的服务器上，由它的管理员备份；这里备份了文件、设置和密钥。",
            "The database is on the server of DATABASE_URL and its administrator's to back up; files, settings and keys"
            " were backed up here.",
        )
    return 0


def verify(config: Config, options: argparse.Namespace) -> int:
    """Read a backup to its last byte; 0 when all of it is whole."""
    found = site.foreign(targets.at(_where(config, options.target)), config, _secret(config, options.secret_file))
    with _shown() as told:
        done = restore.verify(found, backup_id=options.backup, progress=told)
    _print(
        f"备份 {done.id} 完好：每一部分、{len(done.files)} 个文件和其后的改动都核对过。",
        f"Backup {done.id} is whole: every part, {len(done.files)} files and what came after were checked.",
    )
    return 0


def bring_back(config: Config, options: argparse.Namespace) -> int:
    """Make an empty home the town that was backed up."""
    where, backup_id = options.target, options.backup
    if manifest.is_id(where):
        where, backup_id = "", where
    at = _instant(options.at)
    where = _where(config, where)
    restore.check_empty(config)
    secret = _secret(config, options.secret_file)
    with _shown() as told:
        done = restore.restore(
            config, where, secret, backup_id=backup_id, at=at, only_backup=options.only_backup, progress=told
        )
    if not done.told.has_database:
        _print(
            "文件、设置和密钥已恢复；数据库在 DATABASE_URL 的服务器上，请由它的管理员恢复。",
            "Files, settings and keys are back; the database is on the server of DATABASE_URL and its administrator's"
            " to restore.",
        )
        return 0
    until = max(done.until or done.told.made_at, done.told.made_at).astimezone().strftime("%Y-%m-%d %H:%M:%S")
    _print(
        f"已恢复到 {until}：{done.tables} 张表在备份 {done.told.id} 的时刻逐行相同。启动：xiangyun up",
        f"Restored to {until}: at the instant of backup {done.told.id} all {done.tables} tables were equal. Start it"
        " with: xiangyun up",
    )
    if (config.home / f"{restore.SETTINGS}.restored").is_file():
        _print(
            f"这里原有的 {restore.SETTINGS} 没有动；备份里的那份是 {restore.SETTINGS}.restored，请对照一下。",
            f"The {restore.SETTINGS} that stood here was kept; the one of the backup is {restore.SETTINGS}.restored.",
        )
    return 0


def _list(found: site.Site) -> int:
    table = Table(box=None, pad_edge=False)
    for title in (say("备份", "Backup"), say("时刻", "Instant"), "MB", say("表", "Tables"), say("文件", "Files")):
        table.add_column(title)
    for one in manifest.ids(found.target):
        told = manifest.read(found.target, one, found.by)
        day = told.made_at.astimezone().strftime("%Y-%m-%d %H:%M:%S")
        table.add_row(one, day, f"{told.bytes / 1e6:.1f}", str(len(told.tables)), str(len(told.files)))
    Console(highlight=False, soft_wrap=True).print(table)
    return 0


def _where(config: Config, where: str) -> str:
    if not (where or config.backup):
        raise Unfit(
            zh="请写明备份在哪里：一个文件夹，或 s3:// 开头的地址。",
            en="Say where the backups are: a folder, or an address that begins with s3://.",
        )
    return where or config.backup


def _secret(config: Config, file: Path | None) -> bytes:
    """From the file, else this box's own, else asked for."""
    if file is not None:
        try:
            return keys.read_secret(file.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError):
            raise Unfit(zh=f"读不了文件 {file}。", en=f"The file {file} cannot be read.") from None
    if (config.secrets / "recovery").is_file():
        return config.recovery_secret()
    if sys.stdin.isatty():
        sys.stderr.write(
            say(
                "请输入恢复单上的 24 个字（可以用空格隔开），然后回车：\n",
                "Type the 24 words of the recovery sheet, then Enter:\n",
            )
        )
        sys.stderr.flush()
    return keys.read_secret(sys.stdin.readline())


def _instant(text: str) -> datetime | None:
    if not text:
        return None
    try:
        told = datetime.fromisoformat(text)
    except ValueError:
        raise Unfit(
            zh=f"看不懂时刻“{text}”，请写成 2026-11-26T20:30 这样（北京时间）。",
            en=f"“{text}” is no instant: write it like 2026-11-26T20:30 (Beijing time) or with an offset.",
        ) from None
    return told if told.tzinfo else told.replace(tzinfo=retention.TOWN)


@contextmanager
def _shown() -> Iterator[Told]:
    """A progress bar on a terminal, a line for each stage elsewhere."""
    console = Console(stderr=True, highlight=False)
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f}%"),
        TimeElapsedColumn(),
        console=console,
        disable=not console.is_terminal,
    ) as bar:
        task = bar.add_task("", total=None)
        seen: list[str] = []

        def told(zh: str, en: str, done: int = 0, of: int = 0) -> None:
            if seen[-1:] != [en]:
                seen.append(en)
                if not console.is_terminal:
                    console.print(say(zh, en), markup=False)
            bar.update(task, description=say(zh, en), completed=done, total=of or None)

        yield told


def _print(zh: str, en: str) -> None:
    sys.stdout.write(say(zh, en) + "\n")
