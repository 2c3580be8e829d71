"""Signs of life, and tidying up behind requests nobody can repeat any more."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from xiangyun.kernel.workflow import rules
from xiangyun.kernel.workflow.models import Heartbeat, Op


def beat(process: str, *, at: datetime) -> None:
    """A process says that it lives. Call it outside transactions, on a connection (a thread) of your own."""
    Heartbeat.objects.bulk_create(
        [Heartbeat(process=process, at=at)], update_conflicts=True, unique_fields=["process"], update_fields=["at"]
    )


@transaction.atomic
def forget_ops(*, at: datetime) -> int:
    """Drop answers kept for repeats that can no longer come; returns how many."""
    return Op.objects.filter(created_at__lt=at - rules.OP_KEPT).delete()[0]
