"""A town's new key, another suite included: everything of the register still opens and is found."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest

from xiangyun.base.crypto import Suite
from xiangyun.kernel.access import doors
from xiangyun.kernel.accounts.tests import factories as accounts
from xiangyun.kernel.people.actions import belongings, members, merges, residents
from xiangyun.kernel.people.models import Change, Income, Mark, Merge, Resident
from xiangyun.kernel.people.queries import digests, facts, fields, past
from xiangyun.kernel.people.rules.identity import make_id_number
from xiangyun.kernel.people.tests import factories as people
from xiangyun.kernel.vault import actions as vault
from xiangyun.kernel.vault import queries as sealed
from xiangyun.kernel.vault.models import TownKey

TOWN, AT = people.TOWN, people.AT
NUMBER, PHONE = make_id_number("152801", date(1956, 3, 1), 541), "19900001234"


def told() -> dict[str, Any]:
    """Everything that stands sealed in the register, opened."""
    return {
        "people": [
            {name: facts.of_resident(one, name) for name in fields.SEALED} for one in Resident.objects.order_by("pk")
        ],
        "marks": [
            [fields.plain_of_mark(one, name) for name in fields.MARK_SEALED] for one in Mark.objects.order_by("pk")
        ],
        "incomes": [facts.amounts(one) for one in Income.objects.order_by("pk")],
        "changes": [past.before(one) for one in Change.objects.order_by("pk")],
        "merges": [
            json.loads(sealed.open_sealed(one.before_sealed, "people_merge", "before_sealed", one.pk))
            for one in Merge.objects.order_by("pk")
        ],
    }


@pytest.mark.parametrize("suite", [Suite.SM4_GCM, Suite.AES_256_GCM])
def test_everything_opens_and_is_found_after_and_between(
    house: None, suite: Suite, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sealed, "is_confirmed", lambda: True)
    clerk = accounts.a_person("clerk", at=AT)
    home = people.a_household()
    person = {"name": "李二柱", "id_no": NUMBER, "phone": PHONE, "health": {"disability": "4"}}
    stay = members.move_in(household_id=home.pk, person=person, relation="02", began_by="register", by=clerk, at=AT)
    one = stay.resident
    hidden = members.move_in(
        household_id=home.pk,
        person={"name": "赵六", "is_protected": True},
        relation="10",
        began_by="register",
        by=clerk,
        at=AT,
    ).resident
    residents.change_resident(
        resident_id=one.pk, facts_told={"bank_card": "6228480000000000018"}, version=1, by=clerk, at=AT
    )
    belongings.say_income(household_id=home.pk, year=2025, amounts={"wage": 7}, version=None, by=clerk, at=AT)
    belongings.add_mark(resident_id=one.pk, kind="correction", note="每周报到", by=clerk, at=AT)
    twice = people.a_resident(name="李二拄")
    merge = merges.merge_rows(kind="resident", keep_id=one.pk, drop_id=twice.pk, take=["name"], by=clerk, at=AT)
    before = told()
    assert before["marks"] == [["correction", "每周报到"]]

    with doors.scoped(TOWN):
        officer = accounts.a_person("security_admin", at=AT)
        rotation = vault.rotate_key(suite=suite, by=officer, at=AT)
        between = 0
        while vault.carry_on(rotation_id=rotation.pk, at=AT, rows=1):
            between += 1
            assert told() == before
            found = Resident.objects.filter(id_no_index__in=sealed.ring(TOWN).sought("id_no", NUMBER))
            assert [each.pk for each in found] == [one.pk]
        assert between >= 8
        assert TownKey.objects.filter(area_path=TOWN).count() == 1
        assert told() == before
        ring = sealed.ring(TOWN)
        assert Resident.objects.get(phone_index__in=ring.sought("phone", PHONE)).pk == one.pk
        sealing = vault.sealing_ring(TOWN, at=AT)
        for each, name in ((one, "李二拄"), (hidden, "赵六")):
            fresh = Resident.objects.get(pk=each.pk)
            assert fresh.name_keys == digests.name_keys(sealing, name, is_protected=fresh.is_protected)
        merges.undo_merge(merge_id=merge.pk, by=clerk, at=AT)
        assert Resident.objects.get(pk=one.pk).name == "李二柱"
