"""The worker as a process of its own: it works, says so, ends cleanly, and ends when PostgreSQL is lost."""

import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from datetime import timedelta

import psycopg
import pytest

from xiangyun.base import clock
from xiangyun.entry import jobs
from xiangyun.entry.settings import CONFIG
from xiangyun.kernel.access import doors
from xiangyun.kernel.audit.models import Entry
from xiangyun.kernel.workflow import queries
from xiangyun.kernel.workflow.models import WorkItem
from xiangyun.kernel.workflow.tests.factories import TOWN, a_person, a_shift, a_work_item

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@contextmanager
def a_worker():
    worker = subprocess.Popen(
        [sys.executable, "-m", "xiangyun.entry.worker"], env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    )
    try:
        yield worker
    finally:
        worker.kill()
        worker.wait()


def until(true, patience_s=20.0):
    limit = time.monotonic() + patience_s
    while not true():
        assert time.monotonic() < limit, "it did not happen"
        time.sleep(0.1)


def alive():
    return queries.is_alive("worker", clock.now())


def waiting_jobs():
    with psycopg.connect(**CONFIG.dsn("xy_owner")) as owner:
        return owner.execute("SELECT count(*) FROM procrastinate_jobs").fetchone()[0]


def test_the_worker_escalates_seals_and_runs_jobs_then_leaves_when_told():
    with doors.scoped(TOWN):
        leader, officer = a_person("town_leader"), a_person()
        a_shift(officer)
        item = a_work_item(at=clock.now() - timedelta(minutes=11))
        jobs.put("nobody.ListensToThis", {})
    assert waiting_jobs() == 1
    with a_worker() as worker:
        until(alive)
        until(lambda: waiting_jobs() == 0)

        def leader_asked():
            with doors.scoped(TOWN):
                return WorkItem.objects.get(pk=item.pk).assignee_id == leader.account_id

        until(leader_asked)
        with doors.scoped(TOWN):
            assert Entry.objects.filter(act="workflow.unanswered", by_kind="system").count() == 1
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(5) == 0


def test_the_worker_ends_when_postgresql_is_lost():
    with a_worker() as worker:
        until(alive)
        with psycopg.connect(**CONFIG.dsn("xy_app"), autocommit=True) as cutting:
            cutting.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE usename = 'xy_app' AND pid <> pg_backend_pid() AND pid <> %s",
                [_our_own_pid()],
            )
        assert worker.wait(10) == 1


def _our_own_pid():
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return cursor.fetchone()[0]
