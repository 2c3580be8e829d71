"""What the room of figures adds to the house."""

from xiangyun.kernel.figures.api import router

ROUTER = router
