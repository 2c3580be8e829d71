"""A clerk's table of people brought in over HTTP: made, uploaded, read, taken in."""

from __future__ import annotations

import hashlib
import time
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import xlsxwriter

from tests.live_box import Person, until
from xiangyun.kernel.people.made_up import Maker
from xiangyun.kernel.people.rules.codes import codes

TITLES = ("户号", "姓名", "身份证号", "与户主关系", "联系电话", "民族", "文化程度", "婚姻状况")
LISTS = {"relation": "kinship", "ethnicity": "ethnicity", "education": "education", "marriage": "marriage"}
FIRST_HOME = 50_000


def make(path: Path, rows: int, part: int) -> Path:
    """A workbook of so many people; each `part` tells of others."""
    on = datetime.now(UTC).date()
    words = {fact: {code: one.zh for code, one in codes(name, on).items()} for fact, name in LISTS.items()}
    book = xlsxwriter.Workbook(str(path), {"constant_memory": True})
    sheet = book.add_worksheet("住户")
    sheet.write_row(0, 0, TITLES)
    for n, line in enumerate(_people(part, rows, on), 1):
        sheet.write_row(n, 0, [words[fact].get(value, value) if fact in words else value for fact, value in line])
    book.close()
    return path


def _people(part: int, rows: int, on: date) -> Any:
    told = 0
    for home in Maker(5, on=on, part=part).homes(rows, first=FIRST_HOME * part):
        for one in home.members:
            yield (
                ("household", home.number),
                ("name", one.name),
                ("id_no", one.id_no),
                ("relation", one.relation),
                ("phone", one.phone),
                ("ethnicity", one.ethnicity),
                ("education", one.education),
                ("marriage", one.marriage),
            )
            told += 1
            if told == rows:
                return


def take_in(clerk: Person, path: Path, area: str, rows: int) -> float:
    """Rows a second, from the moment the uploaded workbook is handed over until its rows stand in the register."""
    file = _uploaded(clerk, path)
    kinds = _sent(clerk.get("/api/exchange/kinds"))["imports"]
    kind = next(one["code"] for one in kinds if "resident" in one["code"])
    began = time.perf_counter()
    begun = _sent(clerk.post("/api/exchange/imports", json={"file": file, "kind": kind, "area": area}))

    def state(*wanted: str) -> Any:
        told = _sent(clerk.get(f"/api/exchange/imports/{begun['id']}"))
        if told["state"] in ("failed", "cancelled"):
            raise AssertionError(f"the import {told['state']}: {told['reason']}")
        return told if told["state"] in wanted and not told["phase"] else None

    until(lambda: state("read", "previewed"), 600, 0.1)
    _sent(clerk.post(f"/api/exchange/imports/{begun['id']}/run", json={}))
    done = until(lambda: state("done"), 1200, 0.1)
    took = time.perf_counter() - began
    if done["counts"]["made"] < 0.98 * rows:
        raise AssertionError(f"of {rows} rows came in: {done['counts']}")
    return rows / took


def _uploaded(clerk: Person, path: Path) -> str:
    content = path.read_bytes()
    told = {
        "name": path.name,
        "size": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
        "kind": "workbook",
    }
    begun = _sent(clerk.post("/api/uploads", json=told))
    piece = begun["piece_bytes"]
    for offset in range(0, len(content), piece):
        _sent(
            clerk.put(
                f"/api/uploads/{begun['id']}?offset={offset}",
                content=content[offset : offset + piece],
                headers={"Content-Type": "application/octet-stream"},
            )
        )
    return str(_sent(clerk.post(f"/api/uploads/{begun['id']}/finish", json={}))["id"])


def _sent(answer: Any) -> Any:
    if answer.status_code >= 300:
        raise AssertionError(f"{answer.request.url}: {answer.status_code} {answer.text[:300]}")
    return answer.json()
