"""What a town's ledger holds of one phone: `python -m tests.journeys.ledger <phone>` in the environment of a box prints
it as JSON."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from typing import Any

from tests.live_box import ROOT, LiveBox

TOWN = "15.08.02.100"


def ledger(box: LiveBox, phone: str) -> list[dict[str, Any]]:
    """Every item of a phone in its order: how it stands, what it says, and its files with the hash of what is kept."""
    told = subprocess.run(
        [sys.executable, "-m", "tests.journeys.ledger", phone],
        cwd=ROOT,
        env=box.env,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert told.returncode == 0, told.stderr[-2000:]
    return list(json.loads(told.stdout))


def main(phone: str) -> None:
    """Print it."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "xiangyun.entry.settings")
    django.setup(set_prefix=False)

    from xiangyun.kernel.access import doors
    from xiangyun.kernel.files import queries as files
    from xiangyun.kernel.offline.models import Item, ItemFile
    from xiangyun.kernel.offline.queries import items

    found = []
    with doors.scoped(TOWN):
        of_item: dict[Any, list[dict[str, Any]]] = {}
        for row in ItemFile.objects.filter(item__phone=phone).select_related("attachment").order_by("num"):
            told = {"role": row.role, "group": row.group, "sha256": items.sha256(row), "kept": None}
            if row.attachment is not None:
                told["kept"] = hashlib.sha256(files.content(row.attachment)).hexdigest()
            of_item.setdefault(row.item_id, []).append(told)
        for item in Item.objects.filter(phone=phone).order_by("seq", "pk"):
            written = items.written(item)
            found.append(
                {
                    "seq": item.seq,
                    "state": item.state,
                    "home": str(item.subject_id),
                    "facts": dict(written.facts) if written else {},
                    "files": of_item.get(item.pk, []),
                }
            )
    print(json.dumps(found))


if __name__ == "__main__":
    main(sys.argv[1])
