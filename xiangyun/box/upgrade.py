"""Bring the database up to this version: `python -m xiangyun.box.upgrade`, in a process of its own with Django in it.

An older database is copied first; a newer one is refused. The last line on stdout is JSON for the supervisor:
`{"applied": n, "copy": path|null}` or `{"zh": …, "en": …}`.
"""

import contextlib
import json
import sys

import django
from django.core.management import call_command
from django.db import connections
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader

from xiangyun.box import copies, version
from xiangyun.entry.settings.config import Config, Unfit


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
        copy = copies.make(config, former)
    with contextlib.redirect_stdout(sys.stderr):
        # Also without a plan: profiles and rules that came with the program are planted after it.
        call_command("migrate", database="owner", interactive=False, verbosity=1 if plan else 0)
    version.write(config)
    if config.demo:
        with contextlib.redirect_stdout(sys.stderr):
            call_command("seed_demo")
    connections.close_all()
    return {"applied": len(plan), "copy": str(copy) if copy else None}


def _refuse_newer(loader: MigrationLoader) -> None:
    replaced = {old for migration in loader.disk_migrations.values() for old in migration.replaces}
    unknown = sorted(set(loader.applied_migrations) - set(loader.disk_migrations) - replaced)
    if unknown:
        raise version.newer(f"{unknown[0][0]}.{unknown[0][1]}")


if __name__ == "__main__":
    main()
