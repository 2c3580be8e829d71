"""The grid platform over HTTP."""

from ninja import Router

from xiangyun.modules.grid.api import board, figures, mediations, monitoring, reports, visits

router = Router(tags=["grid"])
for part in (board, figures, reports, mediations, monitoring, visits):
    router.add_router("/grid", part.router)
