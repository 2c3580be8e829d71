"""Workbooks as files: what they may be, how they are read apart from us, patched and written. No database here."""
