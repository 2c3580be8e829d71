"""`python -m xiangyun.entry.ingest http <socket>` or `… mqtt`: take records in until told to stop."""

from __future__ import annotations

import gc
import os
import sys
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "xiangyun.entry.settings")
django.setup(set_prefix=False)

from xiangyun.entry.ingest import door, mqtt, store  # noqa: E402 -- needs the apps loaded


def main(words: list[str]) -> int:
    """Run one door."""
    sys.setswitchinterval(store.SWITCH_S)
    # What was loaded stays, and what a record leaves goes by counting: the collector need not look so often.
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
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
