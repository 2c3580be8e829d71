"""What the room of notices adds to the house."""

from xiangyun.kernel.notify.api import router

ROUTER = router
