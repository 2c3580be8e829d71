"""Categories, reports, mediation, monitoring, visits."""

from xiangyun.modules.grid.models.mediation import FollowUp, Mediation, Party, Sitting
from xiangyun.modules.grid.models.monitoring import Measure, Monitoring
from xiangyun.modules.grid.models.reports import Category, Report
from xiangyun.modules.grid.models.visits import MissedVisit, Visit, VisitInterval

__all__ = [
    "Category",
    "FollowUp",
    "Measure",
    "Mediation",
    "MissedVisit",
    "Monitoring",
    "Party",
    "Report",
    "Sitting",
    "Visit",
    "VisitInterval",
]
