"""Who reads: in their language, with place names looked up once a list."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from xiangyun.base import words
from xiangyun.kernel.access.rules import Actor
from xiangyun.kernel.accounts.models import Account
from xiangyun.kernel.org import queries as org
from xiangyun.kernel.workflow.models import Matter, WorkItem


@dataclass(frozen=True)
class Reader:
    """Who reads, in which language, when; place names are looked up once a list."""

    actor: Actor
    lang: str
    at: datetime
    places: dict[str, str] = field(default_factory=dict)

    def look_up(self, paths: Iterable[str]) -> None:
        """Fetch the names of all places that will be shown, in one query."""
        if missing := set(paths) - self.places.keys():
            self.places.update(org.names(missing))

    def place(self, path: str) -> str:
        """A place's name."""
        return self.places.get(path, path)

    def title(self, matter: Matter) -> str:
        """A matter's title."""
        return words.say(matter.title_code, self.lang, **{"place": self.place(matter.area_path), **matter.title_params})

    def role(self, role: str) -> str | None:
        """What a role is called."""
        return words.say(f"access.role.{role}", self.lang) if role else None

    def level(self, level: str) -> str:
        """What a level is called; empty without one."""
        return words.say(f"workflow.level_{level}", self.lang) if level else ""


def holder(one: Matter | WorkItem, lang: str) -> dict[str, str] | None:
    """Who has a matter or a task in hand; somebody at the county, whom a town does not see, by their place alone."""
    who, known = (one.owner, one.owner_id) if isinstance(one, Matter) else (one.assignee, one.assignee_id)
    if who is None and known is not None:
        return {"account": "", "name": words.say("workflow.level_banner", lang)}
    return person(who)


def person(account: Account | None) -> dict[str, str] | None:
    """Somebody, as others may know them."""
    return {"account": account.account, "name": account.name} if account else None


R = TypeVar("R", bound=Reader)
