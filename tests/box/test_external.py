"""A database and a broker that are not the box's own: what they must allow, and one record through both."""

import argparse
import json
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from tests.live_box import free_port, running, until
from xiangyun.box import nats, postgres, programs
from xiangyun.box.cli import manage
from xiangyun.entry.settings.config import ROLES, Config, Unfit


@pytest.fixture(scope="module")
def server(tmp_path_factory) -> Iterator[Config]:
    """A server of somebody else: a login that may do everything, one that may log in, and a database for each test."""
    theirs = Config.load({"XIANGYUN_HOME": str(tmp_path_factory.mktemp("s"))})
    with postgres.running(theirs):
        with postgres.superuser(theirs) as link:
            link.execute("DROP DATABASE xiangyun")
            link.execute("CREATE ROLE lord LOGIN SUPERUSER PASSWORD 'lord'")
            link.execute("CREATE ROLE guest LOGIN CREATEROLE PASSWORD 'guest'")
        yield theirs


@pytest.fixture
def database(server) -> Iterator[str]:
    """An empty database on it, and none of our roles."""
    with postgres.superuser(server) as link:
        for role in ROLES:
            link.execute(sql.SQL("DROP ROLE IF EXISTS {}").format(sql.Identifier(role)))
        link.execute("CREATE DATABASE town")
    yield "town"
    with postgres.superuser(server) as link:
        link.execute("DROP DATABASE town WITH (FORCE)")


def config_on(server: Config, home: Path, login: str, password: str = "") -> Config:
    return Config.load({"XIANGYUN_HOME": str(home), "DATABASE_URL": url_of(server, login, password)})


def url_of(server: Config, login: str, password: str = "") -> str:
    return f"postgresql://{login}:{password or login}@/town?host={server.pg_socket}"


def test_a_new_database_gets_our_roles_and_tables_can_be_made(server, database, tmp_path):
    config = config_on(server, tmp_path, "lord")
    for _ in range(2):
        with postgres.running(config):
            pass
    with psycopg.connect(config.conninfo("xy_owner")) as owner:
        owner.execute("CREATE SCHEMA xy_door")
        owner.execute("CREATE TABLE public.one (id int)")


def test_a_wrong_password_is_said_with_the_servers_own_words(server, database, tmp_path):
    with (
        pytest.raises(Unfit, match="password authentication failed"),
        postgres.running(config_on(server, tmp_path, "lord", "wrong")),
    ):
        pass


def test_a_login_that_may_not_make_the_roles_is_told_who_can(server, database, tmp_path):
    config = config_on(server, tmp_path, "guest")
    with pytest.raises(Unfit, match="administrator make xy_owner"), postgres.running(config):
        pass
    assert {file.name for file in config.secrets.iterdir()} >= set(ROLES)


def test_a_login_that_may_make_no_tables_is_told_so(server, database, tmp_path):
    with postgres.running(config_on(server, tmp_path, "lord")):
        pass
    with postgres.superuser(server, "town") as link:
        link.execute("REVOKE CREATE ON SCHEMA public FROM xy_owner")
    with pytest.raises(Unfit, match="GRANT CREATE"), postgres.running(config_on(server, tmp_path, "guest")):
        pass


def test_roles_of_another_box_keep_their_passwords(server, database, tmp_path):
    first = config_on(server, tmp_path / "a", "lord")
    with postgres.running(first):
        pass
    with pytest.raises(Unfit, match="xy_owner"), postgres.running(config_on(server, tmp_path / "b", "lord")):
        pass
    psycopg.connect(first.conninfo("xy_app")).close()


def test_only_settings_of_our_own_roles_can_be_unsafe(server, database, tmp_path):
    config = config_on(server, tmp_path, "lord")
    with postgres.running(config), postgres.superuser(server) as link:
        link.execute("ALTER ROLE guest SET synchronous_commit = off")
        postgres.assert_safe(config)
        link.execute("ALTER ROLE xy_app SET synchronous_commit = off")
        with pytest.raises(Unfit, match="synchronous_commit"):
            postgres.assert_safe(config)


def test_a_copy_is_put_back_by_whoever_owns_the_server(server, database, tmp_path):
    config = config_on(server, tmp_path, "lord")
    copy = tmp_path / "some.dump"
    copy.touch()
    with pytest.raises(Unfit, match=r"--plain .* \| pg_restore"):
        manage.restore_copy(config, argparse.Namespace(file=copy, plain=False))


@pytest.fixture
def broker(tmp_path_factory) -> Iterator[tuple[subprocess.Popen[bytes], int, int, Path]]:
    """A broker of somebody else that includes the box's users: its process, port, MQTT port, and the box's home."""
    home, folder = Path(tempfile.mkdtemp(prefix="xe-", dir="/tmp")), tmp_path_factory.mktemp("broker")
    port, mqtt_port = free_port(), free_port()
    nats.write_first_users(Config.load({"XIANGYUN_HOME": str(home)}))
    (folder / "users.conf").symlink_to(home / "nats" / "users.conf")
    (folder / "nats.conf").write_text(
        f'server_name: theirs\nlisten: "127.0.0.1:{port}"\nmqtt {{ host: 127.0.0.1, port: {mqtt_port} }}\n'
        f'jetstream {{ store_dir: "{folder}/store", sync_interval: always }}\n'
        'authorization { include "users.conf" }\n',
        encoding="ascii",
    )
    command = [programs.beside_python("nats-server"), "-c", folder / "nats.conf", "-l", home / "broker.log"]
    process = subprocess.Popen(command)
    try:
        yield process, port, mqtt_port, home
    finally:
        process.terminate()
        process.wait(10)


@pytest.mark.box
@pytest.mark.slow
def test_a_record_goes_through_a_database_and_a_broker_of_somebody_else(server, database, broker):
    process, port, mqtt_port, home = broker
    env = {
        "DATABASE_URL": url_of(server, "lord"),
        "NATS_URL": f"nats://127.0.0.1:{port}",
        "XIANGYUN_MQTT_PORT": str(mqtt_port),
    }
    with running(home=home, env=env) as box:
        assert {"postgres", "nats"}.isdisjoint(json.loads((home / "run" / "state.json").read_text("ascii")))
        keeper = box.as_demo("maintainer")
        station = {
            "name": "试验站",
            "profile": "weather_station",
            "area": "15.08.02.100.212",
            "lon": 107.28,
            "lat": 40.87,
        }
        device = keeper.post("/api/devices", json=station).json()
        until(lambda: device["key"] in (home / "nats" / "users.conf").read_text("ascii"))
        # The box cannot tell somebody else's broker to look again; its owner does.
        process.send_signal(signal.SIGHUP)
        until(lambda: "Reloaded" in (home / "broker.log").read_text("utf-8"))
        line = box.mqtt(device["key"], device["secret"])
        line.publish(f"up/{device['key']}", '{"values": {"air_temp_c": 21.5}}', qos=1).wait_for_publish(10)
        until(lambda: keeper.get(f"/api/telemetry/{device['id']}/latest").json().get("air_temp_c"))
        assert "all well" in box.command("status", "--lang", "en").stdout
        assert "sync_interval is always" in box.command("doctor", "--lang", "en").stdout
