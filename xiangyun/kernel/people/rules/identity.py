"""Numbers that name a person or a body: citizen ID, unified credit code, phone, bank card."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from xiangyun.base.numbers import luhn
from xiangyun.kernel.people.rules.facts import Unfit, levelled
from xiangyun.kernel.people.rules.masking import has_mask

ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
ID_CHECKS = "10X98765432"

# Provinces of GB/T 2260. The county is not judged: the prefix tells where somebody was *first* registered, and older
# people carry counties and leagues that were abolished (1528xx).
PROVINCES = frozenset(
    f"{code:02}"
    for first, last in ((11, 15), (21, 23), (31, 37), (41, 46), (50, 54), (61, 65), (71, 71), (81, 83))
    for code in range(first, last + 1)
)

FIRST_YEAR = 1880
"""The earliest birth year taken, that of the standard's own example 440524188001010014."""

CREDIT_SYMBOLS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
CREDIT_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)

MALE, FEMALE = "1", "2"

_OLD_ID = re.compile(r"\d{15}")
_ID = re.compile(r"\d{17}[\dX]")
# What a spreadsheet makes of 18 digits: 1.10105E+17, or the last three as 000.
_BROKEN_ID = re.compile(r"\d(\.\d+)?E\+?\d+|\d{18}\.0+")
_CREDIT = re.compile(rf"[{CREDIT_SYMBOLS}]{{2}}\d{{6}}[{CREDIT_SYMBOLS}]{{10}}")
_COUNTRY = re.compile(r"(\+|00)86")
_MOBILE = re.compile(r"1[3-9]\d{9}")
_LANDLINE = re.compile(r"0(10|2\d)[1-9]\d{7}|0[3-9]\d{2}[1-9]\d{6,7}")
_LOCAL = re.compile(r"[1-9]\d{6,7}")
_BETWEEN = re.compile(r"[-‐‑–—−()（）.]")
_CARD = re.compile(r"\d{12,19}")
# Twice a digit, its two digits added.


@dataclass(frozen=True, slots=True)
class IdNumber:
    """A citizen ID number and what stands in it."""

    number: str
    region: str
    born_on: date
    sex: str


def check_id_number(text: str, *, on: date) -> IdNumber:
    """A citizen ID number of 18 characters (GB 11643), as it is kept.

    Refuses: Unfit people.id_mask, id_lost_digits, id_old, id_length, id_digits, id_region, id_birth_date, id_future
    (born after `on`), id_check_digit.
    """
    number = levelled(text).upper()
    if has_mask(number) or "X" in number[:-1]:
        raise Unfit("people.id_mask")
    _must_be_whole(number)
    if number[:2] not in PROVINCES:
        raise Unfit("people.id_region")
    born_on = _born_on(number[6:14], on)
    if number[17] != id_check_digit(number[:17]):
        raise Unfit("people.id_lost_digits" if number.endswith("000") else "people.id_check_digit")
    return IdNumber(number, number[:6], born_on, MALE if int(number[16]) % 2 else FEMALE)


def _must_be_whole(number: str) -> None:
    if _BROKEN_ID.fullmatch(number):
        raise Unfit("people.id_lost_digits")
    if _OLD_ID.fullmatch(number):
        raise Unfit("people.id_old")
    if len(number) != 18:
        raise Unfit("people.id_length", n=len(number))
    if not number.isascii() or not _ID.fullmatch(number):
        raise Unfit("people.id_digits")


def _born_on(digits: str, on: date) -> date:
    try:
        born_on = date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError as impossible:
        raise Unfit("people.id_birth_date") from impossible
    if born_on > on:
        raise Unfit("people.id_future")
    if born_on.year < FIRST_YEAR:
        raise Unfit("people.id_birth_date")
    return born_on


def id_check_digit(first17: str) -> str:
    """The eighteenth character (GB 11643, ISO 7064 MOD 11-2)."""
    return ID_CHECKS[sum(int(digit) * weight for digit, weight in zip(first17, ID_WEIGHTS, strict=True)) % 11]


def make_id_number(region: str, born_on: date, seq: int) -> str:
    """A number that passes, for made-up people: six digits of a region, a birth date, 0 to 999 (odd: male)."""
    first17 = f"{region}{born_on:%Y%m%d}{seq:03}"
    return first17 + id_check_digit(first17)


def check_credit_code(text: str) -> str:
    """A unified social credit code (GB 32100-2015), as it is kept.

    Refuses: Unfit people.credit_mask, credit_length, credit_symbols, credit_check.
    """
    code = _BETWEEN.sub("", levelled(text)).upper()
    if has_mask(code):
        raise Unfit("people.credit_mask")
    if len(code) != 18:
        raise Unfit("people.credit_length", n=len(code))
    if not code.isascii() or not _CREDIT.fullmatch(code):
        raise Unfit("people.credit_symbols")
    total = sum(CREDIT_SYMBOLS.index(symbol) * weight for symbol, weight in zip(code, CREDIT_WEIGHTS, strict=False))
    if code[17] != CREDIT_SYMBOLS[-total % 31]:
        raise Unfit("people.credit_check")
    return code


def check_phone(text: str) -> str:
    """A mobile or a landline of the mainland, in digits alone: 13812345678, 04781234567.

    Refuses: Unfit people.phone_mask, phone_area_code (a local number alone), phone_form.
    """
    written = levelled(text)
    if has_mask(written):
        raise Unfit("people.phone_mask")
    digits = _BETWEEN.sub("", written)
    if _COUNTRY.match(digits):
        digits = _from_abroad(_COUNTRY.sub("", digits, count=1))
    elif digits.startswith("86") and _MOBILE.fullmatch(digits[2:]):
        digits = digits[2:]
    if not digits.isascii():
        raise Unfit("people.phone_form")
    if _LOCAL.fullmatch(digits):
        raise Unfit("people.phone_area_code")
    if not _MOBILE.fullmatch(digits) and not _LANDLINE.fullmatch(digits):
        raise Unfit("people.phone_form")
    return digits


def _from_abroad(national: str) -> str:
    return national if national.startswith(("0", "1")) and not _LANDLINE.fullmatch(f"0{national}") else f"0{national}"


def check_bank_card(text: str) -> str:
    """A bank card of 12 to 19 digits whose check digit is right (ISO/IEC 7812-1, Luhn), in digits alone.

    Refuses: Unfit people.card_mask, card_length, card_check.
    """
    written = levelled(text)
    if has_mask(written):
        raise Unfit("people.card_mask")
    digits = _BETWEEN.sub("", written)
    if not digits.isascii() or not _CARD.fullmatch(digits):
        raise Unfit("people.card_length")
    if luhn(digits) != 0:
        raise Unfit("people.card_check")
    return digits
