"""What the tests of the register share: a clerk at a browser, a recovery sheet in somebody's hands."""

from __future__ import annotations

from typing import Any

import pytest

from xiangyun.kernel.accounts.tests import factories as accounts
from xiangyun.kernel.vault import queries as vault


@pytest.fixture
def confirmed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vault, "is_confirmed", lambda: True)


@pytest.fixture
def clerk() -> Any:
    return accounts.a_browser("clerk")
