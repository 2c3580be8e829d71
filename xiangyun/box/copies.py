"""The copies made before an upgrade: written by `upgrade`, put back by `xiangyun restore-copy`."""

import subprocess
from datetime import UTC, datetime
from pathlib import Path

from psycopg import sql

from xiangyun.box import home, postgres
from xiangyun.entry.settings.config import Config, Unfit, private_folder

KEPT = 3
ASIDE = "xiangyun_aside"


def make(config: Config, former: str) -> Path:
    """A copy of the whole database, and the three latest kept.

    Refuses: Unfit, when it could not be written: nothing is migrated then.
    """
    private_folder(config.copies)
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    target = config.copies / f"xiangyun-{stamp}-{former or 'unknown'}.dump"
    draft = target.with_suffix(".part")
    words = _run("pg_dump", ["--format=custom", "--no-password", f"--file={draft}"], config.dsn("xy_owner"))
    if words:
        draft.unlink(missing_ok=True)
        if "No space left" in words:
            raise home.full(config)
        raise Unfit(
            zh=f"升级前的副本没有做成（{words}），所以没有升级，数据没有被改动。",
            en=f"The copy before the upgrade failed ({words}), so nothing was upgraded or changed.",
        )
    draft.rename(target)
    for old in sorted(config.copies.glob("xiangyun-*.dump"))[:-KEPT]:
        old.unlink()
    return target


def restore(config: Config, copy: Path) -> str:
    """Put a copy in the place of the database; the version it belongs to. The cluster must run, the box must not.

    Refuses: Unfit, when it cannot be read; the database is then as it was.
    """
    with postgres.superuser(config) as link:
        link.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(ASIDE)))
        link.execute(sql.SQL("ALTER DATABASE xiangyun RENAME TO {}").format(sql.Identifier(ASIDE)))
    postgres.bootstrap(config)
    login = {"host": str(config.pg_socket), "port": "5432", "user": postgres.SUPERUSER, "dbname": postgres.DATABASE}
    words = _run("pg_restore", ["--exit-on-error", f"--dbname={postgres.DATABASE}", str(copy)], login)
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


def _run(program: str, words: list[str], login: dict[str, str]) -> str:
    """Run one of PostgreSQL's programs, with no password on its command line; what it complained of."""
    names = {"host", "port", "user", "password", "dbname", "sslmode", "sslrootcert"}
    given = {
        f"PG{'DATABASE' if key == 'dbname' else key.upper()}": value for key, value in login.items() if key in names
    }
    done = subprocess.run(
        [str(postgres.binaries() / program), *words],
        env={**postgres.environment(), **given},
        capture_output=True,
        text=True,
        check=False,
    )
    return "" if done.returncode == 0 else (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1]
