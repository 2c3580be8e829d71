"""Every table with sealed columns, said by the plug of its room."""

from __future__ import annotations

from collections.abc import Iterator

from xiangyun.kernel.vault.rules import SealedTable

_tables: dict[str, SealedTable] = {}


def declare_sealed(table: SealedTable) -> None:
    """Add a table. Refuses: a model named twice."""
    if _tables.get(table.model, table) != table:
        raise ValueError(f"{table.model} is declared twice")
    _tables[table.model] = table


def sealed_tables() -> Iterator[SealedTable]:
    """All of them, in the order of their names."""
    for model in sorted(_tables):
        yield _tables[model]
