"""What holds on the grid platform: states, moves, limits, categories, likeness. Plain Python."""
