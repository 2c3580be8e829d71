"""Which language the box speaks on a terminal: Chinese first, English for who asks."""

import os
import sys

from xiangyun.entry.settings.config import Unfit

_chosen: list[str] = []


def choose(language: str | None) -> None:
    """Fix the language for this process: `zh`, `en`, or None for what the terminal says."""
    _chosen[:] = [language] if language else []


def language() -> str:
    """`zh` or `en`: --lang, then XIANGYUN_LANG, then the terminal's locale; Chinese where none is said."""
    if _chosen:
        return _chosen[0]
    for variable in ("XIANGYUN_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        value = os.environ.get(variable, "")
        if value.startswith(("zh", "en")):
            return value[:2]
    return "zh"


def say(zh: str, en: str) -> str:
    """The one of two sentences this reader understands."""
    return zh if language() == "zh" else en


def span(seconds: float) -> str:
    """A length of time as people say it."""
    if seconds < 60:
        return say(f"{seconds:.0f} 秒", f"{seconds:.0f} s")
    if seconds < 3600:
        return say(f"{seconds / 60:.0f} 分钟", f"{seconds / 60:.0f} min")
    if seconds < 86_400:
        return say(f"{seconds / 3600:.0f} 小时", f"{seconds / 3600:.0f} h")
    return say(f"{seconds / 86_400:.0f} 天", f"{seconds / 86_400:.0f} days")


def refuse(trouble: Unfit) -> None:
    """Print a refusal on the error stream; in both languages where the terminal names neither."""
    named = _chosen or any(
        os.environ.get(one, "").startswith(("zh", "en")) for one in ("XIANGYUN_LANG", "LC_ALL", "LC_MESSAGES", "LANG")
    )
    lines = [say(trouble.zh, trouble.en)] if named else [trouble.zh, trouble.en]
    sys.stderr.write("\n".join(lines) + "\n")
