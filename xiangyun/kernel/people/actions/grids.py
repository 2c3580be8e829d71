"""Homes follow the grid they stand in when it is split."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.utils import timezone

from xiangyun.kernel.access.rules import Actor
from xiangyun.kernel.people.actions import sources
from xiangyun.kernel.people.actions.sources import Told
from xiangyun.kernel.people.models import Change, Household
from xiangyun.kernel.vault import actions as vault

SPLIT = "people.follow_grid"


def follow_grid(*, homes: Mapping[UUID, str], named: str, by: Actor, at: datetime) -> None:
    """Each home stands in the grid told; in which it stood is kept, with the split as the source. Nothing else of the
    home was looked at, so its own source and the day of its last check stay.

    For the act that splits the grid, which has judged who may and where each goes.
    """
    if not homes:
        return
    found = list(
        Household.objects.select_for_update(of=("self",)).filter(pk__in=list(homes)).select_related("home_source")
    )
    source = sources.write(Told(name=named, as_of=timezone.localdate(at)), area=found[0].area_path, by=by, at=at)
    ring = vault.sealing_ring(found[0].area_path, at=at)
    kept = []
    for home in found:
        before = {"grid": home.grid_path}
        home.grid_path, home.changed_at = homes[home.pk], at
        home.version += 1
        kept.append(sources.changed(home, before, act=SPLIT, source=source, former=home.home_source, ring=ring, at=at))
    Household.objects.bulk_update(found, ["grid_path", "changed_at", "version"], batch_size=500)
    Change.objects.bulk_create(kept, batch_size=500)
