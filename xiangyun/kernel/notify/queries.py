"""Reads of notices."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from xiangyun.base import words
from xiangyun.kernel.access.querysets import ScopedQuerySet
from xiangyun.kernel.access.rules import Actor
from xiangyun.kernel.notify.models import Notice
from xiangyun.kernel.org import queries as org


def inbox(actor: Actor) -> ScopedQuerySet[Notice]:
    """An actor's own notices; nobody reads another's."""
    return Notice.objects.filter(account=actor.account_id) if actor.account_id else Notice.objects.none()


def place_names(notices: Iterable[Notice]) -> dict[str, str]:
    """The names of every place the notices speak of, in one query."""
    inner = [value["place"] for notice in notices for value in notice.params.values() if _is_sentence(value)]
    return org.names([notice.area_path for notice in notices] + inner)


def sentence(notice: Notice, lang: str, places: Mapping[str, str]) -> str:
    """What the notice says, in a language."""
    filled = {
        key: words.say(value["code"], lang, **value["params"], place=places.get(value["place"], value["place"]))
        if _is_sentence(value)
        else value
        for key, value in notice.params.items()
    }
    return words.say(notice.code, lang, **{"place": places.get(notice.area_path, notice.area_path), **filled})


def _is_sentence(value: Any) -> bool:
    return isinstance(value, dict) and {"code", "params", "place"} <= value.keys()
