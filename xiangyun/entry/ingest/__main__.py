"""`python -m xiangyun.entry.ingest mqtt`: pull what devices published, until told to stop."""

from __future__ import annotations

import sys

from xiangyun.entry.ingest import mqtt


def main(words: list[str]) -> int:
    """Run one door."""
    if words != ["mqtt"]:
        sys.stderr.write("usage: python -m xiangyun.entry.ingest mqtt\n")
        return 2
    mqtt.run()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
