"""Builders: made-up kinds of tables, workbooks, and imports that have come as far as a test needs."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from django.db.models import F
from openpyxl import Workbook

from xiangyun.base import cells
from xiangyun.base.sheets import (
    Applied,
    Cell,
    Column,
    ExportColumn,
    ExportKind,
    Fact,
    FactValue,
    Fault,
    ImportKind,
    Roll,
    Row,
    Undone,
)
from xiangyun.kernel.access.rules import Actor
from xiangyun.kernel.accounts.tests import factories as accounts
from xiangyun.kernel.exchange import actions, registry, rules, tasks
from xiangyun.kernel.exchange.events import ExportAsked, ImportAsked
from xiangyun.kernel.exchange.models import Export, Filled, Form, Import, Progress
from xiangyun.kernel.files import actions as files
from xiangyun.kernel.files.models import Attachment
from xiangyun.kernel.files.rules import Kind
from xiangyun.kernel.people.models import Household, Source
from xiangyun.kernel.people.rules.identity import check_id_number

AT = datetime(2026, 11, 26, 8, tzinfo=UTC)
TOWN, OTHER_TOWN = accounts.TOWN, accounts.OTHER_TOWN
VILLAGE, NEXT_VILLAGE = accounts.VILLAGE, accounts.NEXT_VILLAGE


def _id_no(cell: Cell, on: date) -> str:
    return check_id_number(cells.levelled(cell), on=on).number


def take_homes(
    batches: Iterator[Sequence[Row]], *, import_id: UUID, area: str, by: Any, at: datetime, progress: Any
) -> Applied:
    """A home for each number; the same again changes nothing, another address changes it, `拒` in it is refused."""
    made = changed = unchanged = written = 0
    faults = []
    source = None
    for batch in batches:
        for row in batch:
            number, address = row.values["number"], row.values.get("address") or ""
            written += 1
            if "拒" in address:
                faults.append(Fault(row.number, "exchange.cell_error", "address"))
                continue
            if "坏" in address:
                raise RuntimeError(f"a text that quotes {address}")
            known = Household.objects.filter(area_path=area, number=number).first()
            if known and known.address == address:
                unchanged += 1
                continue
            if known:
                known.address = address
                known.save(update_fields=["address"])
                changed += 1
                continue
            source = source or Source.objects.create(
                area_path=area,
                kind="import",
                as_of=at.date(),
                entered_by=by.account_id,
                entered_name=by.name,
                entered_at=at,
                import_id=import_id,
            )
            Household.objects.create(
                area_path=area,
                number=number,
                address=address,
                kind="resident",
                checked_at=at,
                created_at=at,
                changed_at=at,
                home_source=source,
            )
            made += 1
        progress(written)
    return Applied(made, changed, unchanged, tuple(faults))


def undo_homes(import_id: UUID, *, area: str, by: Any, at: datetime) -> Undone:
    rows = Household.objects.filter(home_source__import_id=import_id)
    touched = rows.filter(changed_at__gt=F("home_source__entered_at"))
    kept = touched.count()
    removed, _ = rows.exclude(pk__in=[home.pk for home in touched]).delete()
    return Undone(removed=removed, kept=kept)


def take_none(batches: Any, **told: Any) -> Applied:
    """Counts; keeps what came, for whoever looks."""
    rows = [row for batch in batches for row in batch]
    SEEN[:] = rows
    return Applied(made=len(rows))


SEEN: list[Row] = []

HOMES = ImportKind(
    code="tests.homes",
    title_key="exchange.watermark_what",
    columns=(
        Column("number", "exchange.source_cell", ("户号", "户编号"), cells.text, is_required=True),
        Column("address", "exchange.source_from", ("住址", "地址"), cells.text),
    ),
    ability=rules.IMPORT,
    apply=take_homes,
    undo=undo_homes,
    unique=(("number",),),
)
PEOPLE = ImportKind(
    code="tests.people",
    title_key="exchange.watermark_who",
    columns=(
        Column("number", "exchange.source_cell", ("户号", "户主编号"), cells.text, is_required=True, fills_down=True),
        Column("name", "exchange.watermark_who", ("姓名", "人员姓名"), cells.text, is_required=True),
        Column(
            "id_no", "exchange.watermark_entry", ("身份证号", "公民身份号码", "身份证号码"), _id_no, is_required=True
        ),
        Column(
            "sex", "exchange.watermark_what", ("性别",), cells.one_of({"男": "1", "女": "2", "1": "1", "男性": "1"})
        ),
        Column("born_on", "exchange.watermark_when", ("出生日期", "出生年月日"), cells.day),
        Column("size_mu", "exchange.watermark_rows", ("面积", "承包地面积"), cells.number(units=("亩",))),
        Column("phone", "exchange.watermark_area", ("电话", "联系电话", "手机号"), cells.text),
        Column("note", "exchange.watermark_note", ("备注",), cells.text),
    ),
    ability=rules.IMPORT,
    apply=take_none,
    undo=undo_homes,
    unique=(("id_no",),),
)


def rows_out(columns: Sequence[str], *, area: str, by: Any, at: datetime) -> Iterator[Sequence[Cell]]:
    for home in Household.objects.in_area(area).order_by("number"):
        told = {"number": home.number, "address": home.address, "size": 12.5}
        yield [told[code] for code in columns]


HOMES_OUT = ExportKind(
    code="tests.homes",
    title_key="exchange.watermark_what",
    columns=(
        ExportColumn("number", "exchange.source_cell"),
        ExportColumn("address", "exchange.source_from"),
        ExportColumn("size", "exchange.watermark_rows"),
    ),
    ability=rules.EXPORT,
    rows=rows_out,
)


def _count(keys: Sequence[str], *, area: str, by: Any, at: datetime) -> dict[str, FactValue]:
    return {key: FactValue(Household.objects.in_area(key).count(), "登记簿", at.date()) for key in keys}


def _unknown(keys: Sequence[str], *, area: str, by: Any, at: datetime) -> dict[str, FactValue]:
    return {}


def _addresses(keys: Sequence[str], *, area: str, by: Any, at: datetime) -> dict[str, FactValue]:
    rows = Household.objects.in_area(area).filter(pk__in=keys)
    return {str(home.pk): FactValue(home.address or None, "导入", home.created_at.date()) for home in rows}


def _homes(area: str, *, by: Any, at: datetime) -> list[str]:
    return [str(pk) for pk in Household.objects.in_area(area).order_by("number").values_list("pk", flat=True)]


FACTS = (
    Fact("tests.homes", "exchange.watermark_rows", "village", rules.FILL, _count),
    Fact("tests.unknown", "exchange.watermark_note", "village", rules.FILL, _unknown),
    Fact("tests.address", "exchange.source_from", "household", rules.FILL, _addresses),
)
ROLLS = (Roll("tests.all_homes", "exchange.watermark_area", "household", rules.FILL, _homes),)


def a_workbook(*lines: Sequence[Any], title: str = "户") -> bytes:
    """An .xlsx with these lines."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = title
    for line in lines:
        sheet.append(list(line))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def an_upload(content: bytes, by: Actor, area: str = VILLAGE, name: str = "户.xlsx") -> Attachment:
    return files.store(content, name=name, kind=Kind.WORKBOOK, subject=None, area=area, by=by, at=AT)


def an_import(
    content: bytes, by: Actor, *, area: str = VILLAGE, kind: str = HOMES.code, name: str = "户.xlsx"
) -> Import:
    """An import that a job has looked into."""
    file = an_upload(content, by, area, name)
    row = actions.start_import(kind=kind, area=area, file_id=file.pk, by=by, at=AT)
    return done(row, "survey", by)


def done(row: Import, step: str, by: Actor) -> Import:
    """After the job for a step."""
    assert by.account_id is not None
    tasks.do_import(ImportAsked(import_id=row.pk, account_id=by.account_id, step=step))
    return Import.objects.select_related("progress", "file", "faults_file__blob").get(pk=row.pk)


def checked(row: Import, by: Actor, mapping: dict[int, str] | None = None) -> Import:
    """After a try of everything."""
    assert row.sheet is not None, row.reason
    assert row.first_row
    assert row.last_row
    chosen = mapping or {int(index): code for index, code in row.mapping.items()}
    actions.ask_check(
        import_id=row.pk,
        sheet=row.sheet,
        first_row=row.first_row,
        last_row=row.last_row,
        mapping=chosen,
        by=by,
        at=AT,
    )
    return done(row, "check", by)


def taken_in(row: Import, by: Actor) -> Import:
    """After the import itself."""
    actions.ask_run(import_id=row.pk, by=by, at=AT)
    return done(row, "run", by)


def an_export(by: Actor, area: str = VILLAGE, **changes: Any) -> Export:
    told: dict[str, Any] = {"kind": HOMES_OUT.code, "columns": [], "purpose": "check", "note": "", **changes}
    return actions.ask_export(area=area, by=by, at=AT, **told)


def written(row: Export, by: Actor) -> Export:
    assert by.account_id is not None
    tasks.do_export(ExportAsked(export_id=row.pk, account_id=by.account_id))
    return Export.objects.select_related("file__blob").get(pk=row.pk)


def a_form(by: Actor, content: bytes | None = None, **changes: Any) -> Form:
    file = an_upload(content or a_workbook(["户数"], [None]), by, TOWN, "空表.xlsx")
    told = {"title": "户数表", "sheet": 0, "cells": [{"cell": "A2", "fact": "tests.homes"}], "lists": [], **changes}
    return actions.add_form(file_id=file.pk, by=by, at=AT, **told)


def one_of_each(village: str, at: datetime) -> dict[str, UUID]:
    """An import, an export and a form of a place, as rows alone: no workbook is read for them."""
    registry.declare_import(HOMES)
    registry.declare_export(HOMES_OUT)
    town = ".".join(village.split(".")[:4])
    by = accounts.a_person("clerk", town)
    file = an_upload(a_workbook(["户号"]), by, village)
    told: dict[str, Any] = {"by_account": by.account_id, "by_name": by.name, "made_at": at}
    row = Import.objects.create(area_path=village, kind=HOMES.code, file=file, **told)
    Progress.objects.create(of=row, area_path=village, moved_at=at)
    out = Export.objects.create(area_path=village, kind=HOMES_OUT.code, columns=[], purpose="check", **told)
    form = Form.objects.create(area_path=town, title="空表", file=file, changed_at=at, **told)
    told = {"by_account": by.account_id, "by_name": by.name, "at": at}
    filled = Filled.objects.create(area_path=village, form=form, file=file, asked=1, said=1, **told)
    return {"import_id": row.pk, "export_id": out.pk, "form_id": form.pk, "filled_id": filled.pk}
