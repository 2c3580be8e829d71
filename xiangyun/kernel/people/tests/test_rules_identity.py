"""Numbers that name a person or a body, with known values and everything clerks do to them."""

import re
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xiangyun.base import words
from xiangyun.kernel.people.rules import identity
from xiangyun.kernel.people.rules.facts import Unfit

ON = date(2026, 11, 26)
DAYS = st.dates(min_value=date(1900, 1, 1), max_value=ON)
SEQ = st.integers(0, 999)
RULES = Path(identity.__file__).parent


def refused(check, text, **more) -> str:
    with pytest.raises(Unfit) as unfit:
        check(text, **more)
    assert not text or text not in str(unfit.value)
    return unfit.value.code


def test_the_known_numbers_pass():
    woman = identity.check_id_number("11010519491231002X", on=ON)
    assert woman == identity.IdNumber("11010519491231002X", "110105", date(1949, 12, 31), "2")
    man = identity.check_id_number("440524188001010014", on=ON)
    assert man == identity.IdNumber("440524188001010014", "440524", date(1880, 1, 1), "1")


@pytest.mark.parametrize(
    "typed",
    [
        "11010519491231002x",
        " 11010519491231002X ",
        "110105 19491231 002X",
        "１１０１０５１９４９１２３１００２Ｘ",
        "'11010519491231002X",
        "1101051949\u00a01231002ｘ\n",
    ],
)
def test_what_clerks_type_is_levelled(typed):
    assert identity.check_id_number(typed, on=ON).number == "11010519491231002X"


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("", "people.id_length"),
        ("1101051949123100", "people.id_length"),
        ("11010519491231002XX", "people.id_mask"),
        ("110105491231002", "people.id_old"),
        ("A1010519491231002X", "people.id_digits"),
        ("11010519491231002Y", "people.id_digits"),
        ("٠١٠١٠٥١٩٤٩١٢٣١٠٠٢X", "people.id_digits"),
        ("991105194912310026", "people.id_region"),
        ("110105194913310021", "people.id_birth_date"),
        ("110105194902290021", "people.id_birth_date"),
        ("110105187912310021", "people.id_birth_date"),
        ("110105202611270021", "people.id_future"),
        ("110105194912310021", "people.id_check_digit"),
        ("**************002X", "people.id_mask"),
        ("110105********002X", "people.id_mask"),
        ("110105xxxxxxxx002X", "people.id_mask"),
        ("110105×××××××××002", "people.id_mask"),
        ("1.10105E+17", "people.id_lost_digits"),
        ("1.10105194912310e17", "people.id_lost_digits"),
        ("110105194912310000", "people.id_lost_digits"),
        ("110105194912310000.0", "people.id_lost_digits"),
    ],
)
def test_each_slip_has_a_sentence_of_its_own(typed, code):
    assert refused(identity.check_id_number, typed, on=ON) == code


def test_a_county_that_was_abolished_is_no_fault():
    number = identity.make_id_number("152822", date(1956, 3, 1), 17)
    assert identity.check_id_number(number, on=ON).region == "152822"


def test_who_is_born_today_has_a_number_and_who_is_born_tomorrow_has_none():
    assert identity.check_id_number(identity.make_id_number("150802", ON, 1), on=ON).born_on == ON
    tomorrow = identity.make_id_number("150802", ON + timedelta(days=1), 1)
    assert refused(identity.check_id_number, tomorrow, on=ON) == "people.id_future"


@given(born_on=DAYS, seq=SEQ)
def test_a_made_number_passes_and_tells_what_went_in(born_on, seq):
    found = identity.check_id_number(identity.make_id_number("150899", born_on, seq), on=ON)
    assert (found.region, found.born_on, found.sex) == ("150899", born_on, "1" if seq % 2 else "2")


@given(born_on=DAYS, seq=SEQ, place=st.integers(0, 16), other=st.integers(1, 9))
def test_one_wrong_digit_never_passes(born_on, seq, place, other):
    number = identity.make_id_number("150899", born_on, seq)
    wrong = number[:place] + str((int(number[place]) + other) % 10) + number[place + 1 :]
    refused(identity.check_id_number, wrong, on=ON)


@given(born_on=DAYS, seq=SEQ, place=st.integers(0, 15))
def test_two_neighbours_swapped_never_pass(born_on, seq, place):
    number = identity.make_id_number("150899", born_on, seq)
    if number[place] != number[place + 1]:
        swapped = number[:place] + number[place + 1] + number[place] + number[place + 2 :]
        refused(identity.check_id_number, swapped, on=ON)


@given(st.text(max_size=24))
def test_any_text_is_refused_or_stays_as_it_is_kept(text):
    try:
        found = identity.check_id_number(text, on=ON)
    except Unfit:
        return
    assert identity.check_id_number(found.number, on=ON) == found


def test_the_known_credit_code_passes_however_it_is_typed():
    for typed in (
        "91350100M000100Y43",
        " 91350100m000100y43",
        "９１３５０１００Ｍ０００１００Ｙ４３",
        "91350100-M000100Y4-3",
    ):
        assert identity.check_credit_code(typed) == "91350100M000100Y43"


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("91350100M000100Y4", "people.credit_length"),
        ("91350100M000100Y44", "people.credit_check"),
        ("91350100I000100Y43", "people.credit_symbols"),
        ("9135A100M000100Y43", "people.credit_symbols"),
        ("91350100M*****0Y43", "people.credit_mask"),
    ],
)
def test_credit_codes_that_are_none(typed, code):
    assert refused(identity.check_credit_code, typed) == code


@given(place=st.integers(0, 17), symbol=st.sampled_from(identity.CREDIT_SYMBOLS))
def test_one_wrong_symbol_of_a_credit_code_never_passes(place, symbol):
    right = "91350100M000100Y43"
    if right[place] != symbol:
        refused(identity.check_credit_code, right[:place] + symbol + right[place + 1 :])


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("13812345678", "13812345678"),
        ("138 1234 5678", "13812345678"),
        ("138-1234-5678", "13812345678"),
        ("１３８１２３４５６７８", "13812345678"),
        ("+86 138 1234 5678", "13812345678"),
        ("0086-13812345678", "13812345678"),
        ("8613812345678", "13812345678"),
        ("0478-1234567", "04781234567"),
        ("(0478)8234567", "04788234567"),
        ("（0478）8234567", "04788234567"),
        ("+86 478 8234567", "04788234567"),
        ("+86-10-82345678", "01082345678"),
        ("010—82345678", "01082345678"),
    ],
)
def test_phones_as_they_are_written(typed, kept):
    assert identity.check_phone(typed) == kept


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("138****5678", "people.phone_mask"),
        ("138xxxx5678", "people.phone_mask"),
        ("8234567", "people.phone_area_code"),
        ("12812345678", "people.phone_form"),
        ("1381234567", "people.phone_form"),
        ("138123456789", "people.phone_form"),
        ("13812345678/13912345678", "people.phone_form"),
        ("无", "people.phone_form"),
        ("", "people.phone_form"),
        ("+1 212 555 0100", "people.phone_form"),
        ("١٣٨١٢٣٤٥٦٧٨", "people.phone_form"),
    ],
)
def test_phones_that_are_none(typed, code):
    assert refused(identity.check_phone, typed) == code


@given(st.text(max_size=20))
def test_a_kept_phone_stays_as_it_is(text):
    try:
        kept = identity.check_phone(text)
    except Unfit:
        return
    assert identity.check_phone(kept) == kept


def test_a_card_as_it_stands_on_plastic():
    assert identity.check_bank_card("4111 1111-1111 1111") == "4111111111111111"
    assert identity.check_bank_card("６２２２０２１２３４５６７８９０１２８") == "6222021234567890128"


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("4111111111111112", "people.card_check"),
        ("41111111111", "people.card_length"),
        ("6222 0212 3456 7890 1280", "people.card_length"),
        ("**** **** **** 1111", "people.card_mask"),
        ("信用社", "people.card_length"),
    ],
)
def test_cards_that_are_none(typed, code):
    assert refused(identity.check_bank_card, typed) == code


@given(place=st.integers(0, 18), other=st.integers(1, 9))
def test_one_wrong_digit_of_a_card_never_passes(place, other):
    right = "6222021234567890128"
    wrong = right[:place] + str((int(right[place]) + other) % 10) + right[place + 1 :]
    assert refused(identity.check_bank_card, wrong) == "people.card_check"


def test_every_refusal_has_its_sentence_in_each_language():
    said = set()
    for name in ("identity.py", "codes.py"):
        said |= set(re.findall(r'"(people\.[a-z_]+)"', (RULES / name).read_text(encoding="utf-8")))
    assert {
        "people.id_old",
        "people.phone_form",
        "people.card_check",
        "people.credit_check",
        "people.unknown_code",
    } <= said
    for lang in words.languages():
        assert said <= set(words.catalogue(lang))
