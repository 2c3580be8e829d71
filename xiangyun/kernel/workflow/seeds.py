"""The demo's roster: the town leader leads, the duty officers are asked one after another."""

from __future__ import annotations

from datetime import datetime, timedelta

from xiangyun.kernel.accounts.models import Post
from xiangyun.kernel.workflow import queries
from xiangyun.kernel.workflow.models import DutyShift
from xiangyun.kernel.workflow.rules import ShiftKind

KINDS = {"town_leader": ShiftKind.LEADER, "duty_officer": ShiftKind.OFFICER}


def plant(town: str, at: datetime) -> None:
    """Put a demo town's leader and duty officers on duty; a town that has a roster keeps it."""
    if DutyShift.objects.filter(area_path=town).exists():
        return
    posts = Post.objects.filter(queries.on(at), area_path=town, role__in=KINDS).order_by("account__account")
    ranks = dict.fromkeys(KINDS, 0)
    shifts = []
    for post in posts:
        ranks[post.role] += 1
        shifts.append(
            DutyShift(
                area_path=town,
                account_id=post.account_id,
                kind=KINDS[post.role].value,
                rank=ranks[post.role],
                phone=post.duty_phone,
                starts_at=at - timedelta(days=1),
            )
        )
    DutyShift.objects.bulk_create(shifts)
