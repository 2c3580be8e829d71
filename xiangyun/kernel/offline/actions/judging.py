"""A person lets in what waits for one, or puts it aside and says why."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from django.db import transaction

from xiangyun.base.errors import NotAllowed, WrongState
from xiangyun.kernel.access.rules import Actor
from xiangyun.kernel.audit import actions as audit
from xiangyun.kernel.offline import registry, rules
from xiangyun.kernel.offline.actions.applying import carry_out, settle
from xiangyun.kernel.offline.models import Item
from xiangyun.kernel.offline.queries import items, judged
from xiangyun.kernel.offline.queries.items import Outcome
from xiangyun.kernel.offline.rules import State
from xiangyun.kernel.vault import actions as vault
from xiangyun.kernel.vault import queries as vault_queries


@transaction.atomic
def accept_item(*, item_id: UUID, by: Actor, at: datetime) -> Item:
    """It goes in, with the right of who lets it in and in the name of who wrote it.

    Refuses: NotFound, NotAllowed (one's own; not one's to write there; sealed for others), WrongState (nothing waits).
    """
    item = _waiting(item_id, by, at)
    vault_queries.must_be_confirmed()
    form = registry.form(item.form)
    if form and not by.may(form.ability, item.area_path):
        raise NotAllowed("base.not_allowed")
    author = item.account
    ring = vault.sealing_ring(item.area_path, at=at)
    item.judged_by = by.account_id
    carry_out(
        item,
        by=replace(by, account_id=author.pk, account=author.account, name=author.name),
        ring=ring,
        at=at,
    )
    detail = {"form": item.form, "state": item.state, "phone": item.phone_id}
    audit.record(act=rules.ACCEPT, by=by, object=("offline_item", item.pk), area=item.area_path, at=at, detail=detail)
    return item


@transaction.atomic
def put_aside_item(*, item_id: UUID, reason: str, by: Actor, at: datetime) -> Item:
    """It is not let in; it stays to be read, with the reason.

    Refuses: NotFound, NotAllowed (one's own; sealed for others), WrongState (nothing waits).
    """
    item = _waiting(item_id, by, at)
    ring = vault.sealing_ring(item.area_path, at=at)
    item.judged_by = by.account_id
    item.reason_sealed = ring.seal(reason, items.ITEMS, "reason_sealed", item.pk)
    outcome = Outcome("offline.is_put_aside", {"name": by.name, "reason": reason})
    settle(item, State.PUT_ASIDE, outcome, ring=ring, at=at)
    detail = {"form": item.form, "phone": item.phone_id}
    act, of = rules.PUT_ASIDE, ("offline_item", item.pk)
    audit.record(act=act, by=by, object=of, area=item.area_path, at=at, detail=detail)
    return item


def _waiting(item_id: UUID, by: Actor, at: datetime) -> Item:
    """An item that waits for a person, held. Refuses: NotFound, WrongState (nothing waits), NotAllowed (one's own; a
    sealed thing, by who may not read such a thing)."""
    item: Item = Item.objects.select_for_update(of=("self",)).visible_to(by, rules.JUDGE).pick(item_id)
    if not judged.waits(item, at):
        raise WrongState("offline.nothing_waits")
    if item.account_id == by.account_id:
        raise NotAllowed("offline.not_ones_own")
    if judged.sealed([item], {item.pk: items.written(item)}, by).get(item.pk) is False:
        raise NotAllowed("offline.sealed_for_others")
    return item
