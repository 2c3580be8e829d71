"""Write the access policy as it is now: `python -m tests.access.policy`; then read the difference twice."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("policy.json")


def policy() -> dict[str, Any]:
    """Endpoint → what it needs, and ability → the roles that hold it."""
    from tests.access import world

    endpoints = sorted(world.endpoints(), key=lambda one: one.name)
    needed = {str(one.needs) for one in endpoints if not one.is_open}
    return {
        "endpoints": {one.name: one.needs for one in endpoints},
        "abilities": {ability: world.roles_with(ability) for ability in sorted(needed)},
    }


def main() -> None:
    """Load the house without a database and write the file."""
    with tempfile.TemporaryDirectory() as home:
        os.environ.update(XIANGYUN_HOME=home, DJANGO_SETTINGS_MODULE="xiangyun.entry.settings")
        import django

        django.setup()
        FILE.write_text(json.dumps(policy(), indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
