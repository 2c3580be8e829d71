"""Accounts over HTTP: sessions, people and their posts, keys."""

from ninja import Router

from xiangyun.kernel.accounts.api import factors, keys, people, sessions

ROUTER = Router(tags=["accounts"])
for part in (sessions, factors, people, keys):
    ROUTER.add_router("", part.router)
