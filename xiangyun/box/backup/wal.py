"""The write-ahead log, seconds behind: every flushed byte goes to the target, in pieces until its segment is whole.

A *chain* is a stretch of WAL without a gap, held by one replication slot. Bytes up to the flush position never change,
so they are read where PostgreSQL wrote them; no copy stands on the box, and `max_slot_wal_keep_size` bounds what waits.
"""

import contextlib
import io
import re
import secrets
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import BinaryIO

import psycopg
from pyrage import x25519

from xiangyun.box import postgres
from xiangyun.box.backup import notes, sealed
from xiangyun.box.backup.sealed import Broken
from xiangyun.box.backup.targets import Item, Missing, Target
from xiangyun.entry.settings.config import Config, Unfit

SLOT = postgres.BACKUP_SLOT
NOTE = "chain.json"
SEGMENT = 16 * 1024 * 1024
SEGMENTS_PER_FILE_ID = 0x1_0000_0000 // SEGMENT

_NAME = re.compile(r"wal/([0-9a-f]+)/([0-9A-F]{24})(?:\.([0-9a-f]{7})-([0-9a-f]{7}))?\.zst\.age")


class Gap(Unfit):
    """PostgreSQL let go of WAL that was not on the target yet: this chain ends here."""


Link = psycopg.Connection[tuple[object, ...]]


@dataclass(frozen=True, slots=True)
class Chain:
    """One stretch: everything of `timeline` from `start` to `shipped` is on the target, `pieces` of it in parts of the
    segment that is being filled."""

    id: str
    target: str
    timeline: int
    start: int
    shipped: int
    pieces: tuple[str, ...] = ()


def segment_name(timeline: int, number: int) -> str:
    """A WAL file's name."""
    return f"{timeline:08X}{number // SEGMENTS_PER_FILE_ID:08X}{number % SEGMENTS_PER_FILE_ID:08X}"


def segment_number(name: str) -> int:
    """Which segment of its timeline a WAL file is."""
    return int(name[8:16], 16) * SEGMENTS_PER_FILE_ID + int(name[16:24], 16)


def current(config: Config, link: Link, target_id: str) -> Chain:
    """The chain that goes on; a new one where its slot or its target changed, or too much waited too long.

    A new chain is good for a restore once a backup was made in it.
    """
    told = notes.read(config, NOTE)
    chain = Chain(**{**told, "pieces": tuple(told["pieces"])}) if told else None
    if chain is not None and chain.target == target_id and _is_held(link) and timeline(link) == chain.timeline:
        return chain
    return _begin(config, link, target_id)


def flushed(link: Link) -> int:
    """How far the WAL is on the disk: everything that was acknowledged lies before."""
    row = link.execute("SELECT (pg_current_wal_flush_lsn() - '0/0'::pg_lsn)::bigint").fetchone()
    return int(str(row[0])) if row else 0


def ship(config: Config, link: Link, target: Target, chain: Chain, to: x25519.Recipient, until: int) -> Chain:
    """Send what was flushed since the last time, up to `until`.

    Refuses: Away, with everything up to the noted position safe; Gap.
    """
    while chain.shipped < until:
        number = chain.shipped // SEGMENT
        begin, end = number * SEGMENT, min(until, (number + 1) * SEGMENT)
        name = segment_name(chain.timeline, number)
        file = config.pg / "pg_wal" / name
        if end == begin + SEGMENT:
            _put(target, f"wal/{chain.id}/{name}.zst.age", file, 0, SEGMENT, to)
            done, chain = chain.pieces, replace(chain, shipped=end, pieces=())
            notes.write(config, NOTE, asdict(chain))
            for piece in done:
                target.remove(piece)
        else:
            first, last = chain.shipped - begin, end - begin
            piece = f"wal/{chain.id}/{name}.{first:07x}-{last:07x}.zst.age"
            _put(target, piece, file, first, last, to)
            chain = replace(chain, shipped=end, pieces=(*chain.pieces, piece))
            notes.write(config, NOTE, asdict(chain))
    with contextlib.suppress(psycopg.errors.ObjectNotInPrerequisiteState):
        # Behind where the slot stands already: after a crash of the box, or nothing new.
        link.execute("SELECT pg_replication_slot_advance(%s, %s::pg_lsn)", (SLOT, lsn_text(chain.shipped)))
    return chain


def break_off(config: Config) -> None:
    """The chain ends where it is; the next one begins anew."""
    (config.backup_notes / NOTE).unlink(missing_ok=True)


def read_segments(pg: Path, timeline: int, start: int, until: int) -> Iterator[tuple[str, bytes]]:
    """The WAL files from the one that holds `start`, the last cut at `until`."""
    for number in range(start // SEGMENT, (until - 1) // SEGMENT + 1):
        name = segment_name(timeline, number)
        with (pg / "pg_wal" / name).open("rb") as file:
            yield name, file.read(min(SEGMENT, until - number * SEGMENT))


@dataclass(frozen=True, slots=True)
class Stretch:
    """One segment as it lies on a target: whole, or the pieces that follow each other from its first byte."""

    number: int
    name: str
    items: tuple[tuple[Item, int, int], ...]

    @property
    def length(self) -> int:
        return self.items[-1][2]


def stretches(target: Target, chain_id: str, timeline: int, start: int) -> list[Stretch]:
    """What of a chain can be replayed from `start` on: up to its end, or to the first byte that is missing."""
    found: dict[int, list[tuple[Item, int, int]]] = {}
    for item in target.items(f"wal/{chain_id}/"):
        told = _NAME.fullmatch(item.name)
        if told and int(told[2][:8], 16) == timeline:
            first, last = (int(told[3], 16), int(told[4], 16)) if told[3] else (0, SEGMENT)
            found.setdefault(segment_number(told[2]), []).append((item, first, last))
    ready: list[Stretch] = []
    number = start // SEGMENT
    while number in found:
        reached, chosen = 0, []
        for item, first, last in sorted(found[number], key=lambda one: (one[1], -one[2])):
            if first <= reached < last:
                chosen.append((item, first, last))
                reached = last
        if not chosen:
            break
        ready.append(Stretch(number, segment_name(timeline, number), tuple(chosen)))
        if reached < SEGMENT:
            break
        number += 1
    return ready


def names(target: Target, chain_id: str) -> list[str]:
    """The segments of a chain that are on a target, whole or not."""
    found = (_NAME.fullmatch(item.name) for item in target.items(f"wal/{chain_id}/"))
    return sorted({one[2] for one in found if one})


def fetch(target: Target, stretch: Stretch, by: x25519.Identity) -> bytes:
    """The bytes of one segment, as many as there are. Raises Broken, naming the object."""
    data = bytearray()
    for item, first, last in stretch.items:
        piece = io.BytesIO()
        try:
            with target.open(item.name) as source:
                sealed.unseal(source, piece, by, item.name)
        except Broken as fault:
            raise Broken(f"{item.name}: {fault}", is_foreign=fault.is_foreign) from None
        if piece.tell() != last - first:
            raise Broken(f"{item.name}: {piece.tell()} bytes, not {last - first}")
        data[first:] = piece.getvalue()
    return bytes(data)


def fetched(
    target: Target, chain_id: str, timeline: int, start: int, by: x25519.Identity
) -> Iterator[tuple[Stretch, bytes]]:
    """Every segment that can be replayed from `start` on, with its bytes. Raises Broken, Missing."""
    ready = stretches(target, chain_id, timeline, start)
    while ready:
        stretch = ready.pop(0)
        try:
            data = fetch(target, stretch, by)
        except Missing:
            # The box goes on meanwhile: pieces give way to their whole segment.
            fresh = stretches(target, chain_id, timeline, stretch.number * SEGMENT)
            if fresh[:1] == [stretch]:
                raise
            ready = fresh
            continue
        yield stretch, data


def prune(target: Target, keep_from: dict[str, int]) -> None:
    """Take away WAL that no kept day needs: of each chain what lies before its segment; whole chains not named."""
    for item in target.items("wal/"):
        told = _NAME.fullmatch(item.name)
        if told and segment_number(told[2]) < keep_from.get(told[1], 1 << 62) // SEGMENT:
            target.remove(item.name)


def lsn_text(lsn: int) -> str:
    """As PostgreSQL writes it."""
    return f"{lsn >> 32:X}/{lsn & 0xFFFFFFFF:X}"


def _begin(config: Config, link: Link, target_id: str) -> Chain:
    _check_segment_size(link)
    postgres.let_go_of_wal(link)
    link.execute("SELECT pg_create_physical_replication_slot(%s, true)", (SLOT,))
    row = link.execute(
        "SELECT (restart_lsn - '0/0'::pg_lsn)::bigint FROM pg_replication_slots WHERE slot_name = %s",
        (SLOT,),
    ).fetchone()
    start = int(str(row[0])) // SEGMENT * SEGMENT if row else 0
    chain = Chain(secrets.token_hex(6), target_id, timeline(link), start, start)
    notes.write(config, NOTE, asdict(chain))
    return chain


def _is_held(link: Link) -> bool:
    row = link.execute("SELECT wal_status FROM pg_replication_slots WHERE slot_name = %s", (SLOT,)).fetchone()
    return row is not None and row[0] not in (None, "lost")


def timeline(link: Link) -> int:
    """The timeline the server writes on."""
    row = link.execute("SELECT timeline_id FROM pg_control_checkpoint()").fetchone()
    return int(str(row[0])) if row else 1


def _check_segment_size(link: Link) -> None:
    row = link.execute("SELECT bytes_per_wal_segment FROM pg_control_init()").fetchone()
    if row and int(str(row[0])) != SEGMENT:
        raise Unfit(
            zh=f"数据库的 WAL 段是 {row[0]} 字节，备份只认 {SEGMENT} 字节的。",
            en=f"The database's WAL segments are {row[0]} bytes; backups know those of {SEGMENT} only.",
        )


def _put(target: Target, name: str, file: Path, first: int, last: int, to: x25519.Recipient) -> None:
    def write(sink: BinaryIO) -> None:
        try:
            source = file.open("rb")
        except FileNotFoundError:
            raise _gone(file) from None
        with source:
            source.seek(first)
            counted = sealed.Counted(_Limited(source, last - first))
            sealed.seal(counted, sink, to, name)
        if counted.size != last - first:
            raise _gone(file)

    target.put(name, write)


def _gone(file: Path) -> Gap:
    return Gap(
        zh=f"WAL 段 {file.name} 已被数据库清掉，备份链断了，将重新开始。",
        en=f"The WAL segment {file.name} is gone: the chain of the backup broke and begins anew.",
    )


class _Limited:
    """So many bytes of a file."""

    def __init__(self, source: BinaryIO, left: int) -> None:
        self._source, self._left = source, left

    def read(self, size: int = -1, /) -> bytes:
        piece = self._source.read(self._left if size < 0 else min(size, self._left))
        self._left -= len(piece)
        return piece
