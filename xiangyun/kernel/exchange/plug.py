"""What the room of tables adds to the house."""

from xiangyun.kernel.access.rules import Ability
from xiangyun.kernel.exchange import figures, rules, tasks
from xiangyun.kernel.exchange.api import router
from xiangyun.kernel.exchange.events import ExportAsked, ImportAsked
from xiangyun.kernel.vault.rules import SealedTable

ROUTER = router
ABILITIES = [
    Ability(rules.IMPORT, roles=("village_secretary", "clerk")),
    Ability(rules.EXPORT, roles=("clerk",), is_strong=True),
    Ability(rules.FILL, roles=("village_secretary", "clerk", "town_leader"), is_strong=True),
    Ability(rules.SHAPE, roles=("clerk",)),
    Ability(rules.TAKE, roles=("clerk",)),
]
FIGURES = figures.FIGURES
SEALED = [SealedTable("exchange.Import", columns=("survey_sealed", "faults_sealed"))]
LISTENS = [(ImportAsked, tasks.do_import), (ExportAsked, tasks.do_export)]
