from datetime import date
from decimal import Decimal

import pytest

from xiangyun.base import cells
from xiangyun.base.sheets import Unfit

ON = date(2026, 11, 26)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("  张　三\u00a0 ", "张 三"),
        ("'0012", "0012"),
        ("１２３ＡＢｃ", "123ABc"),
        ("三组，12号（东）", "三组，12号（东）"),
        ("\ufeff王\u200b强\n", "王强"),
        (12.0, "12"),
        (12.5, "12.5"),
        (True, "是"),
        (None, ""),
    ],
)
def test_text_is_levelled(written, read):
    assert cells.levelled(written) == read


@pytest.mark.parametrize("written", [None, "", "  ", "/", "—", " —— ", "－", "\u3000", "\u00a0/\n"])
def test_signs_for_nothing_are_nothing(written):
    assert cells.is_empty(written)


@pytest.mark.parametrize("written", [0, 0.0, False, "0", "无", "// 见备注", "-1"])
def test_everything_else_is_something(written):
    assert not cells.is_empty(written)


@pytest.mark.parametrize(
    "written",
    [
        "2020-1-2", "2020/1/2", "2020.1.2", "2020年1月2日", "2020 年 1 月 2 日", "20200102", 20200102, 43832, "43832",
        43832.5, "２０２０－１－２", "2020-01-02 00:00:00", date(2020, 1, 2),
    ],
)  # fmt: skip
def test_a_day_is_read_in_every_style(written):
    assert cells.day(written, ON) == date(2020, 1, 2)


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("2020-2-30", "base.cell_no_such_day"),
        ("20201301", "base.cell_no_such_day"),
        ("1/2/2020", "base.cell_no_day"),
        ("20.1.2", "base.cell_no_day"),
        ("2020年1月", "base.cell_no_day"),
        ("去年", "base.cell_no_day"),
        (5, "base.cell_no_day"),
        (999_999, "base.cell_no_day"),
    ],
)
def test_what_is_no_day_or_could_be_two_is_refused(written, code):
    with pytest.raises(Unfit, match=code):
        cells.day(written, ON)


@pytest.mark.parametrize(
    ("written", "read"), [("12.5亩", "12.5"), ("１２．５", "12.5"), ("1,250.5 亩", "1250.5"), (3, "3"), ("0", "0")]
)
def test_a_number_is_read_with_its_unit(written, read):
    assert cells.number(units=("亩",))(written, ON) == Decimal(read)


@pytest.mark.parametrize("written", ["五亩", "12,5", "1.2.3", "NaN", "Infinity", "12.5 公顷", "-1", "1e400"])
def test_what_is_no_number_or_out_of_range_is_refused(written):
    with pytest.raises(Unfit):
        cells.number(units=("亩",), most=10**6)(written, ON)


def test_a_whole_number_is_whole():
    assert cells.whole(units=("人",), most=20)("3 人", ON) == 3
    with pytest.raises(Unfit, match=r"base\.cell_not_whole"):
        cells.whole()("3.5", ON)


@pytest.mark.parametrize("written", [1.10105194912310e17, 110105194912310021, "1.10105E+17", "１.10105e+17"])
def test_a_long_number_the_spreadsheet_has_rounded_is_never_guessed(written):
    with pytest.raises(Unfit, match=r"base\.cell_digits_lost"):
        cells.must_be_whole(written)


def test_the_words_that_may_stand_here_are_told():
    parse = cells.one_of({"男": "1", "女": "2", "M": "1"})
    assert [parse(word, ON) for word in (" 男 ", "女", "ｍ")] == ["1", "2", "1"]
    with pytest.raises(Unfit) as caught:
        parse("不知道", ON)
    assert caught.value.params == {"choices": "男、女、M"}
