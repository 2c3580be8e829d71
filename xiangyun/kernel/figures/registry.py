"""The figures the house knows; plugs declare them while the house starts."""

from __future__ import annotations

from collections.abc import Iterable

from xiangyun.base.errors import NotFound
from xiangyun.base.figure import Figure

_figures: dict[str, Figure] = {}


def declare_figure(figure: Figure) -> None:
    """Add a figure. Refuses: a code declared twice."""
    if _figures.get(figure.code, figure) != figure:
        raise ValueError(f"figure {figure.code} is declared twice")
    _figures[figure.code] = figure


def pick(code: str) -> Figure:
    """The figure of this code. Refuses: NotFound."""
    try:
        return _figures[code]
    except KeyError as missing:
        raise NotFound from missing


def figures(codes: Iterable[str] | None = None) -> list[Figure]:
    """All figures in the order they were declared, or those asked for in that order; unknown codes are left out."""
    if codes is None:
        return list(_figures.values())
    return [_figures[code] for code in dict.fromkeys(codes) if code in _figures]
