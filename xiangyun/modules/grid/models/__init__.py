"""Categories, reports, mediation, visits."""

from xiangyun.modules.grid.models.mediation import FollowUp, Mediation, Party, Sitting
from xiangyun.modules.grid.models.reports import Category, Report
from xiangyun.modules.grid.models.visits import MissedVisit, Visit, VisitInterval

__all__ = [
    "Category",
    "FollowUp",
    "Mediation",
    "MissedVisit",
    "Party",
    "Report",
    "Sitting",
    "Visit",
    "VisitInterval",
]
