"""What a phone without signal costs: a thousand things written on it and sent, the village pack on the line and opened.

`XIANGYUN_BENCH_HOMES` makes the village smaller for a try; such figures say nothing.
"""

from __future__ import annotations

import gzip
import http.client
import json
import os
import random
import re
import time
from collections.abc import Callable, Sequence
from typing import Any

from tests.bench.offline_phone import opened_s
from tests.bench.offline_pictures import SAID_BY_CHROME, Taken, a_signature, a_small, send_files
from tests.bench.report import Row
from tests.bench.town import PASSWORD, VILLAGE, Sticks, Town, town
from tests.live_box import Person
from tests.thin_line import Forbidden, Shape, thin_line
from xiangyun.kernel.offline.tests.phone import Phone

HOMES = int(os.environ.get("XIANGYUN_BENCH_HOMES", "1000"))
A_HOME = 3
THINGS = 1000
AT_ONCE = 100
SYNC_S, PACK_KB, OPEN_MS = 30, 3 * 1024, 1500
THIN = Shape(bits_a_second=256_000, delay_s=0.2, loss=0.05)
THIN_S, ANSWER_S = 300, 120
"""For a thousand things alone, and with the small pictures of their photos and with signatures; originals wait."""
PHOTOS, SIGNATURES = 300, 100
SECRETARY = "bench-village_secretary"

Say = Callable[[str], None]


def run(rounds: int, say: Say) -> list[Row]:
    """A village of a thousand homes; a phone writes of each of them and comes back to the line."""
    with town() as place:
        sticks = Sticks(place.box, "tests.bench.offline_sticks")
        made = sticks("village", VILLAGE, HOMES, A_HOME)
        say(f"a village of {made['homes']:,} homes and {made['people']:,} people")
        secretary = _person(place)
        took, cpu, packs, made_in, plain = [], [], [], [], []
        for turn in range(rounds):
            pack, size, pack_s = _pack(place, secretary)
            packs.append(size / 1024)
            made_in.append(pack_s)
            say(f"round {turn + 1} of {rounds}: pack {size / 1024:.0f} kB in {pack_s * 1000:.0f} ms")
            phone = Phone(_Browser(secretary))
            assert phone.register().status_code == 200
            _write(phone, pack["households"], turn)
            say(f"{len(phone.outbox):,} things written")
            began, used = time.monotonic(), place.cpu_s("")
            while phone.outbox:
                told = phone.sync(list(phone.outbox)[:AT_ONCE])
                wrong = [one for one in told if one["state"] != "applied"]
                assert not wrong, wrong[0]
            took.append(time.monotonic() - began)
            cpu.append(place.cpu_s("") - used)
            plain.append(sticks("plain", THINGS))
            say(f"sent in {took[-1]:.1f} s ({plain[-1]:.2f} s: the same as one row each, without anything of ours)")
        thin = [sent_thin(place, secretary, rounds + turn, say) for turn in range(rounds)]
        whole = [sent_thin(place, secretary, 2 * rounds + turn, say, PHOTOS, SIGNATURES) for turn in range(rounds)]
        seen = opened_s(place, SECRETARY, rounds)
        say(f"opened on a slow phone in {', '.join(f'{one * 1000:.0f}' for one in seen) or 'no browser here'} ms")
        on_phone = [Row("pack_open_ms", "ms", [one * 1000 for one in seen], goal=OPEN_MS, is_most=True)] if seen else []
        return [
            Row(
                "sync_1000_s",
                "s",
                took,
                "1,000 rows inserted and committed by 100, SQL alone",
                plain,
                goal=SYNC_S,
                is_most=True,
                is_of_value=True,
            ),
            Row("sync_cpu_s", "s", cpu),
            *([Row("sync_1000_thin_s", "s", _seen(thin), goal=THIN_S, is_most=True)] if any(thin) else []),
            *([Row("sync_1000_pictures_thin_s", "s", _seen(whole), goal=THIN_S, is_most=True)] if any(whole) else []),
            Row("pack_1000_kb", "kB", packs, goal=PACK_KB, is_most=True),
            Row("pack_made_ms", "ms", [one * 1000 for one in made_in]),
            *on_phone,
        ]


def sent_thin(
    place: Town, secretary: Person, turn: int, say: Say, photos: int = 0, signatures: int = 0
) -> float | None:
    """Seconds for a thousand things over a thin line, with so many small pictures and signatures of them. None where
    this machine makes no such line."""
    pack = secretary.get(f"/api/offline/pack?area={VILLAGE}").json()
    phone = Phone(_Browser(secretary))
    assert phone.register().status_code == 200
    chance = random.Random(turn)
    taken = [a_signature(chance) for _ in range(signatures)] + [a_small(chance) for _ in range(photos)]
    files = _write(phone, pack["households"], turn, taken)
    try:
        with thin_line(place.box.port, THIN, seed=turn) as line, _behind(line.port, secretary) as far:
            phone.browser = _Browser(far)
            began = time.monotonic()
            while phone.outbox:
                phone.sync(list(phone.outbox)[:AT_ONCE])
            alone = time.monotonic() - began
            send_files(far, files)
            took = time.monotonic() - began
            told = line.stop()
    except Forbidden as why:
        say(f"NOT measured: this machine makes no thin line ({why})")
        return None
    size = sum(len(file.content) for file in taken) / 1024
    say(
        f"over a thin line in {took:.1f} s (things {alone:.1f} s), {size:,.0f} kB of files: "
        f"{told['dropped']:,} of {told['packets']:,} packets lost"
    )
    return took


def _seen(took: list[float | None]) -> list[float]:
    return [one for one in took if one is not None]


def _behind(port: int, signed_in: Person) -> Person:
    """The same person at the other end of a line."""
    person = Person(f"http://127.0.0.1:{port}")
    person.timeout = ANSWER_S
    for name, value in signed_in.cookies.items():
        person.cookies.set(name, value)
    return person


def _write(phone: Phone, homes: list[Any], turn: int, taken: Sequence[Taken] = ()) -> list[tuple[str, Taken]]:
    """Of every home something: mostly a changed address or house, now and then that nothing changed, or a person; with
    the first things go the files. Returns the item of each file."""
    chance = random.Random(turn)
    files = []
    for n in range(THINGS):
        home = homes[n % len(homes)]
        kind = chance.random()
        subject = ("household", home["id"])
        along = taken[n : n + 1]
        announced = [file.announced() for file in along]
        if kind < 0.3:
            item = phone.write("people.check_household", subject, base=home["version"], files=announced)
        elif kind < 0.8 or not home["members"]:
            facts = {"address": f"{turn} 组 {n} 号", "house_size_m2": f"{60 + n % 90}"}
            item = phone.write("people.change_household", subject, facts, base=home["version"], files=announced)
        else:
            person = home["members"][0]
            facts = {"occupation": f"种地 {turn} {n}"}
            resident = ("resident", person["id"])
            item = phone.write("people.change_resident", resident, facts, base=person["version"], files=announced)
        files += [(item, file) for file in along]
    return files


def _pack(place: Town, secretary: Person) -> tuple[Any, int, float]:
    """The pack, its bytes on the line, and how long until they were there."""
    line = http.client.HTTPConnection("127.0.0.1", place.box.port, timeout=60)
    cookie = "; ".join(f"{name}={value}" for name, value in secretary.cookies.items())
    began = time.monotonic()
    line.request("GET", f"/api/offline/pack?area={VILLAGE}", headers={"Cookie": cookie, "Accept-Encoding": "gzip"})
    answer = line.getresponse()
    body = answer.read()
    took = time.monotonic() - began
    assert answer.status == 200, body[:500]
    assert answer.headers["Content-Encoding"] == "gzip"
    return json.loads(gzip.decompress(body)), len(body), took


def _person(place: Town) -> Person:
    told = place.box.command(
        "staff", "add", "--name", "王建国", "--role", "village_secretary", "--area", VILLAGE
    ).stdout
    link = re.search(r"token=(\S+)", told)
    assert link, told
    person = place.box.person()
    body = {"token": link[1], "account": SECRETARY, "password": PASSWORD}
    person.post("/api/session", json=body).raise_for_status()
    return person


class _Browser:
    """A signed-in person as the model phone calls one."""

    def __init__(self, person: Person) -> None:
        self._person = person

    def get(self, url: str) -> Any:
        return self._person.get(url)

    def post(self, url: str, body: str, content_type: str) -> Any:
        return self._person.post(url, content=body, headers={**SAID_BY_CHROME, "Content-Type": content_type})

    def put(self, url: str, body: str, content_type: str) -> Any:
        return self._person.put(url, content=body, headers={"Content-Type": content_type})
