"""Which homes are due for a visit, and which visits there were."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils import timezone

from xiangyun.base import paths, words
from xiangyun.base.errors import Conflict
from xiangyun.kernel.access.querysets import ScopedQuerySet, under
from xiangyun.kernel.access.rules import Actor
from xiangyun.kernel.files.models import Attachment
from xiangyun.kernel.people.models import Household, Membership
from xiangyun.kernel.people.queries import facts, visible
from xiangyun.kernel.people.rules import codes, groups
from xiangyun.kernel.vault import queries as vault
from xiangyun.modules.grid.models import Visit, VisitInterval
from xiangyun.modules.grid.rules import abilities as may
from xiangyun.modules.grid.rules import visits as rules
from xiangyun.modules.grid.rules.visits import Care, Interval, VisitKind, VisitOutcome

TABLE = "grid_visit"
SUBJECT = "visit"
MOST_HOMES = 2000
"""A village has some hundred homes; a list that is walked by one person holds no town."""


@dataclass(frozen=True, slots=True)
class Due:
    """A home and when somebody is to come: `is_census` because its facts are old, `is_care` because of who lives there
    (or because it was promised)."""

    home: Household
    care: Care
    is_census: bool
    is_care: bool
    last: Visit | None

    @property
    def is_due(self) -> bool:
        return self.is_census or self.is_care

    @property
    def due_on(self) -> date | None:
        """The day on which somebody was to ask after them, or the home's facts became old."""
        if self.is_care or not self.is_census:
            return self.care.due_on
        return timezone.localdate(self.home.checked_at) + groups.CHECK_EVERY


def intervals(area: str, on: date) -> dict[str, Interval]:
    """Kind of special care → how often it is asked after in a place's town on a day."""
    rows = VisitInterval.objects.filter(area_path=paths.town_of(area) or area)
    return rules.in_force(map(of_row, rows), on)


def of_row(row: VisitInterval) -> Interval:
    """A row as the rules read it."""
    return Interval(row.kind, row.days, row.source, row.valid_from, row.valid_until)


def open_kinds(on: date) -> dict[str, codes.Code]:
    """The kinds of special care that whoever visits may know of."""
    return {code: one for code, one in codes.codes("care", on).items() if one.level == groups.OPEN}


def kind_name(kind: str, lang: str, on: date) -> str:
    """What a kind of special care is called."""
    one = open_kinds(on).get(kind)
    return kind if one is None else one.zh if lang == words.DEFAULT else one.en


def homes_of(by: Actor, area: str | None = None) -> ScopedQuerySet[Household]:
    """Homes somebody visits: of their grids, or of their village. Refuses: NotFound (an area that is not theirs)."""
    held = by.areas(may.VISIT)
    if not held:
        return Household.objects.none()
    return visible.households_in(visible.narrowed(held, area)).filter(closed_on=None)


def walked(by: Actor, *, at: datetime, area: str | None = None) -> list[Due]:
    """All homes of somebody with when each is due: what waits longest first, special care before it. Four queries.

    Refuses: NotFound (an area that is not theirs), Conflict (more than one person walks)."""
    found = list(homes_of(by, area).order_by("area_path", "number", "pk")[: MOST_HOMES + 1])
    if len(found) > MOST_HOMES:
        raise Conflict("people.pack_too_large", most=MOST_HOMES)
    today, since = timezone.localdate(at), facts.checked_since(at)
    pks = [home.pk for home in found]
    cared = cares(pks, by.scope, today)
    last = {one.household_id: one for one in _latest(Visit.objects.filter(household__in=pks), "household")}
    dues = []
    for home in found:
        care = cared.get(home.pk, Care((), None))
        is_care = care.due_on is not None and care.due_on <= today
        dues.append(Due(home, care, home.checked_at < since, is_care, last.get(home.pk)))
    return sorted(dues, key=lambda one: (not one.is_due, not one.is_care, one.due_on or date.max))


def cares(homes: Sequence[UUID] | QuerySet[Any], town: str, on: date) -> dict[UUID, Care]:
    """Home → when somebody asks after its people again; homes without such people and without a promise are not in it.
    Three queries."""
    known = intervals(town, on)
    marked: dict[UUID, list[tuple[str, date]]] = defaultdict(list)
    stands = Q(resident__marks__until_on=None) | Q(resident__marks__until_on__gt=on)
    rows = Membership.objects.filter(
        stands,
        household__in=homes,
        until_on=None,
        resident__merged_into=None,
        resident__died_on=None,
        resident__marks__level=groups.OPEN,
        resident__marks__kind__in=list(known),
        resident__marks__from_on__lte=on,
    )
    for home, kind, begun in rows.values_list("household", "resident__marks__kind", "resident__marks__from_on"):
        marked[home].append((kind, begun))
    met = Visit.objects.filter(household__in=homes, kind=VisitKind.CARE).exclude(outcome=VisitOutcome.AWAY)
    last = {one.household_id: one for one in _latest(met, "household")}
    promised = {home for home, one in last.items() if one.call_back_on is not None}
    return {
        home: rules.care_due(
            marked.get(home, ()),
            known,
            met_on=timezone.localdate(last[home].visited_at) if home in last else None,
            call_back_on=last[home].call_back_on if home in last else None,
        )
        for home in marked.keys() | promised
    }


def _latest(rows: QuerySet[Visit], by: str) -> QuerySet[Visit]:
    return rows.order_by(by, "-visited_at", "-pk").distinct(by)


def visits_for(by: Actor) -> ScopedQuerySet[Visit]:
    """Visits at homes somebody may see."""
    homes = visible.households(by, may.SEE_VISITS)
    rows = Visit.objects.in_area(by.scope).filter(household__in=homes)
    return rows.select_related("household", "visitor")


@dataclass(frozen=True, slots=True)
class VisitsWanted:
    """Which visits a list is about; empty: all. Nothing asks for those of one person."""

    area: str | None = None
    household: UUID | None = None
    kind: str | None = None
    outcome: str | None = None


def listed(by: Actor, wanted: VisitsWanted) -> ScopedQuerySet[Visit]:
    """The visits somebody may see that fit what they ask for."""
    rows = visits_for(by)
    if wanted.area is not None:
        rows = rows.filter(under(wanted.area))
    for name in ("household", "kind", "outcome"):
        value = getattr(wanted, name)
        if value is not None:
            rows = rows.filter(**{name: value})
    return rows


def told(visit: Visit) -> dict[str, Any]:
    """What was said at a visit: note, help, report. Raises Tampered."""
    if visit.told_sealed is None:
        return {}
    opened: dict[str, Any] = json.loads(vault.open_sealed(visit.told_sealed, TABLE, "told_sealed", visit.pk))
    return opened


def files_of(visit: Visit) -> ScopedQuerySet[Attachment]:
    """Photos and recordings of a care visit; those of a census lie at the home."""
    rows = Attachment.objects.living().filter(subject_kind=SUBJECT, subject_id=str(visit.pk))
    return rows.select_related("blob").order_by("made_at", "id")


def packed(*, by: Actor, area: str | None, at: datetime) -> Sequence[Mapping[str, Any]]:
    """For the village pack: of each home that was visited or is in special care, when it was and is due."""
    today = timezone.localdate(at)
    return [
        {
            "id": one.home.pk,
            "care": [kind_name(kind, by.lang, today) for kind in one.care.kinds],
            "care_due_on": one.care.due_on,
            "last_at": one.last.visited_at if one.last else None,
            "last_kind": one.last.kind if one.last else None,
            "last_outcome": one.last.outcome if one.last else None,
        }
        for one in walked(by, at=at, area=area)
        if one.last or one.care.kinds or one.care.due_on
    ]
