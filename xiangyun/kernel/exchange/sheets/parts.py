"""An xlsx as a package of parts (ECMA-376 part 2), changed in place: what is not touched stays byte for byte.

Only for files that `inspect` has let through: their parts hold no document types and keep their sizes. Parts are
patched as text, not parsed and written anew, so that nothing Excel or WPS put there is lost.
"""

from __future__ import annotations

import posixpath
import re
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from html import unescape
from io import BytesIO
from typing import IO

from xiangyun.base.sheets import Unfit
from xiangyun.base.workbook import RELATION, quoted
from xiangyun.kernel.exchange.sheets import limits

PACKAGE_RELATION = "http://schemas.openxmlformats.org/package/2006/relationships"
CONTENT_TYPES = "[Content_Types].xml"
WORKBOOK = "xl/workbook.xml"

# Parts that are patched as a whole are small; sheets pass as streams.
MOST_OF_A_PART = 64 * limits.MIB
CHUNK = 1 << 18
PACKED = 3

Change = Callable[[Iterator[bytes]], Iterable[bytes]]


class Package:
    """A workbook's parts with changes laid over them; `save` writes it."""

    def __init__(self, data: bytes | memoryview) -> None:
        try:
            self._zip = zipfile.ZipFile(BytesIO(data))
        except zipfile.BadZipFile as broken:
            raise Unfit("exchange.broken_file") from broken
        self._new: dict[str, bytes] = {}
        self._changes: dict[str, Change] = {}
        self._dropped: set[str] = set()
        self._names = {entry.filename for entry in self._zip.infolist()}

    def has(self, name: str) -> bool:
        """Whether there is such a part."""
        return name in self._new or (name in self._names and name not in self._dropped)

    def read(self, name: str) -> str:
        """A part's text. Refuses (Unfit): none there, or too long to be patched."""
        if name in self._new:
            return self._new[name].decode()
        if not self.has(name) or self._zip.getinfo(name).file_size > MOST_OF_A_PART:
            raise Unfit("exchange.broken_file")
        try:
            return self._zip.read(name).decode("utf-8-sig")
        except (UnicodeDecodeError, zipfile.BadZipFile, zlib.error) as broken:
            raise Unfit("exchange.broken_file") from broken

    def write(self, name: str, text: str) -> None:
        """Put a part in place of what was there."""
        self._new[name] = text.encode()
        self._dropped.discard(name)

    def change(self, name: str, change: Change) -> None:
        """Have a part changed on its way out, in pieces."""
        self._changes[name] = change

    def drop(self, name: str) -> None:
        """Leave a part out."""
        self._dropped.add(name)
        self._new.pop(name, None)

    def free_name(self, form: str) -> str:
        """A name nobody has: `xl/comments{}.xml` → `xl/comments3.xml`."""
        number = 1
        while form.format(number).lower() in {name.lower() for name in self._names | set(self._new)}:
            number += 1
        return form.format(number)

    def save(self, out: IO[bytes]) -> None:
        """Write the package; parts stand in the order they had, new ones at the end."""
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=PACKED) as made:
            for entry in self._zip.infolist():
                if entry.filename in self._dropped or entry.is_dir():
                    continue
                if entry.filename in self._new:
                    made.writestr(entry.filename, self._new[entry.filename])
                    continue
                # Pictures are packed already.
                way = zipfile.ZIP_STORED if entry.compress_type == zipfile.ZIP_STORED else zipfile.ZIP_DEFLATED
                target = zipfile.ZipInfo(entry.filename, entry.date_time)
                target.compress_type = way
                with self._zip.open(entry) as source, made.open(target, "w", force_zip64=False) as sink:
                    pieces = _pieces(source)
                    change = self._changes.get(entry.filename)
                    for piece in change(pieces) if change else pieces:
                        sink.write(piece)
            for name, body in self._new.items():
                if name not in self._names:
                    made.writestr(name, body)

    # What stands in several parts at once.

    def relations(self, of: str) -> dict[str, tuple[str, str]]:
        """Relations of a part: id → (the last word of its type, the part it leads to)."""
        name = relations_of(of)
        if not self.has(name):
            return {}
        found = {}
        for tag in re.findall(r"<(?:\w+:)?Relationship\b[^>]*>", self.read(name)):
            told = attributes(tag)
            if told.get("TargetMode") != "External":
                kind = told.get("Type", "").rsplit("/", 1)[-1]
                found[told.get("Id", "")] = (kind, resolved(of, told.get("Target", "")))
        return found

    def relate(self, of: str, kind: str, to: str) -> str:
        """Lead a part to another; returns the relation's id."""
        name = relations_of(of)
        text = self.read(name) if self.has(name) else f'<Relationships xmlns="{PACKAGE_RELATION}"></Relationships>'
        taken = set(re.findall(r"""\bId=["']([^"']+)["']""", text))
        number = 1
        while f"rIdXy{number}" in taken:
            number += 1
        target = "/" + to
        added = f'<Relationship Id="rIdXy{number}" Type="{RELATION}/{kind}" Target="{target}"/>'
        self.write(name, _before_end(text, "Relationships", _prefixed(text, "Relationships", added)))
        return f"rIdXy{number}"

    def declare(self, name: str, content_type: str) -> None:
        """Say what a new part holds."""
        self._tell_type(f'<Override PartName="/{name}" ContentType="{content_type}"/>', f'"/{name}"')

    def declare_ending(self, ending: str, content_type: str) -> None:
        """Say what parts with a name of this ending hold."""
        self._tell_type(f'<Default Extension="{ending}" ContentType="{content_type}"/>', f'Extension="{ending}"')

    def _tell_type(self, added: str, sign: str) -> None:
        text = self.read(CONTENT_TYPES)
        if sign.lower() not in text.lower():
            self.write(CONTENT_TYPES, _before_end(text, "Types", _prefixed(text, "Types", added)))

    def forget_calculation_order(self) -> None:
        """Drop the order of calculation: Excel makes it anew, and finds a fault in one that no longer fits."""
        for kind, part in self.relations(WORKBOOK).values():
            if kind == "calcChain":
                self.drop(part)
                name = relations_of(WORKBOOK)
                self.write(name, re.sub(r"<(?:\w+:)?Relationship\b[^>]*/calcChain[^>]*>", "", self.read(name)))
                types = self.read(CONTENT_TYPES)
                self.write(CONTENT_TYPES, re.sub(r"<(?:\w+:)?Override\b[^>]*calcChain[^>]*>", "", types))

    def sheets(self) -> list[str]:
        """The sheets' parts, in the order of the tabs; empty for one that is no part here."""
        relations = self.relations(WORKBOOK)
        tags = re.findall(r"<(?:\w+:)?sheet\b[^>]*>", self.read(WORKBOOK))
        ids = [
            next((v for k, v in attributes(tag).items() if k.rpartition(":")[2] == "id" and ":" in k), "")
            for tag in tags
        ]
        return [relations.get(one, ("", ""))[1] for one in ids]

    def add_sheet(self, title: str, body: str) -> None:
        """Put a sheet behind the others."""
        name = self.free_name("xl/worksheets/sheet{}.xml")
        self.write(name, body)
        self.declare(name, "application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml")
        relation = self.relate(WORKBOOK, "worksheet", name)
        text = self.read(WORKBOOK)
        numbers = [int(n) for n in re.findall(r"""\bsheetId=["'](\d+)["']""", text)]
        added = (
            f'<sheet xmlns:r="{RELATION}" name="{quoted(title)}" sheetId="{max(numbers, default=0) + 1}"'
            f' r:id="{relation}"/>'
        )
        self.write(WORKBOOK, _before_end(text, "sheets", _prefixed(text, "sheets", added)))

    def sheet_titles(self) -> list[str]:
        """What stands on the tabs."""
        return [attributes(tag).get("name", "") for tag in re.findall(r"<(?:\w+:)?sheet\b[^>]*>", self.read(WORKBOOK))]


def sheet_parts(data: bytes | memoryview) -> list[str]:
    """The sheets' parts of a workbook, in the order of the tabs."""
    return Package(data).sheets()


def attributes(tag: str) -> dict[str, str]:
    """The attributes of a start tag."""
    return {name: unescape(a or b) for name, a, b in re.findall(r"""([\w:]+)\s*=\s*(?:"([^"]*)"|'([^']*)')""", tag)}


def relations_of(part: str) -> str:
    """The part in which the relations of a part stand."""
    folder, name = posixpath.split(part)
    return posixpath.join(folder, "_rels", f"{name}.rels")


def resolved(of: str, target: str) -> str:
    """The part a relation leads to."""
    if target.startswith("/"):
        return target.lstrip("/")
    return posixpath.normpath(posixpath.join(posixpath.dirname(of), target))


def _before_end(text: str, element: str, added: str) -> str:
    end = list(re.finditer(rf"</(?:\w+:)?{element}\s*>", text))
    if end:
        return text[: end[-1].start()] + added + text[end[-1].start() :]
    closed = re.search(rf"<((?:\w+:)?{element})\b([^>]*)/>", text)
    if closed is None:
        raise Unfit("exchange.broken_file")
    tag, told = closed.groups()
    return f"{text[: closed.start()]}<{tag}{told}>{added}</{tag}>{text[closed.end() :]}"


def _prefixed(text: str, element: str, added: str) -> str:
    """The added element in the namespace prefix its parent is written with."""
    found = re.search(rf"<(\w+:){element}\b", text)
    return re.sub(r"<(\w)", rf"<{found.group(1)}\1", added, count=1) if found else added


def _pieces(source: IO[bytes]) -> Iterator[bytes]:
    while piece := source.read(CHUNK):
        yield piece
