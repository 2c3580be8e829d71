"""What hangs on the board of a village, read without a sign-in."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from xiangyun.base import clock
from xiangyun.kernel.org.models import Area
from xiangyun.kernel.workflow.models import Matter
from xiangyun.modules.grid.actions import reports
from xiangyun.modules.grid.api import board
from xiangyun.modules.grid.tests.factories import GRID, NEXT_VILLAGE, OTHER_TOWN, TOWN, VILLAGE, a_person, a_report

pytestmark = pytest.mark.usefixtures("house")


@pytest.fixture(autouse=True)
def pace(monkeypatch):
    """Of this test alone."""
    monkeypatch.setattr(board, "PACE", board.Pace(120, timedelta(minutes=1)))


def look(area=VILLAGE, **query):
    return Client().get("/api/grid/board", {"area": area, **query})


def numbers(answer):
    return [one["number"] for one in answer.json()["items"]]


def settled(result, **facts):
    at = clock.now()
    worker = a_person("grid_worker", GRID, at=at)
    report = a_report(at=at, **facts)
    reports.verify(report_id=report.pk, by=worker, at=at)
    told = {"category": report.matter.category, "level": "grid", "severity": 3}
    reports.classify(report_id=report.pk, **told, by=worker, at=at)
    return reports.close_here(report_id=report.pk, words=result, by=worker, at=at)


def test_it_tells_what_came_of_it_and_names_nobody():
    told = {"words": "赵二柱家门口的路塌了", "place": "赵二柱家东边"}
    report = settled("填平了，有事打13812341234或04783412345，2026-06-20再看", **told)
    answer = look()
    (one,) = answer.json()["items"]
    assert answer.json()["area_name"] == Area.objects.get(path=VILLAGE, valid_until=None).name
    assert set(one) == {
        *("number", "category", "category_name", "area_name", "opened_on", "state", "state_name", "result"),
        "settled_on",
    }
    assert (one["number"], one["state"]) == (report.matter.number, "settled")
    assert one["result"] == "填平了，有事打***********或＊＊＊，2026-06-20再看"
    assert "赵二柱" not in answer.content.decode()


def test_sealed_ones_quarrels_nothings_old_ones_and_those_of_elsewhere_do_not_hang_there():
    now = clock.now()
    shown = a_report(at=now)
    a_report(at=now, category="irrigation_turn")
    a_report(at=now, category="domestic_violence", words="又打人了")
    old = a_report(at=now)
    Matter.objects.filter(pk=old.matter_id).update(opened_at=now - timedelta(days=366))
    nothing = a_report(at=now)
    worker = a_person("grid_worker", GRID, at=now)
    reports.verify(report_id=nothing.pk, is_real=False, note="没有这回事", by=worker, at=now)
    assert numbers(look()) == [shown.matter.number]
    assert numbers(look(TOWN)) == [shown.matter.number]
    assert numbers(look(NEXT_VILLAGE)) == numbers(look(OTHER_TOWN)) == []


@pytest.mark.parametrize("area", [GRID, "15.08.02", "15.08.02.100.999", "15", "x", "' OR 1=1", "15.08.02.100%"])
def test_only_a_village_or_a_town_has_a_board(area):
    assert look(area).status_code == 404


def test_a_town_that_switched_the_grid_off_has_none():
    assert look().status_code == 200
    Area.objects.filter(path=TOWN).update(modules_off=["grid"])
    assert look().status_code == 404


def test_who_asks_too_often_waits(monkeypatch):
    monkeypatch.setattr(board, "PACE", board.Pace(1, timedelta(minutes=1)))
    assert look().status_code == 200
    refused = look()
    assert refused.status_code == 429
    assert 1 <= int(refused["Retry-After"]) <= 60


@pytest.mark.parametrize("n", [1, 3])
def test_it_asks_as_much_for_one_as_for_many(n):
    for _ in range(n):
        a_report(at=clock.now())
    look()
    with CaptureQueriesContext(connection) as asked:
        assert len(look().json()["items"]) == n
    assert len(asked) == 15
