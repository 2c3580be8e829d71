"""The person sees the tables that went out with them in it: one line an export, from the audit alone."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from django.utils import timezone

from xiangyun.kernel.accounts.tests import factories as accounts
from xiangyun.kernel.audit import actions as audit
from xiangyun.kernel.audit.rules import EXPORT
from xiangyun.kernel.people.actions import members
from xiangyun.kernel.people.models import Resident
from xiangyun.kernel.people.queries import looks
from xiangyun.kernel.people.tests import factories as people

TOWN, VILLAGE, NEXT_VILLAGE, AT = people.TOWN, people.VILLAGE, people.NEXT_VILLAGE, people.AT


def an_export(area: str, kind: str = "people.residents", at: datetime = AT) -> None:
    detail = {"kind": kind, "columns": ["name"], "rows": 9, "purpose": "check"}
    by = accounts.a_person("clerk", TOWN)
    audit.record(act=EXPORT, by=by, object=("export", "1"), area=area, at=at, detail=detail)


def seen(resident: Resident) -> list[tuple[str, str]]:
    rows = looks.of(resident).order_by("at", "id")
    return [(one["field"], one["area_name"]) for one in looks.shown(list(rows), "zh-Hans")]


@pytest.fixture
def somebody(house: None) -> Resident:
    return people.a_home(VILLAGE, created_at=AT - timedelta(days=400))[1]


def test_a_table_of_my_village_or_of_a_place_above_it_held_me(somebody: Resident) -> None:
    an_export(VILLAGE)
    an_export(TOWN, "people.households")
    an_export(NEXT_VILLAGE)
    an_export(VILLAGE, "agriculture.plantings")
    assert [kind for kind, _ in seen(somebody)] == ["people.residents", "people.households"]
    assert seen(somebody)[0][1] != ""


def test_what_went_out_before_the_register_knew_me_did_not_hold_me(somebody: Resident) -> None:
    an_export(VILLAGE, at=AT - timedelta(days=401))
    assert seen(somebody) == []


def test_where_i_lived_before_counts_until_the_register_was_told(somebody: Resident) -> None:
    by = accounts.a_person("clerk", TOWN)
    moved_on, told_at = date(2026, 11, 1), AT
    target = people.a_household(NEXT_VILLAGE)
    how = {"relation": "02", "how": "moved_out", "outside": False, "on": moved_on}
    members.move(resident_id=somebody.pk, household_id=target.pk, **how, by=by, at=told_at)
    somebody.refresh_from_db()
    an_export(VILLAGE, at=told_at - timedelta(days=2))  # after they moved, before anybody said so
    an_export(VILLAGE, at=told_at + timedelta(minutes=1))
    an_export(NEXT_VILLAGE, at=told_at + timedelta(minutes=1))
    assert [kind for kind, _ in seen(somebody)] == ["people.residents"] * 2
    spans = looks._spans(somebody, list(somebody.memberships.select_related("household").order_by("from_on")))
    assert [(one.area, one.until) for one in spans] == [(VILLAGE, told_at), (NEXT_VILLAGE, None)]
    assert timezone.localdate(spans[1].since) == moved_on


def test_the_phone_tells_the_table_the_place_and_the_purpose(somebody: Resident) -> None:
    mine = accounts.a_browser("villager", VILLAGE)
    people.an_own_record(mine.who.pk, somebody)
    an_export(TOWN)
    [one] = mine.get(f"/api/people/me/{somebody.pk}/looks").json()["items"]
    assert (one["kind"], one["field_name"], one["reason_name"]) == ("export", "居民表", "核对登记")
    assert one["by"] == "李强"
    assert one["area_name"]
