"""What the room of matters and work adds to the house."""

from xiangyun.kernel.access.rules import ROLES, Ability
from xiangyun.kernel.vault.rules import SealedTable
from xiangyun.kernel.workflow import figures, rules
from xiangyun.kernel.workflow.api import router
from xiangyun.kernel.workflow.rules import WorkKind

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
LEADS = ("duty_officer", "town_leader", "town_admin")

ROUTER = router
ABILITIES = [
    Ability(rules.SEE, roles=(*WORKERS, "county_viewer", "city_viewer")),
    Ability(rules.TAKE, roles=WORKERS),
    Ability(rules.REASSIGN, roles=LEADS),
    Ability(rules.SEE_DUTY, roles=ROLES),
    Ability(rules.SET_DUTY, roles=LEADS),
]
WORK = [WorkKind("workflow.look_into")]
FIGURES = figures.FIGURES
NOTICES = ["workflow.offered", "workflow.offered_next"]
SEALED = [SealedTable("workflow.Op", ("answer_sealed",))]
