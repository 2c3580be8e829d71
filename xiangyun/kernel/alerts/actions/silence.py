"""What time alone ends: spells of which nothing was heard for longer than their rule bears."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np

from xiangyun.kernel.alerts import queries, registry
from xiangyun.kernel.alerts.actions.looking import Look, look_at_days, look_at_spells
from xiangyun.kernel.alerts.models import Watch
from xiangyun.kernel.alerts.rules import FOREVER, Shape
from xiangyun.kernel.devices.models import Presence
from xiangyun.kernel.devices.registry import profile_of

# A station heard within this time may be working off a backlog: for it no more time has passed than its records say.
SPEAKING = timedelta(minutes=10)


def end_unheard(*, town: str, at: datetime) -> None:
    """Look again at the open spells of a town that only time can have ended: a station silent or revoked in a storm.

    Says: AlertChanged.
    """
    for presence in queries.unheard_of(town, queries.micros(at)):
        passed = _passed(presence, at)
        watches = Watch.objects.filter(device_num=presence.num, until_us=FOREVER, unknown_us__lt=passed)
        for watch in watches.order_by("rule"):
            if registry.known(watch.rule):
                _look(presence, watch, passed, town=town, at=at)


def _passed(presence: Presence, at: datetime) -> int:
    """Up to which moment (µs) nothing more of a device is on its way."""
    heard = presence.last_heard_at
    if heard is None or at - heard > SPEAKING:
        return queries.micros(at)
    return -FOREVER if presence.last_ts is None else queries.micros(presence.last_ts)


def _look(presence: Presence, watch: Watch, passed: int, *, town: str, at: datetime) -> None:
    device = presence.device
    profile = profile_of(device.profile)
    last = queries.latest(watch.rule, ("device", str(device.pk)))
    if profile is None or last is None:
        return
    look = Look(
        profile=profile,
        num=device.num,
        device_id=device.pk,
        area=device.area_path,
        at=at,
        ts=np.array([queries.micros(last.event_at)], np.int64),
        newest=queries.micros(presence.last_ts or last.event_at),
        watch=watch,
        passed=passed,
    )
    is_days = registry.rule(watch.rule).shape == Shape.DAYS_IN_ROW
    look_at = look_at_days if is_days else look_at_spells
    if versions := queries.versions(watch.rule, town):
        look_at(watch.rule, look, versions)
