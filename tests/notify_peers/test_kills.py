"""The worker is killed (`kill -9`, a real process) at every step of a message's life: nothing is lost or goes twice.

A pretend gateway on loopback counts. The control takes the claim away, and the count must show it.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.live_box import until
from tests.notify_peers.gateway import FakeGateway
from tests.notify_peers.worker import AT_GATEWAY, STEPS
from xiangyun.base import clock
from xiangyun.kernel.access import doors
from xiangyun.kernel.accounts.tests.factories import TOWN, a_person
from xiangyun.kernel.notify import actions
from xiangyun.kernel.notify.models import Delivery, Notice
from xiangyun.kernel.notify.rules import Urgency
from xiangyun.kernel.notify.tests.factories import a_contact, a_gateway

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

SEED = int(os.environ.get("SEED") or 20261127)


@pytest.fixture
def gateway(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeGateway]:
    from dataclasses import replace

    from django.conf import settings

    with FakeGateway() as running:
        monkeypatch.setattr(settings, "CONFIG", replace(settings.CONFIG, private_hosts=(running.host,)))
        yield running


def tell(gateway: FakeGateway, n: int, *, status: bool = True) -> None:
    """So many people are to be told something that cannot wait."""
    at = clock.now()
    with doors.scoped(TOWN):
        a_gateway(gateway.settings(status=status), at=at)
        for k in range(n):
            person = a_person(at=at)
            a_contact(person, f"138{k:08}", at=at)
            params = {"number": f"农业-{k}", "title": "有大雨", "minutes": 10}
            actions.tell(
                account=person.account_id,
                area=TOWN,
                code="workflow.offered",
                params=params,
                subject=("work", str(k)),
                at=at,
                urgency=Urgency.NOW,
            )


class Worker:
    """One process at a time, started again whenever it died."""

    def __init__(self, gateway: FakeGateway, trap: Path, **env: str) -> None:
        self.env = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join(sys.path),
            "XIANGYUN_PRIVATE_HOSTS": gateway.host,
            "XY_TRAP": str(trap),
            **env,
        }
        self.process: subprocess.Popen[bytes] | None = None
        self.deaths = 0

    def start(self) -> None:
        self.process = subprocess.Popen([sys.executable, "-m", "tests.notify_peers.worker"], env=self.env)

    def kill(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)

    def mind(self) -> None:
        """Start it again if it died."""
        if self.process is None or self.process.poll() is not None:
            self.deaths += self.process is not None
            self.start()


@contextmanager
def a_worker(gateway: FakeGateway, trap: Path, **env: str) -> Iterator[Worker]:
    worker = Worker(gateway, trap, **env)
    try:
        worker.start()
        yield worker
    finally:
        worker.kill()
        assert worker.process is not None
        worker.process.wait()


def states() -> list[str]:
    with doors.scoped(TOWN):
        return sorted(Delivery.objects.values_list("state", flat=True))


def run_until(worker: Worker, check: Any, wait_s: float = 40) -> None:
    def step() -> bool:
        worker.mind()
        return bool(check())

    until(step, wait_s=wait_s, every_s=0.1)


def killed_once(gateway: FakeGateway, tmp_path: Path, step: str, wanted: Any, **env: str) -> Worker:
    """Run the worker until it died at a step, was started again and everything came to an end."""
    trap = tmp_path / "trap"
    trap.touch()

    def trip(_what: object) -> None:
        if trap.exists():
            trap.unlink()
            worker.kill()

    if step == "arrived":
        gateway.at_arrival = trip
    elif step == "asked":
        gateway.at_question = trip
    with a_worker(gateway, trap, XY_DIE_AT=step, **env) as worker:
        run_until(worker, lambda: worker.deaths == 1 and wanted())
        time.sleep(1)  # what would go twice has its chance
        assert worker.deaths == 1
    return worker


@pytest.mark.parametrize("step", [*STEPS, *AT_GATEWAY])
def test_killed_at_any_step_each_message_goes_out_exactly_once(gateway: FakeGateway, tmp_path: Path, step: str) -> None:
    gateway.mode, gateway.slow_s = "slow", 0.1
    tell(gateway, 3)
    killed_once(gateway, tmp_path, step, lambda: states() == ["sent"] * 3)
    assert list(gateway.counts().values()) == [1, 1, 1]


@pytest.mark.parametrize("step", ["claimed", "arrived", "answered", "noted, not committed"])
def test_where_the_gateway_cannot_be_asked_nothing_goes_twice_and_a_person_is_shown_it(
    gateway: FakeGateway, tmp_path: Path, step: str
) -> None:
    tell(gateway, 1, status=False)
    killed_once(gateway, tmp_path, step, lambda: states() == ["unsure"])
    assert sum(gateway.counts().values()) == (0 if step == "claimed" else 1)
    with doors.scoped(TOWN):
        assert Delivery.objects.get().fault == "lost_in_hand"


@pytest.mark.parametrize("step", ["arrived", "answered"])
def test_control_without_the_claim_a_message_goes_twice(gateway: FakeGateway, tmp_path: Path, step: str) -> None:
    tell(gateway, 1)
    killed_once(gateway, tmp_path, step, lambda: states() == ["sent"], XY_CONTROL="unclaimed")
    assert list(gateway.counts().values()) == [2]


def test_killed_again_and_again_at_any_moment(gateway: FakeGateway, tmp_path: Path) -> None:
    chance = random.Random(SEED)
    gateway.mode, gateway.slow_s = "slow", 0.2
    many = 40
    tell(gateway, many)
    with a_worker(gateway, tmp_path / "none") as worker:
        for _ in range(8):
            before = len(gateway.taken)
            until(lambda before=before: len(gateway.taken) > before or len(gateway.taken) >= many, wait_s=20)
            time.sleep(chance.uniform(0, 0.5))
            worker.kill()
            assert worker.process is not None
            worker.process.wait()
            worker.mind()
        run_until(worker, lambda: states() == ["sent"] * many, wait_s=60)
        time.sleep(1)
    print(f"seed {SEED}: {worker.deaths} kills, {len(gateway.asked)} questions")
    assert worker.deaths >= 8
    assert list(gateway.counts().values()) == [1] * many


def test_what_was_told_before_the_worker_ever_lived_is_not_lost(gateway: FakeGateway, tmp_path: Path) -> None:
    tell(gateway, 2)
    with doors.scoped(TOWN):
        assert Notice.objects.filter(next_at__isnull=False).count() == 2
    with a_worker(gateway, tmp_path / "none") as worker:
        run_until(worker, lambda: states() == ["sent"] * 2)
        worker.process.send_signal(signal.SIGTERM)  # type: ignore[union-attr]
        assert worker.process.wait(10) == 0  # type: ignore[union-attr]
        worker.start()
    assert list(gateway.counts().values()) == [1, 1]
