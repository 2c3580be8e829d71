"""Who somebody is to a new head; what clerks' columns are read as."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from xiangyun.base import words
from xiangyun.base.sheets import Unfit
from xiangyun.kernel.people.imports import HOUSEHOLDS, IMPORTS, PLOTS, RESIDENTS
from xiangyun.kernel.people.rules import codes, kin

ON = date(2026, 11, 26)


@pytest.mark.parametrize(
    ("led", "member", "sex", "becomes"),
    [
        ("12", "02", "1", "10"),
        ("12", "22", "1", "22"),
        ("12", "38", "2", "38"),
        ("12", "51", "1", "50"),
        ("20", "02", "1", "50"),
        ("32", "12", "2", "50"),
        ("20", "30", "2", "70"),
        ("20", "52", "2", "60"),
        ("20", "41", "1", "97"),
        ("20", "38", "2", "97"),
        ("51", "02", "2", "30"),
        ("51", "02", "1", "20"),
        ("51", "12", "2", "38"),
        ("51", "52", "2", "10"),
        ("73", "02", "1", "70"),
        ("98", "02", "1", "97"),
    ],
)
def test_the_relation_to_a_new_head(led: str, member: str, sex: str, becomes: str) -> None:
    found = kin.relation_anew(of_new_head=led, of_member=member, sex=sex)
    assert found == becomes
    assert codes.knows("kinship", found, ON)


@pytest.mark.parametrize(
    ("kind", "column", "cell", "value"),
    [
        (RESIDENTS, "household", "0012 号", "0012"),
        (RESIDENTS, "household", 12, "12"),
        (RESIDENTS, "relation", "长子", "22"),
        (RESIDENTS, "insurance", "居民医保、居民养老", ["medical_resident", "pension_resident"]),
        (RESIDENTS, "phone", "＋86 138-1234-5678", "13812345678"),
        (RESIDENTS, "born_on", "1956年3月1日", date(1956, 3, 1)),
        (HOUSEHOLDS, "has_broadband", "有", True),
        (HOUSEHOLDS, "machines", "拖拉机，播种机", ["拖拉机", "播种机"]),
        (HOUSEHOLDS, "lon", "107.4", 107.4),
        (PLOTS, "kind", "水浇地", "0102"),
    ],
)
def test_what_a_cell_says(kind: Any, column: str, cell: Any, value: Any) -> None:
    assert kind.column(column).parse(cell, ON) == value


@pytest.mark.parametrize(
    ("kind", "column", "cell"),
    [
        (RESIDENTS, "id_no", 1.52801195603015e17),
        (RESIDENTS, "bank_card", "6228480000000000019"),
        (RESIDENTS, "ethnicity", "火星"),
        (HOUSEHOLDS, "lat", "91"),
        (PLOTS, "size_mu", "三亩"),
    ],
)
def test_what_no_cell_can_say(kind: Any, column: str, cell: Any) -> None:
    with pytest.raises(Unfit):
        kind.column(column).parse(cell, ON)


@pytest.mark.parametrize("lang", words.languages())
def test_every_column_has_a_title_of_its_own(lang: str) -> None:
    for kind in IMPORTS:
        titles = [words.say(column.title_key, lang) for column in kind.columns]
        assert len(set(titles)) == len(titles)
        assert not [title for title in titles if title.startswith("people.")]
