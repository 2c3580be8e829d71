"""How the backups stand, in sentences: what `status` and `doctor` say of them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from xiangyun.box.backup import notes
from xiangyun.box.speech import say, span
from xiangyun.entry.settings.config import Config

BEHIND = timedelta(minutes=10)
PROVEN_FOR = timedelta(days=9)


@dataclass(frozen=True, slots=True)
class Standing:
    """One sentence: `is_well`, `is_bad`, or neither."""

    sentence: str
    is_well: bool = False
    is_bad: bool = False


def standing(config: Config, at: datetime) -> Iterator[Standing]:
    """Line by line: how much would be lost if the disk died now, and when a restore last came out equal."""
    if not config.backup:
        if not config.demo:
            yield Standing(
                say(
                    "还没有设置备份：磁盘坏了数据就没了。请在 xiangyun.toml 里写 backup = 备份盘上的文件夹。",
                    "No backup is set: with this disk the data would be gone. Write backup = a folder on another disk"
                    " into xiangyun.toml.",
                ),
                is_bad=True,
            )
        return
    state = notes.state(config)
    yield _safe(state, at)
    if config.database_url:
        yield Standing(
            say(
                "数据库在 DATABASE_URL 的服务器上，由它的管理员备份；这里备份文件、设置和密钥。",
                "The database is on the server of DATABASE_URL and its administrator's to back up; files, settings and"
                " keys are backed up here.",
            )
        )
    for key in ("backup_trouble", "drill_trouble"):
        if told := state.get(key):
            yield Standing(say(told["zh"], told["en"]), is_bad=True)
    if not config.database_url:
        yield _proven(state, at)


def _safe(state: dict[str, Any], at: datetime) -> Standing:
    told = state.get("safe_until")
    age = at - datetime.fromisoformat(str(told)) if told else None
    if trouble := state.get("trouble"):
        kept = (
            say("还没有任何备份", "nothing is backed up yet")
            if age is None
            else say(
                f"最近一份安全的副本是{span(age.total_seconds())}前的",
                f"the newest safe copy is {span(age.total_seconds())} old",
            )
        )
        return Standing(f"{say(trouble['zh'], trouble['en'])} {say(f'（{kept}）', f'({kept})')}", is_bad=True)
    if age is None:
        return Standing(say("第一次备份还没有做完。", "The first backup is not done yet."))
    where = state.get("target", "")
    if age > BEHIND:
        return Standing(
            say(
                f"备份落后了 {span(age.total_seconds())}（{where}）。",
                f"The backup is {span(age.total_seconds())} behind ({where}).",
            ),
            is_bad=True,
        )
    return Standing(
        say(
            f"备份跟得上：{span(age.total_seconds())}前的改动都已在 {where}。",
            f"The backup keeps up: everything older than {span(age.total_seconds())} is in {where}.",
        ),
        is_well=True,
    )


def _proven(state: dict[str, Any], at: datetime) -> Standing:
    told = state.get("proven")
    if not told:
        return Standing(
            say(
                "还没有做过恢复演练：现在就做请运行 xiangyun backup drill。",
                "No restore was proven yet: `xiangyun backup drill` does it now.",
            )
        )
    made = datetime.fromisoformat(told["at"])
    day = made.astimezone().strftime("%Y-%m-%d %H:%M")
    return Standing(
        say(
            f"上次恢复演练：{day}，{told['tables']} 张表逐行相同。",
            f"Last proven restore: {day}, {told['tables']} tables came out equal.",
        ),
        is_well=at - made <= PROVEN_FOR,
    )
