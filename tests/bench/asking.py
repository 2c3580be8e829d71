"""Asking a box as a page does: somebody signed in, one request after the other over one connection."""

from __future__ import annotations

import http.client
import json
import re
import time
from collections.abc import Iterator
from typing import Any

from tests.bench.town import PASSWORD, Town
from tests.live_box import Person


def reader(place: Town, role: str, area: str) -> Person:
    """Somebody with one post, signed in."""
    told = place.box.command("staff", "add", "--name", "测试", "--role", role, "--area", area).stdout
    link = re.search(r"token=(\S+)", told)
    assert link, told
    person = place.box.person()
    person.post(
        "/api/session", json={"token": link[1], "account": f"bench-{role}", "password": PASSWORD}
    ).raise_for_status()
    return person


class Asking:
    """One signed-in browser's connection."""

    def __init__(self, place: Town, person: Person) -> None:
        self.person = person
        self._line = http.client.HTTPConnection("127.0.0.1", place.box.port, timeout=60)
        cookies = "; ".join(f"{name}={value}" for name, value in person.cookies.items())
        self._headers = {
            "Cookie": cookies,
            "Accept": "application/json",
            "Content-Type": "application/json",
            "X-CSRFToken": person.cookies["csrftoken"],
        }

    def one(self, method: str, path: str, body: dict[str, Any] | None = None) -> tuple[float, Any]:
        """Milliseconds of one request, and what was answered."""
        sent = json.dumps(body).encode() if body else None
        began = time.perf_counter()
        self._line.request(method, path, body=sent, headers=self._headers)
        answer = self._line.getresponse()
        told = answer.read()
        took = (time.perf_counter() - began) * 1000
        if answer.status != 200:
            raise AssertionError(f"{method} {path}: {answer.status} {told[:300]!r}")
        return took, json.loads(told)

    def repeated(self, method: str, path: str) -> Iterator[float]:
        """Milliseconds of the same request again and again."""
        while True:
            yield self.one(method, path)[0]
