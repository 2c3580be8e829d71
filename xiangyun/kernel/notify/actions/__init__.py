"""Telling people, and everything that happens to a message on its way out."""

from xiangyun.kernel.notify.actions.telling import forget_old, see, settle, tell

__all__ = ["forget_old", "see", "settle", "tell"]
