"""What the room of matters and work adds to the house."""

from xiangyun.kernel.access.rules import ROLES, Ability
from xiangyun.kernel.vault.rules import SealedTable
from xiangyun.kernel.workflow import figures, rules
from xiangyun.kernel.workflow.api import router
from xiangyun.kernel.workflow.offline import OFFLINE, OFFLINE_PACK
from xiangyun.kernel.workflow.rules import WorkKind

__all__ = ["ABILITIES", "FIGURES", "NOTICES", "OFFLINE", "OFFLINE_PACK", "ROUTER", "SEALED", "WORK"]

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
ASSIGNERS = ("village_secretary", "clerk", "duty_officer", "town_leader", "town_admin")
LEADS = ("duty_officer", "town_leader", "town_admin")

ROUTER = router
ABILITIES = [
    Ability(rules.SEE, roles=(*WORKERS, "county_viewer", "city_viewer")),
    Ability(rules.TAKE, roles=WORKERS),
    Ability(rules.REASSIGN, roles=LEADS),
    Ability(rules.HANDLE, roles=WORKERS),
    Ability(rules.ASSIGN, roles=ASSIGNERS),
    Ability(rules.EXTEND, roles=("town_leader",)),
    Ability(rules.SEE_SEALED, roles=("clerk", "town_leader"), is_strong=True),
    Ability(rules.SET_RULES, roles=("town_admin",)),
    Ability(rules.SEE_DUTY, roles=ROLES),
    Ability(rules.SET_DUTY, roles=LEADS),
]
WORK = [WorkKind("workflow.look_into")]
FIGURES = figures.FIGURES
NOTICES = [
    "workflow.offered",
    "workflow.offered_next",
    "workflow.assigned",
    "workflow.sent_back_to_you",
    "workflow.help_asked",
    "workflow.extension_asked",
    "workflow.extension_granted",
    "workflow.extension_refused",
    "workflow.due_soon",
    "workflow.due_soon_many",
    "workflow.overdue",
    "workflow.overdue_many",
    "workflow.overdue_below",
    "workflow.overdue_below_many",
]
SEALED = [SealedTable("workflow.Op", ("answer_sealed",))]
