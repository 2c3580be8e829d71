"""What the register adds to the house."""

from ninja import Router

from xiangyun.kernel.access.rules import OVERSIGHT_ROLES, Ability
from xiangyun.kernel.audit.rules import COPY, REVEAL
from xiangyun.kernel.people.actions.privacy import CONSENT, OPEN_RECORD
from xiangyun.kernel.people.api import codes, consents, copies, homes, merges, privacy, residents, search, tally
from xiangyun.kernel.people.exports import EXPORTS, FACTS, ROLLS
from xiangyun.kernel.people.figures import FIGURES
from xiangyun.kernel.people.imports import IMPORTS
from xiangyun.kernel.people.offline import OFFLINE, OFFLINE_PACK
from xiangyun.kernel.people.queries import digests
from xiangyun.kernel.people.rules import abilities
from xiangyun.kernel.people.rules.purposes import ANSWER
from xiangyun.kernel.vault.rules import SealedTable

__all__ = [
    "ABILITIES",
    "EXPORTS",
    "FACTS",
    "FIGURES",
    "IMPORTS",
    "OFFLINE",
    "OFFLINE_PACK",
    "ROLLS",
    "ROUTER",
    "SEALED",
]

ROUTER = Router()
for part in (codes, homes, residents, merges, search, tally, privacy, consents, copies):
    ROUTER.add_router("/people", part.router)

REGISTRARS = ("village_secretary", "clerk")
VISITORS = ("grid_worker", *REGISTRARS)
READERS = (*VISITORS, "duty_officer", "town_leader")

ABILITIES = [
    Ability(abilities.SEE_HOME, roles=READERS),
    Ability(abilities.SEE_PERSON, roles=READERS),
    Ability(abilities.FIND_PROTECTED, roles=REGISTRARS),
    Ability(abilities.SEE_FIGURES, roles=(*REGISTRARS, "duty_officer", "town_leader", *OVERSIGHT_ROLES)),
    Ability(abilities.EDIT_HOME, roles=VISITORS),
    Ability(abilities.EDIT_PERSON, roles=VISITORS),
    Ability(abilities.EDIT_INCOME, roles=REGISTRARS),
    Ability(abilities.SEE_CARE, roles=REGISTRARS),
    Ability(abilities.MERGE, roles=("clerk",)),
    Ability(REVEAL, roles=VISITORS, is_strong=True),
    Ability("people.reveal_mark", roles=REGISTRARS, is_strong=True),
    Ability(CONSENT, roles=VISITORS),
    Ability(ANSWER, roles=("clerk",)),
    Ability(COPY, roles=("clerk",), is_strong=True),
    Ability(OPEN_RECORD, roles=("clerk",)),
]

SEALED = [
    SealedTable(
        "people.Resident",
        ("name_sealed", "id_no_sealed", "phone_sealed", "bank_card_sealed", "health_sealed"),
        blind=("name_keys", "id_no_index", "phone_index"),
        reindex=digests.of_resident,
    ),
    SealedTable("people.Income", ("amounts_sealed",)),
    SealedTable("people.Mark", ("kind_sealed", "note_sealed")),
    SealedTable("people.Change", ("before_sealed",)),
    SealedTable("people.Merge", ("before_sealed",)),
    SealedTable("people.PersonRequest", ("text_sealed", "answer_sealed")),
]
