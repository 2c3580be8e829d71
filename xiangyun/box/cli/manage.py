"""Commands that live elsewhere: Django's in `entry`, the pretend devices in `sim`, the benchmarks in `tests`."""

import argparse
import importlib
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from xiangyun.box import copies, home, postgres, programs, supervisor
from xiangyun.box.speech import say
from xiangyun.entry.settings.config import Config, Unfit

ELSEWHERE = {"sim": "sim.cli", "bench": "tests.bench.cli"}
WAIT_S = 30.0


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]", common: argparse.ArgumentParser) -> None:
    """Tell argparse."""
    area = say("区划代码或点分路径，例如 150802100000", "division code or dotted path, such as 150802100000")
    first = say(
        "首位管理员的姓名；不写，由本人打开链接时填",
        "the first administrator's name; otherwise they say it at the link",
    )

    text = say(
        "建立一套空的正式系统，给出首位管理员的一次性链接",
        "make an empty real box; prints the first administrator's link",
    )
    parser = commands.add_parser("init", parents=[common], help=text, description=text)
    parser.add_argument("--area", required=True, help=area)
    parser.add_argument("--name", default="", help=first)
    parser.set_defaults(run=run, manage="init_box", takes=("area", "name"))

    text = say("乡镇", "towns")
    town = commands.add_parser("town", parents=[common], help=text, description=text)
    verbs = town.add_subparsers(required=True, metavar="add")
    text = say("增加一个乡镇", "add a town")
    parser = verbs.add_parser("add", parents=[common], help=text, description=text)
    parser.add_argument("--area", required=True, help=area)
    parser.add_argument("--name", default="", help=first)
    parser.set_defaults(run=run, manage="add_town", takes=("area", "name"))

    _add_staff(commands, common, area)

    text = say("审计记录", "the audit trail")
    audit = commands.add_parser("audit", parents=[common], help=text, description=text)
    verbs = audit.add_subparsers(required=True, metavar="verify")
    text = say("核对审计链，指出第一条被改动的记录", "check the audit chain; names the first row that was changed")
    parser = verbs.add_parser("verify", parents=[common], help=text, description=text)
    parser.set_defaults(run=run, manage="audit_verify", takes=())

    text = say("放进编造的数据", "plant made-up data")
    seed = commands.add_parser("seed", parents=[common], help=text, description=text)
    verbs = seed.add_subparsers(required=True, metavar="city")
    text = say(
        "在空的系统里放进全市的编造登记册，用来测量和演示；有真实数据时拒绝",
        "fill an empty box with a whole city's made-up register, to measure and to show; refused where people are real",
    )
    parser = verbs.add_parser("city", parents=[common], help=text, description=text)
    parser.add_argument("--residents", type=int, default=1_500_000, help=say("人数", "how many people"))
    parser.add_argument("--households", type=int, default=500_000, help=say("户数", "how many homes"))
    parser.set_defaults(run=run, manage="seed_city", takes=("residents", "households"))

    text = say("再打印一张恢复单", "print the recovery sheet once more")
    parser = commands.add_parser("recovery", parents=[common], help=text, description=text)
    parser.set_defaults(run=run, manage="recovery_sheet", takes=())

    text = say("把升级前的副本放回来（先停止系统）", "put back a copy from before an upgrade (stop the box first)")
    parser = commands.add_parser("restore-copy", parents=[common], help=text, description=text)
    parser.add_argument(
        "file", type=Path, help=say("副本文件，在数据目录的 copies 里", "the file, from copies/ in the data folder")
    )
    parser.add_argument(
        "--plain",
        action="store_true",
        help=say(
            "不放回，只把副本解开写到标准输出，供 pg_restore 使用",
            "put nothing back: write the opened copy to standard output, for pg_restore",
        ),
    )
    parser.set_defaults(run=restore_copy)

    for name, zh, en in (
        ("sim", "模拟设备：重放真实的天气", "pretend devices: replay real weather"),
        ("bench", "性能测试", "benchmarks"),
    ):
        commands.add_parser(name, help=say(zh, en), add_help=False)


def _add_staff(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]", common: argparse.ArgumentParser, area: str
) -> None:
    text = say("工作人员", "staff")
    staff = commands.add_parser("staff", parents=[common], help=text, description=text)
    verbs = staff.add_subparsers(required=True, metavar="add|reset|end")
    text = say("增加一名工作人员，给出他的一次性链接", "add a member of staff; prints their one-time link")
    parser = verbs.add_parser("add", parents=[common], help=text, description=text)
    parser.add_argument("--name", required=True, help=say("姓名", "their name"))
    parser.add_argument("--role", required=True, help=say("角色代码，例如 clerk", "role code, such as clerk"))
    parser.add_argument("--area", required=True, help=area)
    parser.set_defaults(run=run, manage="add_staff", takes=("name", "role", "area"))
    text = say("重设一个账号的密码，给出一次性链接", "reset an account's password; prints a one-time link")
    parser = verbs.add_parser("reset", parents=[common], help=text, description=text)
    parser.add_argument("--account", required=True, help=say("登录账号", "the name they sign in with"))
    parser.set_defaults(run=run, manage="reset_staff", takes=("account",))
    text = say("停用一个账号，岗位和登录都结束", "close an account: its posts and sessions end")
    parser = verbs.add_parser("end", parents=[common], help=text, description=text)
    parser.add_argument("--account", required=True, help=say("登录账号", "the name they sign in with"))
    parser.set_defaults(run=run, manage="end_staff", takes=("account",))


def run(config: Config, options: argparse.Namespace) -> int:
    """Call a management command with the database at hand, whether the box runs or not."""
    words = [word for name in options.takes for word in (f"--{name}", str(getattr(options, name)))]
    with database_at_hand(config) as is_fresh:
        if is_fresh:
            _upgrade(config)
        return _django(config, options.manage, words)


def restore_copy(config: Config, options: argparse.Namespace) -> int:
    """Put a copy in the place of the database of a stopped box, or write it out opened."""
    if not options.file.is_file():
        raise Unfit(zh=f"没有这个文件：{options.file}", en=f"There is no such file: {options.file}")
    if options.plain:
        copies.write_plain(config, options.file, sys.stdout.buffer)
        return 0
    if config.database_url:
        raise Unfit(
            zh="数据库在 DATABASE_URL 指定的服务器上：请停止乡云，让数据库管理员放回："
            f"xiangyun restore-copy --plain {options.file} | pg_restore …",
            en="The database is on the server of DATABASE_URL: stop Xiangyun and have its administrator put the copy"
            f" back: xiangyun restore-copy --plain {options.file} | pg_restore …",
        )
    if home.is_held(config):
        raise Unfit(
            zh="乡云正在运行：请先停止它，再放回副本。",
            en="Xiangyun is running: stop it first, then put the copy back.",
        )
    with postgres.running(config):
        version = copies.restore(config, options.file)
    sys.stdout.write(say(f"已恢复（版本 {version}）。\n", f"Restored (version {version}).\n"))
    return 0


def elsewhere(name: str, words: list[str]) -> int:
    """Hand the rest of the line to another program of the project."""
    try:
        module = importlib.import_module(ELSEWHERE[name])
    except ModuleNotFoundError as missing:
        if missing.name not in ("sim", "sim.cli", "tests", "tests.bench", "tests.bench.cli"):
            raise
        sys.stderr.write(
            say(f"找不到 {name}：它只在源码目录里可用。\n", f"{name} is missing: it comes with the source only.\n")
        )
        return 1
    return int(module.main(words) or 0)


@contextmanager
def database_at_hand(config: Config) -> Iterator[bool]:
    """The database of a running box, or one started for this block; true in the second case.

    Refuses: Unfit, when a box runs but its database does not answer.
    """
    if not home.is_held(config):
        with postgres.running(config):
            yield True
        return
    deadline = time.monotonic() + WAIT_S
    while not (config.version_file.is_file() and postgres.is_ready(config)):
        if time.monotonic() > deadline:
            raise Unfit(
                zh="乡云正在运行，但数据库没有回应：请先运行 xiangyun status 看看。",
                en="Xiangyun runs but its database does not answer: look at `xiangyun status` first.",
            )
        time.sleep(0.2)
    yield False


def _upgrade(config: Config) -> None:
    file = config.logs / "upgrade.log"
    with file.open("ab") as log:
        done = subprocess.run(
            [sys.executable, "-m", "xiangyun.box.upgrade"],
            env={**programs.environment(config), "XIANGYUN_DEMO": "0"},
            stdout=subprocess.PIPE,
            stderr=log,
            check=False,
        )
    if done.returncode != 0:
        raise supervisor.not_upgraded(config, done.stdout)


def _django(config: Config, command: str, words: list[str]) -> int:
    language = "zh-hans" if say("zh", "en") == "zh" else "en"
    done = subprocess.run(
        [sys.executable, "-m", "django", command, *words],
        env={**programs.environment(config), "XIANGYUN_LANG": language[:2]},
        check=False,
    )
    return done.returncode
