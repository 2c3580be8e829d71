"""The outbox: a job stands or falls with the transaction that wrote it, whichever door's role that is."""

from dataclasses import dataclass
from uuid import UUID

import psycopg
import pytest
from django.db import connection, transaction

from xiangyun.base import events, ids
from xiangyun.entry import jobs
from xiangyun.entry.settings import CONFIG
from xiangyun.kernel.access import doors

TOWN = "15.08.02.100"


@dataclass(frozen=True)
class SomethingHappened:
    """A fact of this test."""

    thing_id: UUID


@pytest.fixture
def heard(monkeypatch):
    found = []
    monkeypatch.setattr(events, "_handlers", {events.name_of(SomethingHappened): [found.append]})
    monkeypatch.setattr(events, "_known", {events.name_of(SomethingHappened): SomethingHappened})
    return found


@pytest.fixture(params=["xy_app", "xy_ingest"])
def role(request, transactional_db):
    before, dsn = dict(connection.settings_dict), CONFIG.dsn(request.param)
    connection.close()
    connection.settings_dict.update(USER=dsn["user"], PASSWORD=dsn["password"])
    yield request.param
    connection.close()
    connection.settings_dict.update(before)


def waiting():
    with psycopg.connect(**CONFIG.dsn("xy_owner")) as owner:
        return [row[0] for row in owner.execute("SELECT args FROM procrastinate_jobs ORDER BY id")]


def test_an_event_waits_as_a_job_once_its_transaction_is_through(role, heard):
    thing = ids.uuid7()
    with doors.scoped(TOWN):
        events.publish(SomethingHappened(thing_id=thing))
        assert waiting() == []
    (args,) = waiting()
    assert args["scope"] == TOWN
    jobs.tell(**args)
    assert heard == [SomethingHappened(thing_id=thing)]


def test_what_is_rolled_back_was_never_announced(role, heard):
    with doors.scoped(TOWN):
        events.publish(SomethingHappened(thing_id=ids.uuid7()))
        transaction.set_rollback(True)
    assert waiting() == []


def test_nobody_who_listens_costs_no_job(transactional_db, monkeypatch):
    monkeypatch.setattr(events, "_handlers", {})
    with doors.scoped(TOWN):
        events.publish(SomethingHappened(thing_id=ids.uuid7()))
    assert waiting() == []
