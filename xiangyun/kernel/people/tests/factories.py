"""Builders: a home, who lives in it, and what belongs to it. Written straight into the tables, sealed as actions do."""

from __future__ import annotations

import itertools
import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from xiangyun.kernel.people.models import (
    Consent,
    Household,
    Income,
    Mark,
    Membership,
    Merge,
    OwnRecord,
    PersonRequest,
    Plot,
    Resident,
    Source,
)
from xiangyun.kernel.vault import actions as vault

TOWN, OTHER_TOWN = "15.08.02.100", "15.08.02.101"
VILLAGE, NEXT_VILLAGE = f"{TOWN}.201", f"{TOWN}.202"
AT = datetime(2026, 11, 26, 8, tzinfo=UTC)
_numbers = itertools.count(1)


def a_source(area: str = VILLAGE, **changes: Any) -> Source:
    told = {"kind": "hand", "as_of": AT.date(), "entered_name": "王建国", "entered_at": AT}
    return Source.objects.create(area_path=area, **{**told, **changes})


def a_household(area: str = VILLAGE, **changes: Any) -> Household:
    told: dict[str, Any] = {"number": f"{next(_numbers):04}", "address": "三组 12 号", "kind": "resident"}
    told |= {"checked_at": AT, "created_at": AT, "changed_at": AT}
    if "home_source" not in changes:
        told["home_source"] = a_source(area)
    return Household.objects.create(area_path=area, **{**told, **changes})


def a_resident(area: str = VILLAGE, **changes: Any) -> Resident:
    """Somebody; `id_no`, `phone`, `bank_card`, `health` (a dict) are sealed, a protected person's `name` too."""
    ring = vault.sealing_ring(area, at=AT)
    plain = {key: changes.pop(key) for key in ("id_no", "phone", "bank_card", "health") if key in changes}
    told: dict[str, Any] = {
        "name": "李二柱",
        "sex": "1",
        "born_on": date(1956, 3, 1),
        "created_at": AT,
        "changed_at": AT,
    }
    if "identity_source" not in changes:
        told["identity_source"] = a_source(area)
    person = Resident(area_path=area, **{**told, **changes})
    for field, value in plain.items():
        text = json.dumps(value) if field == "health" else value
        setattr(person, f"{field}_sealed", ring.seal(text, "people_resident", f"{field}_sealed", person.pk))
        if field in ("id_no", "phone"):
            setattr(person, f"{field}_index", ring.index(field, value))
    if person.is_protected and person.name:
        person.name_sealed = ring.seal(person.name, "people_resident", "name_sealed", person.pk)
        person.name = ""
    person.save(force_insert=True)
    return person


def a_membership(household: Household, resident: Resident, **changes: Any) -> Membership:
    told: dict[str, Any] = {"relation": "02", "from_on": date(2000, 1, 1), "began_by": "register"}
    if "source" not in changes:
        told["source"] = a_source(household.area_path)
    return Membership.objects.create(
        area_path=household.area_path, household=household, resident=resident, **{**told, **changes}
    )


def a_home(area: str = VILLAGE, **person: Any) -> tuple[Household, Resident]:
    """A home with one person in it, its head."""
    household, head = a_household(area), a_resident(area, **person)
    a_membership(household, head, is_head=True)
    return household, head


def a_plot(household: Household, **changes: Any) -> Plot:
    told: dict[str, Any] = {"name": "渠东地", "size_mu": Decimal("3.5"), "created_at": AT}
    if "source" not in changes:
        told["source"] = a_source(household.area_path)
    return Plot.objects.create(area_path=household.area_path, household=household, **{**told, **changes})


def an_income(household: Household, year: int = 2025, **amounts_fen: int) -> Income:
    income = Income(area_path=household.area_path, household=household, year=year, source=a_source(household.area_path))
    ring = vault.sealing_ring(household.area_path, at=AT)
    told = json.dumps({"wage": 0, "business": 0, "property": 0, "transfer": 0, "cost": 0, **amounts_fen})
    income.amounts_sealed = ring.seal(told, "people_income", "amounts_sealed", income.pk)
    income.save(force_insert=True)
    return income


def a_mark(resident: Resident, kind: str = "alone", level: int = 0, **changes: Any) -> Mark:
    mark = Mark(area_path=resident.area_path, resident=resident, level=level, from_on=date(2025, 1, 1))
    ring = vault.sealing_ring(resident.area_path, at=AT)
    if level == 2:
        mark.kind_sealed = ring.seal(kind, "people_mark", "kind_sealed", mark.pk)
    else:
        mark.kind = kind
    mark.source = a_source(resident.area_path)
    for name, value in changes.items():
        setattr(mark, name, value)
    mark.save(force_insert=True)
    return mark


def an_own_record(account_id: Any, resident: Resident, kind: str = "self") -> OwnRecord:
    return OwnRecord.objects.create(
        area_path=resident.area_path, account_id=account_id, resident=resident, kind=kind, from_at=AT
    )


def a_consent(resident: Resident, **changes: Any) -> Consent:
    told = {"purpose": "sharing", "notice_version": "1", "given_by": "self", "how": "paper", "given_at": AT}
    return Consent.objects.create(area_path=resident.area_path, resident=resident, **{**told, **changes})


def a_request(resident: Resident, kind: str = "copy", text: str = "") -> PersonRequest:
    """Asked a month before it is due."""
    asked = PersonRequest(area_path=resident.area_path, resident=resident, kind=kind, asked_at=AT)
    asked.due_on = AT.date() + timedelta(days=30)
    if text:
        ring = vault.sealing_ring(resident.area_path, at=AT)
        asked.text_sealed = ring.seal(text, "people_personrequest", "text_sealed", asked.pk)
    asked.save(force_insert=True)
    return asked


def a_merge(kept: Resident, dropped: Resident, **changes: Any) -> Merge:
    """A merge that changed nothing but says so: for reading."""
    merge = Merge(area_path=kept.area_path, kind="resident", kept_id=kept.pk, dropped_id=dropped.pk, at=AT)
    merge.by_name = "王建国"
    ring = vault.sealing_ring(kept.area_path, at=AT)
    merge.before_sealed = ring.seal('{"rows": []}', "people_merge", "before_sealed", merge.pk)
    for name, value in changes.items():
        setattr(merge, name, value)
    merge.save(force_insert=True)
    return merge


def send(browser: Any, path: str, method: str = "POST", **body: Any) -> Any:
    """Ask the register for something with a body."""
    return browser.generic(method, f"/api/people/{path}", json.dumps(body), content_type="application/json")


def fault(answer: Any) -> tuple[int, list[str], str]:
    """A refusal: its status, where its first fault is, its code."""
    told = answer.json()
    return answer.status_code, told.get("errors", [{"loc": []}])[0]["loc"], told["title"]
