"""Actors, posts, roles and abilities: plain values, no database."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal
from uuid import UUID

from xiangyun.base import paths
from xiangyun.base.errors import NotAllowed

# Domain brief §1.4; the text of each role stands in the words catalogues as `access.role.<code>`.
TOWN_ROLES = (
    "villager",
    "grid_worker",
    "village_secretary",
    "clerk",
    "agronomist",
    "duty_officer",
    "town_leader",
    "maintainer",
    "town_admin",
    "security_admin",
    "audit_admin",
)
# Whoever acts above the towns has in hand what towns hand up; whoever oversees them only reads.
ABOVE_ROLES = ("county_clerk",)
OVERSIGHT_ROLES = ("county_viewer", "city_viewer")
ROLES = TOWN_ROLES + ABOVE_ROLES + OVERSIGHT_ROLES
STAFF = tuple(role for role in TOWN_ROLES if role != "villager")


@dataclass(frozen=True, slots=True)
class Ability:
    """A kind of thing somebody may do, `room.verb_noun`, and the roles that may; a strong one also asks for a second
    factor (what opens, takes out or governs personal data)."""

    code: str
    roles: tuple[str, ...]
    is_strong: bool = False


_granted: dict[str, Ability] = {}


def declare(ability: Ability) -> None:
    """Add an ability. Refuses: a code declared twice, a role nobody knows."""
    if ability.code in _granted and _granted[ability.code] != ability:
        raise ValueError(f"ability {ability.code} is declared twice")
    if unknown := set(ability.roles) - set(ROLES):
        raise ValueError(f"ability {ability.code} names unknown roles {sorted(unknown)}")
    _granted[ability.code] = ability


def known(code: str) -> bool:
    """Whether some room declares this ability."""
    return code in _granted


def abilities_of(role: str) -> frozenset[str]:
    """Everything a role may do."""
    return frozenset(code for code, ability in _granted.items() if role in ability.roles)


def grants(role: str, code: str) -> bool:
    """Whether a role may do this."""
    return code in _granted and role in _granted[code].roles


def strong_of(role: str) -> frozenset[str]:
    """What a role may do only after a second factor."""
    return frozenset(code for code, ability in _granted.items() if ability.is_strong and role in ability.roles)


def roles_with(ability: str) -> list[str]:
    """The roles that have an ability."""
    return [role for role in ROLES if grants(role, ability)]


def is_strong(code: str) -> bool:
    """Whether an ability asks for a second factor."""
    return code in _granted and _granted[code].is_strong


@dataclass(frozen=True, slots=True)
class Post:
    """A role at an area, held by somebody now."""

    role: str
    area: str
    post_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: a person, a machine with a key, or the house itself.

    `scope` is the tenant the database shows: the town's path, or the county's or city's for those above.
    `only` narrows a machine to the abilities its key was made for; `without` names the modules its town has switched
    off: what they let people do does not exist there. A person who showed no second factor `is_weak`: strong abilities
    are theirs only after it.
    """

    account_id: UUID | None
    account: str
    name: str
    kind: Literal["person", "machine", "system"]
    scope: str
    posts: tuple[Post, ...] = ()
    only: frozenset[str] | None = None
    without: frozenset[str] = frozenset()
    is_weak: bool = False
    lang: str = "zh-Hans"
    session_id: UUID | None = None
    address: str = ""
    _cache: dict[str, frozenset[str]] = field(default_factory=dict, compare=False, repr=False)

    @property
    def town(self) -> str | None:
        """The town this actor belongs to; None above the towns."""
        return paths.town_of(self.scope)

    @property
    def is_staff(self) -> bool:
        """Whether this is more than a villager: the house, a machine, or somebody with another post."""
        return self.kind != "person" or any(post.role != "villager" for post in self.posts)

    @property
    def abilities(self) -> frozenset[str]:
        """Everything this actor may do somewhere."""
        if "all" not in self._cache:
            granted: set[str] = set()
            for post in self.posts:
                granted |= abilities_of(post.role)
            held = granted if self.only is None else self.only
            self._cache["all"] = frozenset(one for one in held if not self.misses(one) and not self.lacks(one))
        return self._cache["all"]

    @property
    def waits_for_factor(self) -> bool:
        """Whether some post would let this person do more after a second factor."""
        return self.is_weak and any(strong_of(post.role) for post in self.posts)

    def lacks(self, ability: str) -> bool:
        """Whether the ability waits for a second factor."""
        return self.is_weak and is_strong(ability)

    def misses(self, ability: str) -> bool:
        """Whether the ability belongs to a module that is switched off for this actor."""
        return ability.partition(".")[0] in self.without

    def areas(self, ability: str | None = None) -> tuple[str, ...]:
        """The subtrees in which the actor may use `ability` (any post's subtree without one)."""
        if self.kind == "system":
            return (self.scope,)
        if ability is not None and (self.misses(ability) or self.lacks(ability)):
            return ()
        if self.kind == "machine":
            held = self.only or frozenset()
            return tuple(post.area for post in self.posts) if ability is None or ability in held else ()
        return tuple(dict.fromkeys(post.area for post in self.posts if ability is None or grants(post.role, ability)))

    def may(self, ability: str, area: str | None = None) -> bool:
        """Whether the actor may do this kind of thing (in `area`, if given)."""
        if self.kind == "system":
            return area is None or paths.within(area, self.scope)
        roots = self.areas(ability)
        return bool(roots) if area is None else any(paths.within(area, root) for root in roots)

    def must(self, ability: str, area: str | None = None) -> None:
        """Refuses: NotAllowed where `may` says no."""
        if not self.may(ability, area):
            holds = any(grants(post.role, ability) for post in self.posts)
            raise NotAllowed("access.factor_needed" if self.lacks(ability) and holds else "base.not_allowed")

    def sees(self, area: str, ability: str | None = None) -> bool:
        """Whether a row of this area exists for the actor."""
        return any(paths.within(area, root) for root in self.areas(ability))


def system(scope: str, name: str = "system") -> Actor:
    """The house itself, acting on a clock or on a record, within `scope`."""
    return Actor(account_id=None, account=name, name=name, kind="system", scope=scope)
