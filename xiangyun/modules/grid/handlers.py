"""What the grid platform hears from the kernel."""

from __future__ import annotations

from django.db.models import OuterRef, Subquery

from xiangyun.kernel.workflow.events import GridEnded
from xiangyun.kernel.workflow.models import Matter
from xiangyun.modules.grid.models import Monitoring, Report


def grid_ended(event: GridEnded) -> None:
    """Reports and families under monitoring that are open stand where their matter stands now; what is over stays."""
    place = Subquery(Matter.objects.filter(pk=OuterRef("matter_id")).values("area_path"))
    for kind in (Report, Monitoring):
        kind.objects.filter(area_path=event.path, matter__closed_at=None).update(area_path=place)
