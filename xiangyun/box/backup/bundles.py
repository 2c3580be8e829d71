"""The files folder on its way out: what is new goes into sealed bundles within seconds, each file once.

A backup names, for every file it holds, the bundle it lies in; a bundle stays as long as a kept backup names it.
"""

import hashlib
import io
import os
import secrets
import tarfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from pyrage import x25519

from xiangyun.box.backup import notes, sealed
from xiangyun.box.backup.sealed import Broken
from xiangyun.box.backup.targets import Target
from xiangyun.entry.settings.config import Config

BUNDLE_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Kept:
    """One file on the target."""

    size: int
    mtime_ns: int
    sha256: str
    bundle: str


@dataclass(slots=True)
class Index:
    """What of the folder is on one target; `writer` numbers its bundles from 0 to `count`."""

    writer: str
    count: int = 0
    files: dict[str, Kept] = field(default_factory=dict)


def index(config: Config, target_id: str) -> Index:
    """What this box has sent to that target so far."""
    told = notes.read(config, _note(target_id))
    if not told:
        return Index(secrets.token_hex(6))
    return Index(told["writer"], told["count"], {path: Kept(*one) for path, one in told["files"].items()})


def sync(config: Config, target: Target, target_id: str, to: x25519.Recipient) -> Index:
    """Send every file that is new or changed. Refuses: Away; what was sent before that stays sent."""
    with notes.in_turn(config, "bundles"):
        known = index(config, target_id)
        there = dict(_walk(config.files))
        fresh = [
            path
            for path, told in there.items()
            if (one := known.files.get(path)) is None or (one.size, one.mtime_ns) != (told.st_size, told.st_mtime_ns)
        ]
        gone = known.files.keys() - there.keys()
        for path in gone:
            del known.files[path]
        for group in _groups(fresh, there):
            bundle = bundle_name(known.writer, known.count)
            packed = _Packed()

            def write(sink: BinaryIO, bundle: str = bundle, group: list[str] = group, packed: _Packed = packed) -> None:
                packed.sha256.clear()
                with sealed.flowing(lambda plain: _pack(config.files, group, plain, packed)) as source:
                    sealed.seal(source, sink, to, bundle)

            target.put(bundle, write)
            known.count += 1
            for path, digest in packed.sha256.items():
                told = there[path]
                known.files[path] = Kept(told.st_size, told.st_mtime_ns, digest, bundle)
            _save(config, target_id, known)
        if gone and not fresh:
            _save(config, target_id, known)
    return known


def bundle_name(writer: str, number: int) -> str:
    """Where a bundle lies."""
    return f"files/{writer}/{number:08d}.tar.zst.age"


def later(target: Target, writer: str, count: int) -> list[str]:
    """The bundles a box sent after its first `count`."""
    first = bundle_name(writer, count)
    return [item.name for item in target.items(f"files/{writer}/") if item.name >= first]


def unpack(
    target: Target, bundle: str, by: x25519.Identity, wanted: Mapping[str, Kept] | None, into: Path | None
) -> Iterator[tuple[str, str]]:
    """Read a bundle to its end and write the files that are wanted (None: all) below `into` (None: nowhere).

    Yields path and SHA-256 of each. Raises Broken, Missing.
    """
    with target.open(bundle) as raw, sealed.opened(raw, by, bundle) as plain:
        yield from unpack_tar(plain, wanted, into)


def unpack_tar(plain: BinaryIO, wanted: Mapping[str, Any] | None, into: Path | None) -> Iterator[tuple[str, str]]:
    """The same for a stream that is open already."""
    try:
        with tarfile.open(fileobj=plain, mode="r|") as tar:
            for member in tar:
                source = tar.extractfile(member) if member.isfile() else None
                if source is None or (wanted is not None and member.name not in wanted):
                    continue
                digest = hashlib.sha256()
                with _written(into, member) as place:
                    while piece := source.read(sealed.PIECE):
                        digest.update(piece)
                        place.write(piece)
                yield member.name, digest.hexdigest()
    except tarfile.TarError as fault:
        raise Broken(str(fault)) from fault
    sealed.drain(plain)


def prune(target: Target, needed: Iterable[str], later: Mapping[str, int]) -> None:
    """Take away bundles that no kept backup names; of each writer in `later` those from that number on stay."""
    kept = set(needed)
    for item in target.items("files/"):
        writer = item.name.split("/")[1]
        is_later = writer in later and item.name >= bundle_name(writer, later[writer])
        if item.name not in kept and not is_later:
            target.remove(item.name)


@dataclass(slots=True)
class _Packed:
    sha256: dict[str, str] = field(default_factory=dict)


def _note(target_id: str) -> str:
    return f"files-{target_id}.json"


def _save(config: Config, target_id: str, known: Index) -> None:
    files = {path: [one.size, one.mtime_ns, one.sha256, one.bundle] for path, one in known.files.items()}
    notes.write(config, _note(target_id), {"writer": known.writer, "count": known.count, "files": files})


def _walk(folder: Path) -> Iterator[tuple[str, os.stat_result]]:
    """Every file that is whole: what begins with a dot is still being written."""
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(one for one in folders if not one.startswith("."))
        for name in sorted(names):
            if not name.startswith("."):
                file = Path(place) / name
                try:
                    told = file.lstat()
                except FileNotFoundError:
                    continue
                yield str(file.relative_to(folder)), told


def _groups(paths: list[str], there: Mapping[str, os.stat_result]) -> Iterator[list[str]]:
    group, size = [], 0
    for path in paths:
        group.append(path)
        size += there[path].st_size
        if size >= BUNDLE_BYTES:
            yield group
            group, size = [], 0
    if group:
        yield group


def _pack(folder: Path, paths: list[str], plain: BinaryIO, packed: _Packed) -> None:
    with tarfile.open(fileobj=plain, mode="w|") as tar:
        for path in paths:
            try:
                file = (folder / path).open("rb")
            except FileNotFoundError:
                continue
            with file:
                counted = sealed.Counted(file)
                info = tarfile.TarInfo(path)
                info.size = os.fstat(file.fileno()).st_size
                tar.addfile(info, counted)
                packed.sha256[path] = counted.sha256


def _written(into: Path | None, member: tarfile.TarInfo) -> BinaryIO:
    """Where one member goes. Our own archives hold no way out of the folder; a forged one is refused all the same."""
    if into is None:
        return io.BufferedWriter(_Nowhere())
    place = into / member.name
    if not place.resolve().is_relative_to(into.resolve()):
        raise Broken(f"{member.name} leads out of its folder")
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    return os.fdopen(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb")


class _Nowhere(io.RawIOBase):
    def writable(self) -> bool:
        return True

    def write(self, data: Any, /) -> int:
        return memoryview(data).nbytes
