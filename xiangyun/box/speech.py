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


def refuse(trouble: Unfit) -> None:
    """Print a refusal on the error stream; in both languages where the terminal names neither."""
    named = _chosen or any(
        os.environ.get(one, "").startswith(("zh", "en")) for one in ("XIANGYUN_LANG", "LC_ALL", "LC_MESSAGES", "LANG")
    )
    lines = [say(trouble.zh, trouble.en)] if named else [trouble.zh, trouble.en]
    sys.stderr.write("\n".join(lines) + "\n")
