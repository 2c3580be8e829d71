"""`xiangyun status`: what runs, in words for somebody who is no programmer."""

import argparse
import dataclasses
import json
import shutil
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
from rich.console import Console
from rich.table import Table

import xiangyun
from xiangyun.box import home, processes
from xiangyun.box.cli import care, up
from xiangyun.box.speech import say, span
from xiangyun.entry.settings.config import Config


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]", common: argparse.ArgumentParser) -> None:
    """Tell argparse."""
    text = say("看一眼：各部分是否在运行、磁盘、最近一条数据", "a look: what runs, the disk, the last record")
    parser = commands.add_parser("status", parents=[common], help=text, description=text)
    parser.set_defaults(run=run)


def run(config: Config, _: argparse.Namespace) -> int:
    """Print what runs; 0 when everything does."""
    console = Console(highlight=False, soft_wrap=True)
    if not home.is_held(config):
        console.print(
            say(
                f"乡云没有在运行（数据目录 {config.home}）。启动：xiangyun up",
                f"Xiangyun is not running (data folder {config.home}). Start it with: xiangyun up",
            )
        )
        return 1
    is_well = _processes(config, console)
    try:
        code, answer = up.ask(config, "/readyz")
    except OSError:
        code, answer = 0, None
    is_well = is_well and code == 200
    facts = Table(box=None, show_header=False, pad_edge=False)
    facts.add_column(style="bold")
    facts.add_column()
    facts.add_row(say("总体", "Overall"), _overall(code, answer))
    facts.add_row(say("地址", "Address"), config.url)
    facts.add_row(say("设备端口", "Device port"), _device_port(config))
    facts.add_row(say("最近一条数据", "Last record"), _last_record(config))
    facts.add_row(say("磁盘剩余", "Disk free"), _disk(config))
    facts.add_row(say("本机时间", "Clock"), datetime.now().astimezone().strftime("%Y-%m-%d %H:%M:%S %z"))
    facts.add_row(say("版本", "Version"), xiangyun.__version__)
    facts.add_row(say("数据目录", "Data folder"), str(config.home))
    console.print(facts)
    for finding in (*care.letters_kept(config), *care.unknown_years(config), *care.backups(config)):
        console.print(f"{care.MARKS[finding.grade]} {finding.sentence}")
    return 0 if is_well else 1


def _processes(config: Config, console: Console) -> bool:
    try:
        state: dict[str, dict[str, Any]] = json.loads((config.run / "state.json").read_text(encoding="ascii"))
    except (FileNotFoundError, json.JSONDecodeError):
        state = {}
    table = Table()
    for title in (say("部分", "Part"), say("状态", "State"), say("已运行", "Up for"), say("重启次数", "Restarts")):
        table.add_column(title)
    # The box may have been started with the demo where we were not told of it.
    told = dataclasses.replace(config, demo=True)
    names = {one.name: say(one.zh, one.en) for one in (*processes.stores(told), *processes.services(told))}
    is_well = bool(state)
    for name, one in state.items():
        runs = one["pid"] is not None and Path(f"/proc/{one['pid']}").is_dir()
        is_well = is_well and runs
        shown = say("[green]运行中[/]", "[green]running[/]") if runs else say("[red]正在重启[/]", "[red]restarting[/]")
        since = span(time.time() - float(one["since"])) if runs else "-"
        table.add_row(names.get(name, name), shown, since, str(max(0, int(one["starts"]) - 1)))
    console.print(table)
    return is_well


def _overall(code: int, answer: Any) -> str:
    if code == 200:
        return say("[green]一切正常[/]", "[green]all well[/]")
    if isinstance(answer, dict):
        wrong = "；".join(str(value) for value in answer.values() if value != "ok")
        return f"[red]{wrong}[/]"
    return say("[red]网页服务没有回应[/]", "[red]the web service does not answer[/]")


def _device_port(config: Config) -> str:
    return say("在 NATS_URL 的消息服务上", "at the broker of NATS_URL") if config.nats_url else str(config.mqtt_port)


def _last_record(config: Config) -> str:
    try:
        with psycopg.connect(config.conninfo("xy_owner"), connect_timeout=5) as link:
            row = link.execute("SELECT max(last_heard_at) FROM devices_presence").fetchone()
    except (psycopg.Error, OSError):
        return say("还不知道", "not known yet")
    at = row[0] if row else None
    if not isinstance(at, datetime):
        return say("还没有收到过", "none yet")
    ago = span((datetime.now(UTC) - at).total_seconds())
    return say(f"{ago}前", f"{ago} ago")


def _disk(config: Config) -> str:
    usage = shutil.disk_usage(config.home)
    if usage.free < home.LEAST_FREE_BYTES:
        trouble = home.full(config)
        return f"[red]{say(trouble.zh, trouble.en)}[/]"
    return f"{usage.free / care.GIB:.1f} GB / {usage.total / care.GIB:.0f} GB"
