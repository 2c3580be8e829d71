"""Reads: imports, exports and forms of somebody's places, what was sealed of them, and the person a job acts for."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from xiangyun.base import paths, words
from xiangyun.base.errors import BadInput, NotFound
from xiangyun.base.sheets import ImportKind, Unfit
from xiangyun.kernel.access.querysets import ScopedQuerySet
from xiangyun.kernel.access.rules import Actor, Post
from xiangyun.kernel.accounts import queries as accounts
from xiangyun.kernel.accounts.models import Account
from xiangyun.kernel.accounts.models import Post as HeldPost
from xiangyun.kernel.exchange import registry, rules
from xiangyun.kernel.exchange.models import Export, Filled, Form, Import, Layout
from xiangyun.kernel.exchange.rules import headers
from xiangyun.kernel.exchange.sheets import frames, reading
from xiangyun.kernel.exchange.sheets.reading import Sheet
from xiangyun.kernel.files import queries as stored
from xiangyun.kernel.files.models import Attachment
from xiangyun.kernel.org import queries as org
from xiangyun.kernel.vault import queries as vault

IMPORTS = "exchange_import"


def place(area: str, by: Actor) -> str:
    """An area of the actor's scope that exists. Refuses: NotFound."""
    if not paths.within(area, by.scope):
        raise NotFound
    org.pick(area, by)
    return area


def imports_for(by: Actor) -> ScopedQuerySet[Import]:
    """Imports into the places where the actor may import."""
    return Import.objects.visible_to(by, rules.IMPORT).select_related("progress", "faults_file")


def exports_for(by: Actor) -> ScopedQuerySet[Export]:
    """Exports of the places where the actor may export: colleagues see that and why; the file is the asker's alone."""
    return Export.objects.visible_to(by, rules.EXPORT)


def forms_for(by: Actor) -> ScopedQuerySet[Form]:
    """Forms of the actor's town, for whoever may fill one."""
    rows = Form.objects.filter(retired_at=None)
    return rows.in_area(by.town or by.scope) if by.areas(rules.FILL) else rows.none()


def filled_for(by: Actor) -> ScopedQuerySet[Filled]:
    """What was filled for the actor's places: colleagues see that, and how much the register could say."""
    return Filled.objects.visible_to(by, rules.FILL).select_related("form")


def may_take(row: Filled, by: Actor) -> bool:
    """Whether the filled form itself is somebody's to take: whoever filled it, and who may take what others filled
    there and read every fact of the form there: it was filled as far as the one who filled it may see."""
    if row.by_account == by.account_id:
        return True
    lists = row.form.lists
    codes = {one["fact"] for one in row.form.cells}.union(*(told["columns"].values() for told in lists))
    needed = {registry.fact(code).ability for code in codes - {rules.NUMBER}}
    needed |= {registry.roll(told["roll"]).ability for told in lists}
    return all(by.may(ability, row.area_path) for ability in (rules.TAKE, *needed))


def filled_file(filled_id: UUID, by: Actor, at: datetime) -> Attachment:
    """A filled form as it was written. Refuses: NotFound (also where it is not theirs to take, or its time is over)."""
    row: Filled = filled_for(by).select_related("file__blob").pick(filled_id)
    file = row.file
    if not may_take(row, by) or stored.is_gone(file, at):
        raise NotFound
    return file


def opened(row: Import, column: str) -> Any:
    """What stands sealed in a column of an import; None where nothing does."""
    sealed = getattr(row, column)
    return json.loads(vault.open_sealed(sealed, IMPORTS, column, row.pk)) if sealed is not None else None


def layout_of(town: str, kind: str, fingerprint: str) -> dict[int, str] | None:
    """How the town reads this header; None the first time."""
    known = Layout.objects.filter(area_path=town, kind=kind, fingerprint=fingerprint).first()
    return {int(index): str(code) for index, code in known.mapping.items()} if known else None


def titles_of(kind: ImportKind) -> dict[str, list[str]]:
    """What each column is called in every language we speak."""
    return {column.code: [words.say(column.title_key, lang) for lang in words.languages()] for column in kind.columns}


def fitting(kind: ImportKind, mapping: Mapping[int, str], titles: Sequence[str]) -> dict[int, str]:
    """The part of a mapping that names columns of this kind and of this header."""
    return {index: code for index, code in mapping.items() if index < len(titles) and kind.column(code) is not None}


def header_at(sheet: Mapping[str, Any], first_row: int, last_row: int) -> list[str]:
    """The titles in another header of a surveyed sheet than the one that was guessed. Refuses: BadInput."""
    if not 1 <= first_row <= last_row <= min(first_row + 1, len(sheet["head"])):
        raise BadInput(
            "exchange.no_such_header", errors=[{"loc": ["body", "first_row"], "msg": "exchange.no_such_header"}]
        )
    head = [[frames.unpacked(cell) for cell in row] for row in sheet["head"]]
    merged = [(one[0], one[1], one[2], one[3]) for one in sheet["merged"]]
    return list(headers.titles_of(head, first_row - 1, last_row - first_row + 1, merged))


def fingerprint(titles: Sequence[str]) -> str:
    """What tells the header of one form from another's."""
    return headers.fingerprint(titles)


def sheet_of(form: Form) -> Sheet | None:
    """The sheet of an empty form as it looks. Refuses: as the file itself."""
    book = reading.survey(stored.content(form.file))
    return next((sheet for sheet in book.sheets if sheet.index == form.sheet), None)


def refusal(unfit: Unfit, field: str) -> BadInput:
    """What is wrong with a workbook, as the refusal of the field it came in."""
    told: dict[str, Any] = dict(unfit.params)
    return BadInput(unfit.code, errors=[{"loc": ["body", field], "msg": unfit.code}], **told)


def acting(account_id: UUID, scope: str, at: datetime) -> Actor:
    """The person a job acts for, with the posts they hold now. Refuses: NotFound (gone, or no longer here)."""
    account = Account.objects.filter(pk=account_id, state="active").first()
    if account is None:
        raise NotFound
    held = HeldPost.objects.filter(accounts.in_force(at), account=account)
    return Actor(
        account_id=account.pk,
        account=account.account,
        name=account.name,
        kind="person",
        scope=scope,
        posts=tuple(Post(one.role, one.area_path, one.pk) for one in held if paths.within(one.area_path, scope)),
        lang=account.lang,
    )
