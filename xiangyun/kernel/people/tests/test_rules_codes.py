"""Code lists: known codes of the standards, what clerks write, and versions over time."""

import json
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xiangyun.kernel.people.rules import codes
from xiangyun.kernel.people.rules.facts import Unfit

ON = date(2026, 11, 26)
LISTS = sorted(codes.lists())


@pytest.mark.parametrize(
    ("list_name", "code", "zh"),
    [
        ("sex", "1", "男"),
        ("sex", "2", "女"),
        ("marriage", "10", "未婚"),
        ("marriage", "30", "丧偶"),
        ("marriage", "40", "离婚"),
        ("ethnicity", "01", "汉族"),
        ("ethnicity", "02", "蒙古族"),
        ("ethnicity", "03", "回族"),
        ("ethnicity", "11", "满族"),
        ("ethnicity", "31", "达斡尔族"),
        ("ethnicity", "45", "鄂温克族"),
        ("ethnicity", "52", "鄂伦春族"),
        ("ethnicity", "56", "基诺族"),
        ("education", "70", "初级中学教育"),
        ("political", "01", "中国共产党党员"),
        ("political", "13", "群众"),
        ("kinship", "02", "户主"),
        ("kinship", "10", "配偶"),
        ("kinship", "38", "儿媳"),
        ("document", "111", "居民身份证"),
        ("disability", "44", "肢体残疾四级"),
        ("land_kind", "0102", "水浇地"),
    ],
)
def test_known_codes_of_the_standards(list_name, code, zh):
    assert codes.codes(list_name, ON)[code].zh == zh


def test_the_lists_are_whole():
    assert len(codes.codes("ethnicity", ON)) == 58
    assert list(codes.codes("ethnicity", ON))[-3:] == ["56", "97", "98"]
    assert list(codes.codes("political", ON)) == [f"{n:02}" for n in range(1, 14)]
    assert len(codes.codes("disability", ON)) == 28
    assert set(codes.codes("safety_grade", ON)) == set("ABCD")
    assert {code.level for code in codes.codes("care", ON).values()} == {0, 1, 2}
    sealed = {code for code, entry in codes.codes("care", ON).items() if entry.level == 2}
    assert {"correction", "mental_disorder", "domestic_violence"} <= sealed
    assert all(entry.level is None for name in LISTS if name != "care" for entry in codes.codes(name, ON).values())


@pytest.mark.parametrize(
    ("list_name", "written", "code"),
    [
        ("ethnicity", "汉", "01"),
        ("ethnicity", "汉族", "01"),
        ("ethnicity", "01", "01"),
        ("ethnicity", "1", "01"),
        ("ethnicity", "１", "01"),
        ("ethnicity", "1.0", "01"),
        ("ethnicity", " 蒙 古 族 ", "02"),
        ("ethnicity", "蒙", "02"),
        ("ethnicity", "02蒙古族", "02"),
        ("ethnicity", "2-蒙古族", "02"),
        ("ethnicity", "mongol", "02"),
        ("sex", "男", "1"),
        ("sex", "1", "1"),
        ("sex", "女性", "2"),
        ("sex", "2.女", "2"),
        ("sex", "F", "2"),
        ("education", "初中", "70"),
        ("education", "70", "70"),
        ("education", "大专", "30"),
        ("education", "文盲", "90"),
        ("kinship", "户主", "02"),
        ("kinship", "本人", "01"),
        ("kinship", "01", "01"),
        ("kinship", "妻", "12"),
        ("kinship", "老婆", "12"),
        ("kinship", "配偶", "10"),
        ("kinship", "子", "20"),
        ("kinship", "儿子", "20"),
        ("kinship", "长子", "22"),
        ("kinship", "儿媳妇", "38"),
        ("kinship", "爷爷", "61"),
        ("marriage", "已婚", "20"),
        ("marriage", "离异", "40"),
        ("political", "党员", "01"),
        ("political", "无", "13"),
        ("document", "身份证", "111"),
        ("household_kind", "常住户", "resident"),
        ("safety_grade", "d级", "D"),
        ("safety_grade", "c", "C"),
        ("insurance", "新农合", "medical_resident"),
        ("care", "五保", "tekun"),
        ("disability", "肢体四级", "44"),
        ("disability", "肢体4级", "44"),
        ("disability", "44", "44"),
        ("land_kind", "水浇地", "0102"),
        ("land_kind", "102", "0102"),
        ("membership_begins", "嫁入", "married_in"),
        ("membership_ends", "去世", "died"),
    ],
)
def test_what_clerks_write(list_name, written, code):
    assert codes.parse(list_name, written, ON) == code


@pytest.mark.parametrize(
    ("list_name", "written"),
    [
        ("sex", ""),
        ("sex", "3"),
        ("sex", "男女"),
        ("sex", "1女"),
        ("ethnicity", "57"),
        ("ethnicity", "汉蒙"),
        ("ethnicity", "0.1"),
        ("kinship", "邻居"),
    ],
)
def test_what_no_list_knows_is_refused_without_repeating_it(list_name, written):
    with pytest.raises(Unfit) as unfit:
        codes.parse(list_name, written, ON)
    assert (unfit.value.code, unfit.value.params) == ("people.unknown_code", {"list": list_name})


@pytest.mark.parametrize("list_name", LISTS)
def test_every_word_of_a_list_leads_to_its_code(list_name):
    for code, entry in codes.codes(list_name, ON).items():
        assert entry.code == code
        assert entry.zh
        assert entry.en
        for word in (code, entry.zh, entry.en, *entry.also):
            assert codes.parse(list_name, word, ON) == code
            assert codes.parse(list_name, f" {word} ", ON) == code


@given(st.sampled_from(LISTS), st.text(max_size=12))
def test_any_text_is_a_code_of_the_list_or_refused(list_name, text):
    try:
        code = codes.parse(list_name, text, ON)
    except Unfit:
        return
    assert codes.knows(list_name, code, ON)


def test_a_new_version_leaves_the_old_one_to_its_days(tmp_path, monkeypatch):
    old = {"code": "1", "zh": "甲", "en": "one"}
    told = {
        "list": "grades",
        "zh": "等级",
        "en": "Grades",
        "versions": [
            {
                "valid_from": "2024-01-01",
                "valid_until": None,
                "basis": "b",
                "codes": [{**old, "zh": "一", "code": "2"}],
            },
            {"valid_from": "2000-01-01", "valid_until": "2024-01-01", "basis": "a", "codes": [old]},
        ],
    }
    (tmp_path / "grades.json").write_text(json.dumps(told), encoding="utf-8")
    monkeypatch.setattr(codes, "FOLDER", tmp_path)
    codes.lists.cache_clear()
    try:
        assert codes.parse("grades", "甲", date(2023, 12, 31)) == "1"
        assert codes.parse("grades", "一", date(2024, 1, 1)) == "2"
        assert list(codes.codes("grades", date(1960, 1, 1))) == ["1"]
        assert not codes.knows("grades", "1", ON)
        told["versions"][1]["valid_until"] = "2023-06-01"
        (tmp_path / "grades.json").write_text(json.dumps(told), encoding="utf-8")
        codes.lists.cache_clear()
        with pytest.raises(ValueError, match="a version ends where the next begins"):
            codes.lists()
    finally:
        monkeypatch.undo()
        codes.lists.cache_clear()
