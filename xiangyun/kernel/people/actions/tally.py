"""Villages counted anew by the worker."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from xiangyun.kernel.people.models import Recount, Tally
from xiangyun.kernel.people.queries import tally as queries

VILLAGES_A_ROUND = 20


def recount_changed(*, at: datetime) -> int:
    """Count the next villages that changed, or that were last counted on another day, within the scope; returns how
    many."""
    villages = queries.stale(most=VILLAGES_A_ROUND, at=at)
    if villages:
        recount(villages, at=at)
    return len(villages)


@transaction.atomic
def recount(villages: Sequence[str], *, at: datetime) -> None:
    """Count these villages. What is written meanwhile and not committed yet has a mark of its own that stays."""
    Recount.objects.filter(area_path__in=villages).delete()
    Tally.objects.bulk_create(
        [Tally(area_path=area, counts=counts, at=at) for area, counts in queries.counted(villages, at).items()],
        update_conflicts=True,
        unique_fields=["area_path"],
        update_fields=["counts", "at"],
    )
