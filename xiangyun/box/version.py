"""Which version a data folder was last used with; newer data than the program is never touched."""

import xiangyun
from xiangyun.entry.settings.config import Config, Unfit


def check(config: Config) -> str:
    """The version this folder was last used with; empty for a new one.

    Refuses: Unfit, when that is newer than the program.
    """
    try:
        former = config.version_file.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        return ""
    if _parts(former) > _parts(xiangyun.__version__):
        raise newer(former)
    return former


def write(config: Config) -> None:
    """Note that this version has used the folder."""
    config.version_file.write_text(xiangyun.__version__ + "\n", encoding="ascii")


def newer(former: str) -> Unfit:
    """The sentence for data that this program is too old for."""
    return Unfit(
        zh=f"数据目录属于更新的版本（{former}），当前程序是 {xiangyun.__version__}：请换用新版程序，数据没有被改动。",
        en=f"The data folder belongs to a newer version ({former}) than this program ({xiangyun.__version__}): run the"
        " newer program; nothing was changed.",
    )


def _parts(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdigit())
