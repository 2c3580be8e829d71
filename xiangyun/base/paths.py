"""Area paths as plain values: `15.08.02.100.201` is a village of the town `15.08.02.100`.

Under a path lies everything that starts with it and a dot; in byte order that is the range
`>= path` and `< path || '/'`, since `/` follows `.` (the form row-level security uses).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

TOWN_DEPTH = 4
FORM = re.compile(r"^[0-9]{2}(\.[0-9]{2}){0,2}(\.[0-9]{3}){0,2}(\.[a-z][0-9]{2,6})?$")


def is_path(text: str) -> bool:
    """Whether the text has the form of an area path."""
    return bool(FORM.match(text))


def path_of(code: str) -> str:
    """The path of a 12-digit statistical code: 150802100201 → 15.08.02.100.201."""
    parts = [code[0:2], code[2:4], code[4:6], code[6:9], code[9:12]]
    while len(parts) > 1 and not int(parts[-1]):
        parts.pop()
    return ".".join(parts)


def code_of(path: str) -> str:
    """The 12-digit code of a path down to the village; below it the village's own code."""
    digits = "".join(part for part in path.split(".") if part.isdigit())
    return digits.ljust(12, "0")


def within(path: str, root: str) -> bool:
    """Whether `path` is `root` or lies under it; under the empty root lies nothing."""
    return bool(root) and (path == root or path.startswith(root + "."))


def parent_of(path: str) -> str:
    """The path one level up; empty at the top."""
    return path.rpartition(".")[0]


def ancestors(path: str) -> Iterator[str]:
    """The path itself, then each level above it, nearest first."""
    while path:
        yield path
        path = parent_of(path)


def town_of(path: str) -> str | None:
    """The town a path lies in; None above the towns."""
    parts = path.split(".")
    return ".".join(parts[:TOWN_DEPTH]) if len(parts) >= TOWN_DEPTH else None


def village_of(path: str) -> str:
    """The village a path lies in; the path itself above the villages."""
    return ".".join(path.split(".")[: TOWN_DEPTH + 1])


def common(paths: Iterable[str]) -> str:
    """The deepest path that holds all of them; empty if there is none."""
    split = [path.split(".") for path in paths]
    if not split:
        return ""
    shared: list[str] = []
    for level in zip(*split, strict=False):
        if len(set(level)) > 1:
            break
        shared.append(level[0])
    return ".".join(shared)


def end_of(path: str) -> str:
    """The first text after everything under `path`: for range comparisons."""
    return path + "/"
