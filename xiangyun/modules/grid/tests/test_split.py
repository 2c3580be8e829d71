"""What the platform keeps of a grid that ended."""

from __future__ import annotations

import pytest

from xiangyun.kernel.workflow.events import GridEnded
from xiangyun.kernel.workflow.models import Matter
from xiangyun.modules.grid import handlers
from xiangyun.modules.grid.models import Report
from xiangyun.modules.grid.tests.factories import AT, GRID, TOWN, VILLAGE, a_report


@pytest.mark.usefixtures("house")
def test_open_reports_follow_their_matter_and_closed_ones_stay() -> None:
    moved, over = a_report(), a_report(words="别处的路塌了")
    Matter.objects.filter(pk__in=[moved.matter_id, over.matter_id]).update(area_path=f"{VILLAGE}.g04")
    Matter.objects.filter(pk=over.matter_id).update(closed_at=AT, check_at=None)
    told = {"town": TOWN, "path": GRID, "into": (f"{VILLAGE}.g03", f"{VILLAGE}.g04"), "at": AT}
    handlers.grid_ended(GridEnded(**told))
    assert [Report.objects.get(pk=one.pk).area_path for one in (moved, over)] == [f"{VILLAGE}.g04", GRID]
