"""Records in, series out: what devices sent, graded, kept once, and read back with its gaps."""
