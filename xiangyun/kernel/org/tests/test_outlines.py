"""What a drawn border must be, and how far a grid reaches from one day to another."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xiangyun.base.errors import BadInput, NotAllowed, NotFound
from xiangyun.base.sheets import Unfit
from xiangyun.kernel.access import doors
from xiangyun.kernel.access.rules import Actor, Post
from xiangyun.kernel.audit.models import Entry
from xiangyun.kernel.org import actions, queries
from xiangyun.kernel.org.models import Outline
from xiangyun.kernel.org.rules import outlines

TOWN, OTHER_TOWN = "15.08.02.100", "15.08.02.101"
VILLAGE = f"{TOWN}.201"
AT = datetime(2026, 6, 20, 6, 0, tzinfo=UTC)
GRID = f"{VILLAGE}.g01"
SQUARE = [(107.20, 40.80), (107.24, 40.80), (107.24, 40.84), (107.20, 40.84)]


def a_polygon(corners: list[tuple[float, float]] | None = None) -> dict[str, Any]:
    return outlines.geometry_of(corners or SQUARE)


def fault(geometry: dict[str, Any]) -> str:
    with pytest.raises(Unfit) as told:
        outlines.ring_of(geometry, GRID)
    return told.value.code


def test_a_closed_ring_stands() -> None:
    assert outlines.ring_of(a_polygon(), GRID) == SQUARE


@pytest.mark.parametrize(
    ("corners", "code"),
    [
        (SQUARE[:2], "org.outline_few"),
        ([*SQUARE[:3], SQUARE[1]], "org.outline_twice"),
        ([SQUARE[0], SQUARE[2], SQUARE[1], SQUARE[3]], "org.outline_crosses"),
        ([SQUARE[0], SQUARE[1], (107.22, 40.80), (107.22, 40.84)], "org.outline_crosses"),
        ([(40.80, 107.20), (40.80, 107.24), (40.84, 107.24)], "org.outline_elsewhere"),
        ([(107.20, 40.80), (107.20001, 40.80), (107.20, 40.80001)], "org.outline_flat"),
        ([(107.2 + n / 10000, 40.8 + n * n / 1e6) for n in range(201)], "org.outline_many"),
    ],
)
def test_a_ring_that_cannot_stand_says_why(corners: list[tuple[float, float]], code: str) -> None:
    assert fault(a_polygon(corners)) == code


@pytest.mark.parametrize(
    ("geometry", "code"),
    [
        ({"type": "Point", "coordinates": [107.2, 40.8]}, "org.outline_form"),
        ({"type": "Polygon", "coordinates": [SQUARE, SQUARE]}, "org.outline_form"),
        ({"type": "Polygon", "coordinates": [[(107.2, float("inf"))]]}, "org.outline_form"),
        ({"type": "Polygon", "coordinates": [SQUARE]}, "org.outline_open"),
    ],
)
def test_what_is_no_closed_polygon_says_so(geometry: dict[str, Any], code: str) -> None:
    assert fault(geometry) == code


def test_a_home_lies_inside_or_not() -> None:
    hollow = [(107.20, 40.80), (107.24, 40.80), (107.24, 40.84), (107.22, 40.81), (107.20, 40.84)]
    assert [outlines.holds(hollow, one) for one in ((107.21, 40.81), (107.22, 40.83), (107.3, 40.81))] == [
        True, False, False,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("line", "left", "right"),
    [
        # From south to north: the west lies to the left.
        ([(107.22, 40.79), (107.22, 40.85)], (107.21, 40.82), (107.23, 40.82)),
        ([(107.22, 40.85), (107.22, 40.79)], (107.23, 40.82), (107.21, 40.82)),
        # Round a corner, and in and out over one edge, both ways.
        ([(107.19, 40.81), (107.23, 40.81), (107.23, 40.85)], (107.21, 40.83), (107.235, 40.81)),
        ([(107.21, 40.79), (107.21, 40.82), (107.23, 40.82), (107.23, 40.79)], (107.205, 40.83), (107.22, 40.81)),
        ([(107.23, 40.79), (107.23, 40.82), (107.21, 40.82), (107.21, 40.79)], (107.22, 40.81), (107.205, 40.83)),
        # Over two corners.
        ([(107.19, 40.79), (107.25, 40.85)], (107.21, 40.83), (107.23, 40.81)),
    ],
)
@pytest.mark.parametrize("ring", [SQUARE, SQUARE[::-1]])
def test_a_line_parts_a_grid_in_two(ring: Any, line: Any, left: Any, right: Any) -> None:
    one, other = outlines.parted(ring, line, GRID)
    assert [outlines.holds(half, point) for half in (one, other) for point in (left, right)] == [
        True, False, False, True,
    ]  # fmt: skip
    assert outlines.surface(one) + outlines.surface(other) == pytest.approx(outlines.surface(ring))


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ([(107.22, 40.79)], "org.line_short"),
        ([(107.22, 40.79), (107.22, 40.82)], "org.line_crosses"),
        ([(107.1, 40.7), (107.1, 40.9)], "org.line_crosses"),
        ([(107.21, 40.79), (107.21, 40.85), (107.22, 40.85), (107.22, 40.79)], "org.line_crosses"),
    ],
)
def test_a_line_that_does_not_part_it_says_so(line: Any, code: str) -> None:
    with pytest.raises(Unfit) as told:
        outlines.parted(SQUARE, line, GRID)
    assert told.value.code == code


@pytest.fixture
def grid(house: None) -> None:
    actions.add_part(village=VILLAGE, suffix="g01", name="迎丰村第一网格", on=date(2026, 6, 1))


def a_person(role: str = "town_admin", town: str = TOWN) -> Actor:
    return Actor(None, role, "李强", "person", scope=town, posts=(Post(role, town),))


def put(**changes: Any) -> Outline:
    by = changes.pop("by", None) or a_person()
    told = {"path": GRID, "geometry": a_polygon(), "source": "drawn", "at": AT, **changes}
    return actions.put_outline(by=by, **told)


class TestJoined:
    @given(st.floats(0.001, 0.039), st.floats(0.001, 0.039), st.booleans())
    def test_the_halves_of_a_ring_are_the_ring_again(self, low: float, high: float, turned: bool) -> None:
        line = [(107.20 + low, 40.79), (107.21, 40.82), (107.20 + high, 40.85)]
        left, right = outlines.parted(SQUARE, line, GRID)
        whole = outlines.joined(left[::-1] if turned else left, right, GRID)
        assert whole is not None
        # where the line met the border a corner stays, rounded to a tenth of a metre
        assert outlines.surface(whole) == pytest.approx(outlines.surface(SQUARE), rel=1e-4)

    @pytest.mark.parametrize(
        "other",
        [
            [(107.30, 40.80), (107.34, 40.80), (107.34, 40.84)],  # apart
            [(107.24, 40.84), (107.28, 40.84), (107.28, 40.88)],  # one corner
            [(107.24, 40.81), (107.28, 40.81), (107.28, 40.83), (107.24, 40.83)],  # along it, no corner of the other
            [*SQUARE[1:3], (107.30, 40.90), (107.10, 40.90), (107.10, 40.70), SQUARE[0], (107.0, 40.6), (107.4, 40.6)],
            SQUARE,
            [*SQUARE[:2], (107.22, 40.82), (107.20, 40.84)],  # over it, with two corners and an edge in common
            [*SQUARE[1:], (107.22, 40.81)],
        ],
    )
    def test_what_does_not_share_a_stretch_is_no_ring(self, other: Any) -> None:
        assert outlines.joined(SQUARE, other, GRID) is None


@pytest.mark.usefixtures("grid")
class TestAnOutline:
    def test_is_kept_with_who_drew_it_and_where_it_is_known_from(self) -> None:
        row = put(source="paper", source_name=" 2025 年网格划分图 ", as_of=date(2025, 3, 1))
        assert (row.corners, row.source_name, row.as_of, row.drawn_name, row.valid_from) == (
            [list(one) for one in SQUARE], "2025 年网格划分图", date(2025, 3, 1), "李强", date(2026, 6, 20),
        )  # fmt: skip
        marked = queries.pick(GRID)
        assert (marked.lon, marked.lat, marked.is_schematic) == (107.22, 40.82, True)
        assert Entry.objects.get(act=outlines.DRAW).area_path == GRID

    def test_drawn_anew_keeps_the_past(self) -> None:
        first = put()
        assert put().pk == first.pk
        second = put(geometry=a_polygon(SQUARE[:3]), at=AT + timedelta(days=3))
        day = first.valid_from
        assert [queries.outlines(on).get().pk for on in (None, day, day + timedelta(days=3))] == [
            second.pk, first.pk, second.pk,
        ]  # fmt: skip

    @pytest.mark.parametrize(
        ("changes", "code"),
        [
            ({"path": VILLAGE}, "org.only_grids"),
            ({"geometry": a_polygon(SQUARE[:2])}, "org.outline_few"),
            ({"as_of": date(2026, 6, 21)}, "org.as_of_in_future"),
        ],
    )
    def test_that_cannot_stand_is_refused(self, changes: dict[str, Any], code: str) -> None:
        with pytest.raises(BadInput) as told:
            put(**changes)
        assert (told.value.code, Outline.objects.count()) == (code, 0)

    def test_is_drawn_by_the_towns_administrator_alone(self) -> None:
        with pytest.raises(NotAllowed):
            put(by=a_person("clerk"))
        with doors.scoped(OTHER_TOWN), pytest.raises(NotFound):
            put(by=a_person("town_admin", OTHER_TOWN))

    def test_of_another_town_is_not_there(self) -> None:
        put()
        with doors.scoped(OTHER_TOWN):
            assert not Outline.objects.exists()


def test_a_grid_that_is_gone_still_has_its_name(grid: None) -> None:
    queries.valid().filter(path=GRID).update(valid_until=date(2026, 6, 20))
    assert (queries.names([GRID]), queries.stands(GRID)) == ({GRID: "迎丰村第一网格"}, False)
    actions.add_part(village=VILLAGE, suffix="g01", name="新的", on=date(2026, 6, 21))
    assert queries.names([GRID]) == {GRID: "新的"}
