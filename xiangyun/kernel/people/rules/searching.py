"""What somebody typed into the one search box of the register: plain values."""

from __future__ import annotations

import re
from dataclasses import dataclass

from xiangyun.kernel.people.rules import names
from xiangyun.kernel.people.rules.facts import Unfit, levelled
from xiangyun.kernel.people.rules.identity import check_phone

# How a person was found, best first.
KINDS = ("id_no", "phone", "number", *names.Kind)

ID_NO = re.compile(r"\d{17}[\dX]")
# Passports and other papers: letters and digits, seven at least.
OTHER_PAPER = re.compile(r"[A-Z0-9]{7,}")

MOST = 50


@dataclass(frozen=True, slots=True)
class Typed:
    """What the text may be: a paper's number, a phone, a home's number, or a name."""

    id_no: str = ""
    phone: str = ""
    number: str = ""
    name: str = ""


def read(text: str) -> Typed:
    """Recognise what was typed: 18 digits are an ID number and nothing else, letters alone are a name."""
    plain = levelled(text).upper()
    if ID_NO.fullmatch(plain):
        return Typed(id_no=plain)
    if not any(sign.isdigit() for sign in plain):
        return Typed(name=text)
    try:
        phone = check_phone(text)
    except Unfit:
        phone = ""
    return Typed(id_no=plain if OTHER_PAPER.fullmatch(plain) else "", phone=phone, number=levelled(text))
