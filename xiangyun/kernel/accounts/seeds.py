"""The demo's people: every role in both towns, overseers above. All names are made up, all numbers are no one's."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from xiangyun.kernel.access.rules import system
from xiangyun.kernel.accounts import passwords
from xiangyun.kernel.accounts.models import Account, Password, Post
from xiangyun.kernel.audit import actions as audit

PASSWORD = "xiangyun-demo"  # noqa: S105 - printed on the wall: the demo listens on loopback only


@dataclass(frozen=True, slots=True)
class Pretend:
    """One made-up person; `area` is what follows the town's path."""

    account: str
    name: str
    role: str
    area: str = ""
    duty_phone: str = ""


LANGSHAN = "15.08.02.100"
XINHUA = "15.08.02.101"

# The people of the design pictures. 201 迎丰村, 207 红光村, 212 永乐村, 213 富强村.
TOWNS: dict[str, Sequence[Pretend]] = {
    LANGSHAN: (
        Pretend("ls-villager", "王秀兰", "villager", ".201.g01"),
        Pretend("ls-grid", "李秀兰", "grid_worker", ".201.g01", "100 0478 2011"),
        Pretend("ls-secretary", "张永胜", "village_secretary", ".212", "100 0478 2201"),
        Pretend("ls-clerk", "乌云", "clerk", "", "100 0478 1206"),
        Pretend("ls-agronomist", "陈志强", "agronomist", "", "100 0478 3302"),
        Pretend("ls-duty", "陈敏", "duty_officer", "", "100 0478 1200"),
        Pretend("ls-leader", "苏和", "town_leader", "", "100 0478 1001"),
        Pretend("ls-maintainer", "赵强", "maintainer", "", "100 0478 5520"),
        Pretend("ls-admin", "刘洋", "town_admin", "", "100 0478 1188"),
        Pretend("ls-security", "那仁", "security_admin", "", "100 0478 1189"),
        Pretend("ls-audit", "李桂芳", "audit_admin", "", "100 0478 6107"),
        Pretend("ls-duty2", "苏雅", "duty_officer", "", "100 0478 1201"),
        Pretend("ls-duty3", "刘海军", "duty_officer", "", "100 0478 1202"),
        Pretend("ls-villager2", "刘根生", "villager", ".212.g01"),
        Pretend("ls-grid2", "李建军", "grid_worker", ".212.g01", "100 0478 2212"),
        Pretend("ls-grid3", "吴晓亮", "grid_worker", ".213.g01", "100 0478 2213"),
        Pretend("ls-grid4", "张福来", "grid_worker", ".207.g01", "100 0478 2207"),
        Pretend("ls-secretary2", "王海东", "village_secretary", ".201", "100 0478 2200"),
        Pretend("ls-secretary3", "赵敏", "village_secretary", ".213", "100 0478 2203"),
    ),
    XINHUA: (
        Pretend("xh-villager", "魏雪莲", "villager", ".201.g01"),
        Pretend("xh-grid", "高娃", "grid_worker", ".201.g01", "100 0478 7011"),
        Pretend("xh-secretary", "马占山", "village_secretary", ".201", "100 0478 7201"),
        Pretend("xh-clerk", "韩梅", "clerk", "", "100 0478 7206"),
        Pretend("xh-agronomist", "孙田", "agronomist", "", "100 0478 7302"),
        Pretend("xh-duty", "白音", "duty_officer", "", "100 0478 7200"),
        Pretend("xh-leader", "宝力德", "town_leader", "", "100 0478 7001"),
        Pretend("xh-maintainer", "周立新", "maintainer", "", "100 0478 7520"),
        Pretend("xh-admin", "郭晓燕", "town_admin", "", "100 0478 7188"),
        Pretend("xh-security", "丁文", "security_admin", "", "100 0478 7189"),
        Pretend("xh-audit", "田桂英", "audit_admin", "", "100 0478 7107"),
        Pretend("xh-duty2", "萨仁", "duty_officer", "", "100 0478 7201"),
    ),
}
ABOVE: dict[str, Sequence[Pretend]] = {
    "15.08.02": (
        Pretend("county", "巴特尔", "county_viewer", "", "100 0478 8002"),
        Pretend("county-clerk", "斯琴", "county_clerk", "", "100 0478 8003"),
    ),
    "15.08": (Pretend("city", "其木格", "city_viewer", "", "100 0478 8001"),),
}


def plant(town: str, at: datetime) -> None:
    """Give a demo town its people; who is there already stays as they are."""
    _plant(town, TOWNS.get(town, ()), at)


def plant_above(root: str, at: datetime) -> None:
    """Give a county or city its overseers."""
    _plant(root, ABOVE.get(root, ()), at)


def shown() -> list[dict[str, str]]:
    """Who may sign in to the demo, and with what."""
    return [
        {
            "account": one.account,
            "password": PASSWORD,
            "role": one.role,
            "area": root + one.area,
            "name": one.name,
        }
        for root, people in (*TOWNS.items(), *ABOVE.items())
        for one in people
    ]


def _plant(root: str, people: Iterable[Pretend], at: datetime) -> None:
    known = set(Account.objects.in_area(root).values_list("account", flat=True))
    fresh = [one for one in people if one.account not in known]
    if not fresh:
        return
    since = at - timedelta(days=1)
    accounts = [
        Account(
            account=one.account,
            name=one.name,
            is_elder=one.role == "villager",
            area_path=root + one.area,
            created_at=since,
        )
        for one in fresh
    ]
    Account.objects.bulk_create(accounts)
    # One hash for all: the password is no secret, and forty of them would cost a second of every first start.
    shared = passwords.hashed(PASSWORD)
    Password.objects.bulk_create(
        Password(account=account, hash=shared, changed_at=since, area_path=account.area_path) for account in accounts
    )
    Post.objects.bulk_create(
        Post(
            account=account,
            role=one.role,
            area_path=account.area_path,
            duty_phone=one.duty_phone,
            starts_at=since,
        )
        for account, one in zip(accounts, fresh, strict=True)
    )
    audit.record(
        act="accounts.plant_demo",
        by=system(root, "seed_demo"),
        object=("area", root),
        area=root,
        at=at,
        detail={"accounts": len(accounts), "kept": len(known)},
    )
