"""The `xiangyun` command: starts a box, looks after it, and hands the rest to the commands of `entry`."""

import argparse
import sys
from collections.abc import Sequence

import xiangyun
from xiangyun.box import speech
from xiangyun.box.cli import care, manage, safety, status, up
from xiangyun.box.speech import say
from xiangyun.entry.settings.config import Config, Unfit


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; 0 means done."""
    words = list(sys.argv[1:] if argv is None else argv)
    speech.choose(_language(words))
    parser = _parser()
    # What the pretend devices and the benchmarks understand is theirs to say.
    if words and words[0] in manage.ELSEWHERE:
        return manage.elsewhere(words[0], words[1:])
    options = parser.parse_args(words)
    try:
        done: int = options.run(Config.load(), options)
    except Unfit as trouble:
        speech.refuse(trouble)
        return 1
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        return 0
    return done


def _language(words: list[str]) -> str | None:
    for place, word in enumerate(words):
        if word.startswith("--lang="):
            return word[7:9]
        if word == "--lang" and place + 1 < len(words):
            return words[place + 1][:2]
    return None


def _parser() -> argparse.ArgumentParser:
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--lang", choices=["zh", "en"], help=say("提示用中文还是英文", "speak Chinese or English"))
    parser = argparse.ArgumentParser(
        prog="xiangyun",
        parents=[common],
        description=say("乡云：一台机器上的数字乡镇。", "Xiangyun: a digital township."),
    )
    parser.add_argument("--version", action="version", version=f"xiangyun {xiangyun.__version__}")
    commands = parser.add_subparsers(required=True, metavar=say("命令", "command"))
    up.add(commands, common)
    status.add(commands, common)
    care.add(commands, common)
    safety.add(commands, common)
    manage.add(commands, common)
    return parser
