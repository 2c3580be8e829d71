"""The person sees the tables that went out with them in it: one line an export, from the audit alone."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from django.utils import timezone

from xiangyun.kernel.accounts.tests import factories as accounts
from xiangyun.kernel.audit import actions as audit
from xiangyun.kernel.audit.rules import EXPORT, FILL
from xiangyun.kernel.people.actions import members, merges
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
    stays = list(somebody.memberships.order_by("from_on"))
    spans = looks._spans([somebody.pk], stays, {one.household_id: one.household_id for one in stays})
    assert [one.until for one in spans] == [told_at, None]
    assert timezone.localdate(spans[1].since) == moved_on


def test_the_phone_tells_the_table_the_place_and_the_purpose(somebody: Resident) -> None:
    mine = accounts.a_browser("villager", VILLAGE)
    people.an_own_record(mine.who.pk, somebody)
    an_export(TOWN)
    [one] = mine.get(f"/api/people/me/{somebody.pk}/looks").json()["items"]
    assert (one["kind"], one["field_name"], one["reason_name"]) == ("export", "居民表", "核对登记")
    assert one["by"] == "李强"
    assert one["area_name"]


def a_look(kind: str, row: object, at: datetime = AT, area: str = VILLAGE) -> None:
    by = accounts.a_person("clerk", TOWN)
    audit.reveal(field="phone", reason="service", by=by, object=(kind, row), area=area, at=at)


def test_who_looked_at_a_row_that_turned_out_to_be_mine_is_told_to_me(somebody: Resident) -> None:
    _, twin = people.a_home(VILLAGE)
    a_look("resident", twin.pk)
    assert seen(somebody) == []
    by = accounts.a_person("clerk", TOWN)
    merges.merge_rows(kind="resident", keep_id=somebody.pk, drop_id=twin.pk, by=by, at=AT)
    somebody.refresh_from_db()
    assert [kind for kind, _ in seen(somebody)] == ["phone"]


def merged(kept: Resident, dropped: Resident, at: datetime = AT) -> Resident:
    """The one row that stays of two."""
    by = accounts.a_person("clerk", TOWN)
    merges.merge_rows(kind="resident", keep_id=kept.pk, drop_id=dropped.pk, by=by, at=at)
    kept.refresh_from_db()
    return kept


def test_a_row_that_was_known_earlier_was_mine_since_then(house: None) -> None:
    home, earlier = people.a_home(NEXT_VILLAGE, created_at=AT - timedelta(days=400))
    later = people.a_resident(created_at=AT - timedelta(days=10))
    a_look("household", home.pk, at=AT - timedelta(days=401), area=NEXT_VILLAGE)
    a_look("household", home.pk, at=AT - timedelta(days=100), area=NEXT_VILLAGE)
    an_export(NEXT_VILLAGE, at=AT - timedelta(days=99))
    assert [kind for kind, _ in seen(merged(later, earlier))] == ["phone", "people.residents"]


def test_a_row_that_left_late_was_mine_until_the_register_was_told(somebody: Resident) -> None:
    home, twin = people.a_home(NEXT_VILLAGE)
    told_at = AT - timedelta(days=5)
    gone = {"household_id": None, "outside": True, "relation": None, "how": "moved_out"}
    on = timezone.localdate(AT - timedelta(days=20))
    members.move(resident_id=twin.pk, **gone, on=on, by=accounts.a_person("clerk", TOWN), at=told_at)
    for days in (4, 10):
        a_look("household", home.pk, at=AT - timedelta(days=days), area=NEXT_VILLAGE)
    asked = looks.of(merged(somebody, twin)).values_list("at", flat=True)
    assert list(asked) == [AT - timedelta(days=10)]


def test_the_home_of_a_row_was_mine_until_the_hour_of_the_merge(somebody: Resident) -> None:
    home, twin = people.a_home(NEXT_VILLAGE, created_at=AT - timedelta(days=400))
    hour = timedelta(hours=1)
    for at in (AT - hour, AT + hour):
        a_look("household", home.pk, at=at, area=NEXT_VILLAGE)
    assert list(looks.of(merged(somebody, twin)).values_list("at", flat=True)) == [AT - hour]


def test_who_looked_at_a_home_that_turned_out_to_be_ours_is_told_to_us(somebody: Resident) -> None:
    home, same = somebody.memberships.get().household, people.a_household()
    a_look("household", same.pk, at=AT - timedelta(days=3))
    assert seen(somebody) == []
    by = accounts.a_person("clerk", TOWN)
    merges.merge_rows(kind="household", keep_id=home.pk, drop_id=same.pk, by=by, at=AT)
    assert [kind for kind, _ in seen(somebody)] == ["phone"]


def test_who_looked_at_a_home_is_told_to_who_lived_in_it_then(somebody: Resident) -> None:
    by = accounts.a_person("clerk", TOWN)
    former = somebody.memberships.get().household
    target = people.a_household(NEXT_VILLAGE)
    a_look("household", former.pk, at=AT - timedelta(days=3))
    a_look("household", target.pk, at=AT - timedelta(days=2), area=NEXT_VILLAGE)
    how = {"relation": "02", "how": "moved_out", "outside": False, "on": timezone.localdate(AT)}
    members.move(resident_id=somebody.pk, household_id=target.pk, **how, by=by, at=AT)
    somebody.refresh_from_db()
    a_look("household", former.pk, at=AT + timedelta(minutes=1))
    a_look("household", target.pk, at=AT + timedelta(minutes=2), area=NEXT_VILLAGE)
    asked = looks.of(somebody).order_by("at").values_list("object_id", flat=True)
    assert list(asked) == [str(former.pk), str(target.pk)]


def test_a_form_filled_with_the_people_of_my_village_held_me(somebody: Resident) -> None:
    by = accounts.a_person("clerk", TOWN)
    for lists_people in (True, False):
        detail = {"asked": 7, "said": 5, "lists_people": lists_people}
        audit.record(act=FILL, by=by, object=("form", "1"), area=TOWN, at=AT, detail=detail)
    [one] = looks.shown(list(looks.of(somebody)), "zh-Hans")
    assert (one["field_name"], one["reason_name"]) == ("填好的表格", "填上级要的表")
