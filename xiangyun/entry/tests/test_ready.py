import socket
import threading

import pytest
from django.test import Client

from xiangyun.base import clock
from xiangyun.entry import ready
from xiangyun.kernel.workflow import actions

pytestmark = pytest.mark.django_db


def test_each_part_that_is_silent_is_named_in_the_readers_language():
    answer = Client().get("/readyz", headers={"accept-language": "en"})
    facts = answer.json()
    assert answer.status_code == 503
    assert facts["database"] == "ok"
    assert facts["worker"].startswith("The worker is silent")
    assert facts["ingest"].startswith("The ingest process is silent")
    assert facts["broker"].startswith("The message broker")


def test_ingest_is_well_only_when_both_its_doors_are():
    for process, is_well in (("ingest", False), ("ingest_http", True)):
        actions.beat(process, at=clock.now())
        assert (ready.facts("en", clock.now())["ingest"] == "ok") == is_well


def test_all_parts_that_speak_make_the_box_ready(monkeypatch):
    for process in ("worker", "ingest", "ingest_http"):
        actions.beat(process, at=clock.now())
    with socket.create_server(("127.0.0.1", 0)) as broker:

        def greet():
            line, _ = broker.accept()
            with line:
                line.sendall(b"INFO {}\r\n")

        greeting = threading.Thread(target=greet)
        greeting.start()
        monkeypatch.setenv("NATS_URL", f"nats://127.0.0.1:{broker.getsockname()[1]}")
        monkeypatch.setattr(ready, "CONFIG", type(ready.CONFIG).load())
        answer = Client().get("/readyz")
        greeting.join()
    assert (answer.status_code, answer.json()) == (200, dict.fromkeys(("database", "broker", "ingest", "worker"), "ok"))
