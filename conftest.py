"""The suite's fixtures; `tests/plugin.py` (loaded first, by `-p`) has set the home before Django read it."""

from tests.plugin import django_db_setup, house

__all__ = ["django_db_setup", "house"]
