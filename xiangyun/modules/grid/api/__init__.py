"""The grid platform over HTTP."""

from ninja import Router

from xiangyun.modules.grid.api import figures, mediations, reports

router = Router(tags=["grid"])
for part in (figures, reports, mediations):
    router.add_router("/grid", part.router)
