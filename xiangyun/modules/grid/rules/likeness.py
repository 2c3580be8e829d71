"""Whether two reports speak of the same thing: near each other, within days, in like words. A person decides."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import asin, cos, radians, sin, sqrt
from uuid import UUID

NEAR_M = 200
WITHIN = timedelta(days=7)
# Where neither says where it is, only words of much the same make two reports one.
LIKE_WORDS, SAME_WORDS = 0.25, 0.6
EARTH_M = 6_371_000
GRAM = 3


@dataclass(frozen=True, slots=True)
class Told:
    """What a report says, as far as likeness goes."""

    category: str
    at: datetime
    words: str
    point: tuple[float, float] | None
    household: UUID | None
    plot: UUID | None


@dataclass(frozen=True, slots=True)
class Likeness:
    """Why two reports may be one. `words` is the share of what they say alike, 0 to 1."""

    same_home: bool
    same_plot: bool
    distance_m: int | None
    hours_apart: int
    same_category: bool
    words: float

    @property
    def weight(self) -> float:
        """For the order in which suggestions are shown."""
        near = 1.0 if self.same_home or self.same_plot else 0.0
        if self.distance_m is not None:
            near = max(near, 1 - self.distance_m / (2 * NEAR_M))
        return near + self.words + (0.5 if self.same_category else 0.0)


def likeness(one: Told, other: Told) -> Likeness | None:
    """How two reports are alike; None: there is no reason to take them for one."""
    apart = abs(one.at - other.at)
    if apart > WITHIN:
        return None
    distance = None if one.point is None or other.point is None else round(metres(one.point, other.point))
    found = Likeness(
        same_home=one.household is not None and one.household == other.household,
        same_plot=one.plot is not None and one.plot == other.plot,
        distance_m=distance,
        hours_apart=int(apart.total_seconds() // 3600),
        same_category=one.category == other.category,
        words=round(alike(one.words, other.words), 2),
    )
    is_here = found.same_home or found.same_plot or (distance is not None and distance <= NEAR_M)
    if is_here and (found.same_category or found.words >= LIKE_WORDS):
        return found
    is_elsewhere = distance is not None and distance > NEAR_M
    return found if not is_elsewhere and found.words >= SAME_WORDS else None


def metres(one: tuple[float, float], other: tuple[float, float]) -> float:
    """How far two points [lon, lat] lie apart on the ground."""
    lon_1, lat_1, lon_2, lat_2 = map(radians, (*one, *other))
    chord = sin((lat_2 - lat_1) / 2) ** 2 + cos(lat_1) * cos(lat_2) * sin((lon_2 - lon_1) / 2) ** 2
    return 2 * EARTH_M * asin(min(1.0, sqrt(chord)))


def alike(one: str, other: str) -> float:
    """The share of three-character pieces that two texts have in common; 0 where one says nothing."""
    first, second = _pieces(one), _pieces(other)
    return len(first & second) / len(first | second) if first and second else 0.0


def _pieces(text: str) -> frozenset[str]:
    letters = "".join(sign for sign in unicodedata.normalize("NFKC", text).casefold() if sign.isalnum())
    padded = f"  {letters} " if letters else ""
    return frozenset(padded[n : n + GRAM] for n in range(len(padded) - GRAM + 1))
