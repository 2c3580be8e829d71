"""Beginning a town: its place in the tree, its first administrator."""

from __future__ import annotations

from datetime import datetime

from xiangyun.base import paths
from xiangyun.base.errors import BadInput
from xiangyun.entry.management import speech
from xiangyun.entry.settings import CONFIG
from xiangyun.kernel.access import doors
from xiangyun.kernel.access.rules import system
from xiangyun.kernel.accounts import queries, rules
from xiangyun.kernel.accounts.actions import factors, links, people
from xiangyun.kernel.accounts.models import Account
from xiangyun.kernel.accounts.rules import Purpose
from xiangyun.kernel.audit import actions as audit
from xiangyun.kernel.org import actions as org
from xiangyun.kernel.org import queries as places

# The city whose list of divisions comes with the project (see `kernel/org/data/README.md`).
LISTED = "15.08"
DOER = "xiangyun"


def begin(path: str, *, at: datetime) -> str:
    """Take in the national list of divisions and have the box serve this town (nothing more for a county).

    Returns the place's name. Refuses: BadInput for a place that is not in the list.
    """
    with doors.scoped(LISTED):
        org.import_divisions()
        area = places.valid().filter(path=path).first()
        if area is None:
            raise BadInput("entry.not_listed", area=path)
        if paths.town_of(path) and not area.is_run_here:
            area = org.run_town(code=paths.code_of(path))
            audit.record(act="org.run_town", by=system(path, DOER), object=("area", path), area=path, at=at)
    return area.name


def is_run_here(path: str) -> bool:
    """Whether somebody can hold a post there: a town this box serves, or a place above one."""
    served = [town.path for town in places.towns_run_here()]
    return any(paths.within(path, town) or paths.within(town, path) for town in served)


def is_begun(path: str) -> bool:
    """Whether somebody has come in already: then further people are added by them."""
    with doors.scoped(path):
        return Account.objects.filter(password__isnull=False).exists()


def add_staff(*, name: str, role: str, area: str, duty_phone: str, at: datetime) -> str:
    """Somebody new; returns the address of their welcome page."""
    tenant = rules.tenant_of(area)
    with doors.scoped(tenant):
        added = people.add_account(
            name=name, role=role, area=area, duty_phone=duty_phone, by=system(tenant, DOER), at=at
        )
    return welcome_url(added.token)


def end_staff(*, account: str, at: datetime) -> str:
    """Somebody leaves: posts, sessions and links end; returns their name. Refuses: BadInput for a name nobody has."""
    known = _known(account)
    tenant = rules.tenant_of(known.area_path)
    with doors.scoped(tenant):
        return people.close_account(account_id=known.account_id, by=system(tenant, DOER), at=at).name


def reset_staff(*, account: str, at: datetime) -> tuple[str, str]:
    """Somebody's password, second factor and sessions end; returns their name and the address of the page where they
    choose anew.

    Refuses: BadInput for a name nobody has.
    """
    known = _known(account)
    tenant = rules.tenant_of(known.area_path)
    with doors.scoped(tenant):
        factors.forget(known.account_id)
        token = links.reset_password(account_id=known.account_id, by=system(tenant, DOER), at=at)
        return Account.objects.pick(known.account_id).name, welcome_url(token)


def first_link(path: str, *, name: str, at: datetime) -> list[str]:
    """The first administrator's link; asked again before anybody used it, a fresh one for the same account.

    Without a `name` the page behind the link asks for it.
    """
    with doors.scoped(path):
        token = people.welcome_first_administrator(name=name, area=path, by=system(path, DOER), at=at)
        days = rules.LINK_LASTS[Purpose.WELCOME].days
        return [
            speech.say("entry.first_link", days=days),
            welcome_url(token),
            speech.say("entry.other_two", area=path),
        ]


def welcome_url(token: str) -> str:
    """The page on which a link is used."""
    return f"{CONFIG.url}/desk/welcome?token={token}"


def _known(account: str) -> queries.Known:
    known = queries.known_by_name(rules.folded(account))
    if known is None:
        raise BadInput("entry.no_such_account", account=account)
    return known
