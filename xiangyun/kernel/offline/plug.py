"""What the room of phones without signal adds to the house."""

from xiangyun.kernel.access.rules import Ability
from xiangyun.kernel.offline import rules
from xiangyun.kernel.offline.actions.applying import CAME, WENT
from xiangyun.kernel.offline.api import router
from xiangyun.kernel.offline.queries import items
from xiangyun.kernel.vault.rules import SealedTable

ROUTER = router
ABILITIES = [
    Ability(rules.SEE_PHONES, roles=("clerk", "duty_officer", "town_leader", "town_admin")),
    Ability(rules.REVOKE, roles=("clerk", "duty_officer", "town_admin")),
    Ability(rules.JUDGE, roles=("grid_worker", "village_secretary", "clerk")),
]
NOTICES = [CAME, WENT]
SEALED = [
    SealedTable("offline.ReceivingKey", columns=("private_sealed",)),
    SealedTable(
        "offline.Item",
        columns=("body_sealed", "outcome_sealed", "reason_sealed"),
        blind=("hash_index",),
        reindex=items.reindexed,
    ),
    SealedTable("offline.ItemFile", columns=("sha256_sealed", "reason_sealed")),
    SealedTable("offline.Conflict", columns=("values_sealed", "note_sealed")),
]
