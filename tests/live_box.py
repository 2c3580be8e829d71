"""A whole town box under test: started as a user would, spoken to through its public doors only."""

from __future__ import annotations

import contextlib
import logging
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import paho.mqtt.client as mqtt

logging.getLogger("httpx").setLevel(logging.WARNING)

ROOT = Path(__file__).resolve().parent.parent
FOREIGN = ("XIANGYUN_", "DJANGO_", "DATABASE_URL", "NATS_URL")
COMMAND = Path(sys.executable).parent / "xiangyun"


def free_port() -> int:
    """A port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Person(httpx.Client):
    """Somebody at a browser: cookies kept, the csrf token sent back on writes."""

    def __init__(self, url: str, lang: str = "zh-Hans") -> None:
        super().__init__(
            base_url=url, timeout=30, headers={"Accept-Language": lang}, event_hooks={"request": [self._csrf]}
        )

    def _csrf(self, request: httpx.Request) -> None:
        token = self.cookies.get("csrftoken")
        if token and request.method not in ("GET", "HEAD"):
            request.headers["X-CSRFToken"] = token

    def sign_in(self, account: str, password: str) -> httpx.Response:
        return self.post("/api/session", json={"account": account, "password": password})

    def items(self, path: str) -> list[dict[str, Any]]:
        """Every row of a list, page by page."""
        found: list[dict[str, Any]] = []
        cursor: str | None = None
        while True:
            answer = self.get(httpx.URL(path).copy_merge_params({"cursor": cursor} if cursor else {}))
            answer.raise_for_status()
            found += answer.json()["items"]
            cursor = answer.json().get("next")
            if not cursor:
                return found


class LiveBox:
    """`xiangyun up` in a home of its own."""

    def __init__(self, *, demo: bool = True, home: Path | None = None, env: dict[str, str] | None = None) -> None:
        self.home = home or Path(tempfile.mkdtemp(prefix="xb-", dir="/tmp"))
        self.port, self.mqtt_port = free_port(), int((env or {}).get("XIANGYUN_MQTT_PORT") or free_port())
        self.url = f"http://127.0.0.1:{self.port}"
        self.env = {
            **{key: value for key, value in os.environ.items() if not key.startswith(FOREIGN)},
            "XIANGYUN_HOME": str(self.home),
            "XIANGYUN_PORT": str(self.port),
            "XIANGYUN_MQTT_PORT": str(self.mqtt_port),
            "XIANGYUN_DEMO": "1" if demo else "0",
            **(env or {}),
        }
        self.process: subprocess.Popen[bytes] | None = None
        self.visitors = contextlib.ExitStack()

    def command(self, *words: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run `xiangyun …` against this box. Fails, with what it said, where it is not done (unless not to `check`)."""
        said = subprocess.run(
            [COMMAND, *words], cwd=ROOT, env=self.env, capture_output=True, text=True, check=False, timeout=180
        )
        if check and said.returncode:
            raise AssertionError(f"xiangyun {' '.join(words)} left with {said.returncode}: {said.stdout}{said.stderr}")
        return said

    def start(self, wait_s: float = 240) -> float:
        """Start and wait for /readyz; returns the seconds it took."""
        log = self._log.open("ab")
        began = time.monotonic()
        self.process = subprocess.Popen([COMMAND, "up"], cwd=ROOT, env=self.env, stdout=log, stderr=log)
        log.close()
        self.wait_ready(wait_s)
        return time.monotonic() - began

    def wait_ready(self, wait_s: float) -> None:
        """Until /readyz answers 200. Fails when the process leaves, or after `wait_s`."""
        assert self.process is not None
        deadline = time.monotonic() + wait_s
        facts = ""
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise AssertionError(f"the box left with {self.process.returncode}: {self.last_words()}")
            with contextlib.suppress(httpx.HTTPError):
                answer = httpx.get(f"{self.url}/readyz", timeout=5)
                facts = answer.text
                if answer.status_code == 200:
                    return
            time.sleep(0.1)
        raise AssertionError(f"not ready after {wait_s} s: {facts}; {self.last_words()}")

    @property
    def _log(self) -> Path:
        return self.home.parent / f"{self.home.name}.log"

    def last_words(self) -> str:
        return self._log.read_text(errors="replace")[-2000:] if self._log.exists() else ""

    def stop(self, wait_s: float = 20) -> float:
        """SIGTERM, then wait for the last process; returns the seconds it took."""
        assert self.process is not None
        began = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(wait_s)
        return time.monotonic() - began

    def person(self, lang: str = "zh-Hans") -> Person:
        """Somebody who is not signed in; leaves when the box does."""
        return self.visitors.enter_context(Person(self.url, lang))

    def demo_accounts(self) -> list[dict[str, str]]:
        return list(httpx.get(f"{self.url}/api/demo/accounts").json()["items"])

    def demo(self, role: str, town: str = "15.08.02.100") -> dict[str, str]:
        """The first demo account of a role in a town (or of a role above the towns)."""
        return next(
            one
            for one in self.demo_accounts()
            if one["role"] == role and (one["area"].startswith(town) or role.endswith("viewer"))
        )

    def as_demo(self, role: str, town: str = "15.08.02.100", lang: str = "zh-Hans") -> Person:
        """Somebody of that role, signed in."""
        one = self.demo(role, town)
        person = self.person(lang)
        answer = person.sign_in(one["account"], one["password"])
        assert answer.status_code == 200, answer.text
        return person

    def mqtt(self, key: str, secret: str) -> mqtt.Client:
        """A connected device speaking MQTT 3.1.1."""
        client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, client_id=f"t-{key}", protocol=mqtt.MQTTv311)
        client.username_pw_set(key, secret)
        client.connect("127.0.0.1", self.mqtt_port, keepalive=30)
        client.loop_start()
        self.visitors.callback(lambda: (client.disconnect(), client.loop_stop()))
        deadline = time.monotonic() + 10
        while not client.is_connected() and time.monotonic() < deadline:
            time.sleep(0.02)
        assert client.is_connected(), "the broker refused the device"
        return client


@contextlib.contextmanager
def running(**options: Any) -> Iterator[LiveBox]:
    """A started box, stopped and swept away at the end."""
    box = LiveBox(**options)
    try:
        box.start()
        yield box
    finally:
        box.visitors.close()
        if box.process is not None and box.process.poll() is None:
            box.stop()
        shutil.rmtree(box.home, ignore_errors=True)
        for left in box.home.parent.glob(f"{box.home.name}.*"):
            left.unlink()


def until(check: Any, wait_s: float = 10, every_s: float = 0.05) -> Any:
    """Ask until the answer is true (not None, not empty); returns it. Fails after `wait_s`."""
    deadline = time.monotonic() + wait_s
    while True:
        answer = check()
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise AssertionError(f"not seen within {wait_s} s")
        time.sleep(every_s)
