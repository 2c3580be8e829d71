"""`xiangyun sim …`: replay a season or a file through a box's public doors, or play the demo town."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from datetime import UTC, datetime

from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from sim import replay, seasons, town
from sim.doors import Address, Credential, Refused


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; 0 means done."""
    options = _parser().parse_args(argv)
    try:
        done: int = options.run(options)
    except (Refused, seasons.Unreadable) as fault:
        print(fault, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return done


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="xiangyun sim",
        description="模拟设备,只走公开的 MQTT 和 HTTP / pretend devices, through MQTT and HTTP only",
    )
    parser.add_argument("--url", help="HTTP 地址 / address of the box (default: XIANGYUN_PORT on this machine)")
    parser.add_argument("--mqtt", metavar="HOST:PORT", help="MQTT 地址 / of the broker (default: XIANGYUN_MQTT_PORT)")
    commands = parser.add_subparsers(required=True, metavar="command")
    one = commands.add_parser("replay", help="重放一个季节或一个文件 / replay a named season or a file")
    one.add_argument("what", help=f"{', '.join(seasons.NAMED)},或 CSV 文件(ts,<指标>,…)/ or a file ts,<metric>,…")
    one.add_argument("--whole-days", action="store_true", help="整天平移,最后一天是今天 / move by whole days to today")
    one.add_argument("--speed", type=float, metavar="N", help="逐条经 MQTT,快 N 倍 / record by record, N times as fast")
    one.add_argument("--device", nargs=2, metavar=("KEY", "SECRET"), help="设备的编号和密钥 / the device's credential")
    one.set_defaults(run=_replay)
    demo = commands.add_parser("demo", help="演示镇的全部设备 / every device of the demo town")
    demo.set_defaults(run=_demo)
    return parser


def _address(options: argparse.Namespace) -> Address:
    usual = Address.of_this_machine()
    host, _, port = (options.mqtt or "").rpartition(":")
    return Address(
        url=options.url or usual.url,
        mqtt_host=host or usual.mqtt_host,
        mqtt_port=int(port) if port.isdigit() else usual.mqtt_port,
    )


def _credential(options: argparse.Namespace) -> Credential:
    if options.device:
        return Credential(*options.device)
    stations = [part for part in _cast() if part.profile == "weather_station"]
    if not stations:
        raise Refused("请用 --device 给出设备编号和密钥 / give --device KEY SECRET")
    return stations[0].credential


def _cast() -> list[town.Part]:
    file = town.cast_file()
    return town.parts(file) if file.is_file() else []


def _replay(options: argparse.Namespace) -> int:
    moments = seasons.load(options.what)
    now = datetime.now(UTC)
    if options.whole_days or options.what in seasons.NAMED:
        moments = seasons.by_whole_days(moments, now.astimezone(seasons.LOCAL).date())
    else:
        moments = seasons.to_now(moments, now)
    if options.speed is not None and options.speed <= 0:
        raise Refused("--speed 要大于 0 / must be above 0")
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, transient=not sys.stdout.isatty()) as bar:
        past, ahead = replay.split(moments, now)
        task = bar.add_task(options.what, total=len(past))
        if ahead:
            bar.console.print(f"{len(past)} 条已过去,{len(ahead)} 条等到点再发 / {len(ahead)} wait for their hour")
        counts = replay.replay(
            moments,
            address=_address(options),
            credential=_credential(options),
            speed=options.speed,
            progress=lambda done, total: bar.update(task, completed=done, total=total),
        )
    print("  ".join(f"{name} {count}" for name, count in counts.items()))
    return 0


def _demo(options: argparse.Namespace) -> int:
    cast = _cast()
    if not cast:
        raise Refused("这里没有演示镇 / there is no demo town here")
    town.live(cast, _address(options))
    return 0
