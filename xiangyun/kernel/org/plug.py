"""What the room of areas adds to the house."""

from xiangyun.kernel.access.rules import ROLES, Ability
from xiangyun.kernel.org.api import router
from xiangyun.kernel.org.rules import SWITCH
from xiangyun.kernel.org.rules.outlines import DRAW

ROUTER = router
ABILITIES = [
    Ability("org.see_map", roles=tuple(role for role in ROLES if role != "villager")),
    Ability(SWITCH, roles=("town_admin",)),
    Ability(DRAW, roles=("town_admin",)),
]
