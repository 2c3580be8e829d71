"""The demo town's devices, alive: each plays its part of a real summer, then goes on as the clock does.

What a device says at one time follows from its part alone, so a town that is started again sends what it sent before,
or goes on where it stopped.
"""

from __future__ import annotations

import json
import os
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from sim import probes, replay, seasons
from sim.doors import Address, Credential, Http, Mqtt
from sim.seasons import LOCAL, Moment

# After the day the demo began the summer's last weeks come again and again: a demo left running never runs out.
AGAIN_DAYS = 30
# The newest first, so that the town is alive before its history is complete.
FIRST = 48
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """What one device plays: its credential, its kind, the day the demo began, how its weather differs."""

    credential: Credential
    profile: str
    began_on: str
    season: str = "beijing_huairou_2016"
    rain_factor: float = 1.0
    temp_offset_c: float = 0.0
    keep_days: int = 184
    soil: dict[str, float] = field(default_factory=dict)


def parts(file: Path) -> list[Part]:
    """The cast: `secrets/demo_devices.json`, written when the demo was seeded, for pretend devices only."""
    rows: list[dict[str, Any]] = json.loads(file.read_text(encoding="utf-8"))
    return [Part(Credential(row.pop("key"), row.pop("secret")), **row) for row in rows]


def script(part: Part, after: datetime, until: datetime) -> list[Moment]:
    """Everything a part says with `after < at <= until`: the season's last day falls on the day the demo began."""
    began = date.fromisoformat(part.began_on)
    days = _days(part.season)
    weather: list[Moment] = []
    day = began - timedelta(days=part.keep_days - 1)
    while day <= until.astimezone(LOCAL).date():
        since = (day - began).days
        place = len(days) - 1 + since if since <= 0 else len(days) - AGAIN_DAYS + (since - 1) % AGAIN_DAYS
        if place >= 0:
            shift = day - days[place][0].at.astimezone(LOCAL).date()
            weather += [Moment(moment.at + shift, _local(part, moment.values)) for moment in days[place]]
        day += DAY
    if part.profile == "soil_probe":
        weather = list(probes.soil_probe(weather, probes.Soil(**part.soil)))
    elif part.profile == "pest_lamp":
        weather = list(probes.pest_lamp(weather))
    return [moment for moment in weather if after < moment.at <= until]


@cache
def _days(season: str) -> list[list[Moment]]:
    """The moments of a season, local day by local day."""
    found: dict[date, list[Moment]] = defaultdict(list)
    for moment in seasons.load(season):
        found[moment.at.astimezone(LOCAL).date()].append(moment)
    return [found[day] for day in sorted(found)]


def _local(part: Part, values: dict[str, float]) -> dict[str, float]:
    """The same weather a village further on."""
    own = dict(values)
    if "rain_mm" in own:
        own["rain_mm"] = round(own["rain_mm"] * part.rain_factor, 1)
    if "air_temp_c" in own:
        own["air_temp_c"] = round(own["air_temp_c"] + part.temp_offset_c, 1)
    return own


def live(cast: list[Part], address: Address) -> None:
    """Play the town until stopped: first what is past and was not sent yet, then each hour as it comes."""
    told = _read_told()
    now = datetime.now(UTC)
    for part in cast:
        key = part.credential.key
        before = told.get(key, now - timedelta(days=part.keep_days))
        past = script(part, before, now)
        http = Http(address, part.credential)
        try:
            replay.send_past(http, past[-FIRST:], lambda _done, _all: None)
            replay.send_past(http, past[:-FIRST], lambda _done, _all: None)
        finally:
            http.close()
        told[key] = now
        _write_told(told)
    lines = {part: Mqtt(address, part.credential) for part in cast}
    try:
        for part, moment in ahead(cast, now):
            while (wait_s := (moment.at - datetime.now(UTC)).total_seconds()) > 0:
                time.sleep(min(wait_s, 30.0))
            lines[part].send([moment])
            told[part.credential.key] = moment.at
            _write_told(told)
    finally:
        for line in lines.values():
            line.close()


def ahead(cast: list[Part], after: datetime) -> Iterator[tuple[Part, Moment]]:
    """What the cast says after a moment, in the order of time, without end."""
    while True:
        until = after + DAY
        said = [(moment, part) for part in cast for moment in script(part, after, until)]
        for moment, part in sorted(said, key=lambda one: one[0].at):
            yield part, moment
        after = until


def _read_told() -> dict[str, datetime]:
    """Key → up to when the device was played; without the file everything is sent again, which changes nothing."""
    try:
        rows: dict[str, str] = json.loads(_told_file().read_text(encoding="utf-8"))
        return {key: datetime.fromisoformat(text) for key, text in rows.items()}
    except (OSError, ValueError):
        return {}


def _write_told(told: dict[str, datetime]) -> None:
    draft = _told_file().with_suffix(".new")
    draft.write_text(json.dumps({key: at.isoformat() for key, at in told.items()}), encoding="utf-8")
    draft.replace(_told_file())


def _told_file() -> Path:
    return cast_file().with_name("demo_told.json")


def cast_file() -> Path:
    """Where the demo's credentials stand."""
    return Path(os.environ.get("XIANGYUN_HOME") or ".xiangyun") / "secrets" / "demo_devices.json"
