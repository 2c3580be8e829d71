"""Wire shapes of the grid platform."""
