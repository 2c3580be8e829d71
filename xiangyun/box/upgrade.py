"""Bring the database up to this version: `python -m xiangyun.box.upgrade`, in a process of its own with Django in it.

An older database is copied first; a newer one is refused. The last line on stdout is JSON for the supervisor:
`{"applied": n, "copy": path|null}` or `{"zh": …, "en": …}`.
"""

import contextlib
import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import django
from django.core.management import call_command
from django.db import connections
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader

from xiangyun.box import home, postgres, version
from xiangyun.entry.settings.config import Config, Unfit, private_folder

COPIES_KEPT = 3


def main() -> None:
    """Check, copy, migrate, and with `XIANGYUN_DEMO` plant the demo."""
    config = Config.load()
    try:
        told = upgrade(config)
    except Unfit as trouble:
        sys.stdout.write("\n" + json.dumps({"zh": trouble.zh, "en": trouble.en}) + "\n")
        raise SystemExit(1) from None
    sys.stdout.write("\n" + json.dumps(told) + "\n")


def upgrade(config: Config) -> dict[str, object]:
    """Migrate as the owner of the tables.

    Refuses: Unfit, for data of a newer version, or when no copy could be made.
    """
    former = version.check(config)
    django.setup()
    executor = MigrationExecutor(connections["owner"])
    _refuse_newer(executor.loader)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    copy = None
    if plan and executor.loader.applied_migrations:
        copy = make_copy(config, former)
    if plan:
        with contextlib.redirect_stdout(sys.stderr):
            call_command("migrate", database="owner", interactive=False, verbosity=1)
    version.write(config)
    if config.demo:
        with contextlib.redirect_stdout(sys.stderr):
            call_command("seed_demo")
    connections.close_all()
    return {"applied": len(plan), "copy": str(copy) if copy else None}


def make_copy(config: Config, former: str) -> Path:
    """A copy of the whole database that pg_restore can read, and the three latest kept.

    Refuses: Unfit, when it could not be written: nothing is migrated then.
    """
    private_folder(config.copies)
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    target = config.copies / f"xiangyun-{stamp}-{former or 'unknown'}.dump"
    draft = target.with_suffix(".part")
    dsn = config.dsn("xy_owner")
    made = subprocess.run(
        [str(postgres.binaries() / "pg_dump"), "--format=custom", "--no-password", f"--file={draft}"],
        env={**postgres.environment(), **libpq_environment(dsn)},
        capture_output=True,
        text=True,
        check=False,
    )
    if made.returncode != 0:
        draft.unlink(missing_ok=True)
        if "No space left" in made.stderr:
            raise home.full(config)
        raise Unfit(
            zh=f"升级前的副本没有做成（{made.stderr.strip()[:200]}），所以没有升级，数据没有被改动。",
            en=f"The copy before the upgrade failed ({made.stderr.strip()[:200]}), so nothing was upgraded or changed.",
        )
    draft.rename(target)
    for old in sorted(config.copies.glob("xiangyun-*.dump"))[:-COPIES_KEPT]:
        old.unlink()
    return target


def libpq_environment(dsn: dict[str, str]) -> dict[str, str]:
    """A login for PostgreSQL's own programs, with no password on a command line."""
    names = {
        "host": "PGHOST",
        "port": "PGPORT",
        "dbname": "PGDATABASE",
        "user": "PGUSER",
        "password": "PGPASSWORD",
        "sslmode": "PGSSLMODE",
        "sslrootcert": "PGSSLROOTCERT",
    }
    return {names[key]: value for key, value in dsn.items() if key in names}


def _refuse_newer(loader: MigrationLoader) -> None:
    replaced = {old for migration in loader.disk_migrations.values() for old in migration.replaces}
    unknown = sorted(set(loader.applied_migrations) - set(loader.disk_migrations) - replaced)
    if unknown:
        raise version.newer(f"{unknown[0][0]}.{unknown[0][1]}")


if __name__ == "__main__":
    main()
