"""Everything the grid platform adds to the house."""

from __future__ import annotations

from dataclasses import replace

from xiangyun.kernel.access.rules import ABOVE_ROLES, ROLES, Ability
from xiangyun.kernel.plugs import Plug
from xiangyun.kernel.vault.rules import SealedTable
from xiangyun.kernel.workflow.events import GridEnded
from xiangyun.kernel.workflow.rules import Categories
from xiangyun.modules.grid import handlers, offline, tasks
from xiangyun.modules.grid.api import router
from xiangyun.modules.grid.figures import FIGURES
from xiangyun.modules.grid.queries import categories
from xiangyun.modules.grid.queries import mediations as queries
from xiangyun.modules.grid.rules import abilities as may
from xiangyun.modules.grid.rules import mediation, monitoring, reports

# The grid centre: who classifies, assigns and checks for the town.
CENTRE = ("clerk", "duty_officer")
FIELD = ("grid_worker", "village_secretary", *CENTRE)
# The village's committee sits with its secretary; the clerk keeps the files of the town's justice office.
MEDIATORS = ("village_secretary", "clerk")
# Who walks to the homes of a grid, and of a village.
VISITORS = ("grid_worker", "village_secretary")
# Who keeps the files of families under monitoring; the county approves.
KEEPERS = ("village_secretary", "clerk")
WATCHERS = (*KEEPERS, "town_leader", *ABOVE_ROLES)
STAFF = (*FIELD, "agronomist", "town_leader", "maintainer", "town_admin")

PLUG = Plug(
    id="grid",
    title="grid.title",
    router=router,
    abilities=(
        Ability(may.REPORT, roles=("villager", *STAFF)),
        Ability(may.SEE_PUBLISHED, roles=tuple(role for role in ROLES if not role.endswith("_viewer"))),
        Ability(may.SEE, roles=(*FIELD, "town_leader", *ABOVE_ROLES)),
        Ability(may.REPORT_FOR, roles=FIELD),
        Ability(may.VERIFY, roles=FIELD),
        Ability(may.CLASSIFY, roles=CENTRE),
        Ability(may.HANDLE, roles=(*STAFF, *ABOVE_ROLES)),
        Ability(may.CHECK, roles=CENTRE),
        Ability(may.CLOSE_IN_GRID, roles=FIELD),
        Ability(may.CLOSE_IN_VILLAGE, roles=("village_secretary", *CENTRE)),
        Ability(may.SET_CATEGORIES, roles=("town_admin",)),
        Ability(may.SEE_MEDIATION, roles=(*MEDIATORS, "town_leader")),
        Ability(may.MEDIATE, roles=MEDIATORS),
        Ability(may.VISIT, roles=VISITORS),
        Ability(may.SEE_VISITS, roles=(*VISITORS, "clerk")),
        Ability(may.SET_INTERVALS, roles=("town_admin",)),
        Ability(may.SEE_MONITORING, roles=WATCHERS),
        Ability(may.READ_MONITORING, roles=("grid_worker", *WATCHERS)),
        Ability(may.MONITOR, roles=("grid_worker", *KEEPERS)),
        Ability(may.KEEP_MONITORING, roles=KEEPERS),
        Ability(may.APPROVE_MONITORING, roles=ABOVE_ROLES),
    ),
    matters=(replace(reports.KIND, waits=queries.wait), mediation.KIND, monitoring.KIND),
    categories=(Categories(reports.MATTER, categories.names), Categories(mediation.MATTER, categories.names)),
    work=(reports.WORK_KIND, mediation.WORK_KIND, monitoring.WORK_KIND),
    figures=FIGURES,
    subjects=("report", "mediation", "monitoring", "visit"),
    notices=("grid.result_told", "grid.result_not_good", "grid.follow_up_due", "grid.visits_missed"),
    sealed=(
        SealedTable("grid.Report", ("told_sealed", "numbers_sealed", "caller_sealed")),
        SealedTable("grid.Mediation", ("facts_sealed", "agreement_sealed", "ended_sealed")),
        SealedTable("grid.Party", ("told_sealed",)),
        SealedTable("grid.Sitting", ("notes_sealed",)),
        SealedTable("grid.FollowUp", ("words_sealed",)),
        SealedTable("grid.Visit", ("told_sealed",)),
        SealedTable("grid.Monitoring", ("told_sealed", "objections_sealed", "ended_sealed")),
        SealedTable("grid.Measure", ("words_sealed",)),
    ),
    offline=offline.FORMS,
    offline_pack=offline.PACK,
    rounds=tasks.ROUNDS,
    listens=((GridEnded, handlers.grid_ended),),
)
