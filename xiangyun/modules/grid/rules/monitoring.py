"""Anti-poverty monitoring (防返贫监测): states, moves, whom it follows, and how long a family's name hangs out.

Self-report, visit or data alert → verified → made public → approved by the county → measures → stable → exit. Until
2025 three kinds of families were followed (dongsansheng.com); from 2026 there is one standing mechanism (Xinhua). The
income line is set yearly by each place and stands nowhere here: whoever verifies writes down what they went by.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from xiangyun.kernel.workflow.rules import ACTS, Act, Deadline, Level, MatterKind, WhenLate, WorkKind
from xiangyun.modules.grid.rules import abilities as may

MATTER = "grid.monitoring"
WORK = "grid.follow_home"
PREFIX = "监测"


class MonitoringState(StrEnum):
    """Where the monitoring of a family stands."""

    FOUND = "found"
    VERIFIED = "verified"
    PUBLICISED = "publicised"
    APPROVED = "approved"
    HELPED = "helped"
    STABLE = "stable"
    EXITED = "exited"
    NOT_MET = "not_met"


CLOSED = (MonitoringState.EXITED, MonitoringState.NOT_MET)

# (from, to) -> the ability that may make the move. A pair not listed cannot happen.
MOVES: Mapping[tuple[str, str], str] = {
    (MonitoringState.FOUND, MonitoringState.VERIFIED): may.KEEP_MONITORING,
    (MonitoringState.FOUND, MonitoringState.NOT_MET): may.KEEP_MONITORING,
    (MonitoringState.VERIFIED, MonitoringState.PUBLICISED): may.KEEP_MONITORING,
    # Somebody objected: it is verified once more, and may turn out not to hold.
    (MonitoringState.PUBLICISED, MonitoringState.VERIFIED): may.KEEP_MONITORING,
    (MonitoringState.VERIFIED, MonitoringState.NOT_MET): may.KEEP_MONITORING,
    (MonitoringState.PUBLICISED, MonitoringState.APPROVED): may.APPROVE_MONITORING,
    (MonitoringState.PUBLICISED, MonitoringState.NOT_MET): may.APPROVE_MONITORING,
    (MonitoringState.APPROVED, MonitoringState.HELPED): may.KEEP_MONITORING,
    (MonitoringState.HELPED, MonitoringState.STABLE): may.KEEP_MONITORING,
    (MonitoringState.STABLE, MonitoringState.EXITED): may.KEEP_MONITORING,
}

# No source names a limit for any of its stages; a town writes its own into its table of deadlines.
DEADLINES: tuple[Deadline, ...] = ()

KIND = MatterKind(
    code=MATTER,
    prefix=PREFIX,
    moves=MOVES,
    first=MonitoringState.FOUND,
    closed=frozenset(CLOSED),
    on={},
    levels=(Level.VILLAGE, Level.TOWN, Level.BANNER),
    acts={
        act: ACTS[act]
        for act in (
            Act.ASSIGN,
            Act.SIGN,
            Act.HAND_UP,
            Act.SEND_DOWN,
            Act.SUSPEND,
            Act.RESUME,
            Act.REMARK,
        )
    },
    deadlines=DEADLINES,
    routes={Level.VILLAGE: "village_secretary", Level.TOWN: "clerk", Level.BANNER: "county_clerk"},
    work=WORK,
    when_late=WhenLate.TELL_LEADER,
)
WORK_KIND = WorkKind(WORK)

# Local practice, no national rule: names hang out for five days. Whoever publicises may say another number.
PUBLIC_DAYS = 5
MOST_PUBLIC_DAYS = 60


class How(StrEnum):
    """How a family came to be looked at."""

    SELF_REPORT = "self_report"
    VISIT = "visit"
    DATA = "data"


class Target(StrEnum):
    """As what a family is followed."""

    UNSTABLE = "unstable"
    BORDERLINE = "borderline"
    SUDDEN = "sudden"
    AT_RISK = "at_risk"


@dataclass(frozen=True, slots=True)
class TargetRule:
    """From when until when families are followed as something, and where that is written."""

    target: Target
    valid_from: date
    valid_until: date | None
    basis: str


UNTIL_2025 = "至2025年底的三类监测对象（dongsansheng.com）"
FROM_2026 = "2026年起常态化防止返贫致贫机制（新华社）；名称和标准以区县文件为准"
TARGETS = (
    *(
        TargetRule(target, date(2021, 1, 1), date(2026, 1, 1), UNTIL_2025)
        for target in (Target.UNSTABLE, Target.BORDERLINE, Target.SUDDEN)
    ),
    TargetRule(Target.AT_RISK, date(2026, 1, 1), None, FROM_2026),
)


class MeasureKind(StrEnum):
    """What helps a family."""

    INDUSTRY = "industry"
    JOB = "job"
    PUBLIC_POST = "public_post"
    SAFETY_NET = "safety_net"
    HEALTH = "health"
    EDUCATION = "education"
    HOUSING = "housing"
    WATER = "water"
    OTHER = "other"


def targets(on: date) -> list[Target]:
    """As what families are followed on a day."""
    return [one.target for one in TARGETS if one.valid_from <= on and (one.valid_until is None or on < one.valid_until)]


def public_until(first: date, days: int) -> date:
    """The last day on which a name hangs out; the first is not counted (Civil Code Art. 201)."""
    return first + timedelta(days=days)


def acts_open(*, state: str, is_public: bool, may_here: Callable[[str], bool]) -> list[str]:
    """What somebody may do with a monitoring now, as the UI offers it; `is_public` while the name still hangs out."""
    keeps, approves = may_here(may.KEEP_MONITORING), may_here(may.APPROVE_MONITORING)
    kept = {
        MonitoringState.FOUND: ["verify"],
        MonitoringState.VERIFIED: ["publicise", "verify"],
        MonitoringState.PUBLICISED: ["object"],
        MonitoringState.APPROVED: ["add_measure"],
        MonitoringState.HELPED: ["add_measure", "mark_stable"],
        MonitoringState.STABLE: ["exit"],
    }.get(MonitoringState(state), [])
    found = list(kept) if keeps else []
    if approves and state == MonitoringState.PUBLICISED:
        found += ["refuse"] if is_public else ["approve", "refuse"]
    return found
