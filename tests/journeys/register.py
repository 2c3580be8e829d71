"""What a walk through the register and its tables needs to find, made over the API as clerks and villagers make it."""

from __future__ import annotations

import csv
import io
from typing import Any

from openpyxl import Workbook

from tests.live_box import LiveBox, Person, until

TOWN = "15.08.02.100"
VILLAGE = f"{TOWN}.201"
FORM_TITLE = "老年人花名册"
ASKED = "电话号码换了，登记的还是旧的。"
HEADER = ["村", "户号", "姓名", "与户主关系", "性别", "出生日期", "电话"]
GOOD = [["迎丰村", "90001", "赵新来", "户主", "男", "1962-04-05", ""]]
BAD = [
    ["迎丰村", "90002", "钱多多", "户主", "女", "1971-13-05", "12345"],
    ["迎丰村", "", "孙无户", "户主", "男", "1980-01-02", ""],
]


def made(box: LiveBox) -> dict[str, str]:
    """Ids of a home, two rows of one person, a request, tables in and out, a filled form, a villager's own record."""
    clerk, villager = box.as_demo("clerk"), box.as_demo("villager")
    told = clerk.get("/api/people/duplicates").raise_for_status().json()
    twice = next(one for one in told if one["kind"] == "resident")
    own = villager.get("/api/people/me").raise_for_status().json()[0]["resident"]
    home = clerk.get(f"/api/people/residents/{own}").raise_for_status().json()["stays"][0]["household"]
    asked = {"kind": "correct", "text": ASKED}
    request = villager.post(f"/api/people/me/{own}/requests", json=asked).raise_for_status().json()
    look = {"field": "phone", "reason": "service"}
    clerk.post(f"/api/people/residents/{own}/reveal", json=look).raise_for_status()
    form = a_form(clerk)
    return {
        "home": home,
        "own": own,
        "one": twice["people"][0]["id"],
        "other": twice["people"][1]["id"],
        "request": request["id"],
        "tried": an_import(clerk, "走访登记.csv", [*GOOD, *BAD]),
        "taken_in": an_import(clerk, "新落户.csv", GOOD, takes_in=True),
        "export": an_export(clerk),
        "form": form,
    }


def an_upload(by: Person, name: str, content: bytes, area: str = VILLAGE) -> str:
    """A workbook sent in one piece."""
    begun = by.post("/api/uploads", json={"name": name, "size": len(content), "kind": "workbook", "area": area})
    upload = begun.raise_for_status().json()["id"]
    binary = {"Content-Type": "application/octet-stream"}
    by.put(f"/api/uploads/{upload}?offset=0", content=content, headers=binary).raise_for_status()
    return str(by.post(f"/api/uploads/{upload}/finish", json={}).raise_for_status().json()["id"])


def a_table(*rows: list[str]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode("utf-8-sig")


def an_import(by: Person, name: str, rows: list[list[str]], *, takes_in: bool = False) -> str:
    """A table of residents that was read and tried; `takes_in`: its rows came in."""
    wanted = {"kind": "people.residents", "area": VILLAGE, "file": an_upload(by, name, a_table(HEADER, *rows))}
    url = f"/api/exchange/imports/{by.post('/api/exchange/imports', json=wanted).raise_for_status().json()['id']}"

    def come_to(state: str) -> Any:
        def told() -> Any:
            one = by.get(url).raise_for_status().json()
            assert one["state"] != "failed", one["reason"]
            return one if one["state"] == state and not one["phase"] else None

        return until(told, wait_s=60)

    seen = come_to("read")
    chosen = {key: seen[key] for key in ("sheet", "first_row", "last_row", "mapping")}
    by.post(f"{url}/check", json=chosen).raise_for_status()
    tried = come_to("previewed")
    if takes_in:
        by.post(f"{url}/run", json={}).raise_for_status()
        tried = come_to("done")
    return str(tried["id"])


def an_export(by: Person) -> str:
    """The homes of a village, gone out."""
    kinds = by.get("/api/exchange/kinds").raise_for_status().json()
    wanted = {"kind": kinds["exports"][0]["code"], "area": VILLAGE, "purpose": "check"}
    one = by.post("/api/exchange/exports", json=wanted).raise_for_status().json()
    url = f"/api/exchange/exports/{one['id']}"
    until(lambda: by.get(url).raise_for_status().json()["state"] == "done", wait_s=60)
    return str(one["id"])


def a_form(by: Person) -> str:
    """A roll of the elderly with its village above it, filled once."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (["老年人花名册"], ["村", None, "60 岁以上", None], ["序号", "姓名", "年龄", "电话"], [None] * 4):
        sheet.append(row)
    sheet.merge_cells("A1:D1")
    kept = io.BytesIO()
    book.save(kept)
    wanted = {
        "title": FORM_TITLE,
        "file": an_upload(by, "花名册.xlsx", kept.getvalue(), TOWN),
        "cells": [
            {"cell": "B2", "fact": "people.village_name"},
            {"cell": "D2", "fact": "people.village_elderly"},
        ],
        "lists": [
            {
                "roll": "people.elderly",
                "first_row": 4,
                "last_row": 4,
                "columns": {
                    "A": "#",
                    "B": "people.person_name",
                    "C": "people.person_age",
                    "D": "people.person_phone",
                },
            }
        ],
    }
    form = by.post("/api/exchange/forms", json=wanted).raise_for_status().json()["id"]
    by.post(f"/api/exchange/forms/{form}/fill", json={"area": VILLAGE}).raise_for_status()
    return str(form)
