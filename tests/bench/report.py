"""What a bench says: rows of medians with their yardsticks, the machine they came from, one JSON file each."""

from __future__ import annotations

import json
import os
import statistics
import tempfile
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).resolve().parents[2] / "bench" / "results"


@dataclass(slots=True)
class Row:
    """One measured thing: a value a round, and a yardstick measured in the same rounds, if it has one.

    `goal` is what the issue asks for: of the ratio where there is a yardstick, of the value otherwise.
    """

    metric: str
    unit: str
    runs: list[float]
    yardstick: str | None = None
    against: list[float] = field(default_factory=list)
    goal: float | None = None
    is_most: bool = False
    """The goal is an upper bound."""
    is_of_value: bool = False
    """The goal is of the value although there is a yardstick."""

    @property
    def value(self) -> float:
        return statistics.median(self.runs)

    @property
    def ratio(self) -> float | None:
        """The median of the rounds' own ratios: what the machine does to a round it does to both sides."""
        if not self.against:
            return None
        return statistics.median(run / other for run, other in zip(self.runs, self.against, strict=True))

    @property
    def is_met(self) -> bool | None:
        if self.goal is None:
            return None
        told = self.value if self.ratio is None or self.is_of_value else self.ratio
        return told <= self.goal if self.is_most else told >= self.goal

    def as_json(self) -> dict[str, Any]:
        row: dict[str, Any] = {"metric": self.metric, "value": _short(self.value), "unit": self.unit}
        if self.yardstick is not None and self.ratio is not None:
            row["baseline"] = {"name": self.yardstick, "value": _short(statistics.median(self.against))}
            row["ratio"] = _short(self.ratio)
        return {
            **row,
            "runs": len(self.runs),
            "min": _short(min(self.runs)),
            "median": _short(self.value),
            "max": _short(max(self.runs)),
        }

    def line(self) -> str:
        """The row as a person reads it."""
        text = f"{self.metric:26} {_shown(self.value):>12} {self.unit}"
        if self.yardstick is not None and self.ratio is not None:
            text = f"{text:52} {self.ratio:8.2f} × {self.yardstick} ({_shown(statistics.median(self.against))})"
        if self.goal is not None:
            sign = "≤" if self.is_most else "≥"
            text = f"{text:84} {sign} {self.goal:g} {'ok' if self.is_met else 'MISSED'}"
        return text


def _short(value: float) -> float:
    return float(f"{value:.5g}")


def _shown(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def machine() -> dict[str, Any]:
    """The facts a figure is worth nothing without."""
    return {
        "cpu": _cpu(),
        "cores": os.cpu_count(),
        "ram_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1),
        "fdatasync_per_s": round(_fdatasync_per_s()),
        "one_core_score": round(_one_core_score()),
    }


class Stolen:
    """How much of the cores' time a host gave to others since this was made: a virtual machine is idle only without."""

    def __init__(self) -> None:
        self._before = self._ticks()

    def row(self) -> Row:
        """As a row without a goal."""
        stolen, all_of_it = (after - before for after, before in zip(self._ticks(), self._before, strict=True))
        return Row("stolen_cpu_pct", "%", [100 * stolen / max(1, all_of_it)])

    def _ticks(self) -> tuple[int, int]:
        ticks = [int(one) for one in Path("/proc/stat").read_text(encoding="utf-8").split("\n", 1)[0].split()[1:9]]
        return ticks[7], sum(ticks)


def _cpu() -> str:
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return os.uname().machine


def _fdatasync_per_s(seconds: float = 1.0) -> float:
    """How often 8 kB can be made durable where the boxes under test live."""
    handle, path = tempfile.mkstemp(prefix="xb-sync-", dir="/tmp")
    try:
        page, times = b"\0" * 8192, 0
        began = time.perf_counter()
        while time.perf_counter() - began < seconds:
            os.pwrite(handle, page, 8192 * (times % 1024))
            os.fdatasync(handle)
            times += 1
        return times / (time.perf_counter() - began)
    finally:
        os.close(handle)
        Path(path).unlink()


def _one_core_score(seconds: float = 0.5) -> float:
    """Thousands of plain Python steps a second: a number to compare two machines by, nothing more."""
    steps, began = 0, time.perf_counter()
    while time.perf_counter() - began < seconds:
        total = 0
        for i in range(1000):
            total += i * i % 7
        steps += 1
    return steps / (time.perf_counter() - began)


def write(bench: str, rows: list[Row], facts: dict[str, Any]) -> Path:
    """Put the result where it is looked for."""
    RESULTS.mkdir(parents=True, exist_ok=True)
    path = RESULTS / f"{bench}.json"
    at = datetime.now(UTC).isoformat(timespec="seconds")
    told = {"bench": bench, "at": at, "machine": facts, "rows": [row.as_json() for row in rows]}
    path.write_text(json.dumps(told, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return path


def percentile(values: list[float], share: float) -> float:
    """The value below which this share of them lies."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]
