"""A gateway for SMS and calls, as a town's would be: it takes messages over HTTP, can be asked, and can misbehave.

What it has taken is counted by the key each message carries; it does not know a key again, as most do not.
"""

from __future__ import annotations

import hmac
import json
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, parse_qsl, urlsplit

SECRET = "hmac-of-the-gateway"


@dataclass(frozen=True, slots=True)
class Taken:
    """One message the gateway has."""

    key: str
    to: str
    text: str
    headers: dict[str, str]


@dataclass
class FakeGateway:
    """`modes` is what it does with the next requests, one each, then `mode`: `take`, `slow` (takes, answers late),
    `500` (takes, then breaks), `drop` (takes, hangs up), `drip` (takes, answers for ever), `refuse` (says no), `busy`
    (429), `redirect`.
    """

    mode: str = "take"
    modes: list[str] = field(default_factory=list)
    slow_s: float = 1.0
    taken: list[Taken] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    states: dict[str, str] = field(default_factory=dict)
    at_arrival: Callable[[Taken], None] | None = None
    """Called once a message is taken, before anything is answered."""
    at_answer: Callable[[Taken], None] | None = None
    """Called once the answer is on its way."""
    at_question: Callable[[str], None] | None = None

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        gateway = self

        class Handler(_Handler):
            owner = gateway

        self._server = _Server(("127.0.0.1", 0), Handler)
        self.host = f"127.0.0.1:{self._server.server_address[1]}"
        self.url = f"http://{self.host}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def next_mode(self) -> str:
        with self._lock:
            return self.modes.pop(0) if self.modes else self.mode

    def keep(self, one: Taken) -> None:
        with self._lock:
            self.taken.append(one)

    def counts(self) -> dict[str, int]:
        """How often each message was taken."""
        with self._lock:
            found: dict[str, int] = {}
            for one in self.taken:
                found[one.key] = found.get(one.key, 0) + 1
            return found

    def settings(self, *, status: bool = True, **changes: Any) -> dict[str, Any]:
        """What a town's administrator would set to send through it."""
        told: dict[str, Any] = {
            "channel": "sms",
            "is_on": True,
            "sign": "【狼山镇】",
            "request": {
                "method": "POST",
                "url": f"{self.url}/send",
                "headers": {"Authorization": "Bearer {secret.token}", "X-Key": "{key}"},
                "form": "json",
                "body": {"phone": "{to}", "content": "{text}", "id": "{key}"},
                "sign": {"header": "X-Signature", "secret": "hmac"},
            },
            "answer": {"good_path": "code", "good": ["0"], "ref_path": "data.id", "fault_path": "message"},
            "status": {
                "method": "GET",
                "url": f"{self.url}/status?id={{key}}",
                "headers": {},
                "form": "json",
                "body": {},
                "sign": None,
                "state_path": "state",
                "states": {"DELIVRD": "delivered", "ACCEPTED": "sent", "UNDELIV": "failed", "NONE": "unknown"},
                "absent": "",
            }
            if status
            else None,
            "receipt": {
                "list_path": "reports",
                "key_path": "id",
                "ref_path": "ref",
                "state_path": "state",
                "states": {"DELIVRD": "delivered", "UNDELIV": "failed", "PRESSED_1": "heard"},
            },
            "secrets": {"token": "t-0123", "hmac": SECRET},
        }
        return {**told, **changes}


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Whoever calls may die in the middle of it."""


class _Handler(BaseHTTPRequestHandler):
    owner: FakeGateway
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 -- the parent's name
        return

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        if parts.path == "/status":
            self._status(parse_qs(parts.query).get("id", [""])[0])
        else:
            self._message(dict(parse_qsl(parts.query)), parts.query.encode())

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        is_json = "json" in (self.headers.get("Content-Type") or "")
        self._message(json.loads(body) if is_json else dict(parse_qsl(body.decode())), body)

    def _status(self, key: str) -> None:
        self.owner.asked.append(key)
        if self.owner.at_question:
            self.owner.at_question(key)
        known = key in self.owner.counts()
        self._answer(200, {"state": self.owner.states.get(key, "ACCEPTED") if known else "NONE"})

    def _message(self, told: dict[str, str], signed: bytes) -> None:
        gateway, mode = self.owner, self.owner.next_mode()
        one = Taken(told.get("id", ""), told.get("phone", ""), told.get("content", ""), dict(self.headers.items()))
        if mode == "refuse":
            self._answer(200, {"code": 17, "message": f"号码 {one.to} 在黑名单里"})
            return
        if mode == "busy":
            self._answer(429, {"code": 1})
            return
        if mode == "redirect":
            self.send_response(302)
            self.send_header("Location", f"{gateway.url}/send")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        said = self.headers.get("X-Signature")
        if said is not None and not hmac.compare_digest(said, hmac.new(SECRET.encode(), signed, sha256).hexdigest()):
            gateway.wrong.append("signature")
            self._answer(401, {"code": 2, "message": "signature"})
            return
        gateway.keep(one)
        if gateway.at_arrival:
            gateway.at_arrival(one)
        self._misbehave(mode, one)

    def _misbehave(self, mode: str, one: Taken) -> None:
        gateway = self.owner
        if mode == "drop":
            self.close_connection = True
            return
        if mode == "500":
            self._answer(500, {"message": "broken"})
            return
        if mode == "drip":
            with suppress(OSError):
                self.wfile.write(b"HTTP/1.1 200 OK\r\n")
                for n in range(1000):
                    self.wfile.write(f"X-Drip-{n}: 1\r\n".encode())
                    self.wfile.flush()
                    time.sleep(0.2)
            return
        if mode == "slow":
            time.sleep(gateway.slow_s)
        self._answer(200, {"code": 0, "data": {"id": f"gw-{len(gateway.taken)}"}})
        if gateway.at_answer:
            gateway.at_answer(one)

    def _answer(self, status: int, told: dict[str, Any]) -> None:
        body = json.dumps(told).encode()
        with suppress(OSError):
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
            self.wfile.flush()
