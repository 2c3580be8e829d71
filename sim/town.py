"""The demo town's devices, alive: each plays its part of a real summer, then goes on as the clock does."""

from __future__ import annotations

import heapq
import json
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sim import probes, replay, seasons
from sim.doors import Address, Credential, Http, Mqtt
from sim.seasons import LOCAL, Moment


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """What one device plays: its credential, its kind, how its weather differs, when it falls silent."""

    credential: Credential
    profile: str
    season: str = "beijing_huairou_2016"
    rain_factor: float = 1.0
    temp_offset_c: float = 0.0
    silent_for_h: float = 0.0
    keep_days: int = 184
    soil: dict[str, float] = field(default_factory=dict)


def parts(file: Path) -> list[Part]:
    """The cast: `secrets/demo_devices.json`, written when the demo was seeded, for pretend devices only."""
    rows: list[dict[str, Any]] = json.loads(file.read_text(encoding="utf-8"))
    return [Part(Credential(row.pop("key"), row.pop("secret")), **row) for row in rows]


def script(part: Part, now: datetime) -> list[Moment]:
    """Every moment of a part whose last local day is today."""
    today = now.astimezone(LOCAL).date()
    weather = [
        Moment(moment.at, _local(part, moment.values))
        for moment in seasons.by_whole_days(seasons.load(part.season), today)
        if moment.at >= now - timedelta(days=part.keep_days)
    ]
    if part.profile == "soil_probe":
        weather = list(probes.soil_probe(weather, probes.Soil(**part.soil)))
    elif part.profile == "pest_lamp":
        weather = list(probes.pest_lamp(weather))
    silent_from = now - timedelta(hours=part.silent_for_h)
    return [moment for moment in weather if not part.silent_for_h or moment.at <= silent_from]


def _local(part: Part, values: dict[str, float]) -> dict[str, float]:
    """The same weather a village further on."""
    own = dict(values)
    if "rain_mm" in own:
        own["rain_mm"] = round(own["rain_mm"] * part.rain_factor, 1)
    if "air_temp_c" in own:
        own["air_temp_c"] = round(own["air_temp_c"] + part.temp_offset_c, 1)
    return own


def live(cast: list[Part], address: Address) -> None:
    """Play the town until stopped: the past once, at once (duplicates change nothing), then each hour as it comes.

    At local midnight the season is moved on by a day, so the summer never runs out.
    """
    lines = {part: Mqtt(address, part.credential) for part in cast if not part.silent_for_h}
    told = datetime.now(UTC)
    try:
        for part in cast:
            http = Http(address, part.credential)
            try:
                past, _ = replay.split(script(part, told), told)
                # The newest first, so that the town is alive before its history is complete.
                replay.send_past(http, past[-48:], lambda _done, _all: None)
                replay.send_past(http, past[:-48], lambda _done, _all: None)
            finally:
                http.close()
        while True:
            for at, part, moment in _ahead(list(lines), told):
                while (wait_s := (at - datetime.now(UTC)).total_seconds()) > 0:
                    time.sleep(min(wait_s, 30.0))
                lines[part].send([moment])
                told = at
    finally:
        for line in lines.values():
            line.close()


def _ahead(cast: list[Part], after: datetime) -> Iterator[tuple[datetime, Part, Moment]]:
    """What the cast says after a moment, today and tomorrow, in the order of time."""
    queue: list[tuple[datetime, int, Moment]] = []
    for place, part in enumerate(cast):
        for day in (after, after + timedelta(days=1)):
            queue += [(moment.at, place, moment) for moment in script(part, day)[-30:] if moment.at > after]
    seen: set[tuple[datetime, int]] = set()
    heapq.heapify(queue)
    while queue:
        at, place, moment = heapq.heappop(queue)
        if (at, place) not in seen:
            seen.add((at, place))
            yield at, cast[place], moment


def cast_file() -> Path:
    """Where the demo's credentials stand."""
    return Path(os.environ.get("XIANGYUN_HOME") or ".xiangyun") / "secrets" / "demo_devices.json"
