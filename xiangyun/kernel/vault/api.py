"""The vault over HTTP: what it is sealed with, a new key, the recovery sheet confirmed. No value passes here."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.http import HttpRequest
from ninja import Router

from xiangyun.base import clock
from xiangyun.base.crypto import Suite
from xiangyun.kernel.access.needs import actor_of, needs
from xiangyun.kernel.vault import actions, queries, rules
from xiangyun.kernel.vault.models import Rotation, TownKey
from xiangyun.kernel.vault.schemas import ConfirmIn, RotateIn, VaultOut

router = Router(tags=["vault"])


@router.get("/vault", response=VaultOut, operation_id="vault_get")
@needs("vault.see_vault")
def get_vault(request: HttpRequest) -> dict[str, Any]:
    """How personal data is sealed here, and whether the recovery sheet is confirmed."""
    return _shown(request)


@router.post("/vault/confirm", response=VaultOut, operation_id="vault_confirm_recovery")
@needs(rules.CONFIRM)
def confirm_recovery(request: HttpRequest, body: ConfirmIn) -> dict[str, Any]:
    """Type the asked words of the recovery sheet back."""
    by, at = actor_of(request), clock.now()
    try:
        actions.confirm_recovery(words=body.words, by=by, at=at)
    except actions.WrongWords:
        request.kept.append(partial(actions.note_wrong_words, by=by, at=at))  # type: ignore[attr-defined]
        raise
    return _shown(request)


@router.post("/vault/rotate", response=VaultOut, operation_id="vault_rotate_key")
@needs(rules.ROTATE)
def rotate_key(request: HttpRequest, body: RotateIn) -> dict[str, Any]:
    """Seal with a new key from now on; what stands sealed is brought over in the background."""
    by = actor_of(request)
    actions.rotate_key(suite=Suite[body.suite] if body.suite else None, by=by, at=clock.now())
    return _shown(request)


def _shown(request: HttpRequest) -> dict[str, Any]:
    by = actor_of(request)
    key = TownKey.objects.filter(area_path=by.scope, retired_at=None).first()
    walk = Rotation.objects.filter(area_path=by.scope).order_by("-started_at").first()
    is_confirmed = queries.is_confirmed()
    return {
        "suite": Suite(key.suite).name if key else None,
        "key_since": key.made_at if key else None,
        "is_confirmed": is_confirmed,
        "asks": [] if is_confirmed or not by.may(rules.CONFIRM) else queries.asked_positions(str(by.account_id)),
        "rotation": walk,
        "backup": queries.backup_state(request.lang),  # type: ignore[attr-defined]
    }
