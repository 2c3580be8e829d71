"""What is shown of a field, and that nothing shown can come back as if it were the value."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xiangyun.kernel.people.rules import identity, masking

HAN = st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5), min_size=1, max_size=8)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("张三", "张*"),
        ("张建国", "张**"),
        ("欧阳娜娜", "欧阳**"),
        ("欧阳锋", "欧阳*"),
        ("欧阳", "欧*"),
        ("乌云其木格", "乌****"),
        ("阿拉坦·乌拉", "阿*****"),
        ("巴", "*"),
        ("", "*"),
    ],
)
def test_of_a_name_the_surname_stays(name, shown):
    assert masking.mask_name(name) == shown


def test_of_numbers_the_ends_stay():
    assert masking.mask_id_number("440524188001010014") == "**************0014"
    assert masking.mask_id_number("E123") == "****"
    assert masking.mask_phone("13812341234") == "138****1234"
    assert masking.mask_phone("04781234567") == "*******4567"
    assert masking.mask_bank_card("6222021234567890128") == "***************0128"
    assert masking.mask_address("迎丰村") == "迎丰村…"


@pytest.mark.parametrize(
    "text",
    [
        "张*",
        "张＊",
        "138****1234",
        "138xxxx1234",
        "138XXXX1234",
        "138××××1234",
        "****",
        "xxx",
        "张××",
        "张xx",
        "110105••••••••002X",
        "张•",
        "●●●",
        "迎丰村…",
        "######",
        "1101051949■■■■002X",
    ],
)
def test_a_mask_is_recognised(text):
    assert masking.has_mask(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "11010519491231002X",
        "11010519491231002x",
        "阿拉坦·乌拉",
        "阿拉坦•乌拉",
        "阿拉坦・乌拉",
        "Maxx Xuan",
        "三组 12 号",
        "3×4 米",
        "渠东三亩地",
        "5#楼",
        "0478-1234567",
        "(0478) 8234567",
    ],
)
def test_what_people_write_is_no_mask(text):
    assert not masking.has_mask(text)


@given(HAN)
def test_a_name_shown_is_never_taken_back(name):
    assert masking.has_mask(masking.mask_name(name))
    assert not masking.has_mask(name)


@given(st.dates(min_value=date(1900, 1, 1), max_value=date(2026, 1, 1)), st.integers(0, 999))
def test_an_id_number_is_shown_by_four_and_never_taken_back(born_on, seq):
    number = identity.make_id_number("150899", born_on, seq)
    shown = masking.mask_id_number(number)
    assert (len(shown), shown[-4:], set(shown[:-4])) == (18, number[-4:], {"*"})
    assert masking.has_mask(shown)
    assert not masking.has_mask(number)


@given(st.from_regex(r"\A(1[3-9][0-9]{9}|0[3-9][0-9]{2}[1-9][0-9]{6,7})\Z"))
def test_a_phone_is_shown_by_its_ends_and_never_taken_back(number):
    shown = masking.mask_phone(number)
    assert shown[-4:] == number[-4:]
    assert masking.has_mask(shown)
    assert not masking.has_mask(number)
