"""What is counted of a village, and which of its numbers an overseer is not told: plain values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

ELDERLY_AGE = 60
CHILD_AGE = 14

# Numbers of homes and land, then numbers of people. How many people need which care stands beside them by kind.
OF_HOMES = ("households", "refreshed", "land_mu")
OF_PEOPLE = ("residents", "men", "women", "elderly", "children", "away")
NUMBERS = OF_HOMES + OF_PEOPLE
# Care by the level of its marks; what stands sealed (level 2) is not counted at all.
CARE = ("care_open", "care_welfare")

# The code of a number of people: one of `OF_PEOPLE`, or `care.` and a kind.
OF_SOMEBODY = r"^(residents|men|women|elderly|children|away|care\.[a-z_0-9]{1,32})$"

# An overseer who knows a village could tell who the one or two people are that a smaller number stands for.
TOLD_FROM = 3
IDENTIFYING = ("elderly", "children", "away")

Counts = dict[str, Any]


def birthday_of(age: int, on: date) -> date:
    """The last day on which somebody can be born who is `age` years old on a day."""
    try:
        return on.replace(year=on.year - age)
    except ValueError:  # 29 February
        return on.replace(year=on.year - age, day=28)


def nothing() -> Counts:
    """The numbers of a village in which nobody is registered."""
    return {**dict.fromkeys(NUMBERS, 0), **{care: {} for care in CARE}}


def added(several: Iterable[Mapping[str, Any]]) -> Counts:
    """The numbers of several villages together."""
    total = nothing()
    for counts in several:
        for name in NUMBERS:
            total[name] += counts[name]
        for care in CARE:
            total[care] = _added((total[care], counts[care]))
    total["land_mu"] = round(total["land_mu"], 2)
    return total


def care_told(counts: Mapping[str, Any], *, welfare: bool) -> dict[str, int]:
    """How many need which care: what is open to the village's staff, and what only welfare staff know if `welfare`."""
    return _added(counts[care] for care in (CARE if welfare else CARE[:1]))


def small(column: list[int], total: int) -> set[int]:
    """Which cells of a column are not told to an overseer: those of one or two people and, where such a cell stands
    alone, the next smallest too, so that the total less the others does not tell it after all.

    `total` is told beside the column unless it is small itself.
    """
    hidden = {i for i, number in enumerate(column) if is_small(number)}
    if len(hidden) == 1 and not is_small(total):
        others = [i for i, number in enumerate(column) if number >= TOLD_FROM]
        if others:
            hidden.add(min(others, key=lambda i: column[i]))
    return hidden


def is_small(number: int) -> bool:
    """Whether a number of people is so small that it names them."""
    return 0 < number < TOLD_FROM


def _added(several: Iterable[Mapping[str, int]]) -> dict[str, int]:
    total: dict[str, int] = {}
    for numbers in several:
        for kind, number in numbers.items():
            total[kind] = total.get(kind, 0) + number
    return total
