"""A report (上报) from being made to being settled: states, moves, levels and their clocks, and what villagers read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from enum import StrEnum

from xiangyun.kernel.workflow.rules import ACTS, Act, Deadline, Level, Limit, MatterKind, Unit, WhenLate, WorkKind
from xiangyun.modules.grid.rules import abilities as may

MATTER = "grid.report"
WORK = "grid.settle_report"
PREFIX = "网格"


class ReportState(StrEnum):
    """Where a report stands (domain brief §4); the wire knows another `State`, of devices."""

    REPORTED = "reported"
    VERIFIED = "verified"
    CLASSIFIED = "classified"
    ASSIGNED = "assigned"
    SIGNED = "signed"
    RETURNED = "returned"
    HANDLING = "handling"
    RESULT = "result"
    CHECKED = "checked"
    CLOSED = "closed"
    REOPENED = "reopened"
    MERGED = "merged"
    INVALID = "invalid"
    LEGAL = "legal"


State = ReportState

CLOSED = (State.CLOSED, State.MERGED, State.INVALID, State.LEGAL)
OPEN = tuple(state for state in State if state not in CLOSED)
# Before it is known whether there is anything, and what.
YOUNG = (State.REPORTED, State.VERIFIED)

# (from, to) -> the ability that may make the move. A pair not listed cannot happen.
MOVES: Mapping[tuple[str, str], str] = {
    (State.REPORTED, State.VERIFIED): may.VERIFY,
    (State.VERIFIED, State.CLASSIFIED): may.CLASSIFY,
    # 微事不出网格: whoever knows the grid settles it on the spot.
    (State.CLASSIFIED, State.CLOSED): may.CLOSE_IN_GRID,
    # 小事不出村组, 大事不出乡镇: somebody is made to act.
    (State.CLASSIFIED, State.ASSIGNED): may.CLASSIFY,
    (State.ASSIGNED, State.SIGNED): may.HANDLE,
    (State.REOPENED, State.SIGNED): may.HANDLE,
    **{(held, State.RETURNED): may.HANDLE for held in (State.ASSIGNED, State.SIGNED, State.HANDLING)},
    **{(held, State.ASSIGNED): may.HANDLE for held in (State.RETURNED, State.SIGNED, State.HANDLING, State.REOPENED)},
    (State.SIGNED, State.HANDLING): may.HANDLE,
    (State.HANDLING, State.RESULT): may.HANDLE,
    (State.RESULT, State.HANDLING): may.CHECK,
    (State.RESULT, State.CHECKED): may.CHECK,
    (State.CHECKED, State.CLOSED): may.CHECK,
    (State.CLOSED, State.REOPENED): may.CHECK,
    **{(state, State.MERGED): may.CLASSIFY for state in OPEN},
    **{(state, State.INVALID): may.VERIFY for state in YOUNG},
    **{(state, State.LEGAL): may.CLASSIFY for state in OPEN},
}

# Who closes at which level.
CLOSING: Mapping[str, str] = {Level.GRID: may.CLOSE_IN_GRID, Level.VILLAGE: may.CLOSE_IN_VILLAGE, Level.TOWN: may.CHECK}

SINCE = date(2015, 1, 1)
LOCAL_PRACTICE = "各地自定，没有全国规定；一个县的做法：当日、2至3日、难的7日、最长15日（wg.sxfx.gov.cn）。镇里可以另定"

DEADLINES = (
    Deadline(stage=Level.GRID, limit=Limit(24, Unit.HOURS), basis=LOCAL_PRACTICE, valid_from=SINCE),
    Deadline(stage=Level.VILLAGE, limit=Limit(3, Unit.DAYS), basis=LOCAL_PRACTICE, valid_from=SINCE),
    Deadline(stage=Level.TOWN, limit=Limit(7, Unit.DAYS), basis=LOCAL_PRACTICE, valid_from=SINCE, extension=8),
)

KIND = MatterKind(
    code=MATTER,
    prefix=PREFIX,
    moves=MOVES,
    first=State.REPORTED,
    closed=frozenset(CLOSED),
    on={
        Act.ASSIGN: State.ASSIGNED,
        Act.SIGN: State.SIGNED,
        Act.SEND_BACK: State.RETURNED,
        Act.HAND_UP: State.ASSIGNED,
        Act.SEND_DOWN: State.ASSIGNED,
        Act.MERGE: State.MERGED,
        Act.REOPEN: State.REOPENED,
        Act.CLOSE: State.CLOSED,
    },
    levels=(Level.GRID, Level.VILLAGE, Level.TOWN),
    # A part would have no words of its own: what is two things is reported twice.
    acts={act: ability for act, ability in ACTS.items() if act != Act.SPLIT}
    | {Act.REOPEN: may.CHECK, Act.MERGE: may.CLASSIFY, Act.UNMERGE: may.CLASSIFY},
    closing=CLOSING,
    deadlines=DEADLINES,
    routes={Level.GRID: "grid_worker", Level.VILLAGE: "village_secretary", Level.TOWN: "clerk"},
    work=WORK,
    when_late=WhenLate.HAND_UP,
)
WORK_KIND = WorkKind(WORK)


class How(StrEnum):
    """Who made a report, and how it came."""

    WORKER = "worker"
    VILLAGER = "villager"
    FOR_SOMEBODY = "for_somebody"
    PHONE = "phone"


# Told by whoever is not the person themselves: name and number may be given, and stand sealed.
BY_ANOTHER = (How.FOR_SOMEBODY, How.PHONE)


class Channel(StrEnum):
    """Where the law takes a matter out of our hands."""

    POLICE = "police"
    COURT = "court"
    PETITION = "petition"
    ARBITRATION = "arbitration"


class PublicState(StrEnum):
    """What a villager reads of where a report stands."""

    RECEIVED = "received"
    UNDER_WAY = "under_way"
    SETTLED = "settled"
    JOINED = "joined"
    NOT_FOUND = "not_found"
    ELSEWHERE = "elsewhere"


PUBLIC: Mapping[str, PublicState] = {
    **dict.fromkeys((State.REPORTED,), PublicState.RECEIVED),
    **dict.fromkeys((state for state in OPEN if state != State.REPORTED), PublicState.UNDER_WAY),
    State.CLOSED: PublicState.SETTLED,
    State.MERGED: PublicState.JOINED,
    State.INVALID: PublicState.NOT_FOUND,
    State.LEGAL: PublicState.ELSEWHERE,
}


def acts_open(*, state: str, level: str, owns: bool, may_here: Callable[[str], bool]) -> list[str]:
    """What somebody may do with a report now, as the UI offers it; the acts of every matter come beside these."""
    found: list[str] = []
    if state == State.REPORTED and may_here(may.VERIFY):
        found += ["verify", "dismiss"]
    if state == State.VERIFIED:
        found += ["dismiss"] if may_here(may.VERIFY) else []
        found += ["classify"] if may_here(may.CLASSIFY) or may_here(may.CLOSE_IN_GRID) else []
    if state == State.CLASSIFIED and level == Level.GRID and may_here(may.CLOSE_IN_GRID):
        found.append("close_here")
    if owns:
        found += {State.SIGNED: ["begin", "tell_result"], State.HANDLING: ["tell_result"]}.get(State(state), [])
    if state == State.RESULT and may_here(CLOSING[Level(level)]):
        found += ["approve", "refuse"]
    if state in OPEN and may_here(may.CLASSIFY):
        found.append("send_to_law")
    return found
