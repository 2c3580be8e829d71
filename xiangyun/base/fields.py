"""Column types that appear in many rooms."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import models

from xiangyun.base import ids

if TYPE_CHECKING:
    _Text = models.TextField[str, str]
    _Id = models.UUIDField[UUID, UUID]
else:
    _Text, _Id = models.TextField, models.UUIDField


class AreaPathField(_Text):
    """The path of the area a row belongs to, compared byte by byte (`COLLATE "C"`)."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["db_collation"] = "C"
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> tuple[str, str, Sequence[Any], dict[str, Any]]:
        name, path, args, kwargs = super().deconstruct()
        kwargs.pop("db_collation", None)
        return name, path, args, kwargs


class IdField(_Id):
    """A primary key of UUID version 7, made by us."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.update(primary_key=True, default=ids.uuid7, editable=False)
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> tuple[str, str, Sequence[Any], dict[str, Any]]:
        name, path, args, kwargs = super().deconstruct()
        for key in ("primary_key", "default", "editable"):
            kwargs.pop(key, None)
        return name, path, args, kwargs
