"""Personal numbers at every door of a box where they should not come in, or come in by a way of their own.

Each door is given an ID number and a phone of its own, so that what is found says which door it came through, and with
it the harmless `CANARY`: where that stands in plain, a number would have stood too, had nobody hidden or sealed it.
"""

from __future__ import annotations

import asyncio
import hashlib
import io
import json
from datetime import date
from typing import Any

import httpx
import nats
import openpyxl
from PIL import Image

from tests.journeys.phones import a_phone
from tests.live_box import LiveBox, Person, until
from xiangyun.base import ids
from xiangyun.entry.settings.config import Config
from xiangyun.kernel.people.rules.identity import make_id_number

VILLAGE = "15.08.02.100.201"
CANARY = "kanarienvogel-7341"

DOORS = (
    "a device over HTTP",
    "a device over MQTT",
    "a malformed body",
    "an unknown device",
    "a faulty row",
    "an undone row",
    "a photo",
    "a name of a file",
    "a PDF",
    "a report",
    "a caller",
    "an offline record",
    "a rescue file",
    "a wrong sign-in",
    "a wrong field",
    "a note",
    "a request",
    "a search",
    "an address",
)
ID_NO = {door: make_id_number("150899", date(1961, 3, 1 + n), 120 + n) for n, door in enumerate(DOORS)}
PHONE = {door: f"157{51730000 + 7919 * n}" for n, door in enumerate(DOORS)}
PLANTED = {
    **{f"the ID number of {door}": ID_NO[door] for door in DOORS},
    **{f"the phone of {door}": PHONE[door] for door in DOORS},
}


def words(door: str) -> str:
    """A sentence with the numbers of a door in it."""
    return f"{CANARY} 我的身份证{ID_NO[door]}，电话{PHONE[door]}"


def sent(answer: httpx.Response, *statuses: int) -> Any:
    assert answer.status_code in (statuses or (200, 201)), answer.text
    return answer.json()


def upload(by: Person, content: bytes, name: str, kind: str) -> str:
    told = {"name": name, "size": len(content), "sha256": hashlib.sha256(content).hexdigest(), "kind": kind}
    begun = sent(by.post("/api/uploads", json=told))
    half = len(content) // 2
    for offset, piece in ((0, content[:half]), (half, content[half:])):
        put = by.put(
            f"/api/uploads/{begun['id']}?offset={offset}",
            content=piece,
            headers={"Content-Type": "application/octet-stream"},
        )
        sent(put)
    return str(sent(by.post(f"/api/uploads/{begun['id']}/finish", json={}))["id"])


def devices(box: LiveBox) -> None:
    """What devices send that is no reading: texts, strange names of metrics, bodies nobody can read."""
    keeper = box.as_demo("maintainer")
    told = {"name": "话多的气象站", "profile": "weather_station", "area": VILLAGE}
    made = sent(keeper.post("/api/devices", json=told))

    def body(door: str) -> dict[str, Any]:
        return {
            "values": {
                "rain_mm": words(door),
                "note": words(door),
                "owner": {"id_no": ID_NO[door], "phone": int(PHONE[door])},
                f"m{PHONE[door]}": 1,
            },
            "x": [ID_NO[door]],
        }

    url, headers = f"{box.url}/ingest/{made['key']}", {"Authorization": f"Bearer {made['secret']}"}
    for one in (body("a device over HTTP"), [words("a device over HTTP")], {"ts": words("a device over HTTP")}):
        answer = httpx.post(url, json=one, headers=headers)
        assert answer.status_code in (200, 422), answer.text
    malformed = ('{"note": "' + words("a malformed body")).encode()
    assert httpx.post(url, content=malformed, headers=headers).status_code in (400, 422)
    line = box.mqtt(made["key"], made["secret"])
    for payload in (json.dumps(body("a device over MQTT")).encode(), malformed):
        line.publish(f"up/{made['key']}", payload, qos=1).wait_for_publish(10)
    asyncio.run(_publish(box, "d-nobody-knows", json.dumps(body("an unknown device")).encode()))

    def parked() -> bool:
        rows = keeper.items(f"/api/devices/{made['id']}/parked")
        return len(rows) >= 4 and bool(keeper.items(f"/api/devices/{made['id']}/raw"))

    until(parked, 30, 0.3)
    until(lambda: "d-nobody-knows" in box.command("status", "--lang", "en", check=False).stdout, 60, 2)


async def _publish(box: LiveBox, key: str, body: bytes) -> None:
    """A message of a device that the broker still lets in and the ledger does not know."""
    link = await nats.connect(**Config.load({"XIANGYUN_HOME": str(box.home)}).broker("ingest"))
    await link.jetstream().publish(f"$MQTT.msgs.up.{key}", body)
    await link.close()


def tables(clerk: Person) -> None:
    """A workbook with faulty rows, whose faults come back as a workbook; what was taken in is taken out; an export."""
    book, out = openpyxl.Workbook(), io.BytesIO()
    sheet = book.active
    sheet.append(["户号", "姓名", "身份证号", "联系电话", "与户主关系", "备注"])
    good, bad = "an undone row", "a faulty row"
    sheet.append(["P001", "试验人", ID_NO[good], PHONE[good], "户主", CANARY])
    sheet.append(["P002", "试验人", ID_NO[bad][:-1] + "#", PHONE[bad] + "9", "户主", words(bad)])
    sheet.append(["P003", "", ID_NO[bad], PHONE[bad], words(bad), ""])
    book.save(out)
    kinds = sent(clerk.get("/api/exchange/kinds"))
    kind = next(one["code"] for one in kinds["imports"] if "resident" in one["code"])
    file = upload(clerk, out.getvalue(), f"住户{PHONE['a name of a file']}.xlsx", "workbook")
    begun = sent(clerk.post("/api/exchange/imports", json={"file": file, "kind": kind, "area": VILLAGE}))
    url = f"/api/exchange/imports/{begun['id']}"

    def state(wanted: str) -> Any:
        told = sent(clerk.get(url))
        assert told["state"] != "failed", told
        return told if told["state"] == wanted else None

    seen = until(lambda: state("read"), 60, 0.2)
    sheet = seen["sheets"][0]
    header = sheet["header"]
    mapping = {one["index"]: one["column"] for one in header["columns"] if one["column"]}
    told = {"sheet": sheet["index"], "first_row": header["first_row"], "last_row": header["last_row"]}
    sent(clerk.post(f"{url}/check", json={**told, "mapping": mapping}))
    tried = until(lambda: state("previewed"), 60, 0.2)
    assert tried["counts"]["bad"] == 2, tried
    sent(clerk.get(f"{url}/faults"))
    sent(clerk.post(f"{url}/run", json={}))
    done = until(lambda: state("done"), 60, 0.2)
    whole = clerk.get(f"/api/files/{done['faults_file']}")
    assert whole.status_code == 200
    for kind in ("people.residents", "people.households"):
        asked = {"kind": kind, "area": VILLAGE, "purpose": "check", "note": words("a note")}
        one = sent(clerk.post("/api/exchange/exports", json=asked))
        made = until(lambda one=one: sent(clerk.get(f"/api/exchange/exports/{one['id']}"))["file"], 60, 0.2)  # type: ignore[misc]
        assert clerk.get(f"/api/files/{made}").status_code == 200
    sent(clerk.post(f"{url}/undo", json={}))
    until(lambda: state("undone"), 60, 0.2)


def a_picture() -> bytes:
    """A photo whose maker wrote numbers beside the dots, and after them."""
    door, out = "a photo", io.BytesIO()
    exif = Image.Exif()
    exif[0x010E], exif[0x013B] = f"{CANARY} {ID_NO[door]}", PHONE[door]
    Image.new("RGB", (640, 480), (120, 130, 90)).save(out, "JPEG", exif=exif, comment=ID_NO[door].encode())
    return out.getvalue() + PHONE[door].encode()


def a_pdf() -> bytes:
    return f"%PDF-1.7\n1 0 obj<</Title({CANARY} {ID_NO['a PDF']} {PHONE['a PDF']})>>endobj\n%%EOF\n".encode()


def people_of_a_village(box: LiveBox) -> None:
    """A report in words, somebody's call, papers and photos, the copy of a person, a phone without signal."""
    villager, clerk, worker = (box.as_demo(role) for role in ("villager", "clerk", "grid_worker"))
    photo = upload(villager, a_picture(), f"{PHONE['a name of a file']}.jpg", "photo")
    sent(villager.post("/api/grid/reports", json={"category": "road", "words": words("a report"), "files": [photo]}))
    caller = {"name": "赵二柱", "phone": PHONE["a caller"]}
    called = {"category": "canal", "words": f"渠漏水 {CANARY}", "how": "phone", "area": VILLAGE, "caller": caller}
    sent(clerk.post("/api/grid/reports", json=called))
    upload(clerk, a_pdf(), f"{ID_NO['a name of a file']}.pdf", "paper")

    home = next(one for one in clerk.items(f"/api/people/households?area={VILLAGE}"))
    whole = sent(clerk.get(f"/api/people/households/{home['id']}"))
    person = whole["members"][0]["resident"]["id"]
    asked = {"kind": "copy", "text": words("a request"), "op_id": str(ids.uuid7())}
    request = sent(clerk.post(f"/api/people/residents/{person}/requests", json=asked))
    sent(clerk.post(f"/api/people/requests/{request['id']}/copy", json={}))
    assert clerk.get(f"/api/people/requests/{request['id']}/copy").status_code == 200

    phone = a_phone(worker)
    own = sent(worker.get("/api/offline/pack"))["households"][0]
    whole = sent(clerk.get(f"/api/people/households/{own['id']}"))
    about = whole["members"][0]["resident"]
    facts = {"phone": PHONE["an offline record"], "id_no": ID_NO["an offline record"]}
    phone.write("people.change_resident", ("resident", about["id"]), facts, base=1)
    phone.write(
        "people.change_resident", ("resident", about["id"]), {"phone": "x" + PHONE["an offline record"]}, base=1
    )
    phone.sync()
    lost = a_phone(box.as_demo("grid_worker"))
    lost.write("people.change_resident", ("resident", about["id"]), {"phone": PHONE["a rescue file"]}, base=1)
    told = {"category": "needs_help", "words": words("a rescue file"), "area": box.demo("grid_worker")["area"]}
    lost.write("grid.report", ("report", ids.uuid7()), told)
    sent(box.person().post("/api/offline/drop", json=lost.drop_body()))


def strangers(box: LiveBox, clerk: Person) -> None:
    """Numbers where nobody expects one: as a name at the door, in a wrong field, in an address."""
    nobody = box.person()
    for name in (ID_NO["a wrong sign-in"], PHONE["a wrong sign-in"]):
        assert nobody.sign_in(name, PHONE["a wrong sign-in"]).status_code == 401
    wrong = "a wrong field"
    for path, body in (
        ("/api/people/households", {"area": ID_NO[wrong], "head": words(wrong)}),
        ("/api/people/households", {"area": VILLAGE, "head": {"name": "李", "sex": ID_NO[wrong], "q": PHONE[wrong]}}),
        ("/api/people/households", {"area": VILLAGE, "head": {"name": "李", "born_on": PHONE[wrong]}}),
        ("/api/people/search", {"q": ["a", ID_NO[wrong]], PHONE[wrong]: words(wrong)}),
        ("/api/devices", {"name": "x", "profile": ID_NO[wrong], "area": PHONE[wrong]}),
    ):
        answer = clerk.post(path, json=body)
        assert answer.status_code in (400, 403, 404, 422), answer.text
    assert clerk.post("/api/people/search", content=words(wrong).encode()).status_code in (400, 415, 422)
    sent(clerk.post("/api/people/search", json={"q": ID_NO["a search"]}))
    sent(clerk.post("/api/people/search", json={"q": PHONE["a search"]}))
    at = "an address"
    for path in (f"/api/people/residents/{ID_NO[at]}", f"/api/people/households?q={PHONE[at]}&cursor={ID_NO[at]}"):
        clerk.get(path)
    clerk.get(f"/desk/people/{PHONE[at]}")


def everywhere(box: LiveBox, clerk: Person) -> None:
    """Plant at every door."""
    devices(box)
    tables(clerk)
    people_of_a_village(box)
    strangers(box, clerk)
