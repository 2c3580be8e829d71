"""The heat map of hazards: how large its cells are, and how far back it looks."""

CELLS_A_DEGREE = 100
"""A cell is a hundredth of a degree: here about 1.1 km from south to north and 0.85 km from west to east."""
DAYS, MOST_DAYS = 90, 366
# A cell as one number: its column times this and its row, which lies within 9,000 of the equator.
ROWS = 20_000


def apart(cell: int) -> tuple[int, int]:
    """Column and row of a cell that was said as one number."""
    x = round(cell / ROWS)
    return x, cell - x * ROWS


def middle(x: int, y: int) -> tuple[float, float]:
    """The spot in the middle of a cell: longitude, latitude."""
    return round((x + 0.5) / CELLS_A_DEGREE, 6), round((y + 0.5) / CELLS_A_DEGREE, 6)
