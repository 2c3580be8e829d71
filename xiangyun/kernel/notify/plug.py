"""What the room of notices adds to the house."""

from xiangyun.kernel.access.rules import Ability
from xiangyun.kernel.notify import rules
from xiangyun.kernel.notify.actions.contacts import FIELD
from xiangyun.kernel.notify.api import router
from xiangyun.kernel.vault.rules import SealedTable

ROUTER = router
ABILITIES = [
    Ability(rules.SEE_CHANNEL, roles=("town_admin", "duty_officer")),
    # Where a town's messages go, and with them people's numbers.
    Ability(rules.SET_CHANNEL, roles=("town_admin",), is_strong=True),
    Ability(rules.JUDGE, roles=("town_admin", "duty_officer")),
    # For the key of a gateway; an administrator who makes one holds it too.
    Ability(rules.REPORT, roles=("town_admin",)),
]
SEALED = [
    SealedTable(
        "notify.Contact",
        ("value_sealed", "code_sealed"),
        blind=("value_index",),
        reindex=lambda _row, opened, ring: {"value_index": ring.index(FIELD, opened["value_sealed"])},
    ),
    SealedTable("notify.Delivery", ("to_sealed",)),
    SealedTable("notify.Gateway", ("settings_sealed",)),
]
