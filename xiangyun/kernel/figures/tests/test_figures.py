import pytest
from django.test import Client

from xiangyun.base import words
from xiangyun.base.errors import NotFound
from xiangyun.base.figure import Figure, FigureRow, FigureValue
from xiangyun.kernel.accounts.tests.factories import OTHER_TOWN, TOWN, VILLAGE, a_browser
from xiangyun.kernel.figures import checks, registry

CODE = "figures.rain"
SAID = {
    "figures.figure_rain": "雨量",
    "figures.figure_rain_means": "雨量计说的",
    "figures.less": "比昨天少 {n}",
    "figures.row": "在{where}",
}


def a_figure(**changes):
    facts = {
        "code": CODE,
        "unit": "mm",
        "needs": "org.see_map",
        "compute": lambda area, at: FigureValue(1.5 if area == TOWN else 0, at, 3, 4, ("figures.less", {"n": 2})),
        "rows": lambda area, at: [
            FigureRow("device", "d1", "雨量计", VILLAGE, at, 1.5, "mm", "figures.row", {"where": "东头"})
        ],
        **changes,
    }
    return Figure(**facts)


@pytest.fixture
def declared(monkeypatch):
    """One figure of our own, with its words."""
    known = words.catalogue
    monkeypatch.setattr(words, "catalogue", lambda lang: {**known(lang), **SAID})
    monkeypatch.setattr(registry, "_figures", {CODE: a_figure()})


def test_a_code_is_declared_once(declared):
    with pytest.raises(ValueError, match="twice"):
        registry.declare_figure(a_figure())


def test_an_unknown_figure_does_not_exist():
    with pytest.raises(NotFound):
        registry.pick("nowhere.nothing")


def test_every_figure_of_the_house_has_its_words():
    assert checks.figures_are_whole() == []


def test_a_figure_without_words_or_with_an_unknown_ability_is_found_at_once(monkeypatch):
    monkeypatch.setattr(registry, "_figures", {CODE: a_figure(needs="nobody.may")})
    assert {fault.id for fault in checks.figures_are_whole()} == {"figures.E001", "figures.E002"}


def test_a_figure_says_what_it_means_and_opens_its_rows(house, declared):
    desk = a_browser()
    (rain,) = desk.get(f"/api/figures?codes={CODE},nowhere.nothing").json()["items"]
    assert (rain["name"], rain["value"], rain["unit"], rain["compare"]) == ("雨量", 1.5, "mm", "比昨天少 2")
    assert rain["completeness"] == {"have": 3, "of": 4}
    assert (rain["area"], rain["area_name"], rain["definition"]) == (TOWN, "狼山镇", "雨量计说的")
    opened = desk.get(rain["rows_url"]).json()
    assert [(row["name"], row["area_name"], row["note"]) for row in opened["items"]] == [("雨量计", "迎丰村", "在东头")]
    assert opened["figure"]["value"] == 1.5


@pytest.mark.parametrize(("value", "unit"), [(1, "matter"), (2, "matters"), (None, "matters")])
def test_the_unit_of_one_is_in_the_singular(house, declared, monkeypatch, value, unit):
    counted = a_figure(
        unit="workflow.unit_matters",
        compute=lambda area, at: FigureValue(value, at),
        rows=lambda area, at: [FigureRow("area", "a1", "迎丰村", VILLAGE, at, value, "workflow.unit_matters")],
    )
    monkeypatch.setattr(registry, "_figures", {CODE: counted})
    opened = a_browser().get(f"/api/figures/{CODE}/rows", headers={"Accept-Language": "en"}).json()
    assert (opened["figure"]["unit"], opened["items"][0]["unit"]) == (unit, unit)


def test_a_value_that_is_missing_says_why(house, declared, monkeypatch):
    nothing = a_figure(compute=lambda area, at: FigureValue(None, None, 0, 4, reason="figures.row"))
    monkeypatch.setattr(registry, "_figures", {CODE: nothing})
    (rain,) = a_browser().get("/api/figures").json()["items"]
    assert (rain["value"], rain["as_of"], rain["reason"]) == (None, None, "在—")


def test_a_figure_is_of_the_area_asked_for(house, declared):
    assert a_browser().get(f"/api/figures?area={VILLAGE}").json()["items"][0]["value"] == 0


def test_nobody_the_villager_and_the_other_town(house, declared):
    desk, villager = a_browser(), a_browser("villager", VILLAGE)
    assert Client().get("/api/figures").status_code == 401
    for path in (f"/api/figures?area={OTHER_TOWN}", f"/api/figures/{CODE}/rows?area={OTHER_TOWN}"):
        assert desk.get(path).status_code == 404
    assert desk.get("/api/figures/nowhere.nothing/rows").status_code == 404
    assert desk.get("/api/figures?area=15.08.02.100.999").status_code == 404
    assert villager.get("/api/figures").json()["items"] == []
    assert villager.get(f"/api/figures/{CODE}/rows").status_code == 404
