"""Where facts come from, homes and who lives in them, what belongs to a home, and what a person may ask of us."""

from xiangyun.kernel.people.models.candidate import Candidate
from xiangyun.kernel.people.models.history import Change, Merge
from xiangyun.kernel.people.models.home import Household, Income, Plot
from xiangyun.kernel.people.models.person import Mark, Membership, Resident
from xiangyun.kernel.people.models.privacy import Consent, OwnRecord, PersonRequest
from xiangyun.kernel.people.models.source import Source
from xiangyun.kernel.people.models.tally import Recount, Tally

__all__ = [
    "Candidate",
    "Change",
    "Consent",
    "Household",
    "Income",
    "Mark",
    "Membership",
    "Merge",
    "OwnRecord",
    "PersonRequest",
    "Plot",
    "Recount",
    "Resident",
    "Source",
    "Tally",
]
