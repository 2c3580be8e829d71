"""The heat map of hazards: how large its cells are, and how far back it looks."""

CELLS_A_DEGREE = 100
"""A cell is a hundredth of a degree: here about 1.1 km from south to north and 0.85 km from west to east."""
DAYS, MOST_DAYS = 90, 366


def middle(x: int, y: int) -> tuple[float, float]:
    """The spot in the middle of a cell: longitude, latitude."""
    return round((x + 0.5) / CELLS_A_DEGREE, 6), round((y + 0.5) / CELLS_A_DEGREE, 6)
