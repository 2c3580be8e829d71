"""Where the programs stand that came with the wheels, and what is said when one is missing."""

import os
import shutil
import sys
from pathlib import Path

from xiangyun.entry.settings.config import Config, Unfit


def beside_python(name: str) -> Path:
    """A program installed into our environment, else one on the path.

    Refuses: Unfit, when it is nowhere.
    """
    ours = Path(sys.prefix) / "bin" / name
    if ours.is_file():
        return ours
    found = shutil.which(name)
    if found is None:
        raise Unfit(
            zh=f"找不到程序 {name}，请在源码目录运行 make run 重新安装。",
            en=f"The program {name} is missing: run `make run` in the source folder to install it again.",
        )
    return Path(found)


def environment(config: Config) -> dict[str, str]:
    """What every process of the box is born with: no folder outside the home is ever written."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    return {
        **kept,
        "XIANGYUN_HOME": str(config.home),
        "DJANGO_SETTINGS_MODULE": "xiangyun.entry.settings",
        "HOME": str(config.home),
        "XDG_DATA_HOME": str(config.caddy),
        "XDG_CONFIG_HOME": str(config.caddy),
        "XDG_CACHE_HOME": str(config.caddy),
        "TMPDIR": str(config.run),
        "PYTHONUNBUFFERED": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        # glibc gives each thread an arena of its own; two keep a worker's memory flat.
        "MALLOC_ARENA_MAX": "2",
        "PATH": f"{Path(sys.prefix) / 'bin'}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
    }
