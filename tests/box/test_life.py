"""One whole box: killed part by part, stopped, upgraded; started as a user would start it."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import aiomqtt
import httpx
import psycopg
import pytest

from tests.live_box import LiveBox, Person, running, until
from xiangyun.box import devices, postgres
from xiangyun.entry.settings.config import Config

pytestmark = [pytest.mark.box, pytest.mark.slow]

PARTS = ("postgres", "nats", "caddy", "web", "live", "ingest", "mqtt", "worker")


@pytest.fixture(scope="module")
def box():
    with running() as one:
        yield one


def state(box: LiveBox) -> dict[str, dict[str, int | None]]:
    found: dict[str, dict[str, int | None]] = json.loads((box.home / "run" / "state.json").read_text("ascii"))
    return found


def config_of(box: LiveBox) -> Config:
    return Config.load(box.env)


def is_ready(box: LiveBox) -> bool:
    try:
        return httpx.get(f"{box.url}/readyz", timeout=5).status_code == 200
    except httpx.HTTPError:
        return False


def family(home: Path) -> set[int]:
    """Every process that was born for this home and still lives."""
    found = set()
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            born = (folder / "environ").read_bytes().split(b"\0")
            spoken = (folder / "cmdline").read_bytes()
        except OSError:
            continue
        if f"XIANGYUN_HOME={home}".encode() in born or f"{home}/pg".encode() in spoken:
            found.add(int(folder.name))
    return found


def test_every_part_runs(box):
    assert set(PARTS) <= set(state(box))
    assert all(state(box)[part]["pid"] for part in PARTS)


def registered(keeper: Person, name: str) -> dict[str, str]:
    """A new device: its key and secret."""
    fresh = {"name": name, "profile": "soil_probe", "area": "15.08.02.100.201", "lon": 107.1, "lat": 40.9}
    made: dict[str, str] = keeper.post("/api/devices", json=fresh).raise_for_status().json()
    return made


def waited_for_the_broker(box: LiveBox, made: dict[str, str]) -> float:
    """Knock until the broker lets the device in; returns the seconds that took."""

    async def knock() -> None:
        while True:
            with suppress(aiomqtt.MqttError):
                async with aiomqtt.Client(
                    "127.0.0.1", box.mqtt_port, username=made["key"], password=made["secret"], identifier=made["key"]
                ):
                    return
            await asyncio.sleep(0.01)

    began = time.monotonic()
    asyncio.run(asyncio.wait_for(knock(), 10))
    return time.monotonic() - began


def test_the_broker_lets_a_device_in_the_moment_it_is_registered(box):
    keeper = box.as_demo("maintainer")
    waits = []
    for n in range(5):
        time.sleep(2 * devices.COALESCE_S)  # what came before is told
        waits.append(waited_for_the_broker(box, registered(keeper, f"墒情 {n}")))
    assert min(waits) < devices.COALESCE_S / 2


def test_of_a_burst_of_registrations_all_are_let_in(box):
    keeper = box.as_demo("maintainer")
    burst = [registered(keeper, f"墒情 B{n}") for n in range(12)]
    assert max(waited_for_the_broker(box, made) for made in reversed(burst)) < 5


@pytest.mark.parametrize("part", PARTS)
def test_a_killed_part_comes_back(box, part):
    pid = state(box)[part]["pid"]
    os.kill(pid, signal.SIGKILL)
    until(lambda: state(box)[part]["pid"] not in (None, pid), 45)
    until(lambda: is_ready(box), 60)


def test_the_worker_is_born_again_with_the_database(box):
    until(lambda: is_ready(box), 60)
    before = state(box)["worker"]["starts"]
    os.kill(state(box)["postgres"]["pid"], signal.SIGKILL)
    until(lambda: state(box)["worker"]["starts"] > before, 45)
    until(lambda: is_ready(box), 60)


def test_status_is_content_and_speaks_both_languages(box):
    until(lambda: "一切正常" in box.command("--lang", "zh", "status", check=False).stdout, 60)
    until(lambda: "all well" in box.command("status", "--lang", "en", check=False).stdout, 60)


def test_doctor_finds_nothing_that_must_be_mended(box):
    said = box.command("doctor", "--lang", "en", check=False)
    assert "survive a power cut" in said.stdout


def test_the_roles_hold_no_more_than_they_should(box):
    with postgres.superuser(config_of(box)) as link:
        rows = link.execute(
            "SELECT rolname, rolsuper, rolbypassrls, rolcreatedb, rolcreaterole FROM pg_roles"
            " WHERE rolname LIKE 'xy_%' AND rolcanlogin ORDER BY rolname"
        ).fetchall()
    assert rows == [
        ("xy_app", False, False, False, False),
        ("xy_ingest", False, False, False, False),
        ("xy_owner", False, True, True, False),
    ]


def test_a_second_start_in_the_same_home_is_refused(box):
    said = box.command("up", "--lang", "en", check=False)
    assert said.returncode == 1
    assert said.stderr.count("\n") == 1
    assert "already runs" in said.stderr


def test_sigterm_leaves_nobody_and_a_killed_supervisor_neither():
    with running() as one:
        with httpx.stream("GET", f"{one.url}/healthz"):
            assert one.stop() < 10
        until(lambda: not family(one.home), 2)

        one.start()
        assert one.process is not None
        one.process.kill()
        one.process.wait(5)
        until(lambda: not family(one.home), 10)
        one.start()


def test_data_of_a_newer_program_is_refused(tmp_path_factory):
    one = LiveBox(demo=False, home=tmp_path_factory.mktemp("d"))
    migrate(one)
    with postgres.running(config_of(one)), owner(one) as link:
        link.execute("INSERT INTO django_migrations (app, name, applied) VALUES ('org', '9999_later', now())")
    said = one.command("up", "--lang", "en", check=False)
    assert said.returncode == 1
    assert "newer version" in said.stderr
    assert not family(one.home)


def test_older_data_is_copied_before_it_is_migrated(tmp_path_factory):
    one = LiveBox(demo=False, home=tmp_path_factory.mktemp("d"))
    migrate(one, "org")
    try:
        one.start()
    finally:
        one.stop()
    [copy] = (one.home / "copies").iterdir()
    assert copy.name in one.last_words()

    said = one.command("restore-copy", str(copy), "--lang", "en")
    assert "Restored" in said.stdout
    assert "org" in apps_of(one)
    assert "alerts" not in apps_of(one)


def apps_of(box: LiveBox) -> set[str]:
    """Which apps have their tables in the database."""
    with postgres.running(config_of(box)), owner(box) as link:
        return {str(row[0]) for row in link.execute("SELECT DISTINCT app FROM django_migrations").fetchall()}


def test_a_command_works_without_a_running_box(tmp_path_factory):
    one = LiveBox(demo=False, home=tmp_path_factory.mktemp("c"))
    first = one.command("init", "--area", "150802100000")
    assert "/desk/welcome?token=" in first.stdout
    assert not family(one.home)


MIGRATE = """
import sys, django
django.setup()
from django.db import connections
from django.db.migrations.executor import MigrationExecutor
executor = MigrationExecutor(connections["owner"])
executor.migrate([leaf for leaf in executor.loader.graph.leaf_nodes() if leaf[0] in sys.argv[1:] or not sys.argv[1:]])
"""


def migrate(box: LiveBox, *apps: str) -> None:
    """An older database: only these apps have their tables, or all of them."""
    with postgres.running(config_of(box)):
        subprocess.run(
            [sys.executable, "-c", MIGRATE, *apps],
            env={**box.env, "DJANGO_SETTINGS_MODULE": "xiangyun.entry.settings"},
            cwd=Path(__file__).parents[2],
            check=True,
        )


def owner(box: LiveBox) -> psycopg.Connection:
    return psycopg.connect(config_of(box).conninfo("xy_owner"), autocommit=True)
