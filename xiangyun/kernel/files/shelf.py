"""Where sealed bytes stand: a folder of this machine. Names are ours and random, and tell nothing."""

from __future__ import annotations

import errno
import os
import secrets
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import BinaryIO
from uuid import UUID

from django.conf import settings

from xiangyun.kernel.files.rules import NoRoom

PART = ".part"
FULL = (errno.ENOSPC, errno.EDQUOT)


class Shelf:
    """Puts, gets and deletes; a name is `<town id>/<two signs>/<the rest>`. What was put is never changed."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def put(self, pieces: Iterable[bytes], *, town: UUID) -> str:
        """Write a file and return its name once it would outlive a power cut. Refuses: NoRoom."""
        token = secrets.token_hex(16)
        name = f"{town}/{token[:2]}/{token[2:]}"
        path = self._root / name
        draft = path.with_name(f".{path.name}{PART}")
        try:
            _make(path.parent, self._root.parent)
            with open(draft, "xb", opener=_privately) as out:
                out.writelines(pieces)
                out.flush()
                os.fsync(out.fileno())
            draft.rename(path)
            _sync(path.parent)
        except OSError as fault:
            draft.unlink(missing_ok=True)
            if fault.errno in FULL:
                raise NoRoom("files.no_room") from fault
            raise
        return name

    def get(self, name: str) -> BinaryIO:
        """The file, to be read and closed. Raises FileNotFoundError."""
        return (self._root / name).open("rb")

    def delete(self, names: Iterable[str]) -> None:
        """Take files away; one that is gone already is no fault."""
        for name in names:
            (self._root / name).unlink(missing_ok=True)

    def names(self, *, town: UUID, until: datetime) -> Iterator[str]:
        """Every file of a town last written before `until`, drafts among them."""
        for path in (self._root / str(town)).glob("??/*"):
            try:
                is_old = path.stat().st_mtime < until.timestamp()
            except FileNotFoundError:
                continue
            if is_old:
                yield path.relative_to(self._root).as_posix()


def shelf() -> Shelf:
    """This box's shelf."""
    return Shelf(settings.CONFIG.files)


def _privately(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _make(folder: Path, known: Path) -> None:
    """Make a folder and those above it, each entered in the one above for good."""
    if folder.is_dir():
        return
    if folder.parent != known:
        _make(folder.parent, known)
    folder.mkdir(mode=0o700, exist_ok=True)
    _sync(folder.parent)


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
