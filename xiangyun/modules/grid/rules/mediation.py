"""People's mediation (人民调解): states, moves, what the law asks of it, and when somebody looks after it again.

People's Mediation Law (人民调解法): free (§4); not where a party clearly refuses (§17); ended without agreement, the
parties are told what else they can do (§26); it is put on file (§27); an agreement is written or oral, and recorded
(§28-30); the committee follows it up (§31).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from enum import StrEnum

from xiangyun.kernel.workflow.rules import ACTS, Act, Deadline, Level, Limit, MatterKind, Unit, WhenLate, WorkKind
from xiangyun.modules.grid.rules import abilities as may

MATTER = "grid.mediation"
WORK = "grid.mediate_quarrel"
PREFIX = "调解"


class MediationState(StrEnum):
    """Where a mediation stands; the wire knows other states too."""

    APPLIED = "applied"
    ACCEPTED = "accepted"
    MEDIATING = "mediating"
    AGREED = "agreed"
    CLOSED = "closed"
    REFUSED = "refused"
    FAILED = "failed"


CLOSED = (MediationState.CLOSED, MediationState.REFUSED, MediationState.FAILED)
# Until there is an agreement, a party may refuse and the committee may end it.
GOING_ON = (MediationState.APPLIED, MediationState.ACCEPTED, MediationState.MEDIATING)

# (from, to) -> the ability that may make the move. A pair not listed cannot happen.
MOVES: Mapping[tuple[str, str], str] = {
    (MediationState.APPLIED, MediationState.ACCEPTED): may.MEDIATE,
    (MediationState.ACCEPTED, MediationState.MEDIATING): may.MEDIATE,
    (MediationState.MEDIATING, MediationState.AGREED): may.MEDIATE,
    (MediationState.AGREED, MediationState.CLOSED): may.MEDIATE,
    **{(state, MediationState.REFUSED): may.MEDIATE for state in GOING_ON},
    **{(state, MediationState.FAILED): may.MEDIATE for state in (MediationState.ACCEPTED, MediationState.MEDIATING)},
}

# What an agreement waits for is no limit of anybody's: its follow-ups have days of their own.
FOLLOWED = "followed"

SINCE = date(2015, 1, 1)
DEADLINES = (
    Deadline(
        stage=Level.VILLAGE,
        limit=Limit(1, Unit.MONTHS),
        basis="一般自受理起一个月内调结（lawfaq.cn 24-140-3）；各方同意可以延长",
        valid_from=SINCE,
        extension=1,
    ),
)

KIND = MatterKind(
    code=MATTER,
    prefix=PREFIX,
    moves=MOVES,
    first=MediationState.APPLIED,
    closed=frozenset(CLOSED),
    on={},
    levels=(Level.VILLAGE,),
    acts={
        act: ACTS[act]
        for act in (
            Act.ASSIGN,
            Act.SIGN,
            Act.SUSPEND,
            Act.RESUME,
            Act.ASK_EXTENSION,
            Act.GRANT_EXTENSION,
            Act.REFUSE_EXTENSION,
            Act.REMARK,
        )
    },
    deadlines=DEADLINES,
    stages={MediationState.AGREED: FOLLOWED},
    routes={Level.VILLAGE: "village_secretary"},
    work=WORK,
    when_late=WhenLate.TELL_LEADER,
)
WORK_KIND = WorkKind(WORK)

# The quarrel broke out again: a new case that knows the old one.
BRING_AGAIN = "bring_again"

# How many days after the agreement somebody asks whether it is kept.
FOLLOW_UP_DAYS = (7, 30, 90)


class Origin(StrEnum):
    """How a mediation began (Justice statistics)."""

    OWN = "own"
    REQUEST = "request"
    REFERRAL = "referral"


class Side(StrEnum):
    """On which side a party stands."""

    APPLICANT = "applicant"
    RESPONDENT = "respondent"
    THIRD = "third"


class AgreementForm(StrEnum):
    """Of which form an agreement is."""

    WRITTEN = "written"
    ORAL = "oral"


class Prevented(StrEnum):
    """What a mediation kept from happening (Justice statistics)."""

    NOTHING = ""
    CRIME = "crime"
    GROUP_PETITION = "group_petition"


class Kept(StrEnum):
    """What somebody found who asked whether an agreement is kept."""

    KEPT = "kept"
    PARTLY = "partly"
    BROKEN = "broken"


def follow_ups(agreed_on: date) -> list[date]:
    """The days on which an agreement is looked after."""
    return [agreed_on + timedelta(days=days) for days in FOLLOW_UP_DAYS]


def acts_open(
    *, state: str, sessions: int, next_follow_up: date | None, today: date, may_here: Callable[[str], bool]
) -> list[str]:
    """What somebody may do with a mediation now, as the UI offers it; a follow-up only once its day has come. What was
    agreed, or is over, may break out again."""
    if not may_here(may.MEDIATE):
        return []
    if state in CLOSED:
        return [BRING_AGAIN]
    found = {
        MediationState.APPLIED: ["accept", "refuse"],
        MediationState.ACCEPTED: ["hold_sitting", "refuse", "fail"],
        MediationState.MEDIATING: ["hold_sitting", "refuse", "fail", "agree"],
        MediationState.AGREED: [*_after_agreement(next_follow_up, today), "add_paper", BRING_AGAIN],
    }[MediationState(state)]
    return [act for act in found if act != "agree" or sessions]


def _after_agreement(next_follow_up: date | None, today: date) -> list[str]:
    if next_follow_up is None:
        return ["close"]
    return ["follow_up"] if next_follow_up <= today else []
