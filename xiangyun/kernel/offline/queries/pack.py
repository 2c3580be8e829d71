"""The village pack: what somebody needs of their own grids for seven days without signal, masked as they see it."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.serializers.json import DjangoJSONEncoder

from xiangyun.base import words
from xiangyun.kernel.access.rules import Actor
from xiangyun.kernel.files import queries as files
from xiangyun.kernel.files import rules as file_rules
from xiangyun.kernel.files.models import Attachment
from xiangyun.kernel.offline import registry, rules
from xiangyun.kernel.org import queries as org
from xiangyun.kernel.vault import queries as vault

PIN_DIGITS, PIN_TRIES = 6, 10


def pack(by: Actor, *, area: str | None, lang: str, at: datetime) -> dict[str, Any]:
    """The pack on the wire. Refuses: NotFound (an area that is not theirs), Conflict (more than a phone can hold)."""
    lists = {section.code: list(section.read(by=by, area=area, at=at)) for section in registry.sections()}
    tenant = vault.tenant_of(by.scope)
    held = {
        "town": {"id": vault.town_id(tenant), "path": tenant, "name": org.names([tenant])[tenant]},
        "phone_rules": {
            "pack_days": rules.PACK_LASTS.days,
            "pin_digits": PIN_DIGITS,
            "pin_tries": PIN_TRIES,
            "items_at_once": rules.ITEMS_AT_ONCE,
            "sealed_chars": rules.SEALED_CHARS,
            "text_chars": rules.TEXT,
        },
        "forms": _forms(by, lang),
        **lists,
        "pictures": _pictures(by, lists),
    }
    told = json.dumps(held, cls=DjangoJSONEncoder, sort_keys=True)
    version = hashlib.sha256(told.encode()).hexdigest()[:16]
    return {"made_at": at, "expires_at": at + rules.PACK_LASTS, "version": version, **held}


def _forms(by: Actor, lang: str) -> list[dict[str, Any]]:
    return [
        {
            "code": form.code,
            "name": words.say(form.title_key, lang),
            "subject": form.subject,
            "makes": form.makes,
            "facts": {fact: words.say(key, lang) for fact, key in form.facts.items()},
            "lists": form.lists,
            "choices": {
                fact: {value: form.shown(fact, value, lang) or value for value in values}
                for fact, values in form.choices.items()
            },
        }
        for form in registry.forms()
        if by.may(form.ability)
    ]


def _pictures(by: Actor, lists: dict[str, list[Any]]) -> list[dict[str, Any]]:
    """The latest small photo of each row, the newest first, until the pack holds as much as it may."""
    found: list[dict[str, Any]] = []
    left = rules.PICTURES_BYTES
    for section in registry.sections():
        if not section.subject:
            continue
        for row in _latest(by, section.subject, [str(one["id"]) for one in lists[section.code]]):
            if row.thumbnail is None or row.thumbnail.size > left:
                continue
            small = b"".join(files.stream(row.thumbnail))
            left -= len(small)
            found.append(
                {
                    "file": row.pk,
                    "subject": {"kind": row.subject_kind, "id": UUID(row.subject_id)},
                    "sha256": hashlib.sha256(small).hexdigest(),
                    "small": base64.b64encode(small).decode(),
                }
            )
    return found


def _latest(by: Actor, kind: str, subjects: Sequence[str]) -> list[Attachment]:
    if not subjects:
        return []
    shown = Attachment.objects.visible_to(by, file_rules.SEE).filter(
        subject_kind=kind, subject_id__in=subjects, kind=file_rules.Kind.PHOTO, thumbnail__isnull=False
    )
    latest = shown.order_by("subject_id", "-made_at", "-pk").distinct("subject_id").values("pk")
    rows = Attachment.objects.filter(pk__in=latest).select_related("thumbnail")
    # A small picture is not worth less than this; more rows than that cannot fit.
    return list(rows.order_by("-made_at", "-pk")[: rules.PICTURES_BYTES // 1024])
