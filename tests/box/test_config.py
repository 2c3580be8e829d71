"""Settings: environment over file, and one sentence for what nobody can use."""

import stat
from pathlib import Path

import psycopg
import pytest

from xiangyun.entry.settings.config import Config, Unfit


def load(home: Path, **env: str) -> Config:
    return Config.load({"XIANGYUN_HOME": str(home), **env})


def test_nothing_said_is_a_box_for_this_machine_alone(tmp_path):
    config = load(tmp_path)
    assert (config.port, config.mqtt_port, config.bind, config.tls) == (8000, 1883, "127.0.0.1", "")
    assert not config.is_public
    assert config.url == "http://127.0.0.1:8000"


def test_the_environment_wins_over_the_file(tmp_path):
    (tmp_path / "xiangyun.toml").write_text('port = 9000\nmqtt_port = 1999\nbind = "127.0.0.2"\n', encoding="utf-8")
    config = load(tmp_path, XIANGYUN_PORT="9001")
    assert (config.port, config.mqtt_port, config.bind) == (9001, 1999, "127.0.0.2")


def test_beyond_loopback_there_is_tls_and_no_demo(tmp_path):
    config = load(tmp_path, XIANGYUN_BIND="0.0.0.0", XIANGYUN_DEMO="1")
    assert (config.tls, config.mqtt_port, config.demo) == ("internal", 8883, False)
    assert config.url == "https://127.0.0.1:8000"


def test_only_a_demo_plays_another_day(tmp_path):
    assert load(tmp_path, XIANGYUN_DEMO="1", XIANGYUN_DEMO_DAYS="-59").demo_days == -59
    assert load(tmp_path, XIANGYUN_DEMO_DAYS="30").demo_days == 0
    assert load(tmp_path, XIANGYUN_BIND="0.0.0.0", XIANGYUN_DEMO="1", XIANGYUN_DEMO_DAYS="30").demo_days == 0


@pytest.mark.parametrize(
    "env",
    [
        {"XIANGYUN_PORT": "eighty"},
        {"XIANGYUN_PORT": "70000"},
        {"XIANGYUN_DEMO": "perhaps"},
        {"XIANGYUN_DEMO": "1", "XIANGYUN_DEMO_DAYS": "tomorrow"},
        {"XIANGYUN_TLS": "plain"},
        {"XIANGYUN_TLS": "acme"},
    ],
)
def test_a_value_nobody_can_use_is_refused_in_both_languages(tmp_path, env):
    with pytest.raises(Unfit) as refused:
        load(tmp_path, **env)
    assert "XIANGYUN_" in refused.value.zh
    assert "XIANGYUN_" in refused.value.en


def test_a_settings_file_that_is_not_toml_is_refused_by_name(tmp_path):
    (tmp_path / "xiangyun.toml").write_text("port: 1", encoding="utf-8")
    with pytest.raises(Unfit, match=r"xiangyun\.toml"):
        load(tmp_path)


def test_a_home_too_long_for_a_socket_is_refused(tmp_path):
    with pytest.raises(Unfit, match="bytes too long"):
        load(tmp_path / ("x" * 110))


def test_a_secret_is_made_once_and_closed_to_others(tmp_path):
    config = load(tmp_path / "home")
    first = config.secret("xy_app")
    assert config.secret("xy_app") == first
    assert len(first) >= 40
    assert stat.S_IMODE((config.secrets / "xy_app").stat().st_mode) == 0o600
    assert stat.S_IMODE(config.secrets.stat().st_mode) == 0o700
    assert [file.name for file in config.secrets.iterdir()] == ["xy_app"]


def test_an_external_server_is_reached_as_each_role(tmp_path):
    config = load(tmp_path, DATABASE_URL="postgresql://xy_owner:p%40ss@db.city:6000/town?sslmode=require")
    owner, app = config.dsn("xy_owner"), config.dsn("xy_app")
    assert owner["password"] == "p@ss"
    assert (app["host"], app["port"], app["dbname"], app["sslmode"]) == ("db.city", "6000", "town", "require")
    assert app["password"] == config.secret("xy_app")


def test_conninfo_survives_quotes_and_spaces(tmp_path):
    config = load(tmp_path / "it's a home")
    assert psycopg.conninfo.conninfo_to_dict(config.conninfo("xy_app"))["host"] == str(config.pg_socket)
