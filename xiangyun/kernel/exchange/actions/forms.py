"""One register, many forms: an empty form is mapped once, then filled for any place, each cell with its source."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from io import BytesIO
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from xiangyun.base import ids, words
from xiangyun.base.errors import BadInput, NotFound
from xiangyun.base.sheets import Fact, FactValue, Unfit
from xiangyun.base.workbook import plain_sheet, tab
from xiangyun.kernel.access.rules import Actor
from xiangyun.kernel.accounts import queries as accounts
from xiangyun.kernel.audit import actions as audit
from xiangyun.kernel.exchange import queries, registry, rules
from xiangyun.kernel.exchange.models import Filled, Form
from xiangyun.kernel.exchange.sheets import forms, reading
from xiangyun.kernel.exchange.sheets.forms import Laid, Lines
from xiangyun.kernel.exchange.sheets.parts import Package
from xiangyun.kernel.files import actions as files
from xiangyun.kernel.files import queries as stored
from xiangyun.kernel.files.rules import Kind
from xiangyun.kernel.org import queries as org


@transaction.atomic
def add_form(
    *, title: str, file_id: UUID, sheet: int, cells: Sequence[Mapping[str, Any]], lists: Sequence[Mapping[str, Any]],
    by: Actor, at: datetime,
) -> Form:  # fmt: skip
    """Keep an empty workbook of the town with what belongs into its cells.

    Refuses: NotAllowed, NotFound (no such file), BadInput (no .xlsx, an unknown cell, fact or list).
    """
    town = by.town
    if town is None:
        raise NotFound
    by.must(rules.SHAPE, town)
    form_id = ids.uuid7()
    file = files.attach(file_id=file_id, subject=("form", form_id), area=town, by=by, at=at)
    _must_be_form(stored.content(file), sheet)
    _must_be_known(cells, lists)
    form = Form.objects.create(
        pk=form_id,
        area_path=town,
        title=title,
        file=file,
        sheet=sheet,
        cells=list(cells),
        lists=list(lists),
        by_account=accounts.id_of(by),
        by_name=by.name,
        made_at=at,
        changed_at=at,
    )
    audit.record(act=rules.SHAPE, by=by, object=("form", form.pk), area=town, at=at, detail=_sizes(form))
    return form


@transaction.atomic
def change_form(
    *, form_id: UUID, title: str, cells: Sequence[Mapping[str, Any]], lists: Sequence[Mapping[str, Any]], by: Actor,
    at: datetime,
) -> Form:  # fmt: skip
    """Say anew what belongs into a form. Refuses: NotFound, NotAllowed, BadInput."""
    form: Form = queries.forms_for(by).select_for_update().pick(form_id)
    by.must(rules.SHAPE, form.area_path)
    _must_be_known(cells, lists)
    form.title, form.cells, form.lists, form.changed_at = title, list(cells), list(lists), at
    form.save(update_fields=["title", "cells", "lists", "changed_at"])
    audit.record(act=rules.SHAPE, by=by, object=("form", form.pk), area=form.area_path, at=at, detail=_sizes(form))
    return form


@transaction.atomic
def retire_form(*, form_id: UUID, by: Actor, at: datetime) -> None:
    """Take a form off the list; what was filled with it stays. Refuses: NotFound, NotAllowed."""
    form: Form = queries.forms_for(by).select_for_update().pick(form_id)
    by.must(rules.SHAPE, form.area_path)
    form.retired_at = at
    form.save(update_fields=["retired_at"])
    audit.record(act="exchange.retire_form", by=by, object=("form", form.pk), area=form.area_path, at=at)


@transaction.atomic
def fill(*, form_id: UUID, area: str, by: Actor, at: datetime) -> Filled:
    """Fill a form for a place from the register, as far as `by` may see it, and write down that it went out.

    Refuses: NotFound, NotAllowed (a fact of the form is not for `by`), BadInput (a form that cannot be filled).
    """
    form: Form = queries.forms_for(by).select_related("file__blob").pick(form_id)
    queries.place(area, by)
    by.must(rules.FILL, area)
    filling = _Filling(area, by, at)
    made = BytesIO()
    try:
        _write(form, filling, made)
    except Unfit as unfit:
        raise queries.refusal(unfit, "form") from unfit
    file = files.store(
        made.getvalue(),
        name=stored.name(form.file),
        kind=Kind.EXPORT,
        subject=("form", form.pk),
        area=area,
        by=by,
        at=at,
        expires_at=at + timedelta(days=rules.EXPORT_KEPT_DAYS),
    )
    filled = Filled.objects.create(
        area_path=area,
        form=form,
        file=file,
        asked=filling.asked,
        said=filling.said,
        by_account=accounts.id_of(by),
        by_name=by.name,
        at=at,
    )
    detail = {"asked": filling.asked, "said": filling.said, "lists_people": bool(form.lists)}
    audit.record(act=rules.FILL, by=by, object=("form", form.pk), area=area, at=at, detail=detail)
    return filled


@dataclass(frozen=True, slots=True)
class _Told:
    """What was written into one cell, for the sheet of sources: `cell` of the form, or the column of a list's line."""

    cell: str
    fact: Fact
    value: FactValue | None
    of_list: int | None = None
    line: int = 0

    def stands(self, laid: Laid) -> str:
        """The cell it stands in after the form was filled."""
        return laid.cells[self.cell] if self.of_list is None else f"{self.cell}{laid.starts[self.of_list] + self.line}"


class _Filling:
    """Facts of one place, read once each, and how many of the cells they could fill."""

    def __init__(self, area: str, by: Actor, at: datetime) -> None:
        self.area, self.by, self.at = area, by, at
        self.told: list[_Told] = []

    @property
    def asked(self) -> int:
        return len(self.told)

    @property
    def said(self) -> int:
        return sum(one.value is not None and one.value.value not in (None, "") for one in self.told)

    def read(self, code: str, keys: Sequence[str]) -> tuple[Fact, Mapping[str, FactValue]]:
        """A fact of many. Refuses: NotAllowed."""
        fact = registry.fact(code)
        self.by.must(fact.ability, self.area)
        return fact, fact.read(keys, area=self.area, by=self.by, at=self.at)

    def lines(self, index: int, told: Mapping[str, Any]) -> Lines:
        """A list's lines. Refuses: NotAllowed."""
        roll = registry.roll(told["roll"])
        self.by.must(roll.ability, self.area)
        keys = list(roll.read(self.area, by=self.by, at=self.at))
        items: list[dict[str, Any]] = [{} for _ in keys]
        for column, code in told["columns"].items():
            if code == rules.NUMBER:
                for number, item in enumerate(items, start=1):
                    item[column] = number
                continue
            fact, values = self.read(code, keys)
            for number, (item, key) in enumerate(zip(items, keys, strict=True)):
                value = values.get(key)
                item[column] = value.value if value else None
                self.told.append(_Told(column, fact, value, index, number))
        return Lines(told["first_row"], told["last_row"], items)


def _write(form: Form, filling: _Filling, out: BytesIO) -> None:
    package = Package(stored.content(form.file))
    values = {}
    for one in form.cells:
        fact, found = filling.read(one["fact"], [filling.area])
        value = found.get(filling.area)
        values[one["cell"]] = value.value if value else None
        filling.told.append(_Told(one["cell"], fact, value))
    lists = [filling.lines(index, told) for index, told in enumerate(form.lists)]
    laid = forms.lay_in(package, form.sheet, values, lists)
    lang = filling.by.lang
    header = [words.say(f"exchange.source_{name}", lang) for name in ("cell", "fact", "from", "as_of")]
    title = words.say("exchange.sources", lang)
    taken = package.sheet_titles()
    number = 2
    name = title
    while name in taken:
        name, number = f"{title} {number}", number + 1
    package.add_sheet(tab(name), plain_sheet(header, [_about(filling), *_sources(filling, laid)]))
    package.save(out)


def _about(filling: _Filling) -> Sequence[str | None]:
    when = timezone.localtime(filling.at).strftime("%Y-%m-%d %H:%M")
    place = org.names([filling.area])[filling.area]
    told = words.say("exchange.filled_by", filling.by.lang, place=place, name=filling.by.name, when=when)
    return None, told, None, None


def _sources(filling: _Filling, laid: Laid) -> Iterator[Sequence[str | date | None]]:
    lang = filling.by.lang
    for one in filling.told:
        is_said = one.value is not None and one.value.value not in (None, "")
        source = one.value.source if one.value and is_said else words.say("exchange.source_none", lang)
        as_of = one.value.as_of.isoformat() if one.value and one.value.as_of else None
        yield one.stands(laid), words.say(one.fact.title_key, lang), source, as_of


def _must_be_form(content: bytes, sheet: int) -> None:
    try:
        book = reading.survey(content)
    except Unfit as unfit:
        raise queries.refusal(unfit, "file") from unfit
    if book.kind != "xlsx":
        raise BadInput("exchange.form_no_xlsx", errors=[{"loc": ["body", "file"], "msg": "exchange.form_no_xlsx"}])
    if sheet not in [one.index for one in book.sheets]:
        raise BadInput("exchange.no_such_sheet", errors=[{"loc": ["body", "sheet"], "msg": "exchange.no_such_sheet"}])


def _must_be_known(cells: Sequence[Mapping[str, Any]], lists: Sequence[Mapping[str, Any]]) -> None:
    """Refuses: BadInput (a cell that is none, a fact that is none or not of what its line is)."""
    try:
        for one in cells:
            forms.place_of(one["cell"])
            _must_be(registry.fact(one["fact"]).of == "village")
        for told in lists:
            subject = registry.roll(told["roll"]).of
            _must_be(1 <= told["first_row"] <= told["last_row"] and bool(told["columns"]))
            for column, code in told["columns"].items():
                forms.place_of(f"{column}1")
                _must_be(code == rules.NUMBER or registry.fact(code).of == subject)
    except (NotFound, Unfit) as unknown:
        raise BadInput(
            "exchange.bad_form", errors=[{"loc": ["body", "cells"], "msg": "exchange.bad_form"}]
        ) from unknown


def _must_be(is_so: bool) -> None:
    if not is_so:
        raise Unfit("exchange.bad_form")


def _sizes(form: Form) -> dict[str, int]:
    return {"cells": len(form.cells), "lists": len(form.lists)}
