"""Residents and households: the one register every module reads."""
