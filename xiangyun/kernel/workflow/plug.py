"""What the room of matters and work adds to the house."""

from ninja import Router

from xiangyun.kernel.access.rules import ABOVE_ROLES, OVERSIGHT_ROLES, ROLES, Ability
from xiangyun.kernel.vault.rules import SealedTable
from xiangyun.kernel.workflow import exports, figures, imports, rules
from xiangyun.kernel.workflow.api import duty, grids, inbox, matters, rulebook, work
from xiangyun.kernel.workflow.offline import OFFLINE, OFFLINE_PACK
from xiangyun.kernel.workflow.rules import WorkKind

__all__ = [
    "ABILITIES",
    "EXPORTS",
    "FIGURES",
    "IMPORTS",
    "NOTICES",
    "OFFLINE",
    "OFFLINE_PACK",
    "ROUTER",
    "SEALED",
    "WORK",
]

WORKERS = (
    "grid_worker",
    "village_secretary",
    "clerk",
    "agronomist",
    "duty_officer",
    "town_leader",
    "maintainer",
    "town_admin",
)
# What a town hands up is answered at the county.
HANDLERS = (*WORKERS, *ABOVE_ROLES)
ASSIGNERS = ("village_secretary", "clerk", "duty_officer", "town_leader", "town_admin")
LEADS = ("duty_officer", "town_leader", "town_admin")

ROUTER = Router()
for part in (work, matters, inbox, rulebook, duty, grids):
    ROUTER.add_router("", part.router)

ABILITIES = [
    Ability(rules.SEE, roles=(*HANDLERS, *OVERSIGHT_ROLES)),
    Ability(rules.TAKE, roles=HANDLERS),
    Ability(rules.REASSIGN, roles=LEADS),
    Ability(rules.HANDLE, roles=HANDLERS),
    Ability(rules.ASSIGN, roles=ASSIGNERS),
    Ability(rules.EXTEND, roles=("town_leader",)),
    Ability(rules.SEE_SEALED, roles=("clerk", "town_leader"), is_strong=True),
    Ability(rules.SET_RULES, roles=("town_admin",)),
    Ability(rules.SET_ROUTES, roles=("clerk", "town_admin")),
    Ability(rules.SEE_DUTY, roles=ROLES),
    Ability(rules.SET_DUTY, roles=LEADS),
]
WORK = [WorkKind("workflow.look_into")]
FIGURES = figures.FIGURES
IMPORTS = imports.IMPORTS
EXPORTS = exports.EXPORTS
NOTICES = [
    "workflow.offered",
    "workflow.offered_next",
    "workflow.assigned",
    "workflow.sent_back_to_you",
    "workflow.help_asked",
    "workflow.extension_asked",
    "workflow.extension_granted",
    "workflow.extension_refused",
    "workflow.handed_over",
    "workflow.grid_is_yours",
    "workflow.grid_went_over",
    "workflow.grid_was_split",
    "workflow.grids_were_joined",
    "workflow.handed_over_for_you",
    "workflow.stands_in",
    "workflow.stood_in_for",
    "workflow.due_soon",
    "workflow.due_soon_many",
    "workflow.overdue",
    "workflow.overdue_many",
    "workflow.overdue_below",
    "workflow.overdue_below_many",
]
SEALED = [SealedTable("workflow.Op", ("answer_sealed",))]
