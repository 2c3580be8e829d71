"""Who asks, and whom they name."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest

from xiangyun.base import clock, words
from xiangyun.base.errors import BadInput
from xiangyun.kernel.access.needs import actor_of
from xiangyun.kernel.workflow import queries
from xiangyun.kernel.workflow.answers.reader import R


def reader(request: HttpRequest, kind: type[R]) -> R:
    """Whoever asks, as a reader."""
    return kind(actor=actor_of(request), lang=getattr(request, "lang", words.DEFAULT), at=clock.now())


def named(account: str, request: HttpRequest, field: str = "account") -> UUID:
    """The account of this name. Refuses: BadInput."""
    found = queries.account_named(account, actor_of(request))
    if found is None:
        raise BadInput("workflow.no_such_person", errors=[{"loc": ["body", field], "msg": account}])
    return found
