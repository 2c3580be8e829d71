"""Builders: a phone, what it wrote, a conflict. Written straight into the tables, sealed as actions do."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from xiangyun.base import ids
from xiangyun.kernel.accounts.models import Account
from xiangyun.kernel.accounts.tests import factories as accounts
from xiangyun.kernel.offline.models import Conflict, Item, ItemFile, Phone
from xiangyun.kernel.offline.rules import State, Why
from xiangyun.kernel.offline.tests.phone import Keys, canonical, raw
from xiangyun.kernel.vault import actions as vault

AT = datetime(2026, 11, 27, 8, tzinfo=UTC)
VILLAGE = accounts.VILLAGE


def a_phone(account: Account | None = None, area: str = VILLAGE, **changes: Any) -> Phone:
    owner = account or accounts.an_account("grid_worker", area)
    told = {"public_key": raw(Keys().public), "label": "Android", "registered_at": AT, "seen_at": AT}
    return Phone.objects.create(pk=ids.uuid7(), area_path=area, account=owner, **{**told, **changes})


def an_item(phone: Phone, subject: UUID, facts: dict[str, Any] | None = None, **changes: Any) -> Item:
    """Something about a home that waits for a person, unless told otherwise."""
    told = {"state": State.QUARANTINED.value, "why": Why.DROPPED.value, "seq": 1, **changes}
    form = told.pop("form", "people.change_household")
    item = Item(pk=ids.uuid7(), area_path=phone.area_path, phone=phone, account_id=phone.account_id, came_at=AT)
    record = {
        "v": 1,
        "id": str(item.pk),
        "phone": str(phone.pk),
        "seq": told["seq"],
        "form": form,
        "subject": {"kind": "household", "id": str(subject)},
        "base": 1,
        "facts": facts or {"address": "五组 5 号"},
        "made_at": AT.isoformat(),
    }
    item.form, item.subject_kind, item.subject_id, item.made_at = form, "household", subject, AT
    ring = vault.sealing_ring(phone.area_path, at=AT)
    item.body_sealed = ring.seal(canonical(record).decode(), "offline_item", "body_sealed", item.pk)
    for name, value in told.items():
        setattr(item, name, value)
    item.save(force_insert=True)
    return item


def a_file(item: Item, sha256: str, role: str = "small", num: int = 0) -> ItemFile:
    row = ItemFile(area_path=item.area_path, item=item, num=num, role=role, size=1000)
    ring = vault.sealing_ring(item.area_path, at=AT)
    row.sha256_sealed = ring.seal(sha256, "offline_itemfile", "sha256_sealed", row.pk)
    row.save(force_insert=True)
    return row


def a_conflict(item: Item, fact: str = "address", **changes: Any) -> Conflict:
    row = Conflict(
        area_path=item.area_path,
        item=item,
        account_id=item.account_id,
        form=item.form,
        subject_kind=item.subject_kind,
        subject_id=item.subject_id or item.pk,
        fact=fact,
        found_at=AT,
    )
    values = {"base": "甲", "mine": "五组 5 号", "theirs": "丙", "who": "王建国", "at": AT.isoformat(), "source": ""}
    ring = vault.sealing_ring(item.area_path, at=AT)
    row.values_sealed = ring.seal(json.dumps(values), "offline_conflict", "values_sealed", row.pk)
    for name, value in changes.items():
        setattr(row, name, value)
    row.save(force_insert=True)
    return row


def one_of_each(village: str, home: UUID, at: datetime) -> dict[str, Any]:
    """Path parameter → the id of a row that lies in `village`."""
    phone = a_phone(area=village)
    item = an_item(phone, home)
    return {"phone_id": phone.pk, "item_id": item.pk, "conflict_id": a_conflict(item).pk}
