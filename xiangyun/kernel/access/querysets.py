"""The first line: what exists for an actor."""

from __future__ import annotations

from typing import Any, ClassVar, TypeVar
from uuid import UUID

from django.core.exceptions import ObjectDoesNotExist, ValidationError
from django.db.models import Model, Q, QuerySet

from xiangyun.base import paths
from xiangyun.base.errors import NotFound
from xiangyun.kernel.access.rules import Actor

M = TypeVar("M", bound=Model)


def under(*roots: str, column: str = "area_path") -> Q:
    """Rows at or below any of the paths."""
    inside = Q(pk__in=[])
    for root in roots:
        inside |= Q(**{f"{column}__gte": root, f"{column}__lt": paths.end_of(root)})
    return inside


class ScopedQuerySet(QuerySet[M]):
    """Rows that carry an `area_path` (or a path of another name in `column`)."""

    column: ClassVar[str] = "area_path"

    def visible_to(self, actor: Actor, ability: str | None = None) -> ScopedQuerySet[M]:
        """Rows in the subtrees of the actor's posts (of the posts that have `ability`, if given)."""
        return self.filter(under(*actor.areas(ability), column=self.column))

    def in_area(self, path: str) -> ScopedQuerySet[M]:
        """Rows at or below one path."""
        return self.filter(under(path, column=self.column))

    def pick(self, pk: UUID | str | int, **also: Any) -> M:
        """The one row. Refuses: NotFound, the same for a row elsewhere and a row that never was."""
        try:
            return self.get(pk=pk, **also)
        except (ObjectDoesNotExist, ValidationError, ValueError) as missing:
            raise NotFound from missing
