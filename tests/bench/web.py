"""How much a villager's phone loads: the JavaScript of the first page after login, gzipped."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable

from tests.bench.report import Row
from tests.live_box import COMMAND, ROOT


def run(rounds: int, say: Callable[[str], None]) -> list[Row]:
    """The same sum that fails the build above its limit; one run, it does not vary."""
    env = os.environ | {"PATH": f"{COMMAND.parent}{os.pathsep}{os.environ['PATH']}"}
    told = subprocess.run(
        ["node", "web/scripts/budget.mjs", "--json"], cwd=ROOT, env=env, capture_output=True, text=True, check=True
    )
    found = json.loads(told.stdout)
    return [Row("app_home_js_gzip_kb", "kB", [found["app_home_js_gzip_kb"]], goal=found["limit_kb"], is_most=True)]
