"""What stops a start: each said in one sentence that tells what to do."""

import argparse
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from xiangyun.box import caddy, child, home, nats, ports, postgres, speech, supervisor, version
from xiangyun.box.cli import care, manage
from xiangyun.entry.settings.config import Config, Unfit


@pytest.fixture
def config(tmp_path_factory) -> Config:
    folder = tmp_path_factory.mktemp("b")
    return Config.load({"XIANGYUN_HOME": str(folder)})


def test_a_taken_port_names_the_setting(config):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = Config.load({"XIANGYUN_HOME": str(config.home), "XIANGYUN_PORT": str(other.getsockname()[1])})
        with pytest.raises(Unfit, match="XIANGYUN_PORT"):
            ports.check(taken)


def test_an_address_of_another_machine_names_the_setting(config):
    elsewhere = Config.load({"XIANGYUN_HOME": str(config.home), "XIANGYUN_BIND": "192.0.2.1"})
    with pytest.raises(Unfit, match="XIANGYUN_BIND"):
        ports.check(elsewhere)


def test_data_of_a_newer_version_is_left_alone(config):
    config.version_file.write_text("99.0.0\n", encoding="ascii")
    with pytest.raises(Unfit, match="nothing was changed"):
        version.check(config)
    assert any("99.0.0" in finding.sentence for finding in care.findings(config) if finding.grade is care.Grade.BAD)


def test_data_of_this_version_is_welcome(config):
    version.write(config)
    assert version.check(config) != ""


def test_a_second_box_in_one_home_is_refused(config):
    with home.held(config), pytest.raises(Unfit, match="already runs"), home.held(config):
        pass
    assert not home.is_held(config)


def test_a_copy_is_not_put_back_under_a_running_box(config, tmp_path):
    copy = tmp_path / "one.dump"
    copy.touch()
    with home.held(config), pytest.raises(Unfit, match="stop it first"):
        manage.restore_copy(config, argparse.Namespace(file=copy, plain=False))


def test_a_broker_set_to_forget_is_refused(config):
    nats.write_config(config)
    file = config.nats / "nats.conf"
    file.write_text(file.read_text(encoding="utf-8").replace("sync_interval: always", 'sync_interval: "2m"'), "utf-8")
    with pytest.raises(Unfit, match="sync_interval"):
        nats.write_config(config)


@pytest.mark.parametrize("line", ["fsync = off", "full_page_writes = off", "synchronous_commit = off"])
def test_a_database_set_to_forget_is_refused(config, line):
    postgres.prepare(config)
    with (config.pg / "postgresql.conf").open("a", encoding="utf-8") as file:
        file.write(f"\n{line}\n")
    with pytest.raises(Unfit, match=line.split()[0]), postgres.running(config):
        pass


def test_a_role_set_to_forget_is_refused(config):
    with postgres.running(config):
        with postgres.superuser(config) as link:
            link.execute("ALTER ROLE xy_ingest SET synchronous_commit = off")
        with pytest.raises(Unfit, match="synchronous_commit"):
            postgres.assert_safe(config)


def test_a_database_that_does_not_start_says_why(config):
    postgres.prepare(config)
    with (config.pg / "postgresql.conf").open("a", encoding="utf-8") as file:
        file.write("\nno_such_setting = 1\n")
    with pytest.raises(Unfit, match=r"no_such_setting|postgresql\.conf"), postgres.running(config):
        pass


@pytest.mark.parametrize("missing", postgres.PROGRAMS)
def test_a_missing_program_of_postgresql_says_how_to_get_it(config, tmp_path, monkeypatch, missing):
    for name in set(postgres.PROGRAMS) - {missing}:
        (tmp_path / name).touch()
    monkeypatch.setenv("PG_BIN", str(tmp_path))
    with pytest.raises(Unfit, match="make run"):
        postgres.prepare(config)


@pytest.mark.parametrize("part", [nats, caddy])
def test_a_missing_program_says_how_to_get_it(config, tmp_path, monkeypatch, part):
    monkeypatch.setattr("sys.prefix", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Unfit, match="make run"):
        part.command(config)


def test_pages_that_are_not_built_stop_the_start(config, tmp_path, monkeypatch):
    (tmp_path / "desk.html").touch()
    monkeypatch.setattr(caddy, "SITE", tmp_path)
    with pytest.raises(Unfit, match="make run") as refused:
        supervisor.run(config, progress=lambda zh, en: None, when_up=lambda: None)
    said = (refused.value.zh, refused.value.en)
    assert any(one.sentence in said for one in care.findings(config) if one.grade is care.Grade.BAD)


FULL_DISK = """
import sys
from xiangyun.box import home
from xiangyun.entry.settings.config import Config, Unfit
try:
    home.prepare(Config.load())
except Unfit as trouble:
    sys.exit(trouble.en)
"""


def as_root_apart(first, code, home, *flags):
    """What Python code says on standard error as root of a user namespace of its own, after a line of shell."""
    if shutil.which("unshare") is None:
        pytest.skip("no unshare on this machine")
    script = f'{first} || exit 77; exec "$0" -c "$1"'
    done = subprocess.run(
        ["unshare", "--user", "--map-root-user", *flags, "sh", "-c", script, sys.executable, code],
        env={**os.environ, "XIANGYUN_HOME": str(home)},
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode == 77 or "unshare" in done.stderr:
        pytest.skip("this machine allows no such namespace")
    return done.stderr


def test_a_full_disk_says_how_much_to_free(tmp_path):
    mount = 'mount -t tmpfs -o size=8m none "$XIANGYUN_HOME" 2>/dev/null'
    assert "disk is full" in as_root_apart(mount, FULL_DISK, tmp_path, "--mount")


@pytest.mark.parametrize(
    ("lang", "expected"),
    [("zh_CN.UTF-8", ["做"]), ("en_US.UTF-8", ["do"]), ("C", ["做", "do"])],
)
def test_a_refusal_is_said_in_the_readers_language(capsys, monkeypatch, lang, expected):
    for variable in ("XIANGYUN_LANG", "LC_ALL", "LC_MESSAGES"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("LANG", lang)
    speech.choose(None)
    speech.refuse(Unfit(zh="做", en="do"))
    assert capsys.readouterr().err.split() == expected


ONLY_ROOT = """
import sys
from xiangyun.box import postgres
from xiangyun.entry.settings.config import Config, Unfit
try:
    postgres.prepare(Config.load())
except Unfit as trouble:
    sys.exit(trouble.en)
"""


def test_root_that_can_become_nobody_else_is_told_to_be_an_ordinary_user(tmp_path):
    said = as_root_apart("echo 0 > /proc/sys/user/max_user_namespaces", ONLY_ROOT, tmp_path)
    assert said.startswith("PostgreSQL must not run as root")
    assert said.count("\n") == 1


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may enter a closed folder of somebody else")
def test_a_closed_folder_of_somebody_else_is_reached_under_a_uid_of_its_own(tmp_path):
    inner = tmp_path / "theirs" / "home"
    inner.mkdir(parents=True)
    inner.parent.chmod(0o700)
    os.chown(inner.parent, 12345, 12345)
    assert child.postgres_identity(inner).way is child.Way.DEDICATED
    config = Config.load({"XIANGYUN_HOME": str(inner)})
    with postgres.running(config), postgres.superuser(config) as link:
        assert link.execute("SELECT 1").fetchone() == (1,)
