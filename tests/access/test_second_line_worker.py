"""Row-level security alone, in the worker: with the filters of the application off, every round and every job of a town
leaves the other town as it is and takes nothing from it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import MISSING, fields
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction

from tests.access.conftest import Rows
from tests.access.test_second_line import tables
from tests.access.world import OTHER_TOWN, TOWN
from xiangyun.base import clock, events
from xiangyun.entry import jobs, worker
from xiangyun.kernel.access import doors
from xiangyun.kernel.org import queries as org

# Rounds of the whole box, whose doors are wider than a town: each with the reason.
OF_THE_BOX = {
    "seal": "links what every town wrote down; reads no content",
    "forget": "drops what was kept long enough, above the towns too",
    "recount": "counts changed villages anew, each for itself",
    "days": "opens the partitions of the days to come",
    "drop": "drops whole days of the box by a reviewed function, which keeps two years by itself",
}
# What a round does when its time has come: soon, and after what is kept for years.
LATER = (timedelta(hours=2), timedelta(days=40), timedelta(days=900))

# What is listened for, as an event that names rows of a town; `world` has the ids.
NAMES_ROWS = {"alert_id": "alert_id", "import_id": "import_id", "export_id": "export_id", "account_id": "account_id"}
WORDS: dict[str, Callable[[str], Any]] = {
    "town": lambda town: town,
    "path": lambda town: f"{town}.201",
    "into": lambda town: [f"{town}.202"],
    "rule": lambda _: "rain_falling",
    "at": lambda _: clock.now().isoformat(),
    "step": lambda _: "survey",
}


def fingerprint(town: str) -> dict[str, tuple[int, str]]:
    """Of every table behind a policy: how many rows a town has, and a hash of them."""
    found = {}
    with doors.scoped(town), connection.cursor() as cursor:
        for table, column in tables():
            cursor.execute(
                f"SELECT count(*), md5(coalesce(string_agg(t::text, E'\\n' ORDER BY t::text), '')) FROM \"{table}\" t"
                f" WHERE {column} >= %s AND {column} < %s",
                [town, f"{town}/"],
            )
            found[table] = cursor.fetchone()
    return found


def named(town: str, ids: Sequence[str]) -> dict[str, int]:
    """Of every table behind a policy: how many rows of a town name a place of the other one or one of these ids."""
    found = {}
    with doors.scoped(town), connection.cursor() as cursor:
        for table, column in tables():
            cursor.execute(
                f'SELECT count(*) FROM "{table}" t WHERE {column} >= %s AND {column} < %s AND t::text ~ %s',
                [town, f"{town}/", "|".join([OTHER_TOWN.replace(".", "[.]"), *ids])],
            )
            found[table] = cursor.fetchone()[0]
        cursor.execute(
            "SELECT count(*) FROM procrastinate_jobs WHERE args::text ~ %s", [OTHER_TOWN.replace(".", "[.]")]
        )
        found["procrastinate_jobs"] = cursor.fetchone()[0]
    return found


@contextmanager
def scopes_of_statements() -> Iterator[set[str]]:
    """In which scopes the block read or wrote a table behind a policy."""
    guarded = [f'"{table}"' for table, _ in tables() if table != "org_area"]
    seen: set[str] = set()

    def ask(execute: Any, sql: Any, params: Any, many: bool, context: Any) -> Any:
        answer = execute(sql, params, many, context)
        if any(table in str(sql) for table in guarded):
            with context["connection"].connection.cursor() as cursor:
                cursor.execute("SELECT current_setting('xy.scope', true)")
                seen.add(cursor.fetchone()[0] or "")
        return answer

    with connection.execute_wrapper(ask):
        yield seen


def make_rounds(monkeypatch: pytest.MonkeyPatch) -> tuple[dict[str, set[str]], int]:
    """Every round of a box that serves the first town alone, now and later: round → its scopes; how many were made."""
    [own] = [one for one in org.towns_run_here() if one.path == TOWN]
    monkeypatch.setattr(org, "towns_run_here", lambda: [own])
    found: dict[str, set[str]] = {}
    made = 0
    for one in (*worker.QUICK, *worker.SLOW):
        if one.name in OF_THE_BOX:
            continue
        for later in LATER:
            with scopes_of_statements() as seen:
                one.call(clock.now() + later)
            found.setdefault(one.name, set()).update(seen)
            made += 1
    return found, made


def told(kind: type[Any], rows: dict[str, str], town: str) -> dict[str, Any]:
    """The payload of an event of this kind about rows of a town."""
    return {
        field.name: rows[NAMES_ROWS[field.name]] if field.name in NAMES_ROWS else WORDS[field.name](town)
        for field in fields(kind)
        if field.default is MISSING
    }


def tell_everything(rows: dict[str, str], town: str, scope: str) -> tuple[int, set[str]]:
    """A job of every event anybody listens for, about rows of `town`, in `scope`: how many, and their scopes."""
    count = 0
    with scopes_of_statements() as seen:
        for event, kind in events._known.items():
            steps = ("survey", "check", "run", "undo") if "step" in kind.__dataclass_fields__ else ("",)
            for step in steps:
                payload = {**told(kind, rows, town), **({"step": step} if step else {})}
                with transaction.atomic():
                    jobs.tell(event=event, payload=json.loads(json.dumps(payload)), scope=scope)
                count += 1
    return count, seen


@pytest.fixture(autouse=True)
def one_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    """A job begins with a fresh connection; here it has to stay in the transaction of the test."""
    monkeypatch.setattr(jobs, "close_old_connections", lambda: None)


def test_every_round_of_a_town_leaves_the_other_town_as_it_is(
    two_towns: Rows, filters_off: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = list(two_towns[OTHER_TOWN].values())
    before, mine, words = fingerprint(OTHER_TOWN), fingerprint(TOWN), named(TOWN, ids)
    found, made = make_rounds(monkeypatch)
    assert {name: seen for name, seen in found.items() if seen - {TOWN}} == {}
    assert fingerprint(OTHER_TOWN) == before
    assert {t: n for t, n in named(TOWN, ids).items() if n > words[t]} == {}
    changed = [table for table, told in fingerprint(TOWN).items() if told != mine[table]]
    assert len(changed) >= 5, "the rounds had something to do"
    print(f"second line, worker: {len(found)} rounds made {made} times changed {len(changed)} tables of their own town")


def test_every_job_about_rows_of_the_other_town_finds_nothing(two_towns: Rows, filters_off: None) -> None:
    rows, ids = two_towns[OTHER_TOWN], list(two_towns[OTHER_TOWN].values())
    before, words = fingerprint(OTHER_TOWN), named(TOWN, ids)
    count, seen = tell_everything(rows, OTHER_TOWN, TOWN)
    assert seen == {TOWN}
    assert fingerprint(OTHER_TOWN) == before
    assert named(TOWN, ids) == words
    print(f"second line, worker: {len(events._known)} kinds of job, {count} told")


def test_the_tests_above_go_red_without_row_level_security(
    two_towns: Rows, filters_off: None, policies_off: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = fingerprint(OTHER_TOWN)
    tell_everything(two_towns[OTHER_TOWN], OTHER_TOWN, TOWN)
    by_jobs = fingerprint(OTHER_TOWN)
    assert before != by_jobs
    found, _ = make_rounds(monkeypatch)
    assert by_jobs != fingerprint(OTHER_TOWN)
    assert {name for name, seen in found.items() if seen - {TOWN}} >= {"escalate", "clocks", "sweep"}


def test_every_round_stands_in_a_town_or_has_its_reason() -> None:
    names = [one.name for one in (*worker.QUICK, *worker.SLOW)]
    assert set(OF_THE_BOX) <= set(names)
    assert len(names) == len(set(names))
    assert {name for name in jobs.queue.tasks if "procrastinate." not in name} == {jobs.TASK}, "every job is an event"
