"""Categories and reports."""

from xiangyun.modules.grid.models.reports import Category, Report

__all__ = ["Category", "Report"]
