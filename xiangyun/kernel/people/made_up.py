"""Made-up homes and people for demos, tests and benches: the same seed tells the same story, and nobody in it is real.

ID numbers pass every check, but their counties were never handed out: 15089x, and the abolished league's 15289x for
those born before it became a city in 2004. Phones start with 154, which no operator was ever given. Bank cards start
with 9999: ISO/IEC 7812 leaves 9 to countries, and no country is 999. Each `part` (0 to 9) has numbers of its own, so
several makers can work side by side.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from xiangyun.base.numbers import luhn
from xiangyun.kernel.people import made_up_words as said
from xiangyun.kernel.people.made_up_words import BITS
from xiangyun.kernel.people.rules.codes import codes
from xiangyun.kernel.people.rules.identity import ID_CHECKS, ID_WEIGHTS

PARTS = 10
OLDEST = 105
LEAGUE_UNTIL = date(2004, 1, 1)
PHONES = 10_000_000
SEQS = 500
"""Sequence numbers of one county, day and sex."""

# What coprime steps make of a counter: numbers in no order, none twice.
_PHONE_STEP = 7_654_321


class Land(NamedTuple):
    """A plot: code list land_kind, size in mu."""

    name: str
    kind: str
    size_mu: Decimal
    is_irrigated: bool
    crop: str


class Earned(NamedTuple):
    """Income of the last full year, in fen."""

    year: int
    wage: int
    business: int
    property: int
    transfer: int
    cost: int


class Person(NamedTuple):
    """Codes as in the register; empty text and None: not known. `marks` are kinds of care with their level."""

    name: str
    sex: str
    born_on: date
    relation: str
    is_head: bool
    id_no: str
    phone: str
    bank_card: str
    ethnicity: str
    education: str
    marriage: str
    political: str
    occupation: str
    hukou: str
    away_since: date | None
    away_to: str
    insurance: tuple[str, ...]
    disability: str
    marks: tuple[tuple[str, int], ...]
    is_protected: bool


class Home(NamedTuple):
    """A household; `group` is the number of its villagers' group."""

    number: str
    group: int
    address: str
    kind: str
    house_size_m2: Decimal
    safety_grade: str
    water: str
    toilet: str
    heating: str
    has_broadband: bool
    machines: tuple[str, ...]
    members: tuple[Person, ...]
    plots: tuple[Land, ...]
    income: Earned


class _Family(NamedTuple):
    """What its members have in common."""

    ethnicity: str
    surname: str
    is_away: bool


class Maker:
    """Tells homes one after the other; it remembers which numbers it gave."""

    def __init__(self, seed: int, *, on: date, part: int = 0) -> None:
        if not 0 <= part < PARTS:
            raise ValueError("a part is 0 to 9")
        self._on = on
        self._today = on.toordinal()
        self._part = part
        story = random.Random(seed * PARTS + part)  # noqa: S311 – a story, not a secret
        self._random, self._bits = story.random, story.getrandbits
        self._days = _days(on, part)
        self._given = [[0, 0] for _ in self._days]
        self._seqs = [_weighed(f"{seq:03}", 14) for seq in range(2 * SEQS)]
        self._phones = 0
        self._cards = 0
        self._stages = [said.stage(age) for age in range(OLDEST)]
        self._levels = {code: entry.level or 0 for code, entry in codes("care", on).items()}

    def homes(self, count: int, *, groups: int = 6, first: int = 1) -> Iterator[Home]:
        """So many homes of one village, numbered from `first`, spread over its groups in order."""
        for n in range(count):
            yield self._home(first + n, n * groups // count + 1)

    def _home(self, number: int, group: int) -> Home:
        random_, bits = self._random, self._bits
        ethnicity = said.ETHNICITIES[bits(BITS)]
        surname = "" if ethnicity == said.MONGOL else said.SURNAMES[bits(BITS)]
        kind = said.KINDS[bits(BITS)]
        family = _Family(ethnicity, surname, is_away=kind != "resident")
        members = self._members(family)
        is_herder = ethnicity == said.MONGOL and random_() < 0.6
        plots = self._plots(is_herder)
        return Home(
            f"{number:05}",
            group,
            f"{group}组{number}号",
            kind,
            said.HOUSE_SIZES[bits(BITS)],
            said.SAFETY[bits(BITS)],
            said.WATER[bits(BITS)],
            said.TOILETS[bits(BITS)],
            said.HEATING[bits(BITS)],
            random_() < 0.7,
            said.MACHINES[bits(BITS)],
            members,
            plots,
            self._income(members, plots),
        )

    def _members(self, family: _Family) -> tuple[Person, ...]:
        """One of seven shapes of a family, about three people on average."""
        random_ = self._random
        which = random_()
        if which < 0.11:
            age = 60 + int(random_() * 32)
            sex = "1" if random_() < 0.45 else "2"
            return (self._person(family, sex, age, "02", "30", care="alone"),)
        if which < 0.17:
            return (self._person(family, "1", 24 + int(random_() * 30), "02", "10"),)
        if which < 0.40:
            age = 60 + int(random_() * 25)
            return self._couple(family, age, care="empty_nest" if age >= 66 else "")
        if which < 0.68:
            age = 27 + int(random_() * 25)
            return self._couple(family, age) + self._children(family, age)
        if which < 0.82:
            return self._three_generations(family)
        if which < 0.95:
            age = 48 + int(random_() * 12)
            return self._couple(family, age) + self._children(family, age)
        age = 56 + int(random_() * 12)
        child = self._person(
            family, "1" if random_() < 0.52 else "2", int(random_() * 13), "40", "10", care="left_child"
        )
        return (*self._couple(family, age), child)

    def _three_generations(self, family: _Family) -> tuple[Person, ...]:
        age = 28 + int(self._random() * 20)
        parent = age + 22 + int(self._random() * 9)
        home = self._couple(family, age) + self._children(family, age)
        is_widow = self._random() < 0.4
        if not is_widow:
            home += (self._person(family, "1", parent, "51", "20"),)
        return (*home, self._person(family, "2", parent - 2, "52", "30" if is_widow else "20", own=False))

    def _couple(self, family: _Family, age: int, *, care: str = "") -> tuple[Person, ...]:
        wife = max(20, age - 4 + int(self._random() * 6))
        return (
            self._person(family, "1", age, "02", "20", care=care),
            self._person(family, "2", wife, "12", "20", own=False, care=care),
        )

    def _children(self, family: _Family, age: int) -> tuple[Person, ...]:
        """One to three, the eldest born when the father was 21 to 27."""
        random_ = self._random
        eldest = age - 21 - int(random_() * 6)
        how_many = 1 + (random_() < 0.55) + (random_() < 0.12)
        children: list[Person] = []
        for n in range(how_many):
            years = eldest - n * (2 + int(random_() * 3))
            if years < 0:
                break
            sex = "1" if random_() < 0.52 else "2"
            marriage = "20" if years > 28 and random_() < 0.3 else "10"
            children.append(self._person(family, sex, years, "20" if sex == "1" else "30", marriage))
        return tuple(children)

    def _person(
        self, family: _Family, sex: str, age: int, relation: str, marriage: str, *, own: bool = True, care: str = ""
    ) -> Person:
        """Somebody of a family; not `own`: by marriage, with a name of another one; `care`: what their home says."""
        random_, bits = self._random, self._bits
        day = self._today - 1 - age * 365 - age // 4 - int(random_() * 365)
        born_on, id_no = self._identity(day, sex)
        is_adult = age >= 18
        stage = self._stages[age]
        is_away = (family.is_away and not care) or (18 <= age < 50 and relation != "02" and random_() < 0.3)
        disability = said.DISABILITIES[bits(BITS)] if random_() < 0.06 else ""
        marks = self._marks(age, care, disability)
        return Person(
            self._name(family, sex, own=own),
            sex,
            born_on,
            relation,
            relation == "02",
            id_no,
            self._phone() if age >= 14 and random_() < (0.95 if age < 70 else 0.7) else "",
            self._card() if is_adult and random_() < 0.35 else "",
            family.ethnicity,
            stage.education[bits(BITS)],
            marriage,
            stage.political[bits(BITS)],
            stage.occupation[bits(BITS)],
            "village" if random_() < 0.93 else "county",
            max(born_on, date.fromordinal(self._today - 30 - int(random_() * 1500))) if is_away else None,
            said.ELSEWHERE[bits(BITS)] if is_away else "",
            said.INSURED_ADULT if age >= 16 else said.INSURED_CHILD,
            disability,
            marks,
            bool(marks) and marks[-1][0] in said.PROTECTED,
        )

    def _marks(self, age: int, care: str, disability: str) -> tuple[tuple[str, int], ...]:
        """The gravest last."""
        random_, bits = self._random, self._bits
        kinds = [care] if care else []
        if age >= 80:
            kinds.append("oldest")
        if disability:
            kinds.append("disabled")
        if age >= 18 and random_() < 0.06:
            kinds.append(said.CARE[bits(BITS)])
        if age >= 18 and random_() < 0.004:
            kinds.append(said.GRAVE[bits(BITS)])
        return tuple([(kind, self._levels[kind]) for kind in kinds]) if kinds else ()

    def _name(self, family: _Family, sex: str, *, own: bool) -> str:
        if family.ethnicity == said.MONGOL:
            return (said.MONGOLIAN_MEN if sex == "1" else said.MONGOLIAN_WOMEN)[self._bits(BITS)]
        surname = family.surname if own else said.SURNAMES[self._bits(BITS)]
        chars = said.MEN if sex == "1" else said.WOMEN
        given = chars[self._bits(BITS)]
        return surname + given + chars[self._bits(BITS)] if self._random() < 0.75 else surname + given

    def _identity(self, day: int, sex: str) -> tuple[date, str]:
        """A birth date on or (where that day has no number left) before a day, and a number nobody else has."""
        at = day - self._today
        which = sex == "1"
        while self._given[at][which] >= SEQS:
            at -= 1
        seq = 2 * self._given[at][which] + which
        self._given[at][which] += 1
        born_on, prefix, weighed = self._days[at]
        digits, more = self._seqs[seq]
        return born_on, prefix + digits + ID_CHECKS[(weighed + more) % 11]

    def _phone(self) -> str:
        self._phones += 1
        if self._phones > PHONES:
            raise ValueError("a part has ten million phones")
        return f"154{self._part}{self._phones * _PHONE_STEP % PHONES:07}"

    def _card(self) -> str:
        self._cards += 1
        card = f"9999{self._part}{self._cards:013}"
        return f"{card}{-luhn(card + '0') % 10}"

    def _plots(self, is_herder: bool) -> tuple[Land, ...]:
        random_, bits = self._random, self._bits
        plots = []
        for name in said.PLOTS[: 1 + int(random_() * 3)]:
            if is_herder:
                plots.append(Land(name, "0401", said.PASTURE_SIZES[bits(BITS)], False, ""))
            elif random_() < 0.85:
                plots.append(Land(name, "0102", said.FIELD_SIZES[bits(BITS)], True, said.CROPS[bits(BITS)]))
            else:
                plots.append(Land(name, "0103", said.FIELD_SIZES[bits(BITS)], False, "糜子"))
        return tuple(plots)

    def _income(self, members: tuple[Person, ...], plots: tuple[Land, ...]) -> Earned:
        random_ = self._random
        wage = sum(2_000_000 + int(random_() * 3_000_000) for one in members if one.away_since)
        business = len(plots) * (800_000 + int(random_() * 1_200_000))
        transfer = 90_000 * len(members) + int(random_() * 200_000)
        return Earned(
            self._on.year - 1, wage, business, int(random_() * 100_000), transfer, int(business * 0.4 * random_())
        )


def _weighed(digits: str, start: int) -> tuple[str, int]:
    weights = ID_WEIGHTS[start : start + len(digits)]
    return digits, sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=True))


def _days(on: date, part: int) -> list[tuple[date, str, int]]:
    """Every possible birth date up to yesterday, with the first 14 digits of its numbers and what they weigh.

    Yesterday stands last, so `days[-1]` is one day ago and `days[-n]` n days.
    """
    days = []
    today = on.toordinal()
    for ordinal in range(today - OLDEST * 366, today):
        born_on = date.fromordinal(ordinal)
        county = f"15{'28' if born_on < LEAGUE_UNTIL else '08'}9{part}"
        days.append((born_on, *_weighed(f"{county}{born_on:%Y%m%d}", 0)))
    return days
