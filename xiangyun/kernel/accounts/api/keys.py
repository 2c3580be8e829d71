"""Keys of other systems over HTTP."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Query, Router
from ninja.responses import Status

from xiangyun.base import clock
from xiangyun.base.paging import Page, Paging, page
from xiangyun.kernel.access.needs import actor_of, needs
from xiangyun.kernel.accounts.actions import keys
from xiangyun.kernel.accounts.models import MachineKey
from xiangyun.kernel.accounts.schemas import AddedKey, KeyIn, KeyOut
from xiangyun.kernel.org import queries as org

router = Router(tags=["keys"])


@router.get("/keys", response=Page[KeyOut], operation_id="accounts_list_keys")
@needs("accounts.see_key")
def list_keys(request: HttpRequest, paging: Query[Paging]) -> dict[str, Any]:
    """Keys of other systems; their secrets are kept nowhere."""
    found = page(MachineKey.objects.visible_to(actor_of(request), "accounts.see_key"), paging=paging)
    return {**found, "items": _shown(found["items"], at=clock.now())}


@router.post("/keys", response={201: AddedKey}, operation_id="accounts_add_key")
@needs("accounts.add_key")
def add_key(request: HttpRequest, body: KeyIn) -> Status[dict[str, Any]]:
    """Make a key for another system; its secret is shown once."""
    at = clock.now()
    key, secret = keys.add_key(
        name=body.name,
        abilities=body.abilities,
        area=body.area,
        ends_at=body.ends_at,
        by=actor_of(request),
        at=at,
    )
    return Status(201, {**_shown([key], at=at)[0], "secret": secret})


@router.post("/keys/{key_id}/revoke", response=KeyOut, operation_id="accounts_revoke_key")
@needs("accounts.revoke_key")
def revoke_key(request: HttpRequest, key_id: UUID) -> dict[str, Any]:
    """Revoke a key; it stops working at once."""
    at = clock.now()
    return _shown([keys.revoke_key(key_id=key_id, by=actor_of(request), at=at)], at=at)[0]


def _shown(found: Sequence[MachineKey], *, at: datetime) -> list[dict[str, Any]]:
    names = org.names(key.area_path for key in found)
    return [
        {
            "id": key.pk,
            "name": key.name,
            "hint": key.hint,
            "abilities": key.abilities,
            "area": key.area_path,
            "area_name": names[key.area_path],
            "state": "revoked" if key.revoked_at else "ended" if key.ends_at and key.ends_at <= at else "working",
            "created_at": key.created_at,
            "used_at": key.used_at,
            "ends_at": key.ends_at,
            "revoked_at": key.revoked_at,
        }
        for key in found
    ]
