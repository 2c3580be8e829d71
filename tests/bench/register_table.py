"""A clerk's table of people brought in over HTTP: made, uploaded, read, taken in."""

from __future__ import annotations

import hashlib
import time
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, NamedTuple

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


class Taken(NamedTuple):
    """An import: seconds of looking into the workbook, of trying every row, and of writing them."""

    id: str
    read: float
    tried: float
    written: float


def take_in(clerk: Person, path: Path, area: str, rows: int) -> Taken:
    """Bring an uploaded workbook in as a clerk does: looked into, tried, then written."""
    file = _uploaded(clerk, path)
    kinds = _sent(clerk.get("/api/exchange/kinds"))["imports"]
    kind = next(one["code"] for one in kinds if "resident" in one["code"])
    began = time.perf_counter()
    begun = _sent(clerk.post("/api/exchange/imports", json={"file": file, "kind": kind, "area": area}))
    its = f"/api/exchange/imports/{begun['id']}"
    seen = _over(clerk, its, "read")
    read_at = time.perf_counter()
    asked = {name: seen[name] for name in ("sheet", "first_row", "last_row", "mapping")}
    _sent(clerk.post(f"{its}/check", json=asked))
    _over(clerk, its, "previewed")
    tried_at = time.perf_counter()
    _sent(clerk.post(f"{its}/run", json={}))
    done = _over(clerk, its, "done")
    written_at = time.perf_counter()
    if done["counts"]["made"] < 0.98 * rows:
        raise AssertionError(f"of {rows} rows came in: {done['counts']}")
    return Taken(begun["id"], read_at - began, tried_at - read_at, written_at - tried_at)


def take_back(clerk: Person, import_id: str) -> float:
    """Seconds until an import is undone."""
    its = f"/api/exchange/imports/{import_id}"
    began = time.perf_counter()
    _sent(clerk.post(f"{its}/undo", json={}))
    _over(clerk, its, "undone")
    return time.perf_counter() - began


def _over(clerk: Person, its: str, state: str) -> dict[str, Any]:
    """The import once the job that leads to a state is over."""

    def told() -> Any:
        now = _sent(clerk.get(its))
        if now["state"] in ("failed", "cancelled"):
            raise AssertionError(f"the import {now['state']}: {now['reason']}")
        return now if now["state"] == state and not now["phase"] else None

    return dict(until(told, 1200, 0.1))


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
