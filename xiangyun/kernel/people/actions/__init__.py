"""Writes to the register, one file a noun."""
