"""A whole box is fed personal numbers at every door; then every byte it wrote is searched for them."""

from __future__ import annotations

import contextlib
import io
import shutil
import tempfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import psycopg
import pytest

from tests import plaintext, planting
from tests.live_box import LiveBox, Person, until
from tests.planting import VILLAGE, sent, upload
from xiangyun.base import ids
from xiangyun.entry.settings.config import Config
from xiangyun.kernel.people.rules.identity import make_id_number

pytestmark = [pytest.mark.box, pytest.mark.slow]

ROWS = 12

PLANTED = {
    "an ID number": make_id_number("150899", date(1957, 4, 2), 311),
    "a phone": "15466771482",
    "a bank card": "9999660012345674321",
    "an illness": "罕见的沙湖热病七号",
    "a protected name": "乌云其木格丽玛",
    "an income": "73194652801",
    "a request's words": "请把我家的事从表上去掉九一七",
}
IN_A_TABLE = {
    **{f"ID number of row {n}": make_id_number("152899", date(1980, 1, 1 + n), 500 + n) for n in range(ROWS)},
    **{f"phone of row {n}": f"154889{n:05}" for n in range(ROWS)},
}


def luhn(card: str) -> str:
    """The card with a right last digit."""
    body = card[:-1]
    total = sum(int(d) if at % 2 else sum(divmod(2 * int(d), 10)) for at, d in enumerate(reversed(body), 0))
    return body + str(-total % 10)


PLANTED["a bank card"] = luhn(PLANTED["a bank card"])


@pytest.fixture(scope="module")
def box() -> Iterator[LiveBox]:
    folder = Path(tempfile.mkdtemp(prefix="xt-", dir="/tmp"))
    (folder / "usb").mkdir()
    (folder / "tmp").mkdir()
    env = {"XIANGYUN_BACKUP": str(folder / "usb"), "TMPDIR": str(folder / "tmp")}
    made = LiveBox(home=folder / "home", env=env)
    made.start()
    try:
        yield made
    finally:
        made.visitors.close()
        if made.process is not None and made.process.poll() is None:
            made.stop(60)
        shutil.rmtree(folder, ignore_errors=True)


def plant_by_hand(clerk: Person) -> None:
    """Everything personal that a clerk types, revealed, searched for, sent again and refused."""
    head = {
        "name": PLANTED["a protected name"],
        "is_protected": True,
        "id_no": PLANTED["an ID number"],
        "phone": PLANTED["a phone"],
        "bank_card": PLANTED["a bank card"],
        "health": {"chronic": [PLANTED["an illness"]]},
    }
    body = {"area": VILLAGE, "head": head, "op_id": str(ids.uuid7())}
    home = sent(clerk.post("/api/people/households", json=body))
    assert sent(clerk.post("/api/people/households", json=body)) == home, "a repeat gets the same answer"
    again = {"area": VILLAGE, "head": {**head, "id_no": PLANTED["an ID number"]}}
    assert clerk.post("/api/people/households", json=again).status_code == 409
    assert clerk.post("/api/people/households", json={**again, "head": {**head, "id_no": "x" * 30}}).status_code == 422

    [member] = home["members"]
    person = member["resident"]["id"]
    for field in ("name", "id_no", "phone", "bank_card", "health"):
        opened = clerk.post(
            f"/api/people/residents/{person}/reveal",
            json={"field": field, "reason": "service"},
            headers={"Idempotency-Key": str(ids.uuid7())},
        )
        assert sent(opened)["value"]
    income = {"wage": int(PLANTED["an income"]), "business": 0, "property": 0, "transfer": 0, "cost": 0}
    sent(clerk.put(f"/api/people/households/{home['id']}/incomes/2025", json=income))
    for typed in ("an ID number", "a phone", "a protected name"):
        sent(clerk.post("/api/people/search", json={"q": PLANTED[typed]}))
    asked = {"kind": "correct", "text": PLANTED["a request's words"], "op_id": str(ids.uuid7())}
    sent(clerk.post(f"/api/people/residents/{person}/requests", json=asked))
    version = sent(clerk.get(f"/api/people/residents/{person}"))["version"]
    sent(clerk.patch(f"/api/people/residents/{person}", json={"phone": "15466771483", "version": version}))


def workbook() -> bytes:
    book, out = openpyxl.Workbook(), io.BytesIO()
    sheet = book.active
    sheet.append(["户号", "姓名", "身份证号", "联系电话", "与户主关系"])
    for n in range(ROWS):
        id_no, phone = IN_A_TABLE[f"ID number of row {n}"], IN_A_TABLE[f"phone of row {n}"]
        sheet.append([f"X{n:03}", "试验人", id_no, phone, "户主"])
    book.save(out)
    return out.getvalue()


def plant_by_table(clerk: Person) -> None:
    """A workbook with numbers is uploaded, read, tried and taken in."""
    kinds = sent(clerk.get("/api/exchange/kinds"))
    kind = next(one["code"] for one in kinds["imports"] if "resident" in one["code"])
    file = upload(clerk, workbook(), "住户.xlsx", "workbook")
    begun = sent(clerk.post("/api/exchange/imports", json={"file": file, "kind": kind, "area": VILLAGE}))

    def state(*wanted: str) -> Any:
        told = sent(clerk.get(f"/api/exchange/imports/{begun['id']}"))
        assert told["state"] != "failed", told
        return told if told["state"] in wanted else None

    seen = until(lambda: state("read"), 60, 0.2)
    sheet = seen["sheets"][0]
    header = sheet["header"]
    mapping = {one["index"]: one["column"] for one in header["columns"] if one["column"]}
    told = {"sheet": sheet["index"], "first_row": header["first_row"], "last_row": header["last_row"]}
    sent(clerk.post(f"/api/exchange/imports/{begun['id']}/check", json={**told, "mapping": mapping}))
    until(lambda: state("previewed"), 60, 0.2)
    sent(clerk.post(f"/api/exchange/imports/{begun['id']}/run", json={}))
    until(lambda: state("done"), 60, 0.2)
    assert clerk.post("/api/people/search", json={"q": IN_A_TABLE["phone of row 3"]}).json()["items"]


# What all ID numbers and all phones of the table begin with: two words to look for instead of two dozen.
BEGINNINGS = {"ID numbers of a table": "152899198001", "phones of a table": "154889000"}
assert all(word.startswith(tuple(BEGINNINGS.values())) for word in IN_A_TABLE.values())


# Tables that keep what a device sent, what somebody reported and noted.
KEPT_OPEN = (
    "devices_parked",
    "devices_quarantine",
    "devices_rawline",
    "telemetry_letter",
    "grid_report",
    "exchange_export",
)
SOUGHT = {**PLANTED, **BEGINNINGS, **planting.PLANTED}
# What stands in plain, so that the search is seen to look where it stands.
SEEN = {"the canary": planting.CANARY}


def searched(folder: Path) -> list[str]:
    return list(plaintext.findings(folder, SOUGHT))


def table_files(box: LiveBox, *tables: str) -> dict[str, str]:
    """Where the rows of these tables stand: table → its file below the home's folder."""
    config = Config.load({"XIANGYUN_HOME": str(box.home)})
    with psycopg.connect(config.conninfo("xy_owner")) as owner:
        return {
            table: f"home/pg/{owner.execute('SELECT pg_relation_filepath(%s)', [table]).fetchone()[0]}"  # type: ignore[index]
            for table in tables
        }


def test_no_personal_number_stands_in_plain_anywhere(box: LiveBox) -> None:
    clerk = box.as_demo("clerk")
    plant_by_hand(clerk)
    plant_by_table(clerk)
    planting.everywhere(box, clerk)
    # The box makes its first backup by itself: ours waits for it.
    until(lambda: box.command("backup", "now", check=False).returncode == 0, 90, 1)
    assert [path for path in (box.home.parent / "usb").rglob("*") if path.is_file()], "there is a backup"
    files = table_files(box, *KEPT_OPEN)
    assert searched(box.home.parent) == [], "while it runs, WAL included"
    box.visitors.close()
    box.stop(60)
    assert searched(box.home.parent) == [], "after it stopped"

    seen = {found.partition(" (")[0] for found in plaintext.findings(box.home.parent, SEEN)}
    assert {table for table, file in files.items() if file not in seen} == set(), "what stands open there is found"
    assert any(where.startswith("home/pg/pg_wal/") for where in seen)
    for name, word in PLANTED.items():
        planted = box.home / "logs" / "planted.log"
        planted.write_text(f"refused: {word}\n", encoding="utf-8")
        assert searched(box.home / "logs"), f"{name} in a log would be found"
        planted.unlink()
    with contextlib.suppress(FileNotFoundError):
        box._log.unlink()
