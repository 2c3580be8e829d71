"""A figure: a number on a page or screen that knows what it means, when it was true and how much of it is there."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

# So many rows are shown behind a figure; who needs them all finds them in the lists of their room.
ROWS_MOST = 200


@dataclass(frozen=True, slots=True)
class FigureValue:
    """One value. `have` of `of` sources spoke; a value of None says why in `reason` (a key of the words catalogues)."""

    value: float | None
    as_of: datetime | None
    have: int = 1
    of: int = 1
    compare: tuple[str, Mapping[str, object]] | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class FigureRow:
    """One row behind a figure: a thing, where it is, what it counts for and what to say about it (a words key, told
    the name of the area as `place` unless `note_params` say otherwise)."""

    kind: str
    id: str
    name: str
    area: str
    at: datetime | None = None
    value: float | None = None
    unit: str = ""
    note: str | None = None
    note_params: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Figure:
    """A number the house can show for an area.

    `code` is `room.name`; its words are `<room>.figure_<name>` (what it is called) and `<room>.figure_<name>_means`
    (its definition). `unit` is a sign or a words key (`one | many`). `needs` is the ability to see it. `compute` and
    `rows` read what lies at or below an area, as it is at a moment; of more than `ROWS_MOST` rows they need bring one
    more, not all.
    """

    code: str
    unit: str
    needs: str
    compute: Callable[[str, datetime], FigureValue]
    rows: Callable[[str, datetime], Sequence[FigureRow]]

    @property
    def name_key(self) -> str:
        """The words key of its name."""
        room, _, name = self.code.partition(".")
        return f"{room}.figure_{name}"

    @property
    def definition_key(self) -> str:
        """The words key of its definition."""
        return f"{self.name_key}_means"
