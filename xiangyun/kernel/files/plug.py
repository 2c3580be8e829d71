"""What the room of files adds to the house."""

from collections.abc import Mapping

from xiangyun.kernel.access.rules import Ability
from xiangyun.kernel.files import rules
from xiangyun.kernel.files.api import router
from xiangyun.kernel.files.models import Blob
from xiangyun.kernel.vault.queries import SealingRing
from xiangyun.kernel.vault.rules import SealedTable

__all__ = ["ABILITIES", "ROUTER", "SEALED"]

FIELD = ("grid_worker", "village_secretary", "clerk", "agronomist", "duty_officer", "town_leader", "town_admin")


def _reindexed(_blob: Blob, opened: Mapping[str, str], ring: SealingRing) -> dict[str, bytes]:
    _, digest = opened["key_sealed"].split()
    return {"content_index": ring.index("file", digest)}


ROUTER = router
ABILITIES = [
    # A villager shows what they report; what others added they see through what it belongs to.
    Ability(rules.ADD, roles=("villager", *FIELD)),
    Ability(rules.SEE, roles=FIELD),
    Ability(rules.SEE_PAPER, roles=("village_secretary", "clerk")),
]
SEALED = [
    SealedTable("files.Blob", columns=("key_sealed",), blind=("content_index",), reindex=_reindexed),
    SealedTable("files.Attachment", columns=("name_sealed",)),
    SealedTable("files.Upload", columns=("name_sealed", "key_sealed", "sha256_sealed")),
]
