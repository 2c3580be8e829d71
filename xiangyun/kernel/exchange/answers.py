"""Imports, exports and forms as their reader sees them: in their language, with what they may do next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from xiangyun.base import words, workbook
from xiangyun.base.errors import NotFound
from xiangyun.base.sheets import Column, ExportColumn, ImportKind
from xiangyun.kernel.access.rules import Actor
from xiangyun.kernel.exchange import queries, registry, rules
from xiangyun.kernel.exchange.models import Export, Filled, Form, Import
from xiangyun.kernel.exchange.rules import ImportState
from xiangyun.kernel.exchange.rules.screening import screened
from xiangyun.kernel.exchange.sheets import comments, frames
from xiangyun.kernel.files import queries as stored
from xiangyun.kernel.org import queries as org

SHOWN_LINES = 30
SHOWN_COLUMNS = 60

STEPS = (
    ("check", ImportState.PREVIEWED),
    ("run", ImportState.RUNNING),
    ("cancel", ImportState.CANCELLED),
    ("undo", ImportState.UNDONE),
)


@dataclass(frozen=True, slots=True)
class Answers:
    """Everything of this room on the wire, for one reader."""

    actor: Actor
    lang: str

    def kinds(self) -> dict[str, Any]:
        """What the reader may bring in, take out and fill in."""
        may = self.actor.may
        imports = [kind for kind in registry.import_kinds() if may(rules.IMPORT) and may(kind.ability)]
        exports = [kind for kind in registry.export_kinds() if may(rules.EXPORT) and may(kind.ability)]
        fills = may(rules.FILL) or may(rules.SHAPE)
        return {
            "imports": [self._kind(kind.code, kind.title_key, kind.columns) for kind in imports],
            "exports": [self._kind(kind.code, kind.title_key, kind.columns) for kind in exports],
            "facts": [self._coded(one) for one in registry.facts() if fills and may(one.ability)],
            "rolls": [self._coded(one) for one in registry.rolls() if fills and may(one.ability)],
        }

    def imports(self, rows: Sequence[Import]) -> list[dict[str, Any]]:
        """Imports in a list."""
        names = org.names(row.area_path for row in rows)
        return [self._import(row, names) for row in rows]

    def import_whole(self, row: Import) -> dict[str, Any]:
        """One import with its workbook as it was seen."""
        kind = registry.import_kind(row.kind)
        seen = queries.opened(row, "survey_sealed") or {"sheets": [], "others": []}
        return {
            **self.imports([row])[0],
            "file_name": self._file_name(row),
            "sheet": row.sheet,
            "first_row": row.first_row,
            "last_row": row.last_row,
            "mapping": row.mapping,
            "columns": self._columns(kind.columns),
            "sheets": [self._sheet(sheet) for sheet in seen["sheets"]],
            "notes": self._notes(row, seen),
        }

    def faults(self, row: Import) -> dict[str, Any]:
        """The first faults of the last try."""
        kind = registry.import_kind(row.kind)
        found = queries.opened(row, "faults_sealed") or []
        places = {code: int(index) for index, code in row.mapping.items()}
        return {
            "items": [self._fault(fault, kind, places) for fault in found],
            "next": None,
            "total": row.counts.get("bad", 0),
        }

    def exports(self, rows: Sequence[Export]) -> list[dict[str, Any]]:
        """Exports in a list."""
        names = org.names(row.area_path for row in rows)
        return [
            {
                "id": row.pk,
                "kind": row.kind,
                "kind_title": words.say(registry.export_kind(row.kind).title_key, self.lang),
                "area": row.area_path,
                "area_name": names[row.area_path],
                "columns": row.columns,
                "purpose": row.purpose,
                "state": row.state,
                "rows": row.rows,
                "entry": row.entry_id,
                "file": row.file_id if row.by_account == self.actor.account_id else None,
                "by_name": row.by_name,
                "reason": words.say(row.reason, self.lang, most=rules.MOST_EXPORTED) if row.reason else None,
                "made_at": row.made_at,
                "ended_at": row.ended_at,
            }
            for row in rows
        ]

    def form(self, form: Form) -> dict[str, Any]:
        """A form."""
        may = []
        if self.actor.may(rules.SHAPE, form.area_path):
            may.append("change")
        if self.actor.may(rules.FILL):
            may.append("fill")
        if self.actor.may(rules.SHAPE, form.area_path):
            may.append("retire")
        return {
            "id": form.pk,
            "title": form.title,
            "sheet": form.sheet,
            "cells": form.cells,
            "lists": form.lists,
            "by_name": form.by_name,
            "made_at": form.made_at,
            "changed_at": form.changed_at,
            "may": may,
        }

    def filled(self, rows: Sequence[Filled]) -> list[dict[str, Any]]:
        """Filled forms in a list."""
        names = org.names(row.area_path for row in rows)
        return [
            {
                "id": row.pk,
                "form": row.form_id,
                "area": row.area_path,
                "area_name": names[row.area_path],
                "may": ["take"] if queries.may_take(row, self.actor) else [],
                "asked": row.asked,
                "said": row.said,
                "by_name": row.by_name,
                "at": row.at,
            }
            for row in rows
        ]

    def _import(self, row: Import, names: Mapping[str, str]) -> dict[str, Any]:
        kind = registry.import_kind(row.kind)
        progress = row.progress
        counts = dict(row.counts)
        undone = counts.pop("undone", None)
        return {
            "id": row.pk,
            "kind": row.kind,
            "kind_title": words.say(kind.title_key, self.lang),
            "area": row.area_path,
            "area_name": names[row.area_path],
            "state": row.state,
            "phase": progress.phase,
            "done": progress.done,
            "total": progress.total,
            "is_stopping": progress.cancel_asked_at is not None,
            "counts": counts or None,
            "undone": undone,
            "reason": words.say(row.reason, self.lang, **row.reason_params) if row.reason else None,
            "faults_file": self._faults_file(row),
            "by_name": row.by_name,
            "made_at": row.made_at,
            "ended_at": row.ended_at,
            "may": self._may(row, kind),
        }

    def _faults_file(self, row: Import) -> UUID | None:
        is_there = row.faults_file is not None and row.faults_file.removed_at is None
        return row.faults_file_id if is_there and row.by_account == self.actor.account_id else None

    def _may(self, row: Import, kind: ImportKind) -> list[str]:
        state, is_busy = ImportState(row.state), bool(row.progress.phase)
        open_moves = [
            name
            for name, to in STEPS
            if (needed := rules.MOVES.get((state, to)))
            and self.actor.may(needed, row.area_path)
            and self.actor.may(kind.ability, row.area_path)
        ]
        return [name for name in open_moves if (name == "cancel") or not is_busy]

    def _file_name(self, row: Import) -> str:
        try:
            return stored.name(row.file)
        except NotFound:
            return ""

    def _sheet(self, sheet: Mapping[str, Any]) -> dict[str, Any]:
        header = sheet["header"]
        return {
            "index": sheet["index"],
            "name": sheet["name"],
            "is_hidden": sheet["is_hidden"],
            "rows": sheet["filled"],
            "header": self._header(header) if header else None,
            "lines": [[screened(cell) for cell in line] for line in shown_lines(sheet["head"])],
            "merged": sheet["merged"],
            "notes": self._sheet_notes(sheet),
        }

    def _header(self, header: Mapping[str, Any]) -> dict[str, Any]:
        return {
            "first_row": header["first_row"],
            "last_row": header["last_row"],
            "is_remembered": header["is_remembered"],
            "columns": [
                {
                    "index": index,
                    "title": title,
                    "column": header["mapping"].get(str(index)),
                    "score": header["scores"].get(str(index), 0.0),
                }
                for index, title in enumerate(header["titles"])
            ],
        }

    def _sheet_notes(self, sheet: Mapping[str, Any]) -> list[str]:
        notes = []
        if sheet["is_hidden"]:
            notes.append(words.say("exchange.note_hidden_sheet", self.lang))
        if sheet["hidden_rows"]:
            notes.append(words.counted("exchange.note_hidden_rows", sheet["hidden_rows"], self.lang))
        if sheet["hidden_columns"]:
            told = "、".join(workbook.letters(column) for column in sheet["hidden_columns"][:20])
            notes.append(words.say("exchange.note_hidden_columns", self.lang, columns=told))
        if sheet["errors"]:
            notes.append(words.counted("exchange.note_errors", sheet["errors"], self.lang))
        return notes

    def _notes(self, row: Import, seen: Mapping[str, Any]) -> list[str]:
        notes = []
        chosen = next((sheet for sheet in seen["sheets"] if sheet["index"] == row.sheet), None)
        if chosen and len(seen["sheets"]) > 1:
            notes.append(words.say("exchange.note_chosen_sheet", self.lang, name=chosen["name"]))
        if chosen and seen["others"]:
            notes.append(words.say("exchange.note_other_sheets", self.lang, names="、".join(seen["others"])))
        mapped = set(row.mapping.values())
        missing = [one for one in registry.import_kind(row.kind).columns if one.if_missing and one.code not in mapped]
        notes += [words.say(column.if_missing, self.lang) for column in missing]
        return notes + (self._sheet_notes(chosen) if chosen else [])

    def _fault(self, fault: Mapping[str, Any], kind: ImportKind, places: Mapping[str, int]) -> dict[str, Any]:
        column = kind.column(fault["column"]) if fault["column"] else None
        place = places.get(fault["column"] or "")
        return {
            "row": fault["row"],
            "cell": comments.reference(fault["row"], place + 1) if place is not None else None,
            "column": fault["column"],
            "column_title": words.say(column.title_key, self.lang) if column else None,
            "says": words.say(fault["code"], self.lang, **fault["params"]),
        }

    def _kind(self, code: str, title_key: str, columns: Sequence[Column | ExportColumn]) -> dict[str, Any]:
        return {"code": code, "title": words.say(title_key, self.lang), "columns": self._columns(columns)}

    def _columns(self, columns: Sequence[Column | ExportColumn]) -> list[dict[str, Any]]:
        return [
            {
                "code": column.code,
                "title": words.say(column.title_key, self.lang),
                "is_required": isinstance(column, Column) and column.is_required,
            }
            for column in columns
        ]

    def _coded(self, one: Any) -> dict[str, Any]:
        return {"code": one.code, "title": words.say(one.title_key, self.lang), "of": one.of}


def shown_lines(head: Sequence[Sequence[Any]]) -> list[list[Any]]:
    """The first lines of a sheet, as much of them as a page shows."""
    return [[frames.unpacked(cell) for cell in line[:SHOWN_COLUMNS]] for line in head[:SHOWN_LINES]]
