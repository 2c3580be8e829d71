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


CLOSED = (ReportState.CLOSED, ReportState.MERGED, ReportState.INVALID, ReportState.LEGAL)
OPEN = tuple(state for state in ReportState if state not in CLOSED)
# Before it is known whether there is anything, and what.
YOUNG = (ReportState.REPORTED, ReportState.VERIFIED)

# (from, to) -> the ability that may make the move. A pair not listed cannot happen.
MOVES: Mapping[tuple[str, str], str] = {
    (ReportState.REPORTED, ReportState.VERIFIED): may.VERIFY,
    (ReportState.VERIFIED, ReportState.CLASSIFIED): may.CLASSIFY,
    # 微事不出网格: whoever knows the grid settles it on the spot.
    (ReportState.CLASSIFIED, ReportState.CLOSED): may.CLOSE_IN_GRID,
    # 小事不出村组, 大事不出乡镇: somebody is made to act.
    (ReportState.CLASSIFIED, ReportState.ASSIGNED): may.CLASSIFY,
    (ReportState.ASSIGNED, ReportState.SIGNED): may.HANDLE,
    (ReportState.REOPENED, ReportState.SIGNED): may.HANDLE,
    **{
        (held, ReportState.RETURNED): may.HANDLE
        for held in (ReportState.ASSIGNED, ReportState.SIGNED, ReportState.HANDLING)
    },
    **{
        (held, ReportState.ASSIGNED): may.HANDLE
        for held in (ReportState.RETURNED, ReportState.SIGNED, ReportState.HANDLING, ReportState.REOPENED)
    },
    (ReportState.SIGNED, ReportState.HANDLING): may.HANDLE,
    (ReportState.HANDLING, ReportState.RESULT): may.HANDLE,
    (ReportState.RESULT, ReportState.HANDLING): may.CHECK,
    (ReportState.RESULT, ReportState.CHECKED): may.CHECK,
    (ReportState.CHECKED, ReportState.CLOSED): may.CHECK,
    (ReportState.CLOSED, ReportState.REOPENED): may.CHECK,
    **{(state, ReportState.MERGED): may.CLASSIFY for state in OPEN},
    **{(state, ReportState.INVALID): may.VERIFY for state in YOUNG},
    **{(state, ReportState.LEGAL): may.CLASSIFY for state in OPEN},
}

# Who closes at which level.
CLOSING: Mapping[str, str] = {
    Level.GRID: may.CLOSE_IN_GRID,
    Level.VILLAGE: may.CLOSE_IN_VILLAGE,
    Level.TOWN: may.CHECK,
    # What the county answered, the town that knows the spot looks at.
    Level.BANNER: may.CHECK,
}

SINCE = date(2015, 1, 1)
LOCAL_PRACTICE = "各地自定，没有全国规定；一个县的做法：当日、2至3日、难的7日、最长15日（wg.sxfx.gov.cn）。镇里可以另定"

DEADLINES = (
    Deadline(stage=Level.GRID, limit=Limit(24, Unit.HOURS), basis=LOCAL_PRACTICE, valid_from=SINCE),
    Deadline(stage=Level.VILLAGE, limit=Limit(3, Unit.DAYS), basis=LOCAL_PRACTICE, valid_from=SINCE),
    Deadline(stage=Level.TOWN, limit=Limit(7, Unit.DAYS), basis=LOCAL_PRACTICE, valid_from=SINCE, extension=8),
    Deadline(stage=Level.BANNER, limit=Limit(15, Unit.DAYS), basis=LOCAL_PRACTICE, valid_from=SINCE),
)

# 微事不出网格、小事不出村组、大事不出乡镇; to the county somebody hands up what none of them can close.
CLOSES = (Level.GRID, Level.VILLAGE, Level.TOWN)

KIND = MatterKind(
    code=MATTER,
    prefix=PREFIX,
    moves=MOVES,
    first=ReportState.REPORTED,
    closed=frozenset(CLOSED),
    on={
        Act.ASSIGN: ReportState.ASSIGNED,
        Act.SIGN: ReportState.SIGNED,
        Act.SEND_BACK: ReportState.RETURNED,
        Act.HAND_UP: ReportState.ASSIGNED,
        Act.SEND_DOWN: ReportState.ASSIGNED,
        Act.MERGE: ReportState.MERGED,
        Act.REOPEN: ReportState.REOPENED,
        Act.CLOSE: ReportState.CLOSED,
    },
    levels=(*CLOSES, Level.BANNER),
    # A part would have no words of its own: what is two things is reported twice.
    acts={act: ability for act, ability in ACTS.items() if act != Act.SPLIT}
    | {Act.REOPEN: may.CHECK, Act.MERGE: may.CLASSIFY, Act.UNMERGE: may.CLASSIFY},
    closing=CLOSING,
    deadlines=DEADLINES,
    routes={
        Level.GRID: "grid_worker",
        Level.VILLAGE: "village_secretary",
        Level.TOWN: "clerk",
        Level.BANNER: "county_clerk",
    },
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
    **dict.fromkeys((ReportState.REPORTED,), PublicState.RECEIVED),
    **dict.fromkeys((state for state in OPEN if state != ReportState.REPORTED), PublicState.UNDER_WAY),
    ReportState.CLOSED: PublicState.SETTLED,
    ReportState.MERGED: PublicState.JOINED,
    ReportState.INVALID: PublicState.NOT_FOUND,
    ReportState.LEGAL: PublicState.ELSEWHERE,
}


def acts_open(*, state: str, level: str, owns: bool, may_here: Callable[[str], bool]) -> list[str]:
    """What somebody may do with a report now, as the UI offers it; the acts of every matter come beside these."""
    found: list[str] = []
    if state == ReportState.REPORTED and may_here(may.VERIFY):
        found += ["verify", "dismiss"]
    if state == ReportState.VERIFIED:
        found += ["dismiss"] if may_here(may.VERIFY) else []
        found += ["classify"] if may_here(may.CLASSIFY) or may_here(may.CLOSE_IN_GRID) else []
    if state == ReportState.CLASSIFIED and level == Level.GRID and may_here(may.CLOSE_IN_GRID):
        found.append("close_here")
    if owns:
        found += {ReportState.SIGNED: ["begin", "tell_result"], ReportState.HANDLING: ["tell_result"]}.get(
            ReportState(state), []
        )
    if state == ReportState.RESULT and may_here(CLOSING[Level(level)]):
        found += ["approve", "refuse"]
    if state in OPEN and may_here(may.CLASSIFY):
        found += ["send_to_law", "merge"]
    if state == ReportState.MERGED and may_here(may.CLASSIFY):
        found.append("unmerge")
    return found
