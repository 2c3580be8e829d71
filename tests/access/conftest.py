"""Both demo towns, filled, and an application that has forgotten every filter by place."""

from __future__ import annotations

import sys
from dataclasses import replace

import pytest
from django.core.management import call_command
from django.db.models import Q

from tests.access import world
from tests.access.world import OTHER_TOWN, TOWN
from tests.plugin import CITY
from xiangyun.base import clock
from xiangyun.entry.management.commands import seed_demo
from xiangyun.kernel.access import doors, querysets
from xiangyun.kernel.access.querysets import ScopedQuerySet

EVERYTHING = ~Q(pk__in=[])

Rows = dict[str, dict[str, str]]


@pytest.fixture
def two_towns(db: None, monkeypatch: pytest.MonkeyPatch) -> Rows:
    """Both demo towns as they are planted, and one more row of every kind in each: town → parameter → its id."""
    monkeypatch.setattr(seed_demo, "CONFIG", replace(seed_demo.CONFIG, demo=True))
    call_command("seed_demo")
    with doors.scoped(CITY):
        return {town: world.one_of_each(f"{town}.201", clock.now()) for town in (TOWN, OTHER_TOWN)}


@pytest.fixture
def filters_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """The application forgets every filter by place, wherever it has taken one in."""
    monkeypatch.setattr(ScopedQuerySet, "visible_to", lambda rows, *_args, **_kwargs: rows)
    monkeypatch.setattr(ScopedQuerySet, "in_area", lambda rows, *_args, **_kwargs: rows)
    under = querysets.under
    for module in [one for one in sys.modules.values() if getattr(one, "under", None) is under]:
        monkeypatch.setattr(module, "under", lambda *_args, **_kwargs: EVERYTHING)


@pytest.fixture
def policies_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """The red control: doors that set the whole city's scope make a database without policies between its towns."""
    set_scope = doors.set_scope
    monkeypatch.setattr(doors, "set_scope", lambda scope: set_scope(CITY if scope else scope))
