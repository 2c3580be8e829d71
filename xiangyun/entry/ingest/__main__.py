"""`python -m xiangyun.entry.ingest http <socket>` or `… mqtt`: take records in until told to stop."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "xiangyun.entry.settings")
django.setup(set_prefix=False)

from xiangyun.base import heap  # noqa: E402 -- needs the apps loaded
from xiangyun.entry.ingest import door, mqtt, store  # noqa: E402


def main(words: list[str]) -> int:
    """Run one door."""
    sys.setswitchinterval(store.SWITCH_S)
    heap.settle()
    match words:
        case ["http", socket]:
            door.run(Path(socket))
        case ["mqtt"]:
            mqtt.run()
        case _:
            sys.stderr.write("usage: python -m xiangyun.entry.ingest http <socket> | mqtt\n")
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
