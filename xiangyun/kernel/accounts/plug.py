"""What the room of accounts adds to the house."""

from xiangyun.kernel.access.rules import STAFF, Ability
from xiangyun.kernel.accounts.api import ROUTER
from xiangyun.kernel.vault.rules import SealedTable

TITLE = "accounts"
ABILITIES = [
    Ability("accounts.see_account", roles=tuple(role for role in STAFF if role not in ("agronomist", "maintainer"))),
    # Village staff add villagers; any other post also needs `give_post`.
    Ability("accounts.add_account", roles=("town_admin", "clerk", "village_secretary", "grid_worker")),
    Ability("accounts.give_post", roles=("town_admin",)),
    Ability("accounts.end_post", roles=("town_admin", "security_admin")),
    Ability("accounts.reset_password", roles=("town_admin", "security_admin")),
    Ability("accounts.reset_factor", roles=("town_admin", "security_admin"), is_strong=True),
    Ability("accounts.end_session", roles=("town_admin", "security_admin")),
    Ability("accounts.close_account", roles=("town_admin", "security_admin")),
    Ability("accounts.print_slip", roles=("town_admin", "clerk", "village_secretary", "grid_worker")),
    Ability(
        "accounts.revoke_phones",
        roles=("town_admin", "security_admin", "clerk", "village_secretary", "grid_worker"),
    ),
    Ability("accounts.see_key", roles=("town_admin", "security_admin")),
    Ability("accounts.add_key", roles=("town_admin",)),
    Ability("accounts.revoke_key", roles=("town_admin", "security_admin")),
]

SEALED = [SealedTable("accounts.SecondFactor", ("secret_sealed",))]

__all__ = ["ABILITIES", "ROUTER", "SEALED", "TITLE"]
