"""The tree of places: city → banner → town → village → {group, grid}."""
