from datetime import UTC, datetime

import pytest
from django.test import Client

from xiangyun.base.errors import NotFound
from xiangyun.base.figure import Figure, FigureRow, FigureValue
from xiangyun.kernel.figures import checks, registry
from xiangyun.kernel.workflow import actions
from xiangyun.kernel.workflow.tests.factories import OTHER_TOWN, TOWN, VILLAGE, a_person, a_work_item, sign_in

AT = datetime(2026, 6, 20, 6, 0, tzinfo=UTC)


def a_figure(**changes):
    facts = {
        "code": "workflow.open_matters",
        "unit": "mm",
        "needs": "workflow.see_work",
        "compute": lambda area, at: FigureValue(value=1, as_of=at),
        "rows": lambda area, at: [FigureRow(kind="matter", id="1", name="n", area=area)],
        **changes,
    }
    return Figure(**facts)


def test_a_code_is_declared_once():
    with pytest.raises(ValueError, match="twice"):
        registry.declare_figure(a_figure())


def test_an_unknown_figure_does_not_exist():
    with pytest.raises(NotFound):
        registry.pick("nowhere.nothing")


def test_every_figure_of_the_house_has_its_words():
    assert checks.figures_are_whole() == []


@pytest.fixture
def desk(house):
    return sign_in(Client(), a_person())


def test_a_figure_says_what_it_means_and_opens_its_rows(desk):
    item = a_work_item(VILLAGE)
    asked = "/api/figures?codes=workflow.open_matters,workflow.unaccepted_matters,nowhere.nothing"
    shown = {figure["code"]: figure for figure in desk.get(asked).json()["items"]}
    assert list(shown) == ["workflow.open_matters", "workflow.unaccepted_matters"]
    opened = shown["workflow.open_matters"]
    assert (opened["name"], opened["value"], opened["unit"]) == ("没办完的事", 1, "件")
    assert opened["completeness"] == {"have": 1, "of": 1}
    assert opened["area_name"] == "狼山镇"
    assert opened["definition"].startswith("已经立了号")
    rows = desk.get(opened["rows_url"]).json()
    assert [(row["id"], row["name"]) for row in rows["items"]] == [(str(item.matter_id), item.matter.number)]
    assert rows["figure"]["value"] == len(rows["items"])


def test_what_somebody_took_is_no_longer_unaccepted(desk):
    officer = a_person()
    item = a_work_item(VILLAGE)
    actions.take(work_id=item.pk, by=officer, at=AT)
    items = desk.get("/api/figures?codes=workflow.unaccepted_matters").json()["items"]
    assert items[0]["value"] == 0


def test_a_figure_counts_only_its_area(desk):
    a_work_item(VILLAGE)
    elsewhere = desk.get(f"/api/figures?codes=workflow.open_matters&area={TOWN}.202").json()["items"]
    assert elsewhere[0]["value"] == 0


def test_nobody_the_villager_and_the_other_town(desk):
    assert Client().get("/api/figures").status_code == 401
    assert desk.get(f"/api/figures?area={OTHER_TOWN}").status_code == 404
    assert desk.get(f"/api/figures/workflow.open_matters/rows?area={OTHER_TOWN}").status_code == 404
    villager = sign_in(Client(), a_person("villager", VILLAGE))
    codes = {figure["code"] for figure in villager.get("/api/figures").json()["items"]}
    assert "workflow.open_matters" not in codes
    assert villager.get("/api/figures/workflow.open_matters/rows").status_code == 404
    assert desk.get("/api/figures/nowhere.nothing/rows").status_code == 404
