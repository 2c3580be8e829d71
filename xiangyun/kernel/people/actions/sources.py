"""Where facts come from is written once a call, and what stood there before is kept."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.utils import timezone

from xiangyun.base.errors import BadInput, Conflict
from xiangyun.base.sheets import Unfit
from xiangyun.kernel.access.rules import Actor
from xiangyun.kernel.audit import actions as audit
from xiangyun.kernel.people.models import Change, Household, Income, Mark, Membership, Plot, Resident, Source
from xiangyun.kernel.people.queries import facts
from xiangyun.kernel.people.rules.entry import Fault
from xiangyun.kernel.people.rules.masking import has_mask
from xiangyun.kernel.vault.queries import SealingRing

Row = Household | Resident | Membership | Plot | Income | Mark


@dataclass(frozen=True, slots=True)
class Told:
    """What is said of where facts come from; without a day: true today."""

    kind: str = "hand"
    name: str = ""
    as_of: date | None = None
    import_id: UUID | None = None

    def since(self, on: date) -> Told:
        """The same, true from the day of an event where nothing else was said."""
        return self if self.as_of else replace(self, as_of=on)


BY_HAND = Told()


def write(told: Told, *, area: str, by: Actor, at: datetime) -> Source:
    """The source of one call. Refuses: BadInput (true only tomorrow)."""
    today = timezone.localdate(at)
    as_of = told.as_of or today
    if as_of > today:
        raise wrong("people.as_of_in_future", "source", "as_of")
    return Source.objects.create(
        area_path=area,
        kind=told.kind,
        name=told.name,
        as_of=as_of,
        entered_by=by.account_id,
        entered_name=by.name,
        entered_at=at,
        import_id=told.import_id,
    )


def changed(
    row: Row,
    before: Mapping[str, Any],
    *,
    act: str,
    source: Source,
    former: Source | None,
    ring: SealingRing,
    at: datetime,
) -> Change:
    """A change not yet written: the values before, sealed at its place."""
    change = Change(
        area_path=row.area_path,
        subject_kind=str(row._meta.model_name),
        subject_id=row.pk,
        act=act,
        fields=sorted(before),
        source=source,
        former_source=former,
        version=getattr(row, "version", 0),
        at=at,
    )
    text = json.dumps({name: facts.plain(value) for name, value in before.items()}, ensure_ascii=False)
    change.before_sealed = ring.seal(text, "people_change", "before_sealed", change.pk)
    return change


def must_be_version(row: Household | Resident | Plot | Income, version: int | None) -> None:
    """Refuses: Conflict with who changed it meanwhile and when."""
    if version == row.version:
        return
    last = Change.objects.filter(subject_id=row.pk).select_related("source").order_by("-at", "-pk").first()
    extra: dict[str, Any] = {"version": row.version}
    if last:
        extra |= {"by": {"name": last.source.entered_name}, "at": last.at.isoformat()}
    raise Conflict("people.changed_meanwhile", extra=extra, name=last.source.entered_name if last else "—")


def must_be_fit(faults: Sequence[Fault], *inside: str) -> None:
    """Refuses: BadInput with every fault at its field."""
    if faults:
        errors = [{"loc": ["body", *inside, one.fact], "msg": one.code} for one in faults]
        raise _bad(faults[0].code, errors, faults[0].params)


def wrong(code: str, *fields: str, **params: object) -> BadInput:
    """One field of the body is not right."""
    return _bad(code, [{"loc": ["body", *fields], "msg": code}], params)


def _bad(code: str, errors: list[dict[str, Any]], params: Mapping[str, Any]) -> BadInput:
    return BadInput(code, errors=errors, **params)


def unfit(fault: Unfit, *fields: str) -> BadInput:
    """A rule refused a field of the body."""
    return wrong(fault.code, *fields, **fault.params)


def must_be_open(text: str, *fields: str) -> str:
    """A text without mask characters. Refuses: BadInput."""
    if has_mask(text):
        raise wrong("people.masked_value", *fields)
    return text


def record(act: str, row: Row, *, by: Actor, at: datetime, **detail: object) -> None:
    """Write an act on one row into the audit: names of facts and ids, never a value."""
    kind = str(row._meta.model_name)
    audit.record(act=act, by=by, object=(kind, row.pk), area=row.area_path, at=at, detail=detail)
