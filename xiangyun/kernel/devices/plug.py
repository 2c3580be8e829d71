"""What the room of devices adds to the house."""

from xiangyun.kernel.access.rules import ROLES, Ability
from xiangyun.kernel.devices import rules
from xiangyun.kernel.devices.api import router
from xiangyun.kernel.devices.figures import FIGURES

__all__ = ["ABILITIES", "FIGURES", "ROUTER"]

ROUTER = router
ABILITIES = [
    Ability(rules.SEE, roles=tuple(role for role in ROLES if role != "villager")),
    Ability(rules.REGISTER, roles=("maintainer", "town_admin")),
    Ability(rules.TEND, roles=("maintainer", "town_admin")),
    Ability(rules.REVOKE, roles=("maintainer", "town_admin", "security_admin")),
]
