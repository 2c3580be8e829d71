"""Reads of phones, items, conflicts and the village pack."""
