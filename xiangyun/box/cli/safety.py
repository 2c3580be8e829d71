"""How `backup`, `verify` and `restore` are asked for; what they do is loaded by whoever asks, not by every box."""

import argparse
from collections.abc import Callable
from pathlib import Path

from xiangyun.box.speech import say
from xiangyun.entry.settings.config import Config


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]", common: argparse.ArgumentParser) -> None:
    """Tell argparse."""
    target = say(
        "备份所在：文件夹，或 s3:// 地址；不写就用设置里的", "a folder or an s3:// address; else that of the settings"
    )
    secret = say(
        "写着恢复密钥（24 个字或 64 位十六进制）的文件", "a file with the recovery secret: 24 words, or 64 hex digits"
    )
    text = say(
        "现在做一份加密备份（now）、列出备份（list）、或演练恢复（drill）",
        "make a sealed backup now, list them, or prove one by a drill",
    )
    parser = commands.add_parser("backup", parents=[common], help=text, description=text)
    parser.add_argument("what", nargs="?", default="now", choices=["now", "list", "drill"])
    parser.add_argument("--to", default="", metavar="TARGET", help=target)
    parser.add_argument(
        "--new-target",
        action="store_true",
        help=say("换了新的备份盘，从头开始", "another disk stands in the place of the former: begin anew on it"),
    )
    parser.set_defaults(run=_run("backup"))

    text = say("核对一份备份：读完每个字节，指出坏在哪里", "read a backup to its last byte and name what is broken")
    parser = commands.add_parser("verify", parents=[common], help=text, description=text)
    parser.add_argument(
        "backup", nargs="?", default="", help=say("备份编号；不写就是最新的", "its id; else the newest")
    )
    parser.add_argument("--target", default="", help=target)
    parser.add_argument("--secret-file", type=Path, help=secret)
    parser.set_defaults(run=_run("verify"))

    text = say(
        "在一个空的数据目录里把系统恢复出来，需要恢复单上的 24 个字",
        "bring the town back into an empty data folder; asks for the 24 words of the recovery sheet",
    )
    parser = commands.add_parser("restore", parents=[common], help=text, description=text)
    parser.add_argument(
        "target",
        nargs="?",
        default="",
        help=say("备份所在，或备份编号", "where the backups are, or the id of one"),
    )
    parser.add_argument("--backup", default="", help=say("备份编号；不写就是最新的", "its id; else the newest"))
    parser.add_argument(
        "--at",
        default="",
        metavar="TIME",
        help=say(
            "恢复到这个时刻，例如 2026-11-26T20:30（北京时间）",
            "the instant to restore, such as 2026-11-26T20:30 (Beijing)",
        ),
    )
    parser.add_argument(
        "--only-backup",
        action="store_true",
        help=say("只恢复到备份的那一刻，不要其后的改动", "the backup's own instant, nothing of what came after"),
    )
    parser.add_argument("--secret-file", type=Path, help=secret)
    parser.set_defaults(run=_run("bring_back"))


def _run(name: str) -> Callable[[Config, argparse.Namespace], int]:
    def run(config: Config, options: argparse.Namespace) -> int:
        # Its libraries would stay in the memory of `up` for ever.
        from xiangyun.box.cli import backup  # noqa: PLC0415

        return int(getattr(backup, name)(config, options))

    return run
