"""What the room of alerts adds to the house."""

from xiangyun.kernel.access.rules import ROLES, Ability
from xiangyun.kernel.alerts import actions, queries
from xiangyun.kernel.alerts.api import router
from xiangyun.kernel.alerts.figures import FIGURES

__all__ = ["ABILITIES", "FIGURES", "ROUTER"]

ROUTER = router
ABILITIES = [
    Ability(queries.SEE, roles=tuple(role for role in ROLES if role != "villager")),
    Ability(actions.CHANGE, roles=("agronomist", "town_admin")),
]
