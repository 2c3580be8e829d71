"""The sealer's round."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings

from xiangyun.kernel.audit import actions, adapters


def seal_round(at: datetime) -> int:
    """Seal what is finished, then write the heads down outside the database; returns the number of towns."""
    heads = actions.seal(at=at)
    adapters.keep_heads(settings.CONFIG.home / adapters.FOLDER, heads)
    return len(heads)
