"""What the register adds to the house."""

from ninja import Router

from xiangyun.kernel.access.rules import Ability
from xiangyun.kernel.audit.rules import REVEAL
from xiangyun.kernel.people.actions.privacy import CONSENT, OPEN_RECORD
from xiangyun.kernel.people.api import privacy
from xiangyun.kernel.people.rules.purposes import ANSWER
from xiangyun.kernel.vault.rules import SealedTable

ROUTER = Router()
ROUTER.add_router("/people", privacy.router)

REGISTRARS = ("village_secretary", "clerk")

ABILITIES = [
    Ability(REVEAL, roles=("grid_worker", "village_secretary", "clerk")),
    Ability("people.reveal_mark", roles=("village_secretary", "clerk")),
    Ability(CONSENT, roles=("grid_worker", *REGISTRARS)),
    Ability(ANSWER, roles=("clerk",)),
    Ability(OPEN_RECORD, roles=("clerk",)),
]

SEALED = [
    SealedTable("people.PersonRequest", ("text_sealed", "answer_sealed")),
]
