"""What the demo's towns have of the grid platform: each state a page must show, planted once."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.core.management import call_command

from xiangyun.entry.management.commands import seed_demo
from xiangyun.kernel.access import doors
from xiangyun.modules.grid.models import Mediation, Monitoring, Report
from xiangyun.modules.grid.tests.factories import OTHER_TOWN, TOWN


def test_both_towns_have_reports_a_quarrel_and_a_family_in_need_and_a_second_time_changes_nothing(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seed_demo, "CONFIG", replace(seed_demo.CONFIG, demo=True))
    for _ in range(2):
        call_command("seed_demo")
        for town in (TOWN, OTHER_TOWN):
            with doors.scoped(town):
                states = sorted(Report.objects.values_list("matter__state", flat=True))
                assert states == ["assigned", "closed", "handling", "reported"]
                assert list(Mediation.objects.values_list("matter__state", flat=True)) == ["agreed"]
                assert list(Monitoring.objects.values_list("matter__state", flat=True)) == ["publicised"]
