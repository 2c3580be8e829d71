"""Kinds of matter and of work: states, moves, levels, clocks and who may do what; a module registers its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from typing import Literal
from uuid import UUID

from xiangyun.kernel.workflow.rules.abilities import ASSIGN, EXTEND, HANDLE, REASSIGN, TAKE
from xiangyun.kernel.workflow.rules.deadlines import Deadline, WhenLate

Moves = Mapping[tuple[str, str], str]


class MatterState(StrEnum):
    """The states every plain matter shares; a kind may have others."""

    OPEN = "open"
    IN_HAND = "in_hand"
    CLOSED = "closed"


# (from, to) -> the ability that may make the move. A pair not listed cannot happen.
PLAIN_MOVES: Moves = {
    (MatterState.OPEN, MatterState.IN_HAND): TAKE,
    (MatterState.IN_HAND, MatterState.OPEN): TAKE,
    (MatterState.IN_HAND, MatterState.CLOSED): TAKE,
    (MatterState.OPEN, MatterState.CLOSED): REASSIGN,
}


class Level(StrEnum):
    """Who has a matter in hand, lowest first: the levels of the area tree that work."""

    GRID = "grid"
    VILLAGE = "village"
    TOWN = "town"
    BANNER = "banner"


# How many parts of its path an area of this level has; a grid is what lies below the village.
DEPTH = {Level.VILLAGE: 5, Level.TOWN: 4, Level.BANNER: 3}


class Act(StrEnum):
    """What can be done with a matter of a kind that allows it; the house brings all of these."""

    ASSIGN = "assign"
    SIGN = "sign"
    SEND_BACK = "send_back"
    CO_HANDLE = "co_handle"
    HAND_UP = "hand_up"
    SEND_DOWN = "send_down"
    MERGE = "merge"
    UNMERGE = "unmerge"
    SPLIT = "split"
    SUSPEND = "suspend"
    RESUME = "resume"
    ASK_EXTENSION = "ask_extension"
    GRANT_EXTENSION = "grant_extension"
    REFUSE_EXTENSION = "refuse_extension"
    REOPEN = "reopen"
    CLOSE = "close"
    REMARK = "remark"


# Acts and the ability each needs, for a kind that has no reason to say otherwise.
ACTS: Mapping[str, str] = {
    Act.ASSIGN: ASSIGN,
    Act.SIGN: HANDLE,
    Act.SEND_BACK: HANDLE,
    Act.CO_HANDLE: HANDLE,
    Act.HAND_UP: HANDLE,
    Act.SEND_DOWN: ASSIGN,
    Act.MERGE: ASSIGN,
    Act.UNMERGE: ASSIGN,
    Act.SPLIT: ASSIGN,
    Act.SUSPEND: HANDLE,
    Act.RESUME: HANDLE,
    Act.ASK_EXTENSION: HANDLE,
    Act.GRANT_EXTENSION: EXTEND,
    Act.REFUSE_EXTENSION: EXTEND,
    Act.REOPEN: ASSIGN,
    Act.CLOSE: HANDLE,
    Act.REMARK: HANDLE,
}
SAME_AS: Mapping[str, str] = {Act.SIGN: "take", Act.CLOSE: "done"}
# Acts that must lead to another state, and whether that is one in which the matter is closed.
MUST_LEAD = {Act.CLOSE: True, Act.MERGE: True, Act.REOPEN: False}
# Done by whoever has the matter in hand, and by nobody else.
HOLDERS_OWN = frozenset((Act.SEND_BACK, Act.ASK_EXTENSION))


@dataclass(frozen=True, slots=True)
class Wait:
    """Why the clock of a matter stands still, and what it waits for."""

    reason: str
    waits_for: str


@dataclass(frozen=True, slots=True)
class MatterKind:
    """A kind of matter: what its numbers begin with, its moves, and where work and acts move it.

    `on` maps what happened (take, return, done, false_alarm, and any `Act`) to the state the matter goes to; an act
    that is not in it leaves the state as it is. The rest is for kinds that people carry through the house, all of it
    empty for a plain one: `levels` are who may have it in hand, lowest first; `acts` what can be done with it and the
    ability each needs; `closing` the ability to close it by level (else that of the act); `deadlines` how long each
    stage may take; `stages` the stage of a state, where that is not its level; `routes` the role it goes to at a level
    unless the town's own table says otherwise; `work` the kind of task it becomes; `waits` what, told by its module, a
    matter waits for whichever stage it comes to: a clock that starts then stands.
    """

    code: str
    prefix: str
    moves: Moves = field(default_factory=lambda: dict(PLAIN_MOVES))
    first: str = MatterState.OPEN
    closed: frozenset[str] = frozenset({MatterState.CLOSED})
    on: Mapping[str, str] = field(
        default_factory=lambda: {
            "take": MatterState.IN_HAND,
            "return": MatterState.OPEN,
            "done": MatterState.CLOSED,
            "false_alarm": MatterState.CLOSED,
        }
    )
    levels: tuple[str, ...] = ()
    acts: Mapping[str, str] = field(default_factory=dict)
    closing: Mapping[str, str] = field(default_factory=dict)
    deadlines: tuple[Deadline, ...] = ()
    stages: Mapping[str, str] = field(default_factory=dict)
    routes: Mapping[str, str] = field(default_factory=dict)
    work: str = "workflow.look_into"
    when_late: WhenLate = WhenLate.TELL_LEADER
    needs_evidence: bool = False
    waits: Callable[[UUID], Wait | None] = lambda _: None

    def stage_of(self, state: str, level: str) -> str:
        """The stage whose clock runs in a state at a level."""
        return self.stages.get(state, level)

    def lowest(self, area: str) -> str:
        """Where a matter of a place begins: the lowest of the kind's levels that works for it; empty without levels."""
        if not self.levels:
            return ""
        lowest = level_of(area)
        order = list(Level)
        return next(
            (level for level in self.levels if order.index(Level(level)) >= order.index(lowest)), self.levels[-1]
        )

    def above(self, level: str) -> str | None:
        """The level a matter is handed up to; None at the top."""
        return self._beside(level, 1)

    def below(self, level: str) -> str | None:
        """The level a matter is sent down to; None at the bottom."""
        return self._beside(level, -1)

    def _beside(self, level: str, step: int) -> str | None:
        if level not in self.levels:
            return None
        place = self.levels.index(level) + step
        return self.levels[place] if 0 <= place < len(self.levels) else None

    def target(self, act: str) -> str | None:
        """Where an act leads; None: the state stays. Signing is taking, closing is done, unless said otherwise."""
        return self.on.get(act) or self.on.get(SAME_AS.get(act, ""))

    def leads(self, act: str, state: str) -> bool:
        """Whether an act goes from a state: what ends or opens a matter needs a move to where it leads; any other act
        goes there where such a move is listed, and leaves the state as it is elsewhere."""
        return act not in MUST_LEAD or self.lands(act, state) != state

    def lands(self, act: str, state: str) -> str:
        """The state an act brings a matter of a state to."""
        to = self.target(act)
        return to if to is not None and (state, to) in self.moves else state


@dataclass(frozen=True, slots=True)
class Categories:
    """What a kind of matter is divided into: code → name in a place, on a day, in a language."""

    kind: str
    names: Callable[[str, date, str], Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class WorkKind:
    """A kind of task, `room.verb_noun`: how long it may take once offered, and how long nobody may take it."""

    code: str
    due_within: timedelta = timedelta(hours=24)
    take_within: timedelta | None = None


def incident(code: str, *, prefix: str) -> MatterKind:
    """A kind of matter with the usual states: open, in hand, closed."""
    return MatterKind(code=code, prefix=prefix)


def number(prefix: str, month: int, day: int, serial: int) -> str:
    """What people say on the phone: 农业-1124-01."""
    return f"{prefix}-{month:02}{day:02}-{serial:02}"


def place_of(level: str, area: str) -> str:
    """The place whose people have a matter in hand at a level: the village of the grid, the town of the village."""
    parts = area.split(".")
    return ".".join(parts[: DEPTH.get(Level(level), len(parts))]) if level else area


def level_of(area: str) -> Level:
    """The lowest level that works for a place: the grid for a village too, since its grid workers do."""
    depth = len(area.split("."))
    fitting = [level for level, parts in DEPTH.items() if depth <= parts and level != Level.VILLAGE]
    return fitting[-1] if fitting else Level.GRID


@dataclass(frozen=True, slots=True)
class Standing:
    """How a matter stands for one person: what decides which acts are open to them.

    `holds`: they have taken it and nobody else has; `is_asked`: it is offered to them or to a post of theirs.
    """

    state: str
    level: str
    is_closed: bool
    holds: bool
    is_asked: bool
    is_merged: bool
    is_stopped: bool
    has_clock: bool
    sent_back: int
    extension_left: int
    is_extension_asked: bool


def acts_open(kind: MatterKind, standing: Standing, may: Callable[[str], bool]) -> list[str]:
    """The acts open to a person, as the UI offers them; `may` says whether they hold an ability at its place."""
    return [act for act in kind.acts if refusal(kind, act, standing, may) is None]


Why = Literal["closed", "not_this_kind", "not_allowed", "not_now"]


def refusal(kind: MatterKind, act: str, standing: Standing, may: Callable[[str], bool]) -> Why | None:
    """Why an act is not open to a person; None: it is."""
    ability = kind.acts.get(act)
    if ability is None:
        return "not_this_kind"
    if not _may(kind, act, standing, may, ability):
        return "not_allowed"
    if act not in ALWAYS and standing.is_closed != (act in ON_CLOSED):
        return "closed"
    return None if kind.leads(act, standing.state) and _fits(kind, act, standing) else "not_now"


ALWAYS = frozenset((Act.REMARK,))
ON_CLOSED = frozenset((Act.REOPEN, Act.UNMERGE))


def _may(kind: MatterKind, act: str, standing: Standing, may: Callable[[str], bool], ability: str) -> bool:
    if act == Act.CLOSE:
        return may(kind.closing.get(standing.level, ability))
    if act == Act.SIGN:
        return standing.is_asked or may(ability)
    if act in HOLDERS_OWN:
        return standing.holds or (act == Act.SEND_BACK and standing.is_asked)
    return may(ability)


# What an act needs of the matter itself, where it needs something.
_FITS: Mapping[str, Callable[[MatterKind, Standing], bool]] = {
    Act.SIGN: lambda _, one: one.is_asked,
    Act.SEND_BACK: lambda _, one: one.sent_back == 0,
    Act.HAND_UP: lambda kind, one: kind.above(one.level) is not None,
    Act.SEND_DOWN: lambda kind, one: kind.below(one.level) is not None,
    Act.SUSPEND: lambda _, one: one.has_clock and not one.is_stopped,
    Act.RESUME: lambda _, one: one.is_stopped,
    Act.ASK_EXTENSION: lambda _, one: one.has_clock and one.extension_left > 0 and not one.is_extension_asked,
    Act.GRANT_EXTENSION: lambda _, one: one.is_extension_asked,
    Act.REFUSE_EXTENSION: lambda _, one: one.is_extension_asked,
    Act.REOPEN: lambda _, one: not one.is_merged,
    Act.UNMERGE: lambda _, one: one.is_merged,
}


def _fits(kind: MatterKind, act: str, standing: Standing) -> bool:
    return _FITS[act](kind, standing) if act in _FITS else True
