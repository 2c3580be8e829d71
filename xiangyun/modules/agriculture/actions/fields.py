"""Fields and what is sown on them."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from xiangyun.base import paths
from xiangyun.base.errors import BadInput, Conflict, NotFound
from xiangyun.kernel.access.rules import Actor
from xiangyun.kernel.audit import actions as audit
from xiangyun.kernel.org import queries as org
from xiangyun.modules.agriculture import rules
from xiangyun.modules.agriculture.actions.tips import alone_in, renew_around
from xiangyun.modules.agriculture.models import Field, Planting


@transaction.atomic
def register_field(
    *, area: str, code: str, size_mu: float, lon: float, lat: float, by: Actor, at: datetime, is_schematic: bool = False
) -> Field:
    """Put a block of farmland on the village's list. Refuses: NotFound, BadInput (the code is taken)."""
    _place(area, by)
    if Field.objects.filter(area_path=area, code=code).exists():
        raise BadInput("agriculture.field_code_taken", field=code, errors=[{"loc": ["body", "code"], "msg": code}])
    field = Field.objects.create(
        area_path=area, code=code, size_mu=size_mu, lon=lon, lat=lat, is_schematic=is_schematic
    )
    audit.record(act="agriculture.register_field", by=by, object=("field", field.pk), area=area, at=at)
    return field


@transaction.atomic
def register_planting(  # noqa: PLR0913 -- one keyword a fact
    *,
    area: str,
    crop: str,
    sown_on: date,
    by: Actor,
    at: datetime,
    size_mu: float | None = None,
    field_id: UUID | None = None,
    variety: str = "",
    heading_on: date | None = None,
    ripe_on: date | None = None,
) -> Planting:
    """Write down what was sown. Without days of its own wheat gets the usual ones of the place, marked as estimated.

    Refuses: NotFound (a village or field outside `by`'s), BadInput (no size, days in the wrong order), Conflict (sown
    twice).
    """
    _place(area, by)
    field = None if field_id is None else Field.objects.visible_to(by, rules.REGISTER_PLANTING).pick(field_id)
    if field is not None and field.area_path != area:
        raise NotFound
    size = size_mu or (field.size_mu if field else None)
    if size is None:
        raise BadInput("agriculture.planting_size", errors=[{"loc": ["body", "size_mu"], "msg": "size_mu"}])
    is_estimated = heading_on is None and ripe_on is None
    if is_estimated:
        heading_on, ripe_on = rules.usual_stages(crop, sown_on)
    _check_days(sown_on, heading_on, ripe_on)
    if field is not None and Planting.objects.filter(field=field, crop=crop, sown_on=sown_on).exists():
        raise Conflict("agriculture.planting_twice")
    planting = Planting.objects.create(
        area_path=area,
        field=field,
        crop=crop,
        variety=variety,
        size_mu=size,
        sown_on=sown_on,
        heading_on=heading_on,
        ripe_on=ripe_on,
        is_estimated=is_estimated and heading_on is not None,
        entered_by_id=by.account_id,
        entered_at=at,
    )
    audit.record(
        act=rules.REGISTER_PLANTING,
        by=by,
        object=("planting", planting.pk),
        area=area,
        at=at,
        detail={"crop": crop, "size_mu": size},
    )
    if crop == rules.Crop.SPRING_WHEAT:
        renew_around(area, at)
    return planting


@transaction.atomic
def mark_stages(*, planting_id: UUID, heading_on: date, ripe_on: date, by: Actor, at: datetime) -> Planting:
    """Somebody looked: the days on which a planting heads and is ripe. Refuses: NotFound, BadInput."""
    rows = Planting.objects.visible_to(by, rules.REGISTER_PLANTING)
    planting = rows.select_for_update(of=("self",)).pick(planting_id)
    _check_days(planting.sown_on, heading_on, ripe_on)
    planting.heading_on, planting.ripe_on, planting.is_estimated = heading_on, ripe_on, False
    planting.save(update_fields=["heading_on", "ripe_on", "is_estimated"])
    audit.record(act="agriculture.mark_stages", by=by, object=("planting", planting.pk), area=planting.area_path, at=at)
    renew_around(planting.area_path, at)
    return planting


def _place(area: str, by: Actor) -> None:
    """A village of `by`'s, and until the transaction ends nobody else to write in its town."""
    place, town = org.pick(area, by), paths.town_of(area)
    if place.level != "village" or town is None or not by.may(rules.REGISTER_PLANTING, area):
        raise NotFound
    alone_in(town)


def _check_days(sown_on: date, heading_on: date | None, ripe_on: date | None) -> None:
    if (heading_on is None) != (ripe_on is None) or (
        heading_on is not None and ripe_on is not None and not sown_on <= heading_on < ripe_on
    ):
        raise BadInput("agriculture.planting_days", errors=[{"loc": ["body", "heading_on"], "msg": "heading_on"}])
