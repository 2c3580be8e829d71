"""The Caddyfile: read by the real Caddy in every way of running, and what it answers by itself."""

import http.client
import json
import socket
import subprocess
import threading
import time

import pytest

from xiangyun.box import authority, caddy, home, programs
from xiangyun.entry.settings.config import Config

WAYS = [
    {},
    {"XIANGYUN_BIND": "0.0.0.0"},
    {"XIANGYUN_BIND": "0.0.0.0", "XIANGYUN_TLS": "acme", "XIANGYUN_HOST": "town.example"},
]


@pytest.mark.parametrize("env", WAYS)
def test_the_real_caddy_takes_the_file(tmp_path, env):
    config = Config.load({"XIANGYUN_HOME": str(tmp_path / "a home"), **env})
    home.prepare(config)
    if config.tls:
        authority.prepare(config)
    caddy.write_config(config)
    done = subprocess.run(
        [caddy.command(config)[0], "adapt", "--adapter", "caddyfile", "--config", str(config.caddy / "Caddyfile")],
        env=programs.environment(config),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert str(config.web_socket) in done.stdout


@pytest.fixture(scope="module")
def door(tmp_path_factory):
    """A Caddy with pages and nobody behind it."""
    site = tmp_path_factory.mktemp("site")
    (site / "assets").mkdir()
    (site / "assets" / "a.js").write_text("1", encoding="ascii")
    for name in ("index", "desk", "app", "screen"):
        (site / f"{name}.html").write_text(f"<title>{name}</title>", encoding="ascii")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    config = Config.load({"XIANGYUN_HOME": str(tmp_path_factory.mktemp("h")), "XIANGYUN_PORT": str(port)})
    home.prepare(config)
    caddy.write_config(config, site)
    log = (config.logs / "caddy.log").open("wb")
    process = subprocess.Popen(
        caddy.command(config), env=programs.environment(config), stdout=log, stderr=log, start_new_session=True
    )
    try:
        for _ in range(100):
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                time.sleep(0.05)
        yield config
    finally:
        process.terminate()
        process.wait(5)
        log.close()


@pytest.fixture
def reader(door):
    """Somebody behind the front door who reads what comes and says nothing."""
    door.ingest_socket.parent.mkdir(parents=True, exist_ok=True)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(door.ingest_socket))
        listener.listen()

        def read() -> None:
            link, _ = listener.accept()
            with link:
                while link.recv(65_536):
                    pass

        threading.Thread(target=read, daemon=True).start()
        yield door
    door.ingest_socket.unlink()


def get(config: Config, path: str, lang: str | None = None, body: bytes = b"") -> tuple[int, dict[str, str], str]:
    link = http.client.HTTPConnection("127.0.0.1", config.port, timeout=10)
    link.request("POST" if body else "GET", path, body or None, {"Accept-Language": lang} if lang else {})
    answer = link.getresponse()
    body = answer.read().decode()
    headers = {name.lower(): value for name, value in answer.getheaders()}
    link.close()
    return answer.status, headers, body


@pytest.mark.parametrize(
    ("path", "page"),
    [("/", "index"), ("/desk", "desk"), ("/desk/devices/1", "desk"), ("/app/me", "app"), ("/screen", "screen")],
)
def test_every_address_of_a_shell_is_its_page(door, path, page):
    status, headers, body = get(door, path)
    assert (status, body) == (200, f"<title>{page}</title>")
    assert headers["cache-control"] == "no-cache"


def test_a_page_may_load_nothing_from_elsewhere(door):
    _, headers, _ = get(door, "/desk")
    policy = headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"


def test_a_missing_asset_is_missing(door):
    assert get(door, "/assets/a.js")[0] == 200
    assert get(door, "/assets/b.js")[0] == 404


def test_a_service_that_is_away_is_said_as_a_problem(door):
    status, headers, body = get(door, "/api/session")
    assert status == 503
    assert headers["content-type"] == "application/problem+json"
    assert '"status":503' in body


@pytest.mark.parametrize(
    ("lang", "is_english"),
    [
        (None, False),
        ("zh-CN,zh;q=0.9,en;q=0.8", False),
        ("en-GB,en;q=0.9,zh-CN;q=0.8", True),
        ("fr, en;q=0.5", True),
    ],
)
def test_what_it_says_itself_is_in_the_readers_language(door, lang, is_english):
    status, headers, said = get(door, "/readyz", lang)
    assert (status, headers["content-type"]) == (503, "application/problem+json")
    assert json.loads(said)["detail"].startswith("The system is starting" if is_english else "系统正在启动")


@pytest.mark.parametrize(("lang", "said"), [("en", "This is too large"), ("zh", "提交的内容太大")])
def test_what_is_too_large_is_refused_in_the_readers_language(reader, lang, said):
    status, headers, body = get(reader, "/ingest/d1", lang, b"x" * 1_100_000)
    assert (status, headers["content-type"]) == (413, "application/problem+json")
    assert json.loads(body)["detail"].startswith(said)


def test_a_secret_in_a_path_reaches_no_log(door):
    get(door, "/api/v1/verysecretword/telemetry")
    assert "verysecretword" not in (door.logs / "caddy.log").read_text(encoding="utf-8")
