"""Everything agriculture adds to the house."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from xiangyun.kernel.access.rules import ROLES, Ability
from xiangyun.kernel.alerts.events import AlertChanged, AlertRaised
from xiangyun.kernel.alerts.registry import RuleKind
from xiangyun.kernel.alerts.rules import Kind, Shape
from xiangyun.kernel.plugs import Plug
from xiangyun.kernel.workflow.rules import WorkKind, incident
from xiangyun.modules.agriculture import handlers, rules, tasks
from xiangyun.modules.agriculture.api import router
from xiangyun.modules.agriculture.figures import FIGURES

# In force for every reading a device may still send (two years back), whenever a box was set up.
SINCE = datetime(2015, 1, 1, tzinfo=UTC)
STATION = "weather_station"

RULES = (
    RuleKind(
        code="continuous_rain",
        kind=Kind.ALERT,
        shape=Shape.DAYS_IN_ROW,
        words="agriculture.continuous_rain",
        severity=3,
        params={"metric": "rain_mm", "days": 3, "at_least": 0.1},
        valid_from=SINCE,
        source="51je.cn 28662; easyatm.com.tw, 連陰雨",
        basis="three or more days in a row with rain, a day with rain being 0.1 mm or more; overcast is not"
        " measured here",
        profile=STATION,
        matter=rules.MATTER,
        work=rules.WORK,
    ),
    RuleKind(
        code="heavy_rain",
        kind=Kind.ALERT,
        shape=Shape.WINDOW_SUM,
        words="agriculture.heavy_rain",
        severity=2,
        params={"metric": "rain_mm", "hours": 12, "limit": 50, "calm": 25},
        valid_from=SINCE,
        source="hefrebsx.cn 157685: rainstorm signals, 12 h / 50 mm",
        basis="the town's own station measured as much as the lowest rainstorm signal speaks of; it is no such signal."
        " Over when the 12 h sum is below half of it (our own hysteresis)",
        profile=STATION,
        matter=rules.MATTER,
        work=rules.WORK,
    ),
    RuleKind(
        code="frost",
        kind=Kind.ALERT,
        shape=Shape.THRESHOLD,
        words="agriculture.frost",
        severity=3,
        params={"limits": [{"metric": "air_temp_c", "below": 0.0, "calm": 2.0}], "calm_for_s": 3600, "silent_s": 21600},
        valid_from=SINCE,
        source="general knowledge: seedlings suffer at 0 to −2 °C; no standard was found",
        basis="air temperature of the station at or below 0 °C (the ground is usually colder); over after an hour at"
        " 2 °C or more (our own hysteresis)",
        profile=STATION,
        matter=rules.MATTER,
        work=rules.WORK,
    ),
    RuleKind(
        code="gale",
        kind=Kind.ALERT,
        shape=Shape.THRESHOLD,
        words="agriculture.gale",
        severity=2,
        params={
            "limits": [
                {"metric": "wind_speed_ms", "above": 10.8, "calm": 8.0, "hold_s": 600},
                {"metric": "wind_speed_ms", "above": 17.2, "calm": 8.0},
                {"metric": "wind_gust_ms", "above": 17.2, "calm": 13.9},
            ],
            "calm_for_s": 1800,
            "silent_s": 21600,
        },
        valid_from=SINCE,
        source="GB/T 28591-2012 for the forces; signals of gale by mean wind and gust",
        basis="mean wind of force 6 (10.8 m/s) held for ten minutes, or mean or gust of force 8 (17.2 m/s) at once;"
        " over after half an hour below force 5 and gusts below force 7 (our own hysteresis)",
        profile=STATION,
        matter=rules.MATTER,
        work=rules.WORK,
    ),
    RuleKind(
        code=rules.RAIN_FALLING,
        kind=Kind.FACT,
        shape=Shape.THRESHOLD,
        words="agriculture.rain_falling",
        severity=4,
        params={
            "limits": [{"metric": "rain_mm", "above": 0.1, "calm": 0.0}],
            "calm_for_s": 10800,
            "silent_s": 21600,
        },
        valid_from=SINCE,
        source="this project",
        basis="rain of 0.1 mm or more in a record, until three hours without any; a fact for other rules, never shown",
        profile=STATION,
    ),
    RuleKind(
        code=rules.STOP_WATERING,
        kind=Kind.TIP,
        shape=Shape.MODULE,
        words="agriculture.stop_watering",
        severity=4,
        params={"crop": "spring_wheat", "stays_h": 24, "lead_h": 48, "least_mm": 1.0},
        check=rules.TipNumbers.of,
        valid_from=SINCE,
        source="the town's own agronomists; no verified numbers for wheat were found",
        basis="wheat between heading and ripe, and rain measured in the town (and for a day after) or a forecast row of"
        " 1 mm or more within two days; goes out only under a named agronomist's approval",
    ),
)

EVERYBODY = ROLES
STAFF = tuple(role for role in ROLES if role != "villager")

PLUG = Plug(
    id="agriculture",
    title="agriculture.title",
    router=router,
    abilities=(
        Ability(rules.SEE_HOME, roles=EVERYBODY),
        Ability(rules.SEE_FIELD, roles=STAFF),
        Ability(rules.ENTER_FORECAST, roles=("agronomist", "duty_officer", "town_admin")),
        Ability(rules.REGISTER_PLANTING, roles=("agronomist", "grid_worker", "village_secretary", "town_admin")),
        Ability(rules.APPROVE_TIP, roles=("agronomist",)),
    ),
    matters=(incident(rules.MATTER, prefix="农业"),),
    work=(WorkKind(rules.WORK, due_within=timedelta(hours=6)),),
    alert_rules=RULES,
    figures=FIGURES,
    subjects=("field",),
    rounds=tasks.ROUNDS,
    listens=((AlertRaised, handlers.rain_was_measured), (AlertChanged, handlers.rain_was_measured)),
)
