"""Numbers of people are masked in the lines of a preview; days, amounts and codes are not."""

from __future__ import annotations

from typing import Any

import pytest

from xiangyun.kernel.exchange.rules.screening import screened


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        ("152801195603015414", "**************5414"),
        ("15280119560301541x", "**************541x"),
        ("152801 19560301 5414", "**************5414"),
        (152801560301541, "***********1541"),
        ("'152801195603015414", "'**************5414"),
        ("19900001234", "199****1234"),
        (19900001234, "199****1234"),
        (19900001234.0, "199****1234"),
        ("199-0000-1234", "199****1234"),
        ("0478-8234567", "*******4567"),
        ("8234567", "***4567"),
        ("6228480000000000018", "***************0018"),
        ("6228 4800 0000 0000 018", "***************0018"),
        ("李二柱 152801195603015414，电话19900001234", "李二柱 **************5414，电话199****1234"),
    ],
)
def test_a_number_of_a_person_is_masked(cell: Any, shown: str) -> None:
    assert screened(cell) == shown


@pytest.mark.parametrize(
    "cell",
    [
        "李二柱",
        "0012",
        "2025",
        12.5,
        1234567,
        19560301,
        "19560301",
        "1956-03-01",
        "150802100201",
        "三组 12 号",
        True,
        None,
        "",
    ],
)
def test_what_is_no_number_of_a_person_stays(cell: Any) -> None:
    assert screened(cell) == cell
