"""The sealer's round."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings

from xiangyun.kernel.audit import actions, adapters, queries


def seal_round(at: datetime) -> int:
    """Seal what is finished, then write the heads down outside the database; returns the number of towns.

    A head that its chain no longer holds is what shows that the chain was cut: it stays as it is.
    """
    folder = settings.CONFIG.home / adapters.FOLDER
    heads, kept = actions.seal(at=at), adapters.kept_heads(folder)
    adapters.keep_heads(folder, [head for head in heads if head.town not in kept or queries.holds(kept[head.town])])
    return len(heads)
