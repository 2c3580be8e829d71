"""Whether what we install is locked: a hash for every package, no address of anybody's registry in the repository."""

import json
import re
import sys
from pathlib import Path

REQUIREMENTS = sorted(Path("requirements").glob("*.txt"))
LOCK = Path("package-lock.json")
ADDRESS = re.compile(r"https?://")
PIN = re.compile(r"^[A-Za-z0-9._-]+(\[[^\]]*\])?==", re.MULTILINE)


def main() -> int:
    faults = [fault for file in REQUIREMENTS for fault in in_requirements(file)]
    faults += in_lock()
    for fault in faults:
        sys.stderr.write(fault + "\n")
    return 1 if faults else 0


def in_requirements(file: Path) -> list[str]:
    """Every pin is followed by at least one hash."""
    text = file.read_text(encoding="utf-8")
    faults = [f"{file}: holds an address"] if ADDRESS.search(text) else []
    pins = [block for block in re.split(r"(?m)^(?=[A-Za-z0-9])", text) if PIN.match(block)]
    faults += [f"{file}: no hash for {pin.split()[0]}" for pin in pins if "--hash=sha256:" not in pin]
    if Path("uv.lock").exists():
        faults.append("uv.lock writes addresses into the repository: remove it")
    return faults


def in_lock() -> list[str]:
    """Every entry has integrity, none has resolved."""
    packages = json.loads(LOCK.read_text(encoding="utf-8"))["packages"]
    faults = []
    for path, entry in packages.items():
        if not path or entry.get("link"):
            continue
        if "integrity" not in entry and not entry.get("inBundle"):
            faults.append(f"{LOCK}: no integrity for {path}")
        if "resolved" in entry:
            faults.append(f"{LOCK}: an address for {path}")
    return faults


if __name__ == "__main__":
    sys.exit(main())
