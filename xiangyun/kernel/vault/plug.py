"""What the vault adds to the house."""

from xiangyun.kernel.access.rules import Ability
from xiangyun.kernel.vault.api import router
from xiangyun.kernel.vault.rules import CONFIRM, ROTATE

ROUTER = router
ABILITIES = [
    Ability("vault.see_vault", roles=("town_admin", "security_admin", "maintainer")),
    Ability(CONFIRM, roles=("town_admin",)),
    Ability(ROTATE, roles=("security_admin",), is_strong=True),
]
