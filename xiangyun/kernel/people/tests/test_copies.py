"""A person who asks for a copy gets all that is held of them, opened; nobody else does, and it is gone in time."""

from __future__ import annotations

import io
import json
from datetime import date, datetime, time, timedelta
from typing import Any

import openpyxl
import pytest

from xiangyun.base import clock
from xiangyun.base.errors import NotFound
from xiangyun.kernel.accounts.tests import factories as accounts
from xiangyun.kernel.audit.models import Entry
from xiangyun.kernel.audit.rules import COPY, REVEAL
from xiangyun.kernel.files.models import Attachment
from xiangyun.kernel.people.models import Membership, PersonRequest, Resident
from xiangyun.kernel.people.queries import copies
from xiangyun.kernel.people.tests import factories as people

TOWN, VILLAGE, NEXT_VILLAGE, OTHER_TOWN = people.TOWN, people.VILLAGE, people.NEXT_VILLAGE, people.OTHER_TOWN
NUMBER, PHONE, CARD = "152801195603015414", "19900001234", "6228480000000000018"


AS_OF = datetime.combine(people.AT.date(), time.min)


def post(browser: Any, path: str, **body: Any) -> Any:
    return browser.post(f"/api/people/{path}", json.dumps(body), content_type="application/json")


def taken(answer: Any) -> dict[str, list[list[Any]]]:
    """The sheets of the workbook: title → its lines."""
    assert answer.status_code == 200, answer
    book = openpyxl.load_workbook(io.BytesIO(b"".join(answer.streaming_content)))
    return {sheet.title: [[cell.value for cell in line] for line in sheet.iter_rows()] for sheet in book}


@pytest.fixture
def somebody(house: None) -> Resident:
    health = {"disability": "4", "grade": "2", "chronic": ["高血压"]}
    home, resident = people.a_home(
        id_no=NUMBER, phone=PHONE, bank_card=CARD, health=health, health_source=people.a_source(), marriage="20"
    )
    people.a_plot(home)
    people.an_income(home, 2025, wage=1_234_567)
    people.a_mark(resident, "dibao", level=1)
    people.a_mark(resident, "domestic_violence", level=2)
    people.a_consent(resident, how="app")
    other = people.a_resident(name="赵小燕", id_no="152801198805044321")
    people.a_membership(home, other, relation="10")
    return resident


@pytest.fixture
def asked(somebody: Resident) -> PersonRequest:
    return people.a_request(somebody, text="都要")


def a_copy(browser: Any, asked: PersonRequest) -> dict[str, Any]:
    answer = post(browser, f"requests/{asked.pk}/copy")
    assert answer.status_code == 200, answer.content
    told: dict[str, Any] = answer.json()
    return told


def test_all_that_is_held_is_in_it_opened_and_nothing_of_anybody_else(somebody: Resident, asked: PersonRequest) -> None:
    clerk = accounts.a_browser("clerk")
    post(clerk, f"residents/{somebody.pk}/reveal", field="phone", reason="visit")
    assert a_copy(clerk, asked)["copy_until"]
    sheets = taken(clerk.get(f"/api/people/requests/{asked.pk}/copy"))
    person = {line[0]: line[1] for line in sheets["本人"]}
    assert (person["姓名"], person["身份证号"], person["电话"], person["银行卡"]) == ("李二柱", NUMBER, PHONE, CARD)
    assert person["婚姻"] == "已婚"
    assert "高血压" in person["健康情况"]
    assert next(line for line in sheets["本人"] if line[0] == "身份证号")[2:4] == ["王建国登记", AS_OF]
    assert sheets["住在哪户"][1][4].date() == date(2000, 1, 1)
    assert {line[0]: line[1] for line in sheets["现在的家"]}["住址"] == "三组 12 号"
    assert sheets["承包地"][1][3] == 3.5
    assert sheets["收入"][1][:2] == [2025, 12345.67]
    assert [line[0] for line in sheets["特殊关爱"][1:]] == ["低保"]
    assert sheets["同意过什么"][1][3] == "手机上"
    assert sheets["申请过什么"][1][2] == "都要"
    assert [line[3] for line in sheets["谁看过"][1:]] == ["电话"]
    whole = json.dumps(sheets, ensure_ascii=False, default=str)
    assert "赵小燕" not in whole
    assert "152801198805044321" not in whole
    assert "domestic" not in whole
    assert "家暴" not in whole


def test_it_stands_in_the_audit_as_one_copy_and_the_person_reads_it(somebody: Resident, asked: PersonRequest) -> None:
    mine = accounts.a_browser("villager", VILLAGE)
    people.an_own_record(mine.who.pk, somebody)
    a_copy(accounts.a_browser("clerk"), asked)
    entry = Entry.objects.get(act=COPY)
    assert (entry.object_kind, entry.object_id) == ("resident", str(somebody.pk))
    assert entry.detail == {"reason": "request", "request": str(asked.pk)}
    assert not Entry.objects.filter(act=REVEAL).exists()
    [look] = mine.get(f"/api/people/me/{somebody.pk}/looks").json()["items"]
    assert (look["kind"], look["reason"]) == ("copy", "request")


def test_the_person_takes_it_on_the_phone_once_it_is_answered(somebody: Resident, asked: PersonRequest) -> None:
    clerk, mine, proxy, stranger = (accounts.a_browser(*who) for who in (("clerk",), *[("villager", VILLAGE)] * 3))
    people.an_own_record(mine.who.pk, somebody)
    people.an_own_record(proxy.who.pk, somebody, "proxy")
    path = f"/api/people/me/{somebody.pk}/requests/{asked.pk}/copy"
    assert post(clerk, f"requests/{asked.pk}/answer", state="done", answer="做好了").status_code == 409
    a_copy(clerk, asked)
    assert mine.get(path).status_code == 404
    assert post(clerk, f"requests/{asked.pk}/answer", state="done", answer="做好了").status_code == 200
    assert mine.get(f"/api/people/me/{somebody.pk}/requests").json()[0]["copy_until"]
    assert taken(mine.get(path))["本人"][1][1] == "李二柱"
    assert Entry.objects.filter(act="files.download", by_id=mine.who.pk).count() == 1
    assert proxy.get(path).status_code == 404
    assert stranger.get(path).status_code == 404
    assert mine.get(f"/api/files/{Attachment.objects.get().pk}").status_code in (403, 404)
    # Made once, answered once.
    assert post(clerk, f"requests/{asked.pk}/copy").status_code == 409


def test_made_anew_the_former_is_gone_and_after_a_month_the_last(asked: PersonRequest) -> None:
    clerk = accounts.a_browser("clerk")
    a_copy(clerk, asked)
    first = Attachment.objects.get()
    a_copy(clerk, asked)
    assert [one.pk == first.pk for one in Attachment.objects.living()] == [False]
    asked.refresh_from_db()
    assert asked.copy is not None
    assert asked.copy.expires_at is not None
    last = asked.copy.expires_at
    assert last - clock.now() > timedelta(days=29)
    copies.copy_of(asked, last - timedelta(seconds=1))
    with pytest.raises(NotFound):
        copies.copy_of(asked, last)


@pytest.mark.parametrize(
    ("role", "area", "status"),
    [
        ("clerk", TOWN, 200),
        ("clerk", OTHER_TOWN, 404),
        ("clerk", NEXT_VILLAGE, 404),
        ("village_secretary", VILLAGE, 403),
        ("villager", VILLAGE, 403),
    ],
)
def test_who_may_make_a_copy(asked: PersonRequest, role: str, area: str, status: int) -> None:
    assert post(accounts.a_browser(role, area), f"requests/{asked.pk}/copy").status_code == status


def test_a_copy_is_made_for_those_who_asked_for_one(somebody: Resident) -> None:
    asked = people.a_request(somebody, kind="correct")
    answer = post(accounts.a_browser("clerk"), f"requests/{asked.pk}/copy")
    assert (answer.status_code, answer.json()["title"]) == (409, "people.no_copy_asked")


def test_erasure_takes_the_copies_along(somebody: Resident, asked: PersonRequest) -> None:
    clerk = accounts.a_browser("clerk")
    a_copy(clerk, asked)
    Membership.objects.filter(resident=somebody).update(until_on=people.AT.date(), ended_by="moved_out")
    erase = post(clerk, f"residents/{somebody.pk}/requests", kind="erase").json()
    assert post(clerk, f"requests/{erase['id']}/answer", state="done", answer="已删除").status_code == 200
    assert not Attachment.objects.living().exists()
