"""Categories, reports, mediation."""

from xiangyun.modules.grid.models.mediation import FollowUp, Mediation, Party, Sitting
from xiangyun.modules.grid.models.reports import Category, Report

__all__ = ["Category", "FollowUp", "Mediation", "Party", "Report", "Sitting"]
