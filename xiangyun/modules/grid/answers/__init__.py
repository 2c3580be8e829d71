"""How the grid platform's rows are said on the wire."""
