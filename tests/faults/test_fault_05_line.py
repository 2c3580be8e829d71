"""Fault 5, the line: 300 ms each way, 64 kbit/s, every fifth connection cut somewhere in the request or its answer,
whole requests arriving a second time, then nothing at all for a while. Two people's phones send what they wrote to a
real box.

All of it arrives, each thing once; nobody knocks more often than the losses ask for.
"""

from __future__ import annotations

import contextlib
import random
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.live_box import LiveBox, Person, running
from xiangyun.kernel.offline.tests.phone import Phone

DELAY_S = 0.3
BYTES_A_SECOND = 64_000 / 8
CUT = 0.2
REPEATED = 0.1
BLACKOUT_S = 8.0
PIECE = 512
THINGS, AT_ONCE = 40, 4


class Line:
    """A bad line to a port of this machine; `port` is where it begins."""

    def __init__(self, to: int, chance: random.Random) -> None:
        self._to, self._chance = to, chance
        self._lock = threading.Lock()
        self.is_dark = False
        self.connections = self.cuts = self.repeats = 0
        self._door = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._door.getsockname()[1])
        threading.Thread(target=self._listen, daemon=True).start()

    def close(self) -> None:
        self._door.close()

    def _draw(self) -> tuple[int | None, int | None, bool]:
        """After how many bytes the way there or back is cut, and whether what went there comes again."""
        with self._lock:
            self.connections += 1
            if self._chance.random() >= CUT:
                is_repeated = self._chance.random() < REPEATED
                self.repeats += is_repeated
                return None, None, is_repeated
            self.cuts += 1
            if self._chance.random() < 0.5:
                return self._chance.randrange(1, 12_000), None, False
            return None, self._chance.randrange(1, 2_000), False

    def _listen(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = self._door.accept()
                threading.Thread(target=self._carry, args=(near,), daemon=True).start()

    def _carry(self, near: socket.socket) -> None:
        with contextlib.suppress(OSError), near:
            if self.is_dark:
                return
            there, back, is_repeated = self._draw()
            with socket.create_connection(("127.0.0.1", self._to)) as far:
                sent = bytearray()
                way = threading.Thread(target=self._pump, args=(near, far, there, sent), daemon=True)
                way.start()
                self._pump(far, near, back, bytearray())
                for end in (near, far):
                    with contextlib.suppress(OSError):
                        end.shutdown(socket.SHUT_RDWR)
                way.join()
            if is_repeated:
                self._again(bytes(sent))

    def _pump(self, begin: socket.socket, end: socket.socket, most: int | None, seen: bytearray) -> None:
        with contextlib.suppress(OSError):
            is_first = True
            while piece := begin.recv(PIECE):
                if is_first:
                    time.sleep(DELAY_S)
                    is_first = False
                time.sleep(len(piece) / BYTES_A_SECOND)
                if self.is_dark or (most is not None and len(seen) + len(piece) > most):
                    break
                seen += piece
                end.sendall(piece)
        for one in (begin, end):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def _again(self, sent: bytes) -> None:
        """What went there arrives a second time; nobody reads the answer."""
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self._to), timeout=10) as far:
            far.sendall(sent)
            far.settimeout(5)
            far.recv(1)


class Browser:
    """Somebody behind the line, as the model phone calls one; `tries` counts what was asked."""

    def __init__(self, signed_in: Person, line: Line) -> None:
        self._client = httpx.Client(
            base_url=f"http://127.0.0.1:{line.port}",
            cookies=dict(signed_in.cookies),
            headers={"X-CSRFToken": signed_in.cookies["csrftoken"], "Connection": "close"},
            timeout=30,
        )
        self.tries = 0

    def get(self, url: str) -> Any:
        return self._ask("GET", url)

    def post(self, url: str, body: str, content_type: str) -> Any:
        return self._ask("POST", url, content=body, headers={"Content-Type": content_type})

    def put(self, url: str, body: str, content_type: str) -> Any:
        return self._ask("PUT", url, content=body, headers={"Content-Type": content_type})

    def _ask(self, method: str, url: str, **more: Any) -> Any:
        """Again after a while that grows, as the app does."""
        for n in range(40):
            self.tries += 1
            with contextlib.suppress(httpx.TransportError):
                return self._client.request(method, url, **more)
            time.sleep(min(0.5 * 2**n, 4))
        raise AssertionError("the line never came back")


@pytest.fixture(scope="module")
def box() -> Iterator[LiveBox]:
    with running(demo=True) as started:
        yield started


def test_all_of_it_arrives_once_and_nobody_knocks_too_often(box: LiveBox, chance: random.Random) -> None:
    line = Line(box.port, chance)
    people = [box.as_demo("grid_worker"), box.as_demo("village_secretary")]
    homes = {one["id"]: one for one in people[1].get("/api/offline/pack").json()["households"]}
    own = {one["id"]: one for one in people[0].get("/api/offline/pack").json()["households"]}
    others = [one for one in homes.values() if one["id"] not in own]
    browsers = [Browser(person, line) for person in people]
    phones = [Phone(browser) for browser in browsers]
    meant: dict[str, tuple[str, int]] = {}
    for phone, several in zip(phones, (list(own.values()), others), strict=True):
        assert phone.register().status_code == 200
        for n in range(THINGS):
            home = several[n % len(several)]
            address, version = f"{n + 1} 组 {phone.id[-4:]} 号", meant.get(home["id"], ("", home["version"]))[1]
            phone.write(
                "people.change_household", ("household", home["id"]), {"address": address}, base=home["version"]
            )
            meant[home["id"]] = (address, version + 1)
    before = sum(browser.tries for browser in browsers)
    threads = [threading.Thread(target=_send_all, args=(phone,)) for phone in phones]
    for thread in threads:
        thread.start()
    time.sleep(5)
    line.is_dark = True
    time.sleep(BLACKOUT_S)
    line.is_dark = False
    for thread in threads:
        thread.join(300)
    line.close()
    assert [len(phone.outbox) for phone in phones] == [0, 0]
    clerk = box.as_demo("clerk")
    stands = {pk: clerk.get(f"/api/people/households/{pk}").json() for pk in meant}
    assert {pk: (one["address"], one["version"]) for pk, one in stands.items()} == meant
    listed = {one["id"]: one for one in clerk.items("/api/offline/phones")}
    assert {(listed[one.id]["never_came"], listed[one.id]["waiting"]) for one in phones} == {(0, 0)}
    tries = sum(browser.tries for browser in browsers) - before
    least = 2 * THINGS // AT_ONCE
    print(
        f"{line.connections} connections, {line.cuts} cut, {line.repeats} repeated, {tries} tries for {least} requests"
    )
    assert line.cuts
    assert tries <= 6 * least + BLACKOUT_S


def _send_all(phone: Phone) -> None:
    while phone.outbox:
        phone.sync(list(phone.outbox)[:AT_ONCE])
