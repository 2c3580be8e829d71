"""The platforms; they do not know each other."""
