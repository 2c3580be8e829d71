"""One notice of our own, a gateway on loopback, and a box that may call it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from django.conf import settings

from tests.notify_peers.gateway import FakeGateway
from xiangyun.kernel.notify.tests import factories


@pytest.fixture
def declared(monkeypatch: pytest.MonkeyPatch) -> None:
    """One notice of our own, with its words."""
    factories.declare(monkeypatch)


@pytest.fixture
def gateway(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeGateway]:
    """A gateway of the own network, named to the box by its owner."""
    with FakeGateway() as running:
        monkeypatch.setattr(settings, "CONFIG", replace(settings.CONFIG, private_hosts=(running.host,)))
        yield running
