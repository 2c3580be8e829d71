"""`xiangyun up`: the whole box in the foreground, and on the wall what people need to reach it."""

import argparse
import http.client
import json
import logging
import socket
import ssl
import threading
import time
from logging.handlers import RotatingFileHandler
from typing import Any
from urllib.parse import urlsplit

from rich.console import Console
from rich.table import Table

from xiangyun.box import home, supervisor
from xiangyun.box.speech import say
from xiangyun.entry.settings.config import Config

READY_WAIT_S = 90.0


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]", common: argparse.ArgumentParser) -> None:
    """Tell argparse."""
    text = say("启动整套系统，Ctrl-C 停止", "start the whole box; Ctrl-C stops it")
    parser = commands.add_parser("up", parents=[common], help=text, description=text)
    parser.set_defaults(run=run)


def run(config: Config, _: argparse.Namespace) -> int:
    """Start the box and stay until it is told to stop."""
    home.prepare(config)
    _log_to(config)
    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=110)
    began = time.monotonic()

    def progress(zh: str, en: str) -> None:
        console.print(f"{time.monotonic() - began:5.1f}s  {say(zh, en)}", markup=False)

    def when_up() -> None:
        # The loop must go on turning while we wait for the first answer.
        threading.Thread(target=_greet, args=(config, console, began), daemon=True).start()

    supervisor.run(config, progress=progress, when_up=when_up)
    console.print(say("已全部停止。", "Everything has stopped."))
    return 0


def ask(config: Config, path: str, timeout: float = 5.0) -> tuple[int, Any]:
    """GET a path of our own front door: the status and the JSON body, None when there is none."""
    where = urlsplit(config.url)
    host = "127.0.0.1" if config.bind in ("0.0.0.0", "127.0.0.1", "localhost") else config.bind  # noqa: S104
    link = http.client.HTTPConnection(host, config.port, timeout=timeout)
    if config.tls:
        # Our own door on this machine, by address, but asked for by name: ACME's certificate is served for that alone.
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        plain = socket.create_connection((host, config.port), timeout)
        link.sock = context.wrap_socket(plain, server_hostname=config.host or host)
    headers = {"Host": where.netloc, "Accept": "application/json", "Accept-Language": say("zh-Hans", "en")}
    try:
        link.request("GET", path, headers=headers)
        answer = link.getresponse()
        body = answer.read()
    finally:
        link.close()
    try:
        return answer.status, json.loads(body)
    except ValueError:
        return answer.status, None


def _greet(config: Config, console: Console, began: float) -> None:
    status, state = 0, None
    while time.monotonic() - began < READY_WAIT_S:
        try:
            status, state = ask(config, "/readyz")
        except OSError:
            status = 0
        if status == 200:
            break
        time.sleep(0.1)
    else:
        console.print(say(f"还没有完全就绪：{state}", f"Not quite ready: {state}"))
    console.print()
    took = f"{time.monotonic() - began:.1f}"
    if status == 200:
        console.print(say(f"[bold green]乡云已就绪[/]（{took} 秒）", f"[bold green]Xiangyun is ready[/] ({took} s)"))
    _addresses(config, console)
    if config.demo:
        _accounts(config, console)
    console.print(say("按 Ctrl-C 停止。", "Press Ctrl-C to stop."))


def _addresses(config: Config, console: Console) -> None:
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(style="bold")
    table.add_column()
    table.add_row(say("地址", "Address"), config.url)
    for shell, zh, en in (
        ("desk", "办公台", "Desk"),
        ("app", "手机端", "Phone"),
        ("screen", "指挥大屏", "Command screen"),
    ):
        table.add_row(f"  {say(zh, en)}", f"{config.url}/{shell}")
    if not config.nats_url:
        where = f"MQTT {config.bind}:{config.mqtt_port}{' (TLS)' if config.tls else ''}"
        table.add_row(say("设备接入", "Devices"), where)
    console.print(table)


def _accounts(config: Config, console: Console) -> None:
    try:
        status, answer = ask(config, "/api/demo/accounts")
    except OSError:
        return
    if status != 200 or not isinstance(answer, dict):
        return
    table = Table(title=say("演示账号", "Demo accounts"), title_justify="left")
    for name in (
        say("账号", "Account"),
        say("密码", "Password"),
        say("姓名", "Name"),
        say("角色", "Role"),
        say("区域", "Area"),
    ):
        table.add_column(name, overflow="fold")
    for item in answer.get("items", ()):
        table.add_row(*(str(item.get(key, "")) for key in ("account", "password", "name", "role", "area")))
    console.print(table)


def _log_to(config: Config) -> None:
    # On a full disk the line is lost; its traceback would be all that is left to read on the wall.
    logging.raiseExceptions = False
    handler = RotatingFileHandler(config.logs / "box.log", maxBytes=4 * 1024 * 1024, backupCount=2, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[handler])
