"""A register of a whole city, made up: written by COPY past the policies, indexes and foreign keys made anew after.

Two processes tell and seal homes, this one writes what they told in one transaction: it is there whole or not at all.
"""

from __future__ import annotations

import multiprocessing
import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from math import ceil
from multiprocessing.process import BaseProcess
from queue import Empty
from typing import Any, NamedTuple, TypeVar

from psycopg import Connection, sql

from xiangyun.kernel.people.made_up import Home, Maker
from xiangyun.kernel.people.seeds.rows import COLUMNS, Village, Writer
from xiangyun.kernel.vault.queries import SealingRing

PROCESSES = 2
AHEAD = 6
"""Villages that may wait to be written."""
GROUPS = 6
SLACK = 2
"""How many people more or fewer than asked for a village may have so far."""
DRAWN = 4
"""So many times the homes are drawn, at most, to find those that fit."""

T = TypeVar("T")

Step = Callable[[str, int], None]
"""Hears what is being done (`write`, `index`) and how many people it was done for."""


class Block(NamedTuple):
    """A village ready to be copied: table → lines."""

    village: str
    homes: int
    people: int
    lines: dict[str, bytes]


@dataclass(frozen=True, slots=True)
class Town:
    """A town to be filled: its key, and how many homes each of its villages gets."""

    ring: SealingRing
    villages: tuple[tuple[Village, int], ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """What is asked for: how many people a home has on average, and when all this is."""

    people_a_home: float
    at: datetime


def shared(homes: int, villages: Sequence[T], chance: random.Random) -> dict[T, int]:
    """So many homes spread over villages of different sizes, one at least in each."""
    weights = [chance.uniform(0.4, 1.6) for _ in villages]
    left, total, found = max(homes, len(villages)), sum(weights), {}
    for village, weight in zip(villages, weights, strict=True):
        found[village] = max(1, round(left * weight / total))
        left, total = left - found[village], total - weight
    return found


@contextmanager
def telling(towns: Sequence[Town], plan: Plan) -> Iterator[Iterator[Block]]:
    """The villages of these towns one after the other, told by processes of their own.

    They are born here: open no connection before that they could end with theirs.
    """
    context = multiprocessing.get_context("fork")
    waiting: multiprocessing.Queue[Block | None] = context.Queue(AHEAD)
    tellers = [
        context.Process(target=_tell, args=(towns[part::PROCESSES], plan, part, waiting), daemon=True)
        for part in range(PROCESSES)
    ]
    for teller in tellers:
        teller.start()
    try:
        yield _heard(waiting, tellers)
    finally:
        for teller in tellers:
            teller.kill()
            teller.join()


def _heard(waiting: multiprocessing.Queue[Block | None], tellers: Sequence[BaseProcess]) -> Iterator[Block]:
    ended = 0
    while ended < len(tellers):
        try:
            block = waiting.get(timeout=5)
        except Empty:
            if any(teller.exitcode for teller in tellers):
                raise RuntimeError("a process that tells homes was lost") from None
            continue
        if block is None:
            ended += 1
        else:
            yield block


def write(link: Connection[Any], blocks: Iterator[Block], *, step: Step) -> tuple[int, int]:
    """Write all of it as the tables' owner, in one transaction; returns how many homes and people."""
    homes = people = 0
    with link.transaction():
        # Sorting tens of millions of digests in 48 MB would go to disk many times.
        link.execute("SET LOCAL maintenance_work_mem = '512MB'")
        after = _without_indexes(link)
        for block in blocks:
            for table, columns in COLUMNS.items():
                if block.lines[table]:
                    into = sql.SQL("COPY {} ({}) FROM STDIN").format(
                        sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, columns))
                    )
                    with link.cursor().copy(into) as copy:
                        copy.write(block.lines[table])
            homes, people = homes + block.homes, people + block.people
            step("write", block.people)
        for statement in after:
            link.execute(statement)
            step("index", 0)
    for table in COLUMNS:
        link.execute(sql.SQL("VACUUM ANALYZE {}").format(sql.Identifier(table)))
    return homes, people


def _without_indexes(link: Connection[Any]) -> list[sql.SQL]:
    """Take foreign keys, unique constraints, indexes and triggers off the tables; returns what puts them back."""
    tables = list(COLUMNS)
    back: list[sql.SQL] = []
    constraints = link.execute(
        "SELECT conrelid::regclass::text, quote_ident(conname), pg_get_constraintdef(oid) FROM pg_constraint"
        " WHERE conrelid = ANY(%s::regclass[]) AND contype IN ('f', 'u') ORDER BY contype DESC",
        [tables],
    ).fetchall()
    for table, name, definition in constraints:
        _run(link, f"ALTER TABLE {table} DROP CONSTRAINT {name}")
        back.append(_as_sql(f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}"))
    indexes = link.execute(
        "SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid) FROM pg_index i"
        " WHERE i.indrelid = ANY(%s::regclass[]) AND NOT i.indisprimary",
        [tables],
    ).fetchall()
    for name, definition in indexes:
        _run(link, f"DROP INDEX {name}")
        back.insert(0, _as_sql(definition))
    for table in tables:
        _run(link, f"ALTER TABLE {table} DISABLE TRIGGER USER")
        back.append(_as_sql(f"ALTER TABLE {table} ENABLE TRIGGER USER"))
    return back


def _run(link: Connection[Any], statement: str) -> None:
    link.execute(_as_sql(statement))


def _as_sql(statement: str) -> sql.SQL:
    """What the catalogue itself said, quoted by it."""
    return sql.SQL(statement)


def _tell(towns: Sequence[Town], plan: Plan, part: int, waiting: multiprocessing.Queue[Block | None]) -> None:
    maker = Maker(11, on=plan.at.date(), part=part)
    chance = random.Random(part)  # noqa: S311 - a story, not a secret
    for town in towns:
        for village, homes in town.villages:
            waiting.put(_block(Writer(village, town.ring, plan.at, chance), maker, homes, plan))
    waiting.put(None)


def _block(writer: Writer, maker: Maker, count: int, plan: Plan) -> Block:
    homes = people = 0
    for home in maker.homes(DRAWN * count):
        meant = plan.people_a_home * (homes + 1)
        if people + len(home.members) < meant - SLACK and len(home.members) < plan.people_a_home:
            continue  # another one, with more in it
        fitting = _trimmed(home, people, meant)
        homes, people = homes + 1, people + len(fitting.members)
        group = 1 + (homes - 1) * GROUPS // count
        writer.home(fitting._replace(number=f"{homes:05}", group=group, address=f"{group}组{homes}号"))
        if homes == count:
            break
    lines = {table: b"".join(map(_line, rows)) for table, rows in writer.rows.items()}
    return Block(writer.village.path, homes, people, lines)


def _trimmed(home: Home, before: int, meant: float) -> Home:
    """A home with fewer of its youngest, where so far there are more people than were asked for."""
    over = ceil(before + len(home.members) - meant - SLACK)
    if over <= 0:
        return home
    return home._replace(members=home.members[: max(1, len(home.members) - over)])


def _line(row: tuple[Any, ...]) -> bytes:
    return ("\t".join([_TEXT[type(value)](value) for value in row]) + "\n").encode()


def _text(value: str) -> str:
    if "\\" in value or "\t" in value or "\n" in value:
        raise ValueError("made-up words need no escaping")
    return value


def _numbers_or_words(several: Sequence[Any]) -> str:
    return "{" + ",".join(map(str, several)) + "}"


# How COPY's text form writes a value of each type.
_TEXT: dict[type, Callable[[Any], str]] = {
    str: _text,
    bytes: lambda value: "\\\\x" + value.hex(),
    type(None): lambda _: "\\N",
    bool: lambda value: "t" if value else "f",
    int: str,
    float: repr,
    Decimal: str,
    date: date.isoformat,
    datetime: datetime.isoformat,
    list: _numbers_or_words,
    tuple: _numbers_or_words,
}
