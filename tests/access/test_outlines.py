"""Outlines of grids over HTTP: who reads and who draws them."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from xiangyun.kernel.accounts.tests import factories as accounts
from xiangyun.kernel.accounts.tests.factories import AT, NEXT_VILLAGE, OTHER_TOWN, TOWN, VILLAGE
from xiangyun.kernel.org import actions
from xiangyun.kernel.org.rules.outlines import geometry_of as a_polygon

GRID = f"{VILLAGE}.g01"
SQUARE = [(107.20, 40.80), (107.24, 40.80), (107.24, 40.84), (107.20, 40.84)]


@pytest.fixture(autouse=True)
def grid(house: None) -> None:
    actions.add_part(village=VILLAGE, suffix="g01", name="迎丰村第一网格", on=date(2026, 6, 1))


def test_outlines_are_read_today_on_a_day_and_all_that_stood(django_assert_max_num_queries: Any) -> None:
    browser = accounts.a_browser("town_admin")
    for corners in (SQUARE, SQUARE[:3]):
        body = {"geometry": a_polygon(corners), "source": "survey", "source_name": "测绘队"}
        told = browser.post(f"/api/areas/{GRID}/outline", body, content_type="application/json")
        assert told.status_code == 200, told.content
    with django_assert_max_num_queries(12):
        [shown] = browser.get("/api/outlines", {"area": VILLAGE}).json()["items"]
    assert (shown["area_name"], shown["geometry"]["coordinates"][0][0]) == ("迎丰村第一网格", [107.2, 40.8])
    assert (shown["drawn_by"], shown["source"], shown["valid_until"]) == ("李强", "survey", None)
    assert browser.get("/api/outlines", {"area": VILLAGE, "past": True}).json()["total"] == 2
    assert browser.get("/api/outlines", {"area": VILLAGE, "on": "2020-01-01"}).json()["total"] == 0
    assert browser.get("/api/outlines", {"area": NEXT_VILLAGE}).json()["total"] == 0


def test_a_refusal_is_a_sentence_at_its_field() -> None:
    crossing = a_polygon([SQUARE[0], SQUARE[2], SQUARE[1], SQUARE[3]])
    told = accounts.a_browser("town_admin").post(
        f"/api/areas/{GRID}/outline", {"geometry": crossing}, content_type="application/json"
    )
    assert (told.status_code, told.json()["errors"][0]["loc"]) == (422, ["body", "geometry"])
    assert told.json()["detail"].startswith("边界自己交叉了：从第 1 个和从第 3 个拐点起的两条边")


@pytest.mark.parametrize(
    ("role", "area", "seen", "drawn"),
    [
        ("town_admin", TOWN, 1, 200),
        ("clerk", TOWN, 1, 403),
        ("grid_worker", GRID, 1, 403),
        ("village_secretary", NEXT_VILLAGE, 0, 403),
        ("town_admin", OTHER_TOWN, 0, 404),
    ],
)
def test_who_sees_and_who_draws(role: str, area: str, seen: int, drawn: int) -> None:
    actions.put_outline(
        path=GRID, geometry=a_polygon(SQUARE), source="drawn", by=accounts.a_person("town_admin"), at=AT
    )
    browser = accounts.a_browser(role, area)
    assert browser.get("/api/outlines").json()["total"] == seen
    told = browser.post(f"/api/areas/{GRID}/outline", {"geometry": a_polygon(SQUARE)}, content_type="application/json")
    assert told.status_code == drawn


def test_villagers_see_no_map() -> None:
    assert accounts.a_browser("villager", GRID).get("/api/outlines").status_code == 403
