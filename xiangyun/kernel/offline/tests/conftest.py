"""What the tests of phones share: two grids of a village, a recovery sheet in somebody's hands, a phone."""

from __future__ import annotations

from datetime import date

import pytest

from xiangyun.kernel.accounts.tests import factories as accounts
from xiangyun.kernel.offline.tests.phone import Phone
from xiangyun.kernel.org import actions as org
from xiangyun.kernel.people.tests import factories as people
from xiangyun.kernel.vault import queries as vault

GRID, NEXT_GRID = f"{people.VILLAGE}.g01", f"{people.VILLAGE}.g02"


@pytest.fixture
def confirmed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vault, "is_confirmed", lambda: True)


@pytest.fixture
def grids() -> None:
    for suffix in ("g01", "g02"):
        org.add_part(village=people.VILLAGE, suffix=suffix, name=f"{suffix}网格", on=date(2026, 1, 1))


@pytest.fixture
def phone() -> Phone:
    return a_phone()


def a_phone(role: str = "grid_worker", area: str = GRID) -> Phone:
    """An app in which somebody with this post is signed in, registered."""
    made = Phone(accounts.a_browser(role, area))
    assert made.register().status_code == 200
    return made
