"""What a room says so that its facts can be written where there is no signal, and come in later: plain values.

A room names its forms and what it puts into the village pack in its plug (`OFFLINE`, `OFFLINE_PACK`); the room
`offline` carries, orders and keeps what phones wrote, and knows nothing of what is in it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple, Protocol
from uuid import UUID


class Subject(NamedTuple):
    """What something was written about; `id` was made by the phone where the form makes the row."""

    kind: str
    id: UUID


@dataclass(frozen=True, slots=True)
class Told:
    """One thing as a phone wrote it.

    `base` is the version the phone had read (None: none), `facts` what was told, `was` the same facts as the phone
    showed them before, `before` what the same phone told of the row since it read it: its own earlier word is nobody's
    contradiction. `made_at` is corrected by how wrong the phone's clock was. `insists`: a person saw both values and
    decided that this one stands. `files`: how many photos and recordings were taken with it; they come by themselves.
    """

    item: UUID
    subject: Subject
    base: int | None
    facts: Mapping[str, Any]
    was: Mapping[str, Any]
    made_at: datetime
    before: Mapping[str, Any] = field(default_factory=dict)
    insists: bool = False
    files: int = 0


@dataclass(frozen=True, slots=True)
class Difference:
    """One fact of which the phone and the house say different things; both saw `base` before. `who` wrote `theirs`,
    `source` is how they knew (a code of the room's own words)."""

    fact: str
    base: Any
    mine: Any
    theirs: Any
    who: str = ""
    at: datetime | None = None
    source: str = ""


@dataclass(frozen=True, slots=True)
class Applied:
    """What became of it: the row it went into, its version now, the grid or village it lies in, and what was left out
    because it differs."""

    subject: Subject
    version: int | None = None
    place: str = ""
    differs: tuple[Difference, ...] = ()


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a fact cannot be; `fact` is empty where it is the whole. `code` names the sentence; no value is in it."""

    fact: str
    code: str
    params: Mapping[str, object] = field(default_factory=dict)


class Impossible(Exception):
    """What was told cannot be true; it stays on the phone as a draft, each fault at its fact."""

    def __init__(self, *faults: Fault) -> None:
        super().__init__(faults[0].code)
        self.faults = faults


class Apply(Protocol):
    """Write what was told, inside a savepoint of the caller. Raises Impossible; any Refusal of the room's own actions
    is told as it stands, NotFound where the row is not (or no more) one of `by`'s."""

    def __call__(self, told: Told, *, by: Any, at: datetime) -> Applied: ...


class Sealed(Protocol):
    """The items among these that are sealed, and whether `by` may read such a thing."""

    def __call__(self, told: Sequence[tuple[Told, str]], *, by: Any) -> Mapping[UUID, bool]: ...


@dataclass(frozen=True, slots=True)
class Form:
    """Something that can be written without signal.

    `facts`: each fact it takes → the key of its words. `lists`: facts that are one of a list → its name in the pack,
    `choices`: those that are one of a few, which `shown` says in words. `place(told)`: the grid or village its row lies
    in, whoever asks; None where there is no such row. `shown(fact, value, lang)`: a value in words, masked as
    everywhere, without asking the database. `titles(ids, lang)`: what rows are called, in one query. `under` names the
    fact that holds the id of the row this one is made under. `may_insist`: whether a person may decide that the phone's
    value stands against another's. `hides(id)`: whether the files of a row are shown by its own room alone.
    `sealed(told, by)`: of things that wait for a person, each with the place it lies in, those that stand or will stand
    sealed, and whether `by` may read such a thing in its room; in as many queries for a hundred as for one.
    """

    code: str
    title_key: str
    subject: str
    ability: str
    facts: Mapping[str, str]
    apply: Apply
    place: Callable[[Told], str | None]
    shown: Callable[[str, Any, str], str | None]
    titles: Callable[[Sequence[UUID], str], Mapping[UUID, str]]
    lists: Mapping[str, str] = field(default_factory=dict)
    choices: Mapping[str, Sequence[str]] = field(default_factory=dict)
    makes: bool = False
    under: str = ""
    may_insist: bool = True
    hides: Callable[[UUID], bool] | None = None
    sealed: Sealed | None = None


class Read(Protocol):
    """What a section holds for somebody: JSON, masked as they see it (a masked fact is `{"masked": …}`); `area`
    narrows it. Refuses: NotFound (an area that is not theirs), Conflict (more than a phone can hold)."""

    def __call__(self, *, by: Any, area: str | None, at: datetime) -> Sequence[Mapping[str, Any]]: ...


@dataclass(frozen=True, slots=True)
class Section:
    """One list of the village pack; `subject` is what its rows are, so that their small photos go along; empty where
    they have none."""

    code: str
    subject: str
    read: Read


class Merged(NamedTuple):
    """What of the phone's facts goes in, and the names of those that differ."""

    clean: dict[str, Any]
    differs: list[str]


def merge(base: Mapping[str, Any], mine: Mapping[str, Any], theirs: Mapping[str, Any]) -> Merged:
    """A three-way merge, fact by fact, over what `mine` tells.

    A fact only one side changed is that side's; what both say alike needs nothing; two changes of one fact differ.
    """
    clean: dict[str, Any] = {}
    differs: list[str] = []
    for fact, value in mine.items():
        stood, stands = base.get(fact), theirs.get(fact)
        if value in (stands, stood):
            continue
        if stands == stood:
            clean[fact] = value
        else:
            differs.append(fact)
    return Merged(clean, differs)
