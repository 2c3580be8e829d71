"""The licence of everything a box ships or is built with: `docs/licences.md`, checked; `--write` makes it anew."""

import importlib.metadata
import json
import re
import sys
from pathlib import Path

LIST = Path("docs/licences.md")
PINS = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^ \\;]+)", re.MULTILINE)

# Free to ship beside Apache-2.0 code; LGPL and MPL parts are used whole and unchanged.
ALLOWED = frozenset(
    (
        "0BSD",
        "Apache-2.0",
        "BSD",
        "BSD-2-Clause",
        "BSD-3-Clause",
        "BlueOak-1.0.0",
        "CC0-1.0",
        "ISC",
        "LGPL-3.0-only",
        "MIT",
        "MIT-0",
        "MIT-CMU",
        "MPL-2.0",
        "OFL-1.1",
        "PSF-2.0",
        "Python-2.0",
        "Unlicense",
        "Zlib",
    )
)
# What some packages write where a name from the SPDX list belongs.
SPOKEN = {
    "MIT License": "MIT",
    "BSD License": "BSD",
    "Apache Software License": "Apache-2.0",
    "Apache License 2.0": "Apache-2.0",
    "BSD": "BSD",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
}
# Packages whose metadata name no licence; read in the LICENSE file each of them ships.
READ = {"pyrage": "MIT"}


def main(argv: list[str]) -> int:
    rows = [*python_packages(), *npm_packages()]
    unfit = [row for row in rows if not is_allowed(row[2])]
    for name, version, licence in unfit:
        sys.stderr.write(f"{name} {version}: licence {licence or 'unknown'} is not on the list in .ci/licences.py\n")
    text = page(rows)
    if "--write" in argv:
        LIST.parent.mkdir(exist_ok=True)
        LIST.write_text(text, encoding="utf-8")
    elif not LIST.is_file() or LIST.read_text(encoding="utf-8") != text:
        sys.stderr.write(f"{LIST} is not what is installed: run `.venv/bin/python .ci/licences.py --write`\n")
        return 1
    return 1 if unfit else 0


def python_packages() -> list[tuple[str, str, str]]:
    pins = dict(PINS.findall(Path("requirements/build.txt").read_text(encoding="utf-8")))
    return [(name, version, of_python(name)) for name, version in sorted(pins.items())]


def of_python(name: str) -> str:
    try:
        told = importlib.metadata.metadata(name)
    except importlib.metadata.PackageNotFoundError:
        return "not on this platform"
    if told["License-Expression"]:
        return str(told["License-Expression"])
    classified = [
        line.split("::")[-1].strip() for line in told.get_all("Classifier") or () if line.startswith("License")
    ]
    names = [SPOKEN.get(one, one) for one in classified]
    if not names and name in READ:
        return READ[name]
    if not names:
        first = (told["License"] or "").split("\n")[0].strip()
        # A whole text instead of a name: the MIT text is known by its first words.
        is_mit = "Permission is hereby granted, free of charge" in (told["License"] or "").replace("\n", " ")
        names = ["MIT"] if is_mit else [SPOKEN.get(first, first)]
    return " OR ".join(sorted(set(names)))


def npm_packages() -> list[tuple[str, str, str]]:
    packages = json.loads(Path("package-lock.json").read_text(encoding="utf-8"))["packages"]
    found = {
        (path.rpartition("node_modules/")[2], entry["version"], str(entry.get("license", "")))
        for path, entry in packages.items()
        if path and not entry.get("dev") and not entry.get("optional")
    }
    return sorted(found)


def is_allowed(licence: str) -> bool:
    if licence == "not on this platform":
        return True
    plain = licence.replace("(", " ").replace(")", " ")
    choices = [choice.split(" AND ") for choice in plain.split(" OR ")]
    return any(all(part.strip() in ALLOWED for part in choice) for choice in choices)


def page(rows: list[tuple[str, str, str]]) -> str:
    lines = [f"| {name} | {version} | {licence} |" for name, version, licence in rows]
    return "\n".join(
        (
            "# Licences",
            "",
            "Xiangyun is Apache-2.0. What a box ships or is built with, from the locks; `make check` keeps it true.",
            "",
            "| package | version | licence |",
            "|---|---|---|",
            *lines,
            "",
        )
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
