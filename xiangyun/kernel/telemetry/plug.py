"""What the room of telemetry adds to the house."""

from xiangyun.kernel.access.rules import ROLES, Ability
from xiangyun.kernel.telemetry.actions.cuts import CUT_OFF
from xiangyun.kernel.telemetry.actions.silence import SILENT, SPEAKS
from xiangyun.kernel.telemetry.api import SEE, router

ROUTER = router
ABILITIES = [Ability(SEE, roles=tuple(role for role in ROLES if role != "villager"))]
NOTICES = [CUT_OFF, SILENT, SPEAKS]
