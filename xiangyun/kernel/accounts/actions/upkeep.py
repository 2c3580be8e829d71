"""Upkeep: tries, sessions and links that are over go once they were kept long enough."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Q

from xiangyun.kernel.accounts import rules
from xiangyun.kernel.accounts.models import LoginAttempt, OneTimeLink, Session


@transaction.atomic
def forget_old(*, at: datetime) -> int:
    """Drop old tries, sessions and links in the door's scope; returns how many.

    A welcome link nobody used stays: it says that its owner never chose a name.
    """
    before = at - rules.ENDED_KEPT
    over = Q(used_at__lt=before) | Q(revoked_at__lt=before) | Q(expires_at__lt=before)
    never_came = Q(purpose=rules.Purpose.WELCOME, account__password=None)
    gone = OneTimeLink.objects.filter(over).exclude(never_came).delete()[0]
    ended = Q(revoked_at__lt=before) | Q(ends_at__lt=before) | Q(idle_until__lt=before)
    gone += Session.objects.filter(ended, link=None).delete()[0]
    return gone + LoginAttempt.objects.filter(at__lt=at - rules.ATTEMPTS_KEPT).delete()[0]
