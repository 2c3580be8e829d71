"""Kinds made up for these tests stand in the registry while a test runs, and nowhere else."""

from __future__ import annotations

import pytest

from xiangyun.kernel.access.rules import Actor
from xiangyun.kernel.accounts.tests import factories as accounts
from xiangyun.kernel.exchange import registry
from xiangyun.kernel.exchange.tests import factories


@pytest.fixture(autouse=True)
def made_up_kinds(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("_imports", "_exports", "_facts", "_rolls"):
        monkeypatch.setattr(registry, name, dict(getattr(registry, name)))
    for kind in (factories.HOMES, factories.PEOPLE):
        registry.declare_import(kind)
    registry.declare_export(factories.HOMES_OUT)
    for fact in factories.FACTS:
        registry.declare_fact(fact)
    for roll in factories.ROLLS:
        registry.declare_roll(roll)


@pytest.fixture(autouse=True)
def confirmed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("xiangyun.kernel.vault.queries.is_confirmed", lambda: True)


@pytest.fixture
def clerk(house: None) -> Actor:
    return accounts.a_person("clerk", factories.TOWN, at=factories.AT)
