"""The homes of a demo town that have something to tell: what a clerk meets on an ordinary morning."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from itertools import count

from xiangyun.kernel.accounts import seeds as accounts
from xiangyun.kernel.people.made_up import Earned, Home, Land, Person
from xiangyun.kernel.people.rules.identity import make_id_number

# Numbers of a county that was never handed out, other than those of the ordinary made-up people.
COUNTY = "15089{}"
MAN, WOMAN = "1", "2"


@dataclass(frozen=True, slots=True)
class Story:
    """A home, how long ago somebody looked at it, and which of its members (by place) are accounts of the demo."""

    home: Home
    checked_days_ago: int
    accounts: Mapping[str, int] = field(default_factory=dict)


def of(village: str, on: date, part: int) -> list[Story]:
    """The stories of one village of a demo town, its homes numbered from 1."""
    teller = _Teller(village, on, part)
    town, _, place = village.rpartition(".")
    told = [*teller.of_accounts(accounts.TOWNS[town])]
    if place == "201":
        told += teller.of_the_first_village()
    return told


class _Teller:
    def __init__(self, village: str, on: date, part: int) -> None:
        self._on = on
        self._village = village
        self._numbers = count(1)
        self._seqs = count(int(village[-3:]) % 50 * 10)
        self._phones = count(9_000_000 + part * 10_000 + int(village[-3:]) * 10)
        self._county = COUNTY.format(9 - part)

    def of_accounts(self, people: Sequence[accounts.Pretend]) -> Iterator[Story]:
        """Each villager who may sign in to the demo: an elderly couple whose children work far away."""
        for one in people:
            home_of = one.area.rpartition(".")[0]
            if one.role != "villager" or not self._village.endswith(home_of):
                continue
            is_man = one.account.endswith("2")
            me = self._person(one.name, MAN if is_man else WOMAN, 1953, head=True, marks=(("empty_nest", 0),))
            other = self._person(
                "李桂花" if is_man else "李福贵",
                WOMAN if is_man else MAN,
                1950,
                relation="12" if is_man else "11",
                marks=(("empty_nest", 0), ("chronic_illness", 1)),
                disability="43",
            )
            yield Story(self._home(1, me, other), 20, {one.account: 0})

    def of_the_first_village(self) -> Iterator[Story]:
        """A newborn, somebody nobody may find, somebody registered twice, a home nobody looked at for long."""
        newborn = self._person("刘梓涵", WOMAN, 0, relation="30")._replace(
            born_on=self._on - timedelta(days=40), id_no="", phone="", education="", marriage="10", occupation=""
        )
        young = (
            self._person("刘浩宇", MAN, 1996, head=True),
            self._person("赵佳怡", WOMAN, 1998, relation="12", marks=(("pregnant", 1),)),
            newborn,
        )
        yield Story(self._home(1, *young), 6)
        hidden = self._person("苏静", WOMAN, 1989, head=True, marks=(("domestic_violence", 2),))
        yield Story(self._home(2, hidden._replace(is_protected=True)), 33)
        twice = self._person("张根宝", MAN, 1961, head=True)
        yield Story(self._home(2, twice, self._person("高翠兰", WOMAN, 1963, relation="12")), 45)
        # The same man once more, as an old list had him: no ID number, another home.
        yield Story(self._home(3, twice._replace(id_no="", bank_card="", marriage="")), 150)
        alone = self._person("乌兰其其格", WOMAN, 1941, head=True, marks=(("alone", 0), ("oldest", 0), ("dibao", 1)))
        yield Story(self._home(1, alone._replace(ethnicity="02")), 124)
        left = self._person("王小宝", MAN, 2017, relation="41", marks=(("left_child", 0),))
        grandparents = (
            self._person("王满仓", MAN, 1958, head=True),
            self._person("田玉莲", WOMAN, 1960, relation="12"),
        )
        yield Story(self._home(3, *grandparents, left), 12)

    def _person(
        self,
        name: str,
        sex: str,
        year: int,
        *,
        relation: str = "02",
        head: bool = False,
        marks: tuple[tuple[str, int], ...] = (),
        disability: str = "",
    ) -> Person:
        born_on = date(year or self._on.year, 3, 5)
        seq = 2 * next(self._seqs) % 1000 + (sex == MAN)
        is_adult = self._on.year - born_on.year >= 18
        return Person(
            name=name,
            sex=sex,
            born_on=born_on,
            relation=relation,
            is_head=head,
            id_no=make_id_number(self._county, born_on, seq),
            phone=f"1549{next(self._phones):07}" if is_adult else "",
            bank_card="",
            ethnicity="01",
            education="70" if is_adult else "80",
            marriage="20" if is_adult else "10",
            political="13",
            occupation="种植" if is_adult else "",
            hukou="village",
            away_since=None,
            away_to="",
            insurance=("medical_resident",),
            disability=disability,
            marks=marks,
            is_protected=False,
        )

    def _home(self, group: int, *members: Person) -> Home:
        number = next(self._numbers)
        return Home(
            number=f"{number:05}",
            group=group,
            address=f"{group}组{number}号",
            kind="resident",
            house_size_m2=Decimal(86),
            safety_grade="B",
            water="tap",
            toilet="dry",
            heating="coal",
            has_broadband=True,
            machines=(),
            members=members,
            plots=(
                Land("渠东地", "0102", Decimal("8.5"), True, "小麦"),
                Land("房后地", "0102", Decimal("3.25"), True, "玉米"),
            ),
            income=Earned(self._on.year - 1, 0, 1_860_000, 0, 412_000, 655_000),
        )
