"""Comments laid into a workbook beside the cells, everything else as it was."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from xiangyun.base.sheets import Unfit
from xiangyun.base.workbook import RELATION, letters, quoted
from xiangyun.kernel.exchange.sheets.parts import Package

Place = tuple[int, int]

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
COMMENTS_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.comments+xml"
DRAWING_TYPE = "application/vnd.openxmlformats-officedocument.vmlDrawing"

# What comes after `legacyDrawing` in a sheet (ECMA-376 part 1, 18.3.1.99); it must stand before these.
AFTER = (
    "legacyDrawingHF",
    "drawingHF",
    "picture",
    "oleObjects",
    "controls",
    "webPublishItems",
    "tableParts",
    "extLst",
)
DATA = re.compile(rb"sheetData")
DATA_END = re.compile(rb"</(?:\w+:)?sheetData\s*>|<(?:\w+:)?sheetData\s*/>")
KEPT = 64
LONGEST_TAIL = 16 * 1024 * 1024

DRAWING = """<xml xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office" \
xmlns:x="urn:schemas-microsoft-com:office:excel"><o:shapelayout v:ext="edit"><o:idmap v:ext="edit" data="1"/>\
</o:shapelayout></xml>"""
KIND = """<v:shapetype xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office" \
id="_x0000_t202x" coordsize="21600,21600" o:spt="202" path="m,l,21600r21600,l21600,xe"><v:stroke joinstyle="miter"/>\
<v:path gradientshapeok="t" o:connecttype="rect"/></v:shapetype>"""
SHAPE = """<v:shape xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office" \
xmlns:x="urn:schemas-microsoft-com:office:excel" id="_x0000_s{id}" type="#_x0000_t202x" style='position:absolute;\
visibility:hidden' fillcolor="#ffffe1" o:insetmode="auto"><v:fill color2="#ffffe1"/><v:shadow on="t" color="black" \
obscured="t"/><v:path o:connecttype="none"/><v:textbox style='mso-direction-alt:auto'><div style='text-align:left'>\
</div></v:textbox><x:ClientData ObjectType="Note"><x:MoveWithCells/><x:SizeWithCells/><x:Anchor>{left}, 15, {top}, 2, \
{right}, 31, {bottom}, 4</x:Anchor><x:AutoFill>False</x:AutoFill><x:Row>{row}</x:Row><x:Column>{column}</x:Column>\
</x:ClientData></v:shape>"""


def reference(row: int, column: int) -> str:
    """(5, 2) → B5."""
    return f"{letters(column)}{row}"


def lay_in(package: Package, sheet: int, notes: Mapping[Place, str], author: str) -> None:
    """Put a comment beside each cell (row and column from 1) of the sheet at an index; one that stands there already
    keeps its text and gets ours below it. Refuses (Unfit): a package that is not as Excel and WPS write it."""
    names = package.sheets()
    if sheet >= len(names) or not package.has(names[sheet]):
        raise Unfit("exchange.broken_file")
    part = names[sheet]
    relations = package.relations(part)
    comments = next((to for kind, to in relations.values() if kind == "comments" and package.has(to)), None)
    drawing = next((to for kind, to in relations.values() if kind == "vmlDrawing" and package.has(to)), None)
    if comments is None:
        comments = package.free_name("xl/comments{}.xml")
        package.write(comments, f'<comments xmlns="{MAIN}"><authors></authors><commentList></commentList></comments>')
        package.declare(comments, COMMENTS_TYPE)
        package.relate(part, "comments", comments)
    text, added = _with_notes(package.read(comments), notes, author)
    package.write(comments, text)
    if drawing is None:
        drawing = package.free_name("xl/drawings/vmlDrawing{}.vml")
        package.write(drawing, DRAWING)
        package.declare_ending("vml", DRAWING_TYPE)
        relation = package.relate(part, "vmlDrawing", drawing)
        package.change(part, lambda pieces: _with_drawing(pieces, relation))
    package.write(drawing, _with_shapes(package.read(drawing), added))


def _with_notes(text: str, notes: Mapping[Place, str], author: str) -> tuple[str, list[Place]]:
    """The comments part with ours in it, and the cells that had none before."""
    found = re.search(r"<(\w+:)?comments\b", text)
    prefix = (found.group(1) or "") if found else ""
    before = len(re.findall(rf"<{prefix}author\b", text))
    text = _into(text, f"{prefix}authors", f"<{prefix}author>{quoted(author)}</{prefix}author>")
    told = {}
    for comment in re.finditer(
        rf"<{prefix}comment\s[^>]*?\bref=[\"'](\w+)[\"'][^>]*>.*?</{prefix}comment>", text, re.DOTALL
    ):
        told[comment.group(1)] = comment.group(0)
    added, fresh = [], []
    replaced: dict[str, str] = {}
    for (row, column), note in sorted(notes.items()):
        at = reference(row, column)
        run = f'<{prefix}t xml:space="preserve">{{}}</{prefix}t>'
        if at in told:
            below = quoted(f"\n{author}: {note}")
            more = f"<{prefix}r>{run.format(below)}</{prefix}r>"
            replaced[told[at]] = _into(told[at], f"{prefix}text", more)
        else:
            fresh.append((row, column))
            added.append(
                f'<{prefix}comment ref="{at}" authorId="{before}"><{prefix}text>{run.format(quoted(note))}'
                f"</{prefix}text></{prefix}comment>"
            )
    for old, new in replaced.items():
        text = text.replace(old, new, 1)
    return _into(text, f"{prefix}commentList", "".join(added)), fresh


def _with_shapes(text: str, places: Iterable[Place]) -> str:
    taken = [int(number) for number in re.findall(r"_x0000_s(\d+)", text)]
    first = max([1024, *taken]) + 1
    shapes = [
        SHAPE.format(
            id=first + n,
            row=row - 1,
            column=column - 1,
            left=column,
            right=column + 3,
            top=max(0, row - 2),
            bottom=row + 3,
        )
        for n, (row, column) in enumerate(places)
    ]
    return _into(text, "xml", KIND * ("_x0000_t202x" not in text) + "".join(shapes))


def _into(text: str, element: str, added: str) -> str:
    """Put text before the end of an element, whether it is written open or closed in itself."""
    end = text.rfind(f"</{element}>")
    if end >= 0:
        return text[:end] + added + text[end:]
    empty = re.search(rf"<{element}\b([^>]*)/>", text)
    if empty is None:
        raise Unfit("exchange.broken_file")
    return f"{text[: empty.start()]}<{element}{empty.group(1)}>{added}</{element}>{text[empty.end() :]}"


def _with_drawing(pieces: Iterator[bytes], relation: str) -> Iterator[bytes]:
    """A sheet on its way, with the drawing of its comments told of behind the data."""
    held = b""
    for piece in pieces:
        held += piece
        if any(DATA_END.search(held, max(0, at.start() - 20), at.end() + 8) for at in DATA.finditer(held)):
            break
        yield held[:-KEPT]
        held = held[-KEPT:]
    for piece in pieces:
        held += piece
        if len(held) > LONGEST_TAIL:
            raise Unfit("exchange.broken_file")
    yield _told(held.decode(), relation).encode()


def _told(tail: str, relation: str) -> str:
    after = "|".join(AFTER)
    end = re.search(r"</(\w+:)?worksheet\s*>", tail)
    if end is None:
        raise Unfit("exchange.broken_file")
    prefix = end.group(1) or ""
    data = re.search(rf"</{prefix}sheetData\s*>|<{prefix}sheetData\s*/>", tail)
    start = data.end() if data else 0
    place = re.compile(rf"<{prefix}(?:{after})\b").search(tail, start, end.start())
    at = place.start() if place else end.start()
    return f'{tail[:at]}<{prefix}legacyDrawing xmlns:r="{RELATION}" r:id="{relation}"/>{tail[at:]}'
