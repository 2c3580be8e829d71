"""A made-up soil under a real sky: what soil probes and a pest lamp of the demo say.

Made up for the demo and true to nothing else: four layers that fill with the season's rain, drain and dry with its
temperature, in volumetric per cent. No advice rests on it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sim.seasons import LOCAL, Moment

DEPTHS_CM = (10, 20, 40, 60)


@dataclass(frozen=True, slots=True)
class Soil:
    """Where a probe stands: its layers' field capacity and wilting point, volumetric %."""

    capacity_pct: float = 31.0
    wilting_pct: float = 12.0
    ph: float = 8.1
    ec_dsm: float = 1.4


def soil_probe(weather: Sequence[Moment], soil: Soil = Soil()) -> Iterator[Moment]:
    """One record an hour of the weather: moisture and temperature at four depths, salt, pH, battery."""
    water = [soil.capacity_pct * share for share in (0.70, 0.76, 0.84, 0.90)]
    warmth = [weather[0].values.get("air_temp_c", 10.0)] * len(DEPTHS_CM)
    for hour, moment in enumerate(weather):
        rain_mm, temp_c = moment.values.get("rain_mm", 0.0), moment.values.get("air_temp_c", warmth[0])
        going_down = rain_mm / 1.5
        for layer in range(len(DEPTHS_CM)):
            water[layer] += going_down
            going_down = max(0.0, water[layer] - soil.capacity_pct) * 0.6
            water[layer] -= going_down
            thirst = max(0.0, temp_c) * 0.00018 / (1 + layer)
            water[layer] -= thirst * max(0.0, water[layer] - soil.wilting_pct)
            warmth[layer] += (temp_c - warmth[layer]) * (0.25, 0.10, 0.03, 0.012)[layer]
        values = {"soil_ec_dsm_10": round(soil.ec_dsm * soil.capacity_pct / max(water[0], 1.0) * 0.8, 2)}
        for layer, depth in enumerate(DEPTHS_CM):
            values[f"soil_vwc_pct_{depth}"] = round(water[layer], 1)
            values[f"soil_temp_c_{depth}"] = round(warmth[layer], 1)
        values["soil_ph_10"] = soil.ph
        values["battery_v"] = _battery_v(moment.at, hour)
        yield Moment(moment.at, values)


def pest_lamp(weather: Sequence[Moment]) -> Iterator[Moment]:
    """One record each morning at six: the moths of the night, more when it was warm and still."""
    for hour, moment in enumerate(weather):
        if moment.at.astimezone(LOCAL).hour == 6:
            temp_c, wind = moment.values.get("air_temp_c", 0.0), moment.values.get("wind_speed_ms", 2.0)
            moths = max(0, round((temp_c - 8) * 2.1 / (1 + wind / 3)))
            yield Moment(moment.at, {"moth_count": float(moths), "battery_v": _battery_v(moment.at, hour)})


def _battery_v(at: datetime, hour: int) -> float:
    """A solar battery: highest after noon, a little weaker each month."""
    sun = math.sin((at.astimezone(LOCAL).hour - 8) / 24 * 2 * math.pi)
    return round(3.72 + 0.06 * sun - 0.00002 * hour, 2)
