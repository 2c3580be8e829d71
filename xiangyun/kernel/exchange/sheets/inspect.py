"""What a file is, and whether it may be read at all: decided on its bytes before any parser sees it."""

from __future__ import annotations

import re
import zipfile
import zlib
from dataclasses import dataclass, field
from io import BytesIO
from typing import IO, Literal

from xiangyun.base.sheets import Unfit
from xiangyun.kernel.exchange.sheets import limits

Kind = Literal["xlsx", "xls", "csv"]

ZIP = b"PK\x03\x04"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
CHUNK = 1 << 18
SHEET = re.compile(r"^xl/worksheets/[^/]+\.xml$", re.IGNORECASE)
ROOT = re.compile(rb"<(\w+:)?worksheet\b")
HIDDEN = re.compile(rb"""\shidden=["'](?:1|true)["']""")
HIDDEN_COLUMN = re.compile(rb"""<(?:\w+:)?col\b[^>]*\shidden=["'](?:1|true)["'][^>]*>""")
FIRST, LAST = re.compile(rb"""\smin=["'](\d{1,5})["']"""), re.compile(rb"""\smax=["'](\d{1,5})["']""")
LONGEST_ROW = 16 * limits.MIB
MARKS = (b"\xff\xfe", b"\xfe\xff")
ENTITIES = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
OVERLAP = 16


@dataclass(slots=True)
class SheetFacts:
    """What the bytes of one sheet told on the way through."""

    rows: int = 0
    cells: int = 0
    hidden_rows: int = 0
    errors: int = 0
    hidden_columns: set[int] = field(default_factory=set)


@dataclass(slots=True)
class Findings:
    """What a file is; for an xlsx, what each of its sheets holds, by the name of the part."""

    kind: Kind
    sheets: dict[str, SheetFacts] = field(default_factory=dict)


def sniff(data: bytes | memoryview) -> Kind:
    """What kind of table the bytes are, whatever the name says. Refuses (Unfit) what is none, or none we read."""
    if not len(data):
        raise Unfit("exchange.empty_file")
    if len(data) > limits.MOST_BYTES:
        raise Unfit("exchange.file_too_big", most=limits.MOST_BYTES // limits.MIB)
    head = bytes(data[:4096])
    if head.startswith(ZIP):
        return "xlsx"
    if head.startswith(OLE):
        return "xls"
    told = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if told.startswith((b"<html", b"<!doctype html", b"<table", b"<meta", b"<div")) or b"<table" in told:
        raise Unfit("exchange.html_named_xls")
    if told.startswith((b"<?xml", b"<?mso", b"{\\rtf", b"%pdf")):
        raise Unfit("exchange.not_a_workbook")
    if b"\x00" in head and not head.startswith(MARKS):
        raise Unfit("exchange.not_a_workbook")
    return "csv"


def look_in(data: bytes | memoryview) -> Findings:
    """The cheap part: kind, macros, passwords, the directory of the zip. No content is unpacked."""
    kind = sniff(data)
    if kind == "xlsx":
        with _opened(data) as package:
            _judge_directory(package)
    elif kind == "xls":
        _judge_ole(data)
    return Findings(kind)


def inspect(data: bytes | memoryview) -> Findings:
    """Everything that can be known without a parser: each part of an xlsx is unpacked once, within its limits, its
    checksums hold, nowhere stands a document type, and no sheet has more filled rows than may come in."""
    found = look_in(data)
    if found.kind == "xlsx":
        with _opened(data) as package:
            _walk(package, found)
    return found


def _opened(data: bytes | memoryview) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(BytesIO(data))
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as broken:
        raise Unfit("exchange.broken_file") from broken


def _judge_directory(package: zipfile.ZipFile) -> None:
    entries = package.infolist()
    names = [entry.filename for entry in entries]
    if len(entries) > limits.MOST_ENTRIES or sum(entry.file_size for entry in entries) > limits.MOST_UNPACKED:
        raise Unfit("exchange.bomb")
    for entry in entries:
        if entry.file_size > limits.RATIO_COUNTS_FROM and entry.file_size > entry.compress_size * limits.MOST_RATIO:
            raise Unfit("exchange.bomb")
        if entry.flag_bits & 0x1:
            raise Unfit("exchange.locked")
    lower = [name.lower() for name in names]
    if len(set(lower)) != len(lower):
        raise Unfit("exchange.broken_file")
    _judge_names(lower)


def _judge_names(names: list[str]) -> None:
    if any(name.endswith("vbaproject.bin") for name in names):
        raise Unfit("exchange.macros")
    if "xl/workbook.bin" in names:
        raise Unfit("exchange.xlsb")
    if "[content_types].xml" not in names or not any(name.startswith("xl/") for name in names):
        raise Unfit("exchange.ods" if "content.xml" in names else "exchange.not_a_workbook")


def _judge_ole(data: bytes | memoryview) -> None:
    whole = bytes(data)
    if "EncryptedPackage".encode("utf-16-le") in whole:
        raise Unfit("exchange.locked")
    if "_VBA_PROJECT_CUR".encode("utf-16-le") in whole or "_VBA_PROJECT".encode("utf-16-le") in whole:
        raise Unfit("exchange.macros")
    if "Workbook".encode("utf-16-le") not in whole and "Book".encode("utf-16-le") not in whole:
        raise Unfit("exchange.not_a_workbook")


def _walk(package: zipfile.ZipFile, found: Findings) -> None:
    total, cells = 0, 0
    for entry in package.infolist():
        if entry.is_dir() or not entry.filename.lower().endswith((".xml", ".rels", ".vml")):
            continue
        facts = SheetFacts() if SHEET.match(entry.filename) else None
        try:
            with package.open(entry) as part:
                total += _walk_part(part, facts)
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError) as broken:
            raise Unfit("exchange.broken_file") from broken
        if facts is not None:
            found.sheets[entry.filename] = facts
            cells += facts.cells
        if total > limits.MOST_UNPACKED or cells > limits.MOST_CELLS:
            raise Unfit("exchange.bomb" if total > limits.MOST_UNPACKED else "exchange.too_many_cells")
    if len(found.sheets) > limits.MOST_SHEETS:
        raise Unfit("exchange.too_many_sheets", most=limits.MOST_SHEETS)


def _walk_part(part: IO[bytes], facts: SheetFacts | None) -> int:
    size, before = 0, b""
    rows = _Rows(facts) if facts is not None else None
    while chunk := part.read(CHUNK):
        if not size and chunk.startswith(MARKS):
            raise Unfit("exchange.broken_file")  # UTF-16 would hide what is looked for here
        size += len(chunk)
        if ENTITIES.search(before + chunk):
            raise Unfit("exchange.broken_file")
        before = chunk[-OVERLAP:]
        if rows is not None:
            rows.feed(chunk)
    if rows is not None:
        rows.end()
    return size


class _Rows:
    """Counts rows that hold something, cells, hidden rows and columns, in the text of a sheet as it passes."""

    def __init__(self, facts: SheetFacts) -> None:
        self._facts = facts
        self._held = b""
        self._in_rows = False
        self._prefix = b""

    def feed(self, chunk: bytes) -> None:
        text = self._held + chunk
        if not self._in_rows:
            root = ROOT.search(text)
            self._prefix = (root.group(1) or b"") if root else b""
        mark = b"<" + self._prefix + b"row"
        before, *rows = text.split(mark)
        if not rows and len(text) > LONGEST_ROW:
            raise Unfit("exchange.too_many_cells")
        if not self._in_rows and rows:
            self._note_columns(before)
            self._in_rows = True
        self._held = mark + rows.pop() if rows else text
        self._count(rows)

    def end(self) -> None:
        self._count([self._held] if self._in_rows else [])

    def _note_columns(self, head: bytes) -> None:
        for told in HIDDEN_COLUMN.findall(head):
            first, last = FIRST.search(told), LAST.search(told)
            if first and last:
                span = range(int(first.group(1)), min(int(last.group(1)), limits.MOST_COLUMNS) + 1)
                self._facts.hidden_columns.update(span)

    def _count(self, rows: list[bytes]) -> None:
        value, inline, cell = (b"<" + self._prefix + tag for tag in (b"v", b"is", b"c "))
        facts = self._facts
        for row in rows:
            if value in row or inline in row:
                facts.rows += 1
                facts.hidden_rows += HIDDEN.search(row[:256].partition(b">")[0]) is not None
            facts.cells += row.count(cell)
            facts.errors += row.count(b' t="e"')
        if facts.rows > limits.MOST_ROWS + limits.SURVEYED_ROWS:
            raise Unfit("exchange.too_many_rows", most=limits.MOST_ROWS)
        if facts.cells > limits.MOST_CELLS:
            raise Unfit("exchange.too_many_cells")
