"""The copies made before an upgrade: sealed by `upgrade`, put back by `xiangyun restore-copy`.

A copy holds everybody who was in the register then, those who were erased since too: it is compressed and sealed as
backups are (ADR 16), on its way to the disk, and opens with the recovery secret alone.
"""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from psycopg import sql

from xiangyun.box import child, home, postgres
from xiangyun.box.backup import keys, sealed
from xiangyun.entry.settings.config import Config, Unfit, private_folder

KEPT = 3
ASIDE = "xiangyun_aside"
PLAIN = b"PGDMP"
"""How a copy begins that was made before copies were sealed."""

LOGIN = ("host", "port", "user", "password", "dbname", "sslmode", "sslrootcert")


def make(config: Config, former: str) -> Path:
    """A sealed copy of the whole database, and the three latest kept.

    Refuses: Unfit, when it could not be written: nothing is migrated then.
    """
    private_folder(config.copies)
    for left in config.copies.glob("xiangyun-*.part"):
        left.unlink()
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    target = config.copies / f"xiangyun-{stamp}-{former or 'unknown'}.sealed"
    draft = target.with_suffix(".part")
    try:
        _dump(config, draft, target.name)
    except (Unfit, OSError):
        draft.unlink(missing_ok=True)
        raise
    draft.rename(target)
    for old in sorted(one for one in config.copies.glob("xiangyun-*") if one.suffix in (".sealed", ".dump"))[:-KEPT]:
        old.unlink()
    return target


def write_plain(config: Config, copy: Path, sink: sealed.Writable) -> None:
    """What a copy holds, for PostgreSQL's own `pg_restore`.

    Refuses: Unfit, when it does not open; what was written before that was authentic, but not all.
    """
    with copy.open("rb") as source:
        begins = source.read(len(PLAIN))
        source.seek(0)
        if begins == PLAIN:
            shutil.copyfileobj(source, sink)
            return
        try:
            sealed.unseal(source, sink, keys.identity(config.recovery_secret()), copy.name)
        except sealed.Broken as fault:
            if fault.is_foreign:
                raise keys.wrong_key(f" {copy} ") from None
            raise Unfit(
                zh=f"副本 {copy} 打不开（{fault}）：它被改动过、不完整，或者改过文件名。数据没有动。",
                en=f"The copy {copy} does not open ({fault}): it was changed, cut off or renamed. The data is as it"
                " was.",
            ) from None


def restore(config: Config, copy: Path) -> str:
    """Put a copy in the place of the database; the version it belongs to. The cluster must run, the box must not.

    Refuses: Unfit, when it cannot be read; the database is then as it was.
    """
    # All of it must open before anything is touched.
    with open(os.devnull, "wb") as nowhere:  # noqa: PTH123 - no path of ours
        write_plain(config, copy, nowhere)
    with postgres.superuser(config) as link:
        link.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(ASIDE)))
        link.execute(sql.SQL("ALTER DATABASE xiangyun RENAME TO {}").format(sql.Identifier(ASIDE)))
    postgres.bootstrap(config)
    words = _fill(config, copy)
    with postgres.superuser(config) as link:
        if words:
            link.execute("DROP DATABASE xiangyun WITH (FORCE)")
            link.execute(sql.SQL("ALTER DATABASE {} RENAME TO xiangyun").format(sql.Identifier(ASIDE)))
            raise Unfit(
                zh=f"副本 {copy} 恢复不了（{words}），数据仍是原来的样子。",
                en=f"The copy {copy} could not be restored ({words}); the data is as it was.",
            )
        link.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(ASIDE)))
    version = copy.stem.rsplit("-", 1)[-1]
    if version == "unknown":
        config.version_file.unlink(missing_ok=True)
    else:
        config.version_file.write_text(version + "\n", encoding="ascii")
    return version


def _dump(config: Config, draft: Path, name: str) -> None:
    """The whole database, sealed as `name` on its way into `draft`. Refuses: Unfit."""
    to = keys.recipient(config.recovery_secret())
    words = ["--format=custom", "--compress=0", "--no-password"]
    with _running("pg_dump", words, config.dsn("xy_owner")) as (running, complaint):
        assert running.stdout is not None
        try:
            with draft.open("xb") as sink:
                sealed.seal(running.stdout, sink, to, name)
                sink.flush()
                os.fsync(sink.fileno())
        except OSError as fault:
            raise home.unwritable(config, fault) from None
        if running.wait() != 0:
            raise Unfit(
                zh=f"升级前的副本没有做成（{complaint()}），所以没有升级，数据没有被改动。",
                en=f"The copy before the upgrade failed ({complaint()}), so nothing was upgraded or changed.",
            )


def _fill(config: Config, copy: Path) -> str:
    """Restore a copy into the fresh database; what `pg_restore` complained of."""
    login = {"host": str(config.pg_socket), "port": "5432", "user": postgres.SUPERUSER, "dbname": postgres.DATABASE}
    words = ["--exit-on-error", f"--dbname={postgres.DATABASE}"]
    with _running("pg_restore", words, login) as (running, complaint):
        assert running.stdin is not None
        try:
            with running.stdin as sink:
                write_plain(config, copy, sink)
        except BrokenPipeError:
            pass  # it left before the end, and said why
        except Unfit as trouble:
            return str(trouble)
        return "" if running.wait() == 0 else complaint()


@contextmanager
def _running(
    program: str, words: list[str], login: dict[str, str]
) -> "Iterator[tuple[subprocess.Popen[bytes], Callable[[], str]]]":
    """One of PostgreSQL's programs at work, with no password on its command line, and what it complained of."""
    given = {f"PG{'DATABASE' if key == 'dbname' else key.upper()}": login[key] for key in LOGIN if key in login}
    with (
        tempfile.TemporaryFile() as complaints,
        subprocess.Popen(
            [str(postgres.binaries() / program), *words],
            env={**postgres.environment(), **given},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=complaints,
            preexec_fn=child.birth(),  # noqa: PLW1509 - ctypes alone, no lock is taken
        ) as running,
    ):

        def complaint() -> str:
            complaints.seek(0)
            said = complaints.read().decode("utf-8", "replace").strip().splitlines()
            return said[-1] if said else f"exit code {running.returncode}"

        try:
            yield running, complaint
        finally:
            running.kill()
