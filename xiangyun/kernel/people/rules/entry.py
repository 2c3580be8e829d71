"""Facts as somebody tells them, judged before they are written: plain values in, plain values out.

What is refused is told for every fact at once, so that a form shows all its faults.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from xiangyun.base.sheets import Unfit
from xiangyun.kernel.people.rules import codes, groups, identity
from xiangyun.kernel.people.rules.facts import levelled
from xiangyun.kernel.people.rules.masking import has_mask

HAN = re.compile(r"[\u3400-\u9fff]")
SHORTEST_PAPER = 5


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a fact is refused: the sentence and what stands in it. The value itself is never in it."""

    fact: str
    code: str
    params: Mapping[str, object] = field(default_factory=dict)


Judged = tuple[dict[str, Any], list[Fault]]


def person(told: Mapping[str, Any], known: Mapping[str, Any], on: date) -> Judged:
    """Facts of a person. `known` is what stands so far: document, id_no, sex, born_on. An ID number decides sex and
    birth date: what contradicts it is refused, what was not told is taken from it."""
    facts, faults = _each(told, on, groups.LISTS_OF_RESIDENT, PERSON, JUDGES)
    if not faults and {"id_no", "document", "sex", "born_on"} & set(facts):
        _agree(facts, known, told, on, faults)
    return facts, faults


def home(told: Mapping[str, Any], on: date) -> Judged:
    """Facts of a home."""
    return _each(told, on, groups.LISTS_OF_HOME, HOME, {})


def plot(told: Mapping[str, Any], known: Mapping[str, Any], on: date) -> Judged:
    """Facts of a piece of land; `known` are the days of its contract so far."""
    facts, faults = _each(told, on, groups.LISTS_OF_PLOT, PLOT, {})
    begins, ends = ({**known, **facts}.get(name) for name in ("contract_from", "contract_until"))
    if begins and ends and begins >= ends:
        faults.append(Fault("contract_until", "people.contract_ends_first"))
    return facts, faults


Judge = Callable[[Any, date], Any]


def _each(
    told: Mapping[str, Any],
    on: date,
    lists: Mapping[str, str],
    empty: Mapping[str, Any],
    judges: Mapping[str, Judge],
) -> Judged:
    facts: dict[str, Any] = {}
    faults: list[Fault] = []
    for name, value in told.items():
        try:
            empties = value is None or value in ("", [])
            facts[name] = _nothing(empty[name]) if empties else _fact(value, on, lists.get(name), judges.get(name))
        except Unfit as unfit:
            faults.append(Fault(name, unfit.code, unfit.params))
    return facts, faults


def _fact(value: Any, on: date, code_list: str | None, judge: Judge | None) -> Any:
    if code_list:
        return _coded(code_list, value, on)
    if judge:
        try:
            return judge(value, on)
        except Unfit:
            _must_be_open(value)
            raise
    _must_be_open(value)
    if isinstance(value, list):
        return sorted({_text(each) for each in value} - {""})
    return _text(value) if isinstance(value, str) else value


def _must_be_open(value: Any) -> None:
    for text in value if isinstance(value, list) else (value,):
        if isinstance(text, str) and has_mask(text):
            raise Unfit("people.masked_value")


def _nothing(nothing: Any) -> Any:
    if nothing is NEVER:
        raise Unfit("people.fact_missing")
    return list(nothing) if isinstance(nothing, list) else nothing


def _coded(code_list: str, value: Any, on: date) -> Any:
    for code in value if isinstance(value, list) else (value,):
        if not codes.knows(code_list, code, on):
            raise Unfit("people.unknown_code", list=code_list)
    return sorted(set(value)) if isinstance(value, list) else value


def _text(text: str) -> str:
    return " ".join(text.split())


def _name(text: str) -> str:
    """Full-width letters plain, no blanks between Chinese characters."""
    plain = _text(unicodedata.normalize("NFKC", text))
    _must_be_open(plain)
    if not plain:
        raise Unfit("people.fact_missing")
    return plain.replace(" ", "") if HAN.search(plain) else plain


def _born(value: date, on: date) -> date:
    if value > on:
        raise Unfit("people.born_in_future")
    return value


def _health(value: Mapping[str, Any], on: date) -> dict[str, Any]:
    """The parts that were named, judged."""
    told: dict[str, Any] = {}
    for name, code_list in (("disability", "disability_class"), ("grade", "disability_grade")):
        if name not in value:
            continue
        told[name] = value[name]
        if told[name] and not codes.knows(code_list, told[name], on):
            raise Unfit("people.unknown_code", list=code_list)
    if "chronic" in value:
        chronic = [_text(each) for each in value["chronic"]]
        if any(has_mask(each) for each in chronic):
            raise Unfit("people.masked_value")
        told["chronic"] = sorted({each for each in chronic if each})
    return told


def health(known: Mapping[str, Any] | None, told: Mapping[str, Any]) -> dict[str, Any] | None:
    """Somebody's health after some parts of it were told: what was not named stays; None where nothing is left."""
    whole = {"disability": "", "grade": "", "chronic": [], **(known or {}), **told}
    return whole if any(whole.values()) else None


def _agree(
    facts: dict[str, Any], known: Mapping[str, Any], told: Mapping[str, Any], on: date, faults: list[Fault]
) -> None:
    """Make paper, number, sex and birth date say the same."""
    now = {**known, **facts}
    number = now.get("id_no")
    if not number:
        return
    if now.get("document") not in groups.CITIZEN_PAPERS:
        _other_paper(facts, faults)
        return
    try:
        found = identity.check_id_number(number, on=on)
    except Unfit as unfit:
        faults.append(Fault("id_no", unfit.code, unfit.params))
        return
    if "id_no" in facts:
        facts["id_no"] = found.number
    for name, code in (("sex", "people.id_other_sex"), ("born_on", "people.id_other_birth")):
        says = getattr(found, name)
        if told.get(name) and facts[name] != says and not (name == "sex" and facts[name] == "0"):
            faults.append(Fault(name, code))
        else:
            facts[name] = says


def _other_paper(facts: dict[str, Any], faults: list[Fault]) -> None:
    if facts.get("id_no"):
        facts["id_no"] = levelled(facts["id_no"]).upper()
        if len(facts["id_no"]) < SHORTEST_PAPER:
            faults.append(Fault("id_no", "people.paper_short"))


# What cannot be emptied.
NEVER = object()

PERSON: dict[str, Any] = {
    "name": NEVER,
    "is_protected": False,
    "document": "111",
    "id_no": None,
    "sex": "",
    "born_on": None,
    "ethnicity": "",
    "phone": None,
    "bank_card": None,
    "education": "",
    "marriage": "",
    "political": "",
    "occupation": "",
    "hukou": "",
    "away_since": None,
    "away_to": "",
    "insurance": [],
    "health": None,
}
HOME: dict[str, Any] = {
    "number": NEVER,
    "group": "",
    "grid": "",
    "kind": "",
    "address": "",
    "point": None,
    "house_size_m2": None,
    "safety_grade": "",
    "water": "",
    "toilet": "",
    "heating": "",
    "has_broadband": None,
    "machines": [],
}
PLOT: dict[str, Any] = {
    "code": "",
    "name": "",
    "kind": "",
    "size_mu": NEVER,
    "is_irrigated": None,
    "crop": "",
    "contract_from": None,
    "contract_until": None,
    "transferred_to": "",
    "transfer_until": None,
}

JUDGES: dict[str, Judge] = {
    "name": lambda text, _: _name(text),
    "born_on": _born,
    "away_since": _born,
    "phone": lambda text, _: identity.check_phone(text),
    "bank_card": lambda text, _: identity.check_bank_card(text),
    "health": _health,
}
