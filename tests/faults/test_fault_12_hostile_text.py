"""Fault 12: markup, scripts, formulas, paths and addresses of strange hosts in every text field that a person fills
in, then every page that shows them, in a real browser. Nothing runs, nobody outside is called, no cell is a formula, no
file lies where its name says.

The controls are a page that draws the same words as markup, and a workbook in which they stand raw.
"""

from __future__ import annotations

import io
import json
import re
import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import httpx
import openpyxl
import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.journeys.browsers import FLAGS, chromium
from tests.journeys.conftest import Tab
from tests.live_box import LiveBox, Person, running, until
from xiangyun.base import workbook

pytestmark = [pytest.mark.box, pytest.mark.browser, pytest.mark.slow]

TOWN, VILLAGE = "15.08.02.100", "15.08.02.100.205"
LOOK = (Path(__file__).parent.parent / "journeys" / "look.js").read_text(encoding="utf-8")
RAN = "window.tripped=1"
PATHS = ("../../../../tmp/xy-planted.xlsx", "..\\..\\xy-planted.xlsx", "/etc/xy-planted.xlsx", "a\r\nX-Planted: 1.xlsx")


def strings(outside: str) -> tuple[str, ...]:
    """What is planted; each fits into the shortest field, a name of sixty characters."""
    return (
        f'<img src=x onerror="{RAN}">',
        f'<svg onload="{RAN}">',
        f'"><script>{RAN}</script>',
        f"javascript:{RAN}//",
        "{{constructor.constructor('tripped=1')()}}",
        f'=HYPERLINK("{outside}/f","点")',
        "@SUM(1+1)*cmd|' /C calc'!A0",
        f"<img src={outside}/i>",
    )


class Outside:
    """A host that nobody has any reason to call: who does is written down. It answers with `page`."""

    def __init__(self) -> None:
        self.door = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.door.getsockname()[1]}"
        self.callers: list[str] = []
        self.page = ""
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        with suppress(OSError):
            while True:
                line, _ = self.door.accept()
                with line:
                    line.settimeout(1)
                    with suppress(OSError):
                        self.callers.append(line.recv(2000).decode(errors="replace").partition(" HTTP")[0])
                        page = self.page.encode()
                        head = f"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {len(page)}\r\n"
                        line.sendall(f"{head}Connection: close\r\n\r\n".encode() + page)


@dataclass
class Planted:
    """Where the words stand now."""

    homes: list[str] = field(default_factory=list)
    people: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    tables: list[str] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    kept: int = 0
    refused: list[str] = field(default_factory=list)

    def take(self, answer: httpx.Response, what: str) -> dict[str, Any]:
        """The answer of a write; a field may also refuse such words."""
        if answer.status_code == 422:
            self.refused.append(what)
            return {}
        assert answer.status_code < 300, f"{what}: {answer.status_code} {answer.text}"
        self.kept += 1
        return dict(answer.json()) if answer.content else {}


@pytest.fixture(scope="module")
def outside() -> Iterator[Outside]:
    host = Outside()
    yield host
    host.door.close()


@pytest.fixture(scope="module")
def box() -> Iterator[LiveBox]:
    with running(demo=True) as made:
        yield made


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    path = chromium()
    if path is None:
        pytest.skip("no Chromium on this machine")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield started
        started.close()


def plant_home(clerk: Person, said: str, n: int, found: Planted) -> None:
    """One home in which every text of the home, its people, its land and its papers is the same hostile words."""
    head = {"name": said, "sex": "1", "born_on": f"19{60 + n}-03-01", "occupation": said, "away_to": said}
    home = {"area": VILLAGE, "kind": "resident", "address": said, "machines": [said], "head": head}
    home["source"] = {"kind": "form", "name": said}
    made = found.take(clerk.post("/api/people/households", json=home), f"home {said}")
    if not made:
        return
    where, who = f"/api/people/households/{made['id']}", made["members"][0]["resident"]["id"]
    found.homes.append(made["id"])
    found.people.append(who)
    plot = {"name": said, "size_mu": "2.5", "crop": said, "transferred_to": said}
    found.take(clerk.post(f"{where}/plots", json=plot), f"plot {said}")
    person = f"/api/people/residents/{who}"
    found.take(clerk.post(f"{person}/marks", json={"kind": "alone", "note": said}), f"mark {said}")
    found.take(clerk.post(f"{person}/requests", json={"kind": "correct", "text": said}), f"request {said}")
    health = {"version": 1, "health": {"chronic": [said]}}
    found.take(clerk.patch(person, json=health), f"health {said}")


def a_book(*lines: list[Any]) -> bytes:
    """A clerk's workbook; what looks like a formula stands there as text."""
    book = openpyxl.Workbook()
    for n, line in enumerate(lines, start=1):
        for m, value in enumerate(line, start=1):
            if value is not None:
                book.active.cell(n, m, value).data_type = "s"  # type: ignore[union-attr]
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def sent_up(clerk: Person, name: str, content: bytes) -> str:
    """The id of an uploaded workbook."""
    begun = clerk.post("/api/uploads", json={"name": name, "size": len(content), "kind": "workbook"})
    upload = begun.raise_for_status().json()["id"]
    clerk.put(f"/api/uploads/{upload}?offset=0", content=content).raise_for_status()
    return str(clerk.post(f"/api/uploads/{upload}/finish", json={}).raise_for_status().json()["id"])


def plant_import(clerk: Person, said: tuple[str, ...], found: Planted) -> None:
    """A table whose name, titles and cells are hostile, tried: half of its lines are wrong."""
    lines = [[f"9{n:03}", one, one if n % 2 else None, one] for n, one in enumerate(said)]
    book = a_book(["户号", "住址", "户类型", said[0]], *lines)
    file = sent_up(clerk, f"{said[0]}.xlsx", book)
    start = {"kind": "people.households", "area": VILLAGE, "file": file}
    one = found.take(clerk.post("/api/exchange/imports", json=start), "import")
    path = f"/api/exchange/imports/{one['id']}"

    def state(wanted: str) -> dict[str, Any] | None:
        now = dict(clerk.get(path).raise_for_status().json())
        assert now["state"] != "failed", now["reason"]
        return now if now["state"] == wanted and not now["phase"] else None

    seen = until(lambda: state("read"), 60, 0.3)
    reading = {key: seen[key] for key in ("sheet", "first_row", "last_row", "mapping")}
    clerk.post(f"{path}/check", json=reading).raise_for_status()
    tried = until(lambda: state("previewed"), 60, 0.3)
    assert tried["counts"]["bad"] >= 1
    found.tables += ["/desk/imports", "/desk/imports/new", f"/desk/imports/{one['id']}"]


def plant_tables(clerk: Person, said: tuple[str, ...], found: Planted) -> None:
    """Tables that come in, go out and fill themselves, with hostile words wherever a person says some."""
    plant_import(clerk, said, found)
    for kind in ("people.households", "people.residents"):
        asked = {"kind": kind, "area": VILLAGE, "purpose": "check", "note": said[5]}
        one = found.take(clerk.post("/api/exchange/exports", json=asked), f"export {kind}")
        path = f"/api/exchange/exports/{one['id']}"
        done = until(lambda path=path: clerk.get(path).json()["file"], 60, 0.3)  # type: ignore[misc]
        found.files.append(f"/api/files/{done}")
        found.tables.append(f"/desk/exports/{one['id']}")
    # What stands in the empty form stays as it is; what is filled in is ours to keep harmless.
    empty = a_book(list(said[:4]), [None], ["序号", "住址", "户主"], [None])
    shape = {
        "cells": [{"cell": "A2", "fact": "people.village_name"}],
        "lists": [
            {
                "roll": "people.homes",
                "first_row": 4,
                "last_row": 4,
                "columns": {"A": "#", "B": "people.home_address", "C": "people.home_head"},
            }
        ],
    }
    for one in (said[0], said[5]):
        form = {"title": one, "file": sent_up(clerk, f"{one}.xlsx", empty), **shape}
        made = found.take(clerk.post("/api/exchange/forms", json=form), f"form {one}")
        filled = clerk.post(f"/api/exchange/forms/{made['id']}/fill", json={"area": VILLAGE})
        found.files.append(f"/api/exchange/filled/{found.take(filled, 'fill')['id']}/file")
        found.tables.append(f"/desk/forms/{made['id']}")
    found.tables += ["/desk/exports", "/desk/exports/new", "/desk/forms", "/desk/forms/new"]


@pytest.fixture(scope="module")
def planted(box: LiveBox, outside: Outside) -> Planted:
    clerk, admin, keeper = (box.as_demo(role) for role in ("clerk", "town_admin", "maintainer"))
    found = Planted()
    for n, said in enumerate(strings(outside.url)):
        plant_home(clerk, said, n, found)
        key = {"name": said, "abilities": ["telemetry.see_reading"], "area": TOWN}
        found.take(admin.post("/api/keys", json=key), f"key {said}")
        account = {"name": said, "role": "villager", "area": VILLAGE}
        found.take(clerk.post("/api/accounts", json=account), f"account {said}")
        device = {"name": said, "profile": "soil_probe", "area": VILLAGE, "lon": 107.15, "lat": 40.85, "note": said}
        found.take(keeper.post("/api/devices", json=device), f"device {said}")
    found.requests = [one["id"] for one in clerk.items("/api/people/requests")][: len(found.homes)]
    villager = box.demo("villager")["account"]
    for who in found.people:
        record = {"account": villager, "kind": "proxy"}
        found.take(clerk.post(f"/api/people/residents/{who}/own_records", json=record), "own record")
    assert len(found.homes) >= 6, found.refused
    plant_tables(clerk, strings(outside.url), found)
    return found


def pages(found: Planted) -> dict[str, list[str]]:
    """Who opens what."""
    each = [f"/desk/homes/{home}" for home in found.homes] + [f"/desk/people/{who}" for who in found.people]
    lists = ["/desk/homes", "/desk/people/duplicates", "/desk/people/figures", "/desk/people/counted"]
    requests = ["/desk/people/requests", *(f"/desk/people/requests/{one}" for one in found.requests)]
    own = [f"/app/record/{who}{part}" for who in found.people[:4] for part in ("", "/looks", "/consents", "/ask")]
    return {
        "clerk": [
            *lists,
            *each,
            *requests,
            *found.tables,
            "/desk/people/notices",
            "/desk/accounts",
            "/desk/me",
            "/desk/search?q=img",
        ],
        "town_admin": ["/desk/keys", "/desk/accounts", "/desk/devices"],
        "maintainer": ["/desk/devices"],
        "grid_worker": ["/app/", "/app/village", "/app/me"],
        "villager": ["/app/", "/app/me", *own],
        "town_leader": ["/screen", "/desk/people/figures"],
    }


class Watch:
    """One browser tab; everything it does that words must never make it do."""

    def __init__(self, browser: Browser, box: LiveBox) -> None:
        self.tab = Tab(browser, box.url, viewport={"width": 1280, "height": 800})
        self.tripped: list[str] = []
        self.host = urlsplit(box.url).netloc
        self.tab.page.on("dialog", lambda one: (self.tripped.append(f"dialog {one.message}"), one.dismiss()))
        self.tab.page.on("request", lambda one: self._asked(one.url))
        self.tab.context.add_init_script(LOOK)

    def _asked(self, url: str) -> None:
        if urlsplit(url).scheme in ("http", "https") and urlsplit(url).netloc != self.host:
            self.tripped.append(f"asked {url}")

    def visit(self, path: str) -> str:
        """Open a page and wait until it is quiet; returns its words."""
        self.tab.page.goto(path)
        with suppress(Exception):
            self.tab.page.evaluate("look.settled()")
        if self.tab.page.evaluate("window.tripped !== undefined"):
            self.tripped.append(f"{path}: ran")
        drawn = "img[src=x], img[onerror], svg[onload], a[href^='javascript:']"
        if self.tab.page.evaluate(f"document.querySelector({json.dumps(drawn)}) !== null"):
            self.tripped.append(f"{path}: words became markup")
        refused = self.tab.page.evaluate("look.seen.refusedByPolicy")
        self.tripped += [f"{path}: policy {one}" for one in refused]
        return str(self.tab.page.evaluate("document.body.textContent"))


def test_every_page_draws_words_as_words(box: LiveBox, browser: Browser, planted: Planted, outside: Outside) -> None:
    said = strings(outside.url)
    tripped: list[str] = []
    opened, shown = 0, 0
    for role, paths in pages(planted).items():
        watch = Watch(browser, box)
        watch.tab.sign_in(box, role, paths[0])
        for path in paths:
            words = watch.visit(path)
            opened += 1
            shown += sum(one in words for one in said)
        tripped += watch.tripped
        watch.tab.close()
    assert tripped == []
    assert outside.callers == []
    assert shown >= 2 * len(planted.homes), "the pages do not show what was planted"
    print(
        f"fault 12: {len(said)} strings, {planted.kept} writes kept, {len(planted.refused)} refused,"
        f" {opened} pages, {shown} times drawn, 0 tripped"
    )


def test_control_a_page_that_draws_them_as_markup_is_seen(
    box: LiveBox, browser: Browser, planted: Planted, outside: Outside
) -> None:
    """The same words, as the API tells them, on a page without a policy that puts them where markup stands."""
    clerk, watch = box.as_demo("clerk"), Watch(browser, box)
    told = [clerk.get(f"/api/people/households/{home}").json()["address"] for home in planted.homes]
    outside.page = f'<!doctype html><meta charset="utf-8"><body>{" ".join(told)}</body>'
    watch.visit(f"{outside.url}/careless")
    assert f"{outside.url}/careless: ran" in watch.tripped
    assert f"{outside.url}/careless: words became markup" in watch.tripped
    assert f"asked {outside.url}/i" in watch.tripped
    assert "GET /i" in outside.callers
    outside.callers.clear()
    outside.page = ""
    watch.tab.close()


def formulas(workbook: bytes) -> list[str]:
    """Cells that a program would calculate."""
    book = openpyxl.load_workbook(io.BytesIO(workbook))
    return [
        f"{sheet.title}!{cell.coordinate}: {cell.value}"
        for sheet in book
        for row in sheet.iter_rows()
        for cell in row
        if cell.data_type == "f" or (isinstance(cell.value, str) and re.match(r"[=+\-@\t\r]", cell.value))
    ]


def test_no_cell_of_a_table_is_a_formula(outside: Outside) -> None:
    said = [*strings(outside.url), "+1+1", "-1-1", "\t=1+1", "=1+1", "＝1+1"]
    out = io.BytesIO()
    workbook.write([workbook.Table("表", said[:2], [[one, one] for one in said])], out)
    assert formulas(out.getvalue()) == []
    cells = [cell.value for row in openpyxl.load_workbook(out).active.iter_rows(min_row=2) for cell in row]  # type: ignore[union-attr]
    assert [one for one in cells if one not in said and one.removeprefix(workbook.SHIELD) not in said] == []
    raw = openpyxl.Workbook()
    for one in said:
        raw.active.append([one])  # type: ignore[union-attr]
    out = io.BytesIO()
    raw.save(out)
    assert len(formulas(out.getvalue())) >= 5, "the control was not seen"


def test_no_cell_of_what_a_box_sends_out_is_a_formula(box: LiveBox, planted: Planted, outside: Outside) -> None:
    """The tables and filled forms themselves, with hostile homes and people in them."""
    clerk, said = box.as_demo("clerk"), strings(outside.url)
    held = 0
    for path in planted.files:
        answer = clerk.get(path)
        assert answer.status_code == 200, path
        assert formulas(answer.content) == [], path
        book = openpyxl.load_workbook(io.BytesIO(answer.content))
        cells = [str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row]
        held += sum(f"{workbook.SHIELD}{one}" in cells for one in said)
    assert held >= len(planted.files), "what was planted did not go out"
    print(f"fault 12: {len(planted.files)} workbooks taken, {held} hostile words in them as text, 0 formulas")


def test_a_file_lies_nowhere_but_in_its_place_whatever_its_name_says(box: LiveBox) -> None:
    clerk = box.as_demo("clerk")
    book = io.BytesIO()
    openpyxl.Workbook().save(book)
    content = book.getvalue()
    before = set(box.home.parent.glob("*planted*"))
    for name in PATHS:
        begun = clerk.post("/api/uploads", json={"name": name, "size": len(content), "kind": "workbook"})
        if begun.status_code == 422:
            continue
        one = begun.raise_for_status().json()
        clerk.put(f"/api/uploads/{one['id']}?offset=0", content=content).raise_for_status()
        made = clerk.post(f"/api/uploads/{one['id']}/finish", json={}).raise_for_status().json()
        answer = clerk.get(f"/api/files/{made['id']}")
        told = answer.headers["content-disposition"]
        assert answer.status_code == 200
        assert "x-planted" not in answer.headers
        assert told.startswith("attachment")
        assert not re.search(r"[\\/\r\n]|%2f|%5c|\.\.", told.partition("filename")[2], re.IGNORECASE), told
    assert set(box.home.parent.glob("*planted*")) == before
    assert list(box.home.rglob("*planted*")) == []
    assert not Path("/tmp/xy-planted.xlsx").exists()
    assert not Path("/etc/xy-planted.xlsx").exists()


def test_no_address_leads_out_of_what_is_served(box: LiveBox) -> None:
    clerk = box.as_demo("clerk")
    secret = (box.home / "secrets" / "xy_app").read_bytes().strip()
    steps = ("../" * 8, "..%2f" * 8, "%2e%2e/" * 8, "..%5c" * 8, "....//" * 8)
    targets = ("etc/passwd", f"{str(box.home)[1:]}/secrets/xy_app", "xiangyun/entry/settings/config.py")
    asked = 0
    for start in ("/", "/assets/", "/desk/", "/app/", "/api/files/", "/api/areas/", "/api/figures/"):
        for step in steps:
            for target in targets:
                answer = raw_get(box, f"{start}{step}{target}", clerk.cookies["xy_session"])
                asked += 1
                assert b"root:" not in answer
                assert secret not in answer
                assert b"class Config" not in answer
    for name in ("..", "%2e%2e", quote("../" * 6 + "etc/passwd", safe=""), "0'; DROP TABLE people_resident; --"):
        for path in ("/api/files/{}", "/api/uploads/{}", "/api/people/households/{}", "/api/exchange/forms/{}"):
            assert clerk.get(path.format(name)).status_code in (404, 405, 422), (path, name)
            asked += 1
    print(f"fault 12: {asked} addresses lead nowhere")


def raw_get(box: LiveBox, path: str, token: str) -> bytes:
    """A request whose path no client has tidied up."""
    with socket.create_connection(("127.0.0.1", box.port), timeout=10) as line:
        head = (f"GET {path} HTTP/1.1", f"Host: 127.0.0.1:{box.port}", f"Cookie: xy_session={token}")
        line.sendall("\r\n".join((*head, "Connection: close", "", "")).encode())
        told = b""
        with suppress(TimeoutError):
            while part := line.recv(65536):
                told += part
        return told


# Where the box is told whom to call. Backups go where the machine itself is told, never over the API.
CALLED = {"GatewayRequest.url", "GatewayStatus.url", "MailIn.host"}
INNER = ("127.0.0.1", "localhost", "10.0.0.8", "169.254.169.254", "[::1]", "[::ffff:127.0.0.1]")


def test_no_body_over_http_takes_a_host_to_call_but_those_of_who_carries_messages(box: LiveBox) -> None:
    schema = box.as_demo("town_admin").get("/api/openapi.json").raise_for_status().json()
    told: set[str] = set()

    def walk(value: Any, path: str) -> None:
        if isinstance(value, dict):
            if value.get("format") in ("uri", "url", "hostname", "ipv4", "ipv6"):
                told.add(path)
            for name, one in value.items():
                is_chosen = "Target" in json.dumps(one)  # one of a list
                if re.search(r"(^|_)(url|uri|host|endpoint|webhook|callback|proxy|target)$", name) and not is_chosen:
                    told.add(f"{path}.{name}")
                walk(one, f"{path}.{name}")
        elif isinstance(value, list):
            for one in value:
                walk(one, path)

    for name, one in schema["components"]["schemas"].items():
        if not name.endswith(("Out", "Outs", "AddedAccount")):
            walk(one.get("properties", {}), name)
    assert told == CALLED


def test_what_carries_messages_lies_in_nobodys_own_net(box: LiveBox) -> None:
    admin = box.as_demo("town_admin")

    def answers(sends: str, asks: str, mails: str) -> list[int]:
        request = {"url": f"https://{sends}/send", "body": {"to": "{to}", "text": "{text}"}}
        status = {
            "url": f"https://{asks}/state",
            "body": {"ref": "{ref}"},
            "state_path": "state",
            "states": {"0": "sent"},
        }
        sms = {"channel": "sms", "is_on": False, "request": request, "status": status}
        mail = {"is_on": False, "host": mails, "port": 465, "security": "tls", "sender": "town@example.com"}
        ways = (("http", sms), ("mail", mail))
        return [admin.post(f"/api/notices/channels/{way}", json=body).status_code for way, body in ways]

    away = "sms.example.com"
    assert answers(away, away, away) == [200, 200]
    for host in INNER:
        assert answers(host, away, host.strip("[]")) == [422, 422], host
        assert answers(away, host, away) == [422, 200], host
    print(f"fault 12: {len(CALLED)} addresses the box is told to call, {len(INNER)} inner ones refused at each")
