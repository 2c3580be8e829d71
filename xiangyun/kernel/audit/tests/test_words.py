"""Each act the house writes down under a fixed name is told in words at the desk, not in letters."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from pathlib import Path

HOUSE = Path(__file__).parents[3]
RECORDS = ("record", "_record", "changed")
WORDS = Path(__file__).parents[1] / "web" / "words"


def acts_of(source: str) -> Iterator[str]:
    """Acts named as letters, or by a constant of the same file, where something is written down."""
    tree = ast.parse(source)
    constants: dict[str, str] = {}
    for line in tree.body:
        if isinstance(line, ast.Assign):
            target = line.targets[0]
            names = target.elts if isinstance(target, ast.Tuple) else [target]
            values = line.value.elts if isinstance(line.value, ast.Tuple) else [line.value]
            for name, value in zip(names, values, strict=False):
                if isinstance(name, ast.Name) and isinstance(value, ast.Constant) and isinstance(value.value, str):
                    constants[name.id] = value.value
    for call in ast.walk(tree):
        if isinstance(call, ast.Call) and getattr(call.func, "attr", getattr(call.func, "id", "")) in RECORDS:
            for told in [*call.args[:1], *(one.value for one in call.keywords if one.arg == "act")]:
                act = told.value if isinstance(told, ast.Constant) else constants.get(getattr(told, "id", ""))
                if isinstance(act, str) and "." in act:
                    yield act


def test_an_act_is_found_however_it_is_named() -> None:
    planted = 'A, B = "x.a", "x.b"\naudit.record(act=A, at=at)\n_record(B, by)\nsources.changed(row, act="x.c")\n'
    assert sorted(acts_of(planted)) == ["x.a", "x.b", "x.c"]


def test_every_act_has_words() -> None:
    files = (path for path in HOUSE.rglob("*.py") if "tests" not in path.parts and "migrations" not in path.parts)
    acts = {act for path in files for act in acts_of(path.read_text())}
    assert len(acts) > 70, "records are found"
    for language in ("zh-Hans", "en"):
        said = json.loads((WORDS / f"{language}.json").read_text())["desk"]["act_said"]
        assert sorted(act for act in acts if act.replace(".", "_") not in said) == []
