"""Tables in and out over HTTP: nobody, the wrong role, the next village, the right person; lists cost the same."""

from __future__ import annotations

import json

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from xiangyun.base import ids
from xiangyun.kernel.access.rules import Actor
from xiangyun.kernel.accounts.models import Account
from xiangyun.kernel.accounts.tests import factories as accounts
from xiangyun.kernel.exchange import actions
from xiangyun.kernel.exchange.models import Import
from xiangyun.kernel.exchange.tests.factories import (
    AT,
    HOMES,
    NEXT_VILLAGE,
    OTHER_TOWN,
    TOWN,
    VILLAGE,
    a_form,
    a_workbook,
    an_export,
    an_import,
    an_upload,
    checked,
    done,
    written,
)

pytestmark = pytest.mark.usefixtures("house")
BOOK = a_workbook(["户号", "住址"], ["1", "三组"], [None, "四组"])


@pytest.fixture
def browser(clerk: Actor) -> Client:
    return accounts.browser_of(Account.objects.get(pk=clerk.account_id))


def post(client: Client, path: str, **body):
    return client.post(f"/api/exchange/{path}", body, content_type="application/json")


def test_numbers_of_people_are_masked_on_the_page_that_shows_a_table(browser, clerk):
    book = a_workbook(["户号", "住址"], ["1", "李二柱 152801195603015414 电话19900001234"], ["2", 6228480000000000018])
    sent = {"kind": HOMES.code, "area": VILLAGE, "file": str(an_upload(book, clerk).pk)}
    told = post(browser, "imports", **sent).json()
    done(Import.objects.get(), "survey", clerk)
    page = browser.get(f"/api/exchange/imports/{told['id']}")
    lines = page.json()["sheets"][0]["lines"]
    assert lines[1] == ["1", "李二柱 **************5414 电话199****1234"]
    assert str(lines[2][1]).endswith("00")
    assert str(lines[2][1]).startswith("*" * 15)
    assert b"152801195603015414" not in page.content


def test_a_table_goes_from_the_upload_to_its_rows(browser, clerk):
    file = an_upload(BOOK, clerk)
    sent = {"kind": HOMES.code, "area": VILLAGE, "file": str(file.pk), "op_id": str(ids.uuid7())}
    told = post(browser, "imports", **sent)
    assert (told.status_code, told.json()["state"], told.json()["phase"]) == (201, "uploaded", "waiting")
    assert post(browser, "imports", **sent).json()["id"] == told.json()["id"]
    one = f"imports/{told.json()['id']}"
    row = done(Import.objects.get(), "survey", clerk)
    seen = browser.get(f"/api/exchange/{one}").json()
    assert (seen["state"], seen["file_name"], seen["mapping"]) == ("read", "户.xlsx", {"0": "number", "1": "address"})
    assert seen["sheets"][0]["lines"][1] == ["1", "三组"]
    chosen = {key: seen[key] for key in ("sheet", "first_row", "last_row", "mapping")}
    assert post(browser, f"{one}/run").status_code == 409
    assert post(browser, f"{one}/check", **chosen).json()["phase"] == "waiting"
    done(row, "check", clerk)
    faults = browser.get(f"/api/exchange/{one}/faults").json()
    assert [(one["cell"], one["column_title"], one["says"]) for one in faults["items"]] == [
        ("A3", "单元格", "这一格不能空。")
    ]
    assert post(browser, f"{one}/run").status_code == 200
    done(row, "run", clerk)
    whole = browser.get(f"/api/exchange/{one}").json()
    assert whole["counts"] == {"made": 1, "changed": 0, "unchanged": 0, "bad": 1, "skipped": {}}
    back = browser.get(f"/api/files/{whole['faults_file']}")
    assert b"".join(back.streaming_content).startswith(b"PK")
    assert post(browser, f"{one}/undo").json()["may"] == []
    done(row, "undo", clerk)
    assert browser.get(f"/api/exchange/{one}").json()["undone"]["removed"] == 1


def test_what_is_wrong_with_a_workbook_is_said_in_the_readers_language(browser, clerk):
    file = an_upload(BOOK, clerk)
    english = browser.post(
        "/api/exchange/imports",
        json.dumps({"kind": "tests.nothing", "area": VILLAGE, "file": str(file.pk)}),
        content_type="application/json",
        headers={"Accept-Language": "en"},
    )
    assert english.status_code == 404
    row = an_import(a_workbook(["天气"], ["晴"]), clerk)
    told = browser.get(f"/api/exchange/imports/{row.pk}", headers={"Accept-Language": "en"}).json()
    assert told["reason"].startswith("No header that fits")


@pytest.mark.parametrize("path", ["imports", "exports", "forms", "filled"])
def test_a_list_costs_the_same_with_one_row_and_with_three(browser, clerk, path):
    def make():
        if path == "imports":
            checked(an_import(BOOK, clerk), clerk)
        elif path == "exports":
            written(an_export(clerk), clerk)
        else:
            actions.fill(form_id=a_form(clerk, title="表").pk, area=VILLAGE, by=clerk, at=AT)

    counts = []
    for rows in (1, 3):
        while len(browser.get(f"/api/exchange/{path}").json()["items"]) < rows:
            make()
        with CaptureQueriesContext(
            connection,
        ) as seen:
            assert len(browser.get(f"/api/exchange/{path}").json()["items"]) == rows
        counts.append(len(seen))
    assert counts[0] == counts[1]


def test_who_may_not_hears_so_and_elsewhere_there_is_nothing(browser, clerk):
    row = checked(an_import(BOOK, clerk), clerk)
    export = written(an_export(clerk), clerk)
    form = a_form(clerk)
    assert Client().get("/api/exchange/imports").status_code == 401
    agronomist = accounts.a_browser("agronomist", TOWN)
    for path in ("imports", "exports", "forms", "filled", f"imports/{row.pk}", f"exports/{export.pk}"):
        assert agronomist.get(f"/api/exchange/{path}").status_code == 403
    next_door = accounts.a_browser("village_secretary", NEXT_VILLAGE)
    assert next_door.get(f"/api/exchange/imports/{row.pk}").status_code == 404
    assert next_door.get("/api/exchange/imports").json()["items"] == []
    assert post(next_door, f"imports/{row.pk}/run").status_code == 404
    colleague = accounts.a_browser("clerk", TOWN)
    assert colleague.get(f"/api/exchange/exports/{export.pk}").json()["file"] is None
    assert browser.get(f"/api/exchange/exports/{export.pk}").json()["file"] == str(export.file_id)
    assert colleague.get(f"/api/exchange/imports/{row.pk}").json()["faults_file"] is None
    stranger = accounts.a_browser("clerk", OTHER_TOWN)
    for path in (f"imports/{row.pk}", f"imports/{row.pk}/faults", f"exports/{export.pk}", f"forms/{form.pk}"):
        assert stranger.get(f"/api/exchange/{path}").status_code == 404


def test_kinds_are_those_one_may_use(browser):
    told = browser.get("/api/exchange/kinds").json()
    homes = next(kind for kind in told["imports"] if kind["code"] == HOMES.code)
    assert homes["columns"][0] == {"code": "number", "title": "单元格", "is_required": True}
    villager = accounts.a_browser("villager", VILLAGE).get("/api/exchange/kinds").json()
    assert villager == {"imports": [], "exports": [], "facts": [], "rolls": []}


def test_a_form_is_kept_shown_filled_and_retired(browser, clerk):
    file = an_upload(a_workbook(["户数"], [None]), clerk, TOWN)
    cells = [{"cell": "A2", "fact": "tests.homes"}]
    made = post(browser, "forms", title="户数表", file=str(file.pk), cells=cells)
    assert (made.status_code, made.json()["may"]) == (201, ["change", "fill", "retire"])
    path = f"forms/{made.json()['id']}"
    assert browser.get(f"/api/exchange/{path}").json()["lines"] == [["户数"]]
    changed = browser.patch(f"/api/exchange/{path}", {"title": "户数", "cells": cells}, content_type="application/json")
    assert changed.json()["title"] == "户数"
    filled = post(browser, f"{path}/fill", area=VILLAGE)
    assert (filled.status_code, filled.json()["asked"], filled.json()["said"]) == (201, 1, 1)
    assert post(browser, f"{path}/retire").status_code == 204
    assert browser.get(f"/api/exchange/{path}").status_code == 404
    assert browser.get("/api/exchange/filled").json()["items"][0]["may"] == ["take"]
