"""Keys with which other systems come in."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from xiangyun.base.errors import BadInput, NotFound
from xiangyun.kernel.access import rules as access
from xiangyun.kernel.access.rules import Actor
from xiangyun.kernel.accounts import rules
from xiangyun.kernel.accounts.models import MachineKey
from xiangyun.kernel.audit import actions as audit
from xiangyun.kernel.org import queries as org

# Accounts, keys and the audit are for people: no machine makes administrators.
FOR_PEOPLE = ("accounts.", "audit.")


@transaction.atomic
def add_key(
    *,
    name: str,
    abilities: Sequence[str],
    area: str,
    by: Actor,
    at: datetime,
    ends_at: datetime | None = None,
) -> tuple[MachineKey, str]:
    """Another system gets a key: these abilities, in this area, until it ends or is revoked.

    Returns the key's row and its secret. Refuses: BadInput, NotFound for a place elsewhere, NotAllowed for a strong
    ability that is not theirs, or from whoever showed no second factor: no key opens or takes out what its maker may
    not.
    """
    wanted = sorted(set(abilities))
    org.pick(area, by)
    if not by.sees(area, "accounts.add_key"):
        raise NotFound
    _check(name, wanted, ends_at, at)
    for ability in filter(access.is_strong, wanted):
        by.must(ability, area)
    secret = f"xyk_{rules.new_token()}"
    key = MachineKey.objects.create(
        name=name.strip(),
        key_hash=rules.digest(secret),
        hint=secret[:9],
        abilities=wanted,
        area_path=area,
        made_by=by.account_id,
        created_at=at,
        ends_at=ends_at,
    )
    audit.record(act="accounts.add_key", by=by, object=("key", key.pk), area=area, at=at, detail={"abilities": wanted})
    return key, secret


@transaction.atomic
def revoke_key(*, key_id: UUID, by: Actor, at: datetime) -> MachineKey:
    """A key stops working with its next request; revoking twice changes nothing. Refuses: NotFound."""
    rows = MachineKey.objects.select_for_update()
    key: MachineKey = rows.visible_to(by, "accounts.revoke_key").pick(key_id)
    if key.revoked_at is None:
        key.revoked_at = at
        key.save(update_fields=["revoked_at"])
        audit.record(act="accounts.revoke_key", by=by, object=("key", key.pk), area=key.area_path, at=at)
    return key


def _check(name: str, abilities: Sequence[str], ends_at: datetime | None, at: datetime) -> None:
    if not name.strip():
        raise BadInput("accounts.key_name_missing", errors=[_fault("name", "accounts.key_name_missing")])
    for ability in abilities:
        if not access.known(ability) or ability.startswith(FOR_PEOPLE):
            raise BadInput(
                "accounts.no_such_ability",
                ability=ability,
                errors=[_fault("abilities", "accounts.no_such_ability")],
            )
    if not abilities:
        raise BadInput("accounts.key_without_ability", errors=[_fault("abilities", "accounts.key_without_ability")])
    if ends_at is not None and ends_at <= at:
        raise BadInput("accounts.key_ends_early", errors=[_fault("ends_at", "accounts.key_ends_early")])


def _fault(name: str, code: str) -> dict[str, object]:
    return {"loc": ["body", name], "msg": code}
