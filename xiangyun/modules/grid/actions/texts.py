"""What a report says: in the open, but for numbers of people; of a sealed matter under seal."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from xiangyun.base import numbers
from xiangyun.kernel.vault import actions as vault
from xiangyun.modules.grid.models import Report
from xiangyun.modules.grid.queries import reports as queries


def put_down(report: Report, told: Mapping[str, str], at: datetime) -> None:
    """Words in the open, a number of somebody's in them only under seal."""
    whole = queries.told(report)
    for fact, said in told.items():
        shown = numbers.hidden(said)
        setattr(report, fact, shown)
        whole.pop(fact, None)
        if shown != said:
            whole[fact] = said
    ring = vault.sealing_ring(report.area_path, at=at) if whole else None
    text = json.dumps(whole, ensure_ascii=False)
    report.numbers_sealed = ring and ring.seal(text, queries.TABLE, "numbers_sealed", report.pk)


def put_sealed(report: Report, told: Mapping[str, Any], at: datetime) -> None:
    """All of it under seal."""
    text = json.dumps(dict(told), ensure_ascii=False, default=str)
    report.told_sealed = vault.sealing_ring(report.area_path, at=at).seal(text, queries.TABLE, "told_sealed", report.pk)


def shown(report: Report, words: str) -> str:
    """Words as a history that others read may hold them: of a sealed report none."""
    return "" if report.told_sealed is not None else words
