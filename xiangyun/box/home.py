"""The data folder: its subfolders, the one lock on it, and room left on the disk."""

import errno
import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from xiangyun.entry.settings.config import Config, Unfit, private_folder

LEAST_FREE_BYTES = 64 * 1024 * 1024


def prepare(config: Config) -> None:
    """Make the folder and what stands in it.

    Refuses: Unfit, when the folder cannot be written or the disk is full.
    """
    try:
        for folder in (config.home, config.run, config.logs, config.secrets, config.files):
            private_folder(folder)
    except OSError as fault:
        raise unwritable(config, fault) from None
    free = shutil.disk_usage(config.home).free
    if free < LEAST_FREE_BYTES:
        raise full(config)


def full(config: Config) -> Unfit:
    """The sentence for a disk without room."""
    return Unfit(
        zh=f"磁盘满了：{config.home} 所在的磁盘请先腾出至少 1 GB，再启动。",
        en=f"The disk is full: free at least 1 GB on the disk that holds {config.home}, then start again.",
    )


def unwritable(config: Config, fault: OSError) -> Unfit:
    """The sentence for a folder that refuses our bytes."""
    if fault.errno == errno.ENOSPC:
        return full(config)
    return Unfit(
        zh=f"数据目录 {config.home} 写不进去（{fault.strerror}），请检查权限，或把 XIANGYUN_HOME 设到别处。",
        en=f"The data folder {config.home} cannot be written ({fault.strerror}): check its permissions or set"
        " XIANGYUN_HOME elsewhere.",
    )


@contextmanager
def held(config: Config) -> Iterator[None]:
    """Hold the folder for this process; two boxes never share one.

    Refuses: Unfit, when another process holds it.
    """
    prepare(config)
    handle = os.open(config.run / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Unfit(
                zh=f"乡云已经在 {config.home} 里运行，不需要再启动一次；要另开一套，请换一个 XIANGYUN_HOME 和端口。",
                en=f"Xiangyun already runs in {config.home}: no second start is needed; for another box set another"
                " XIANGYUN_HOME and other ports.",
            ) from None
        os.ftruncate(handle, 0)
        os.write(handle, f"{os.getpid()}\n".encode("ascii"))
        yield
    finally:
        os.close(handle)


def is_held(config: Config) -> bool:
    """Whether a box runs in this folder now."""
    try:
        handle = os.open(config.run / "lock", os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(handle)
    return False
