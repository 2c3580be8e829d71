"""Stages, reasons and spells of the tip, on plain values."""

from __future__ import annotations

import itertools
from datetime import date
from uuid import UUID

from xiangyun.kernel.alerts.rules import DAY, FOREVER, HOUR, midnight
from xiangyun.modules.agriculture import rules
from xiangyun.modules.agriculture.rules import Approved, Coming, Rain, Stage, TipNumbers, Wheat

NUMBERS = TipNumbers(stays_h=24, lead_h=48, least_mm=1.0)
ROW = UUID(int=1)
WHEAT = [Wheat("v201", date(2026, 6, 1), date(2026, 7, 10))]
START = midnight(date(2026, 6, 20))
APPROVED = [Approved(UUID(int=2), "陈志强", 0, FOREVER)]


def coming(**changes):
    facts = {"known_at": START, "starts_at": START + 6 * HOUR, "ends_at": START + 18 * HOUR, "rain_mm": 12.0}
    return Coming(id=ROW, source="市气象台", wind_ms=None, **{**facts, **changes})


def spells(rain=(), rows=(), wheat=WHEAT, approved=APPROVED, now=START + DAY):
    return rules.tip_spells(rules.reasons(rain, rows, NUMBERS), wheat, approved, now)


def test_stages_of_wheat():
    heading, ripe = rules.usual_stages("spring_wheat", date(2026, 3, 20))
    assert (heading, ripe) == (date(2026, 5, 31), date(2026, 7, 17))
    days = (date(2026, 5, 30), date(2026, 5, 31), date(2026, 7, 16), date(2026, 7, 17))
    assert [rules.stage_on(heading, ripe, one) for one in days] == [
        Stage.GROWING,
        Stage.HEADING,
        Stage.HEADING,
        Stage.RIPE,
    ]
    assert rules.usual_stages("maize", date(2026, 5, 1)) == (None, None)


def test_falling_rain_holds_for_a_day_after_it():
    (spell,) = spells([Rain("A01", START, START + HOUR)], now=START + 26 * HOUR)
    assert (spell.event_at, spell.cleared_at) == (START, START + 25 * HOUR)
    assert spell.inputs["cause"] == "rain"
    assert spell.inputs["villages"] == ["v201"]
    assert spell.inputs["checked_by"] == "陈志强"


def test_while_it_rains_nobody_knows_until_when():
    (spell,) = spells([Rain("A01", START, None)])
    assert (spell.cleared_at, spell.inputs["valid_until"]) == (None, None)


def test_a_forecast_row_counts_from_when_it_was_known():
    (spell,) = spells(rows=[coming(known_at=START + HOUR)], now=START + 2 * HOUR)
    assert (spell.event_at, spell.cleared_at) == (START + HOUR, None)
    assert spell.inputs["valid_until"] == "2026-06-20T18:00:00+08:00"
    assert (spell.inputs["source"], spell.inputs["rain_mm"]) == ("市气象台", 12.0)


def test_a_forecast_row_far_ahead_waits_for_its_time():
    far = coming(starts_at=START + 72 * HOUR, ends_at=START + 80 * HOUR)
    assert spells(rows=[far], now=START + 23 * HOUR) == []
    assert spells(rows=[far], now=START + 25 * HOUR)[0].event_at == START + 24 * HOUR


def test_a_row_taken_back_ends_the_tip():
    (spell,) = spells(rows=[coming(until=START + 3 * HOUR)], now=START + 4 * HOUR)
    assert spell.cleared_at == START + 3 * HOUR


def test_too_little_rain_is_no_reason():
    assert spells(rows=[coming(rain_mm=0.5)]) == []


def test_no_tip_outside_the_stage_or_without_a_name():
    rain = [Rain("A01", START, None)]
    assert spells(rain, wheat=[Wheat("v201", date(2026, 7, 1), date(2026, 8, 1))]) == []
    assert spells(rain, wheat=[]) == []
    assert spells(rain, approved=[]) == []
    ended = [Approved(UUID(int=2), "陈志强", 0, START + HOUR)]
    assert spells(rain, approved=ended)[0].cleared_at == START + HOUR


def test_the_reasons_order_does_not_matter():
    rain = [Rain("A01", START, START + HOUR), Rain("A02", START + 20 * HOUR, START + 22 * HOUR)]
    rows = [coming(), coming(known_at=START + 2 * HOUR)]
    wanted = spells(rain, rows, now=START + 3 * DAY)
    assert len(wanted) == 1
    for some, others in itertools.product(itertools.permutations(rain), itertools.permutations(rows)):
        found = spells(some, others, now=START + 3 * DAY)
        assert [(one.starts_at, one.event_at, one.cleared_at) for one in found] == [
            (one.starts_at, one.event_at, one.cleared_at) for one in wanted
        ]


def test_beaufort():
    assert [rules.beaufort(speed) for speed in (0.0, 1.6, 10.8, 11.0, 17.2, 40.0)] == [0, 2, 6, 6, 8, 12]
