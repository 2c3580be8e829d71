"""A quarrel out of a report: the report's clock stands, whichever stage it comes to; one open case at a time."""

from __future__ import annotations

from datetime import timedelta

import pytest

from xiangyun.base.errors import NotFound, WrongState
from xiangyun.kernel.access.rules import system
from xiangyun.kernel.workflow import actions as workflow
from xiangyun.kernel.workflow.models import Matter, Step, Stop
from xiangyun.modules.grid.actions import mediations, reports
from xiangyun.modules.grid.models import Party
from xiangyun.modules.grid.queries import mediations as queries
from xiangyun.modules.grid.tests.factories import (
    AT,
    GRID,
    TOWN,
    VILLAGE,
    a_mediation,
    a_person,
    a_report,
    a_sitting,
    an_agreement,
)

pytestmark = pytest.mark.usefixtures("house")


@pytest.fixture
def secretary(house):
    return a_person("village_secretary", VILLAGE)


def _matter(report):
    return Matter.objects.select_related("clock").get(pk=report.matter_id)


def _stop(report):
    return Stop.objects.get(clock=_matter(report).clock, resumed_at=None)


def test_an_agreement_that_is_broken_within_the_ninety_days_breaks_out_again(secretary):
    report = a_report(category="irrigation_turn")
    row = an_agreement(a_mediation(by=secretary, report_id=report.pk), secretary)
    with pytest.raises(WrongState, match="mediated_already"):
        a_mediation(by=secretary, report_id=report.pk)
    again = a_mediation(by=secretary, before_id=row.pk, report_id=report.pk)
    assert (again.before_id, queries.relapsed([row])) == (row.pk, {row.pk: 1})
    assert _stop(report).waits_for == again.matter.number


def test_while_a_quarrel_is_mediated_the_clock_of_its_report_stands(secretary):
    report = a_report(category="irrigation_turn")
    due = _matter(report).due_at
    row = a_mediation(by=secretary, report_id=report.pk)
    assert (_matter(report).stopped_at, _matter(report).lamp, _stop(report).waits_for) == (
        AT,
        "stopped",
        row.matter.number,
    )
    assert row.matter.number in Step.objects.get(matter=report.matter_id, act="suspended").note
    workflow.turn_clocks(at=AT + timedelta(days=10), by=system(TOWN))
    assert _matter(report).level == "grid"
    assert _matter(report).due_at == due
    a_sitting(row, secretary)
    ended = AT + timedelta(days=10)
    mediations.fail(mediation_id=row.pk, note="谈不拢", by=secretary, at=ended)
    assert (_matter(report).stopped_at, _matter(report).lamp) == (None, "ok")
    assert _matter(report).due_at == due + timedelta(days=10)


@pytest.mark.parametrize("step", ["classify", "hand_up"])
def test_another_stage_of_a_report_that_is_mediated_begins_with_a_clock_that_stands(secretary, step):
    report, worker = a_report(category="irrigation_turn"), a_person("grid_worker", GRID)
    reports.verify(report_id=report.pk, by=worker, at=AT)
    row = a_mediation(by=secretary, report_id=report.pk)
    later = AT + timedelta(hours=3)
    if step == "classify":
        told = {"category": "irrigation_turn", "level": "village", "severity": 3}
        reports.classify(report_id=report.pk, **told, by=a_person("clerk"), at=later)
    else:
        workflow.hand_up(matter_id=report.matter_id, by=worker, at=later)
    matter = _matter(report)
    assert (matter.level, matter.clock.stage, matter.stopped_at, matter.lamp) == (
        "village",
        "village",
        later,
        "stopped",
    )
    assert _stop(report).waits_for == row.matter.number
    due = matter.due_at
    a_sitting(row, secretary)
    mediations.fail(mediation_id=row.pk, note="谈不拢", by=secretary, at=later + timedelta(days=10))
    assert (_matter(report).stopped_at, _matter(report).lamp) == (None, "ok")
    assert _matter(report).due_at >= due + timedelta(days=10)


def test_a_report_opened_again_after_its_quarrel_was_agreed_has_a_clock_that_runs(secretary):
    report, worker = a_report(category="irrigation_turn"), a_person("grid_worker", GRID)
    reports.verify(report_id=report.pk, by=worker, at=AT)
    an_agreement(a_mediation(by=secretary, report_id=report.pk), secretary)
    workflow.hand_up(matter_id=report.matter_id, by=worker, at=AT)
    assert (_matter(report).clock.stage, _matter(report).stopped_at) == ("village", None)


@pytest.mark.parametrize("end", ["refuse", "agree"])
def test_the_clock_of_the_report_goes_on_whichever_way_it_ends(secretary, end):
    report = a_report(category="irrigation_turn")
    row = a_mediation(by=secretary, report_id=report.pk)
    if end == "agree":
        an_agreement(row, secretary)
    else:
        party = Party.objects.filter(mediation=row).first()
        mediations.refuse(mediation_id=row.pk, party_id=party.pk, by=secretary, at=AT)
    assert _matter(report).stopped_at is None
    assert not Stop.objects.filter(clock=_matter(report).clock, resumed_at=None).exists()


def test_a_clock_that_stood_for_something_else_goes_on_standing(secretary):
    report = a_report(category="irrigation_turn")
    workflow.suspend(matter_id=report.matter_id, reason="等材料", waits_for="", by=a_person("grid_worker", GRID), at=AT)
    row = a_mediation(by=secretary, report_id=report.pk)
    an_agreement(row, secretary)
    assert _stop(report).reason == "等材料"


def test_a_report_that_is_over_can_be_mediated_and_stays_over(secretary):
    report = a_report(category="irrigation_turn")
    reports.verify(report_id=report.pk, is_real=False, note="没有这回事", by=a_person("grid_worker", GRID), at=AT)
    row = a_mediation(by=secretary, report_id=report.pk)
    an_agreement(row, secretary)
    assert (_matter(report).state, _matter(report).stopped_at) == ("invalid", None)


def test_a_report_has_one_open_mediation(secretary):
    report = a_report(category="irrigation_turn")
    row = a_sitting(a_mediation(by=secretary, report_id=report.pk), secretary)
    with pytest.raises(WrongState, match="mediated_already") as refused:
        a_mediation(by=secretary, report_id=report.pk)
    assert refused.value.params == {"number": report.matter.number, "mediation": row.matter.number}
    mediations.fail(mediation_id=row.pk, note="谈不拢", by=secretary, at=AT)
    assert a_mediation(by=secretary, report_id=report.pk).report_id == report.pk


def test_out_of_a_sealed_report_comes_a_sealed_file(secretary):
    report = a_report(category="domestic_violence", words="又打人了")
    clerk = a_person("clerk")
    row = a_mediation(by=clerk, report_id=report.pk, category="marriage_family")
    assert row.matter.is_sealed
    assert _stop(report).waits_for == row.matter.number
    assert not queries.mediations_for(secretary).exists()
    with pytest.raises(NotFound):
        a_mediation(by=secretary, report_id=report.pk)
