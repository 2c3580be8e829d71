"""Kinds of device, each a table of metrics in a TOML file under `profiles/`.

A new kind is a new file (docs/devices/README.md). The code of a profile and the slots of its metrics
are written into stored rows and never change once released.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

SLOTS = 16
Aggregate = Literal["mean", "sum", "vector"]


@dataclass(frozen=True, eq=False)
class Metric:
    """One thing a device measures. Ranges and steps are in `unit`; times in seconds.

    Outside `low … high` is physically impossible: bad. Outside `ok_low … ok_high` is possible only as a
    fault of the sensor (a pyranometer's night offset): suspect. A change beyond `step_up`/`step_down`
    against the usable reading before, at most `step_within_s` earlier: suspect. The same value for
    `stuck_s` with no hole over a quarter of that: suspect. `sentinels` are what the electronics say when
    the sensor is gone: bad.
    """

    code: str
    slot: int
    unit: str
    low: float
    high: float
    title: dict[str, str]
    ok_low: float | None = None
    ok_high: float | None = None
    step_up: float | None = None
    step_down: float | None = None
    step_within_s: int = 900
    stuck_s: int | None = None
    sentinels: tuple[float, ...] = ()
    agg: Aggregate = "mean"


@dataclass(frozen=True, eq=False)
class Profile:
    """A kind of device.

    `silent_after_s` without a word and somebody is told. If every metric of a `dead_if_all_zero` group that
    came in a record reads exactly 0 (two or more of them), the probe is out of the ground or unplugged: bad.
    """

    code: str
    title: dict[str, str]
    expected_every_s: int
    metrics: tuple[Metric, ...]
    dead_if_all_zero: tuple[tuple[str, ...], ...] = ()
    source: str = ""
    _by_code: dict[str, Metric] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        if len(set(self.slots)) != len(self.slots) or not all(0 <= slot < SLOTS for slot in self.slots):
            raise ValueError(f"profile {self.code}: every metric needs a slot of its own below {SLOTS}")
        self._by_code.update({metric.code: metric for metric in self.metrics})
        if len(self._by_code) != len(self.metrics):
            raise ValueError(f"profile {self.code}: a metric is listed twice")
        if strangers := {code for group in self.dead_if_all_zero for code in group} - set(self._by_code):
            raise ValueError(f"profile {self.code}: dead_if_all_zero names unknown metrics {sorted(strangers)}")

    def metric(self, code: str) -> Metric | None:
        """The metric of this code, if the profile has it."""
        return self._by_code.get(code)

    @cached_property
    def slots(self) -> list[int]:
        """The slot of each metric, in the order of `metrics`."""
        return [metric.slot for metric in self.metrics]

    @cached_property
    def width(self) -> int:
        """How many slots a record of this profile uses."""
        return max(self.slots) + 1


_known: dict[str, Profile] = {}


def declare_profile(profile: Profile) -> None:
    """Make a profile known. Refuses: another one of the same code."""
    if _known.get(profile.code, profile) != profile:
        raise ValueError(f"profile {profile.code} is there already")
    _known[profile.code] = profile


def profile_of(code: str) -> Profile | None:
    """The profile of this code."""
    return _known.get(code)


def each_profile() -> Iterator[Profile]:
    """Every profile, by code."""
    return iter(sorted(_known.values(), key=lambda profile: profile.code))


def load(path: Path) -> Profile:
    """Read one profile file."""
    told: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    metrics = tuple(Metric(**{**row, "sentinels": tuple(row.get("sentinels", ()))}) for row in told.pop("metric"))
    groups = tuple(tuple(group) for group in told.pop("dead_if_all_zero", ()))
    return Profile(metrics=metrics, dead_if_all_zero=groups, **told)


for _file in sorted((Path(__file__).parent / "profiles").glob("*.toml")):
    declare_profile(load(_file))
