"""Where backups lie: a folder (a disk, a USB stick, a share) or an S3-compatible store, behind the same few verbs."""

import contextlib
import errno
import json
import os
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import BinaryIO, Protocol

from xiangyun.box.backup import sealed
from xiangyun.entry.settings.config import Unfit

MARKER = "xiangyun-backup.json"
LEAST_FREE_BYTES = 256 * 1024 * 1024
COPY_BYTES = 1024 * 1024


class Away(Unfit):
    """The target cannot be used now: not plugged in, full, or out of reach."""


class Missing(Exception):
    """There is no such object on the target."""


@dataclass(frozen=True, slots=True)
class Item:
    """One object on a target."""

    name: str
    size: int


class Target(Protocol):
    """Somewhere else. Every verb refuses with Away where it cannot be used now; names are slashed and relative."""

    @property
    def shown(self) -> str:
        """How people call it; no secret in it."""

    def put(self, name: str, write: Callable[[BinaryIO], None]) -> None:
        """Store what `write` writes: whole and durable, or not at all."""

    @contextmanager
    def open(self, name: str) -> Iterator[sealed.Readable]:
        """Read an object. Raises Missing."""

    def items(self, prefix: str) -> Iterator[Item]:
        """Every whole object below a prefix, in the order of their names."""

    def remove(self, name: str) -> None:
        """Take an object away; none is no error."""


class Folder:
    """A folder on another disk."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def shown(self) -> str:
        return str(self.path)

    def put(self, name: str, write: Callable[[BinaryIO], None]) -> None:
        with self._faults():
            place = self.path / name
            self._below(place.parent)
            if shutil.disk_usage(self.path).free < LEAST_FREE_BYTES:
                raise OSError(errno.ENOSPC, "")
            draft = place.with_name(f".{place.name}.{secrets.token_hex(4)}")
            try:
                handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
                with os.fdopen(handle, "wb", buffering=COPY_BYTES) as file:
                    write(file)
                    file.flush()
                    os.fsync(file.fileno())
                draft.replace(place)
            finally:
                draft.unlink(missing_ok=True)
            _sync_folder(place.parent)

    @contextmanager
    def open(self, name: str) -> Iterator[sealed.Readable]:
        with self._faults():
            try:
                file = (self.path / name).open("rb")
            except (FileNotFoundError, NotADirectoryError):
                raise Missing(name) from None
        # Outside: what the reader does with the bytes is no fault of the target.
        with file:
            yield file

    def items(self, prefix: str) -> Iterator[Item]:
        with self._faults():
            found = sorted(file for file in (self.path / prefix).rglob("*") if file.is_file())
            whole = [file for file in found if not file.name.startswith(".")]
            listed = [Item(str(file.relative_to(self.path)), file.stat().st_size) for file in whole]
        yield from listed

    def remove(self, name: str) -> None:
        with self._faults():
            place = self.path / name
            place.unlink(missing_ok=True)
            with contextlib.suppress(OSError):
                # Only what is empty goes.
                place.parent.rmdir()

    def _below(self, folder: Path) -> None:
        """Make folders inside the target, never the target itself: an empty mount point is not the disk."""
        if not self.path.is_dir():
            raise FileNotFoundError(errno.ENOENT, "")
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    @contextmanager
    def _faults(self) -> Iterator[None]:
        try:
            yield
        except OSError as fault:
            if fault.errno in (errno.ENOSPC, errno.EDQUOT):
                raise Away(
                    zh=f"备份的目的地 {self.path} 满了：请腾出空间或换一个盘。",
                    en=f"The backup target {self.path} is full: make room or use another disk.",
                ) from None
            raise self._away(fault) from None

    def _away(self, fault: OSError) -> Away:
        return Away(
            zh=f"备份的目的地 {self.path} 用不了（{fault.strerror}）：请插上那个盘、挂载好，并检查权限。",
            en=f"The backup target {self.path} cannot be used ({fault.strerror}): plug the disk in, mount it, check its"
            " permissions.",
        )


def at(where: str) -> Target:
    """The target a setting names.

    Refuses: Unfit, for an address nobody can use.
    """
    if where.startswith("s3://"):
        # Its library is as large as the rest of us: for those alone who use it.
        from xiangyun.box.backup.store import Store  # noqa: PLC0415

        return Store(where)
    path = Path(where).expanduser()
    if not path.is_absolute():
        raise Unfit(
            zh=f"备份的目的地“{where}”应是绝对路径，或 s3:// 开头的地址。",
            en=f"The backup target “{where}” must be an absolute path or an address that begins with s3://.",
        )
    return Folder(path)


@dataclass(frozen=True, slots=True)
class Marker:
    """What says that a target is ours: its own `id`, whose it is (`box`), and a `seal` only that box could set."""

    id: str
    box: str
    seal: str


def read_marker(target: Target) -> Marker | None:
    """None where nothing says so.

    Refuses: Unfit, where it cannot be read.
    """
    try:
        with target.open(MARKER) as file:
            told = json.loads(file.read())
        return Marker(**told)
    except Missing:
        return None
    except (ValueError, TypeError):
        raise broken_marker(target) from None


def write_marker(target: Target, marker: Marker) -> None:
    """Make a target ours."""
    text = json.dumps(asdict(marker)).encode("ascii")

    def write(sink: BinaryIO) -> None:
        sink.write(text)

    target.put(MARKER, write)


def broken_marker(target: Target) -> Unfit:
    """The sentence for a marker that was changed."""
    return Unfit(
        zh=f"{target.shown} 里的标记文件 {MARKER} 坏了，认不出这是谁的备份。",
        en=f"The marker {MARKER} in {target.shown} is broken: it cannot be told whose backups these are.",
    )


def _sync_folder(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
