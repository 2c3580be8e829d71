"""The four laws of the house, each seen to fail on a planted bad import before it is trusted."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LINT = Path(sys.executable).parent / "lint-imports"

FLOORS = "Floors: box > entry > modules > kernel > base"
ROOMS = "Kernel rooms stand one above the other"
STRANGERS = "Modules are strangers: only another's events may be read"
PLAIN = "Rules and events are plain Python"
LAWS = (FLOORS, ROOMS, STRANGERS, PLAIN)

# (law, file that is planted, its import, how the linter names it)
PLANTED = (
    (
        FLOORS,
        "base/planted.py",
        "import xiangyun.kernel.access.rules",
        "xiangyun.base.planted -> xiangyun.kernel.access",
    ),
    (
        FLOORS,
        "kernel/org/planted_a.py",
        "import xiangyun.entry.http",
        "xiangyun.kernel.org.planted_a -> xiangyun.entry",
    ),
    (
        FLOORS,
        "kernel/org/planted_b.py",
        "import xiangyun.modules.planted.events",
        "xiangyun.kernel.org.planted_b -> xiangyun.modules.planted",
    ),
    (FLOORS, "modules/planted/floor.py", "import xiangyun.box.home", "xiangyun.modules.planted.floor -> xiangyun.box"),
    (
        ROOMS,
        "kernel/audit/planted.py",
        "import xiangyun.kernel.org.queries",
        "xiangyun.kernel.audit.planted -> xiangyun.kernel.org",
    ),
    (
        ROOMS,
        "kernel/telemetry/planted.py",
        "import xiangyun.kernel.workflow.rules",
        "xiangyun.kernel.telemetry.planted -> xiangyun.kernel.workflow",
    ),
    (
        STRANGERS,
        "modules/planted/models.py",
        "import xiangyun.modules.agriculture.models",
        "xiangyun.modules.planted.models -> xiangyun.modules.agriculture.models",
    ),
    (PLAIN, "modules/planted/rules.py", "import django", "xiangyun.modules.planted.rules -> django"),
    (PLAIN, "kernel/geo/events.py", "import pydantic", "xiangyun.kernel.geo.events -> pydantic"),
    (PLAIN, "modules/planted/events.py", "import ninja", "xiangyun.modules.planted.events -> ninja"),
)
# What a module may do: read another's events.
ALLOWED = ("modules/planted/handlers.py", "import xiangyun.modules.agriculture.events")


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A copy of the package, without its pages, that may be spoilt."""
    copy = tmp_path_factory.mktemp("laws")
    shutil.copytree(
        ROOT / "xiangyun",
        copy / "xiangyun",
        ignore=lambda folder, names: [
            name for name in names if name in ("web", "__pycache__", "data") or _is_no_python(folder, name)
        ],
    )
    shutil.copy(ROOT / "pyproject.toml", copy)
    yield copy
    shutil.rmtree(copy, ignore_errors=True)


def _is_no_python(folder: str, name: str) -> bool:
    return Path(folder, name).is_file() and not name.endswith(".py")


def lint(house: Path) -> tuple[int, str]:
    """The linter's exit code and report, read from the copy and not from the installed package."""
    told = subprocess.run(
        [str(LINT), "--no-logo", "--no-cache"],
        cwd=house,
        env={**os.environ, "PYTHONPATH": str(house), "NO_COLOR": "1", "COLUMNS": "240"},
        capture_output=True,
        text=True,
        check=False,
    )
    return told.returncode, re.sub(r"\x1b\[[0-9;]*m", "", told.stdout + told.stderr)


def verdict(report: str, law: str) -> str:
    found = re.search(rf"^{re.escape(law)}.*?(KEPT|BROKEN)", report, re.MULTILINE | re.DOTALL)
    assert found, report
    return found.group(1)


def test_the_house_keeps_its_laws_and_each_is_seen_to_fail(house: Path) -> None:
    code, report = lint(house)
    assert code == 0, report
    assert {law: verdict(report, law) for law in LAWS} == dict.fromkeys(LAWS, "KEPT")

    (house / "xiangyun/modules/planted").mkdir()
    (house / "xiangyun/modules/planted/__init__.py").touch()
    for _, file, statement, _ in PLANTED:
        (house / "xiangyun" / file).write_text(f"{statement}\n")
    if (house / "xiangyun/modules/agriculture/events.py").exists():
        (house / "xiangyun" / ALLOWED[0]).write_text(f"{ALLOWED[1]}\n")
    code, report = lint(house)
    assert code == 1
    assert {law: verdict(report, law) for law in LAWS} == dict.fromkeys(LAWS, "BROKEN")
    for _, _, _, named in PLANTED:
        assert named in report, f"{named} was not found:\n{report}"
    assert "xiangyun.modules.planted.handlers" not in report


def test_no_law_has_an_exception() -> None:
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    ignored = re.findall(r"ignore_imports = \[(.*?)\]", text, re.DOTALL)
    assert [line.strip() for line in ignored] == ['"xiangyun.modules.** -> xiangyun.modules.*.events"']


ESLINT = ROOT / "node_modules/.bin/eslint"
FRONT = (
    ("web/shared/planted.ts", "/xiangyun/kernel/org/web/feature.ts", "shared never imports"),
    ("xiangyun/kernel/org/web/planted.ts", "/web/desk/main.ts", "a feature never imports a shell"),
    ("xiangyun/kernel/org/web/planted.ts", "/xiangyun/kernel/devices/web/feature.ts", "features are strangers"),
)


@pytest.mark.skipif(not ESLINT.exists(), reason="the front end's packages are not installed")
@pytest.mark.parametrize(("file", "imported", "why"), FRONT)
def test_the_front_end_has_the_same_floors(file: str, imported: str, why: str) -> None:
    told = subprocess.run(
        [str(ESLINT), "--stdin", "--stdin-filename", file],
        input=f"import '{imported}'\n",
        cwd=ROOT,
        env={**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 1, told.stdout + told.stderr
    assert why in told.stdout
    assert "xiangyun/floors" in told.stdout


FORBIDDEN_NAMES = ("utils", "common", "helpers", "services", "managers")
LONGEST = 430  # "about 400" in house.md


def ours() -> list[Path]:
    return [path for path in (ROOT / "xiangyun").rglob("*.py") if "migrations" not in path.parts]


def test_a_thing_is_named_after_what_it_is() -> None:
    assert [str(path) for path in ours() if {path.stem, *path.parent.parts} & set(FORBIDDEN_NAMES)] == []


def test_no_file_is_longer_than_a_reader_holds_in_mind() -> None:
    long = {str(path.relative_to(ROOT)): len(path.read_text().splitlines()) for path in ours()}
    assert {name: lines for name, lines in long.items() if lines > LONGEST} == {}


def test_the_only_clock_is_asked_at_the_doors() -> None:
    """`clock.now()` stands in api, tasks, seeds' doors and the entry floor; everything else is given `at`."""
    asking = [
        path.relative_to(ROOT / "xiangyun")
        for path in ours()
        if "tests" not in path.parts and re.search(r"\bclock\.now\(", path.read_text())
    ]
    allowed = re.compile(r"^(base/clock\.py|entry/|box/|.*/api(/|\.py)|.*/tasks\.py|.*/handlers\.py)")
    assert [str(path) for path in asking if not allowed.match(str(path))] == []


def test_no_two_rooms_call_a_wire_shape_alike() -> None:
    """OpenAPI knows a shape by its bare name: of two, one would silently stand for both."""
    homes: dict[str, list[str]] = {}
    for path in ours():
        if "schemas" in path.stem or path.parent.name == "schemas":
            for name in re.findall(r"^class (\w+)\(", path.read_text(), re.MULTILINE):
                homes.setdefault(name, []).append(str(path.relative_to(ROOT)))
    assert {name: places for name, places in homes.items() if len(places) > 1} == {}


def test_django_admin_is_not_installed() -> None:
    from django.conf import settings

    assert not [app for app in settings.INSTALLED_APPS if app.startswith("django.contrib.admin")]
