"""The ingest doors' own database role, and a committed device."""

from __future__ import annotations

import pytest
from django.conf import settings
from django.db import connection

from xiangyun.entry.ingest import store
from xiangyun.kernel.access import doors
from xiangyun.kernel.devices.tests.factories import a_device_and_secret


@pytest.fixture
def credential(transactional_db):
    """A committed device and its secret."""
    with doors.scoped("15.08"):
        return a_device_and_secret()


@pytest.fixture
def station(credential):
    """The device alone."""
    return credential[0]


@pytest.fixture
def as_ingest(credential):
    """From here on every connection belongs to the ingest role."""
    before = dict(connection.settings_dict)
    dsn = settings.CONFIG.dsn("xy_ingest")
    connection.close()
    connection.settings_dict.update(USER=dsn["user"], PASSWORD=dsn["password"])
    store.forget_days()
    yield
    connection.close()
    connection.settings_dict.update(before)
