"""What the grid platform takes from phones without signal, and what of visits goes into the village pack."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, TypeVar
from uuid import UUID

from django.utils import timezone
from pydantic import TypeAdapter, ValidationError

from xiangyun.base import offline, words
from xiangyun.base.offline import Applied, Fault, Form, Impossible, Section, Subject
from xiangyun.kernel.access.rules import Actor
from xiangyun.kernel.org import queries as org
from xiangyun.kernel.people.actions import homes
from xiangyun.kernel.people.actions.sources import Told as HowKnown
from xiangyun.kernel.people.models import Household
from xiangyun.kernel.people.queries import merges
from xiangyun.kernel.workflow.rules import SEE_SEALED
from xiangyun.modules.grid.actions import reports, visits
from xiangyun.modules.grid.models import Report, Visit
from xiangyun.modules.grid.queries import categories
from xiangyun.modules.grid.queries import reports as report_queries
from xiangyun.modules.grid.queries import visits as queries
from xiangyun.modules.grid.rules import abilities as may
from xiangyun.modules.grid.rules import visits as rules
from xiangyun.modules.grid.rules.categories import shipped
from xiangyun.modules.grid.rules.visits import VisitOutcome
from xiangyun.modules.grid.schemas.reports import Lat, Lon, Words

T = TypeVar("T")
PLACE_CHARS = 100
POINT: TypeAdapter[tuple[float, float] | None] = TypeAdapter(tuple[Lon, Lat] | None)
WORDS: TypeAdapter[str] = TypeAdapter(Words)
DAY: TypeAdapter[date | None] = TypeAdapter(date | None)
ROW: TypeAdapter[UUID | None] = TypeAdapter(UUID | None)


def visit_home(told: offline.Told, *, by: Actor, at: datetime) -> Applied:
    """A visit for the census: the home was looked at, unless nobody was there. Its facts come by the register's own
    forms; its photos are the home's."""
    outcome = _one_of(VisitOutcome, told, "outcome")
    home = merges.standing(Household, told.subject.id)
    visits.visit(
        visit_id=told.item,
        household_id=home,
        outcome=outcome,
        note=_note(told, "note"),
        visited_at=told.made_at,
        by=by,
        at=at,
    )
    if outcome == VisitOutcome.AWAY:
        row = queries.homes_of(by).pick(home)
    else:
        as_of = min(timezone.localdate(told.made_at), timezone.localdate(at))
        row = homes.check_home(household_id=home, told=HowKnown(kind="visit", as_of=as_of), by=by, at=at)
    return Applied(Subject("household", row.pk), row.version, _lies(row))


def visit_for_care(told: offline.Told, *, by: Actor, at: datetime) -> Applied:
    """Somebody asked after people in special care; what they need becomes a report. All of it stands sealed."""
    row = visits.care_visit(
        visit_id=told.subject.id,
        household_id=_home(told),
        outcome=_one_of(VisitOutcome, told, "outcome"),
        note=_note(told, "note"),
        help_needed=_note(told, "help"),
        call_back_on=_read(DAY, told, "call_back_on", "grid.offline.no_such_day"),
        visited_at=told.made_at,
        by=by,
        at=at,
    )
    return Applied(Subject(queries.SUBJECT, row.pk), place=row.area_path)


def report(told: offline.Told, *, by: Actor, at: datetime) -> Applied:
    """A report; the photos and recordings that were taken with it come by themselves."""
    known = report_queries.made_by(by).filter(pk=told.subject.id).first()
    if known is not None:
        # It came by the line too, and only the answer was lost.
        return Applied(Subject(reports.BELONGS, known.pk), place=known.area_path)
    area = told.facts.get("area")
    place = told.facts.get("place") or ""
    if not isinstance(place, str) or len(place) > PLACE_CHARS:
        raise Impossible(Fault("place", "grid.offline.too_long", {"most": PLACE_CHARS}))
    household = _read(ROW, told, "household", "grid.offline.no_such_home")
    plot = _read(ROW, told, "plot", "grid.offline.no_such_plot")
    made = reports.make_report(
        report_id=told.subject.id,
        category=str(told.facts.get("category") or ""),
        words=_note(told, "words"),
        area=str(area) if area else None,
        place=place.strip(),
        point=_read(POINT, told, "point", "grid.offline.no_such_point"),
        household_id=merges.standing(Household, household) if household else None,
        plot_id=plot,
        files_follow=told.files,
        by=by,
        at=at,
    )
    return Applied(Subject(reports.BELONGS, made.pk), place=made.area_path)


def _one_of(kind: type[VisitOutcome], told: offline.Told, fact: str) -> VisitOutcome:
    try:
        return kind(str(told.facts.get(fact)))
    except ValueError as wrong:
        raise Impossible(Fault(fact, "grid.offline.no_such_answer")) from wrong


def _note(told: offline.Told, fact: str) -> str:
    try:
        return WORDS.validate_python(told.facts.get(fact) or "").strip()
    except ValidationError as wrong:
        raise Impossible(Fault(fact, "grid.offline.too_long", {"most": rules.NOTE_CHARS})) from wrong


def _read(shape: TypeAdapter[T], told: offline.Told, fact: str, code: str) -> T:
    try:
        return shape.validate_python(told.facts.get(fact) or None)
    except ValidationError as wrong:
        raise Impossible(Fault(fact, code)) from wrong


def _home(told: offline.Told) -> UUID:
    found = _read(ROW, told, "household", "grid.offline.no_such_home")
    if found is None:
        raise Impossible(Fault("household", "grid.offline.no_such_home"))
    return merges.standing(Household, found)


def _lies(home: Household) -> str:
    return home.grid_path or home.area_path


def _place_of(pk: UUID | None) -> str | None:
    home = Household.objects.filter(pk=merges.standing(Household, pk)).first() if pk else None
    return _lies(home) if home else None


def _place_of_home(told: offline.Told) -> str | None:
    return _place_of(told.subject.id)


def _place_of_care(told: offline.Told) -> str | None:
    try:
        return _place_of(_home(told))
    except Impossible:
        return None


def _place_of_report(told: offline.Told) -> str | None:
    area = told.facts.get("area")
    if isinstance(area, str) and org.valid().filter(path=area, level__in=("village", "grid")).exists():
        return area
    return _place_of_care(told)


def _shown_visit(fact: str, value: Any, lang: str) -> str | None:
    """An answer in words; what was said of somebody's health is not shown in lists."""
    if value in (None, "") or fact == "household":
        return None
    if fact == "outcome":
        known = value in set(VisitOutcome)
        return words.say(f"grid.visit_{value}", lang) if known else str(value)
    return str(value) if fact == "call_back_on" else words.say("grid.offline.is_told", lang)


def _shown_report(fact: str, value: Any, lang: str) -> str | None:
    if value in (None, "", []) or fact in ("household", "plot", "area"):
        return None
    if fact == "category":
        # A town's own are called by their code here: their names stand in the database.
        called = {one.code: one.zh if lang == words.DEFAULT else one.en for one in shipped()}
        return called.get(str(value), str(value))
    if fact == "point":
        return ", ".join(str(one) for one in value) if isinstance(value, list | tuple) else None
    return str(value)


def _homes_called(pks: Sequence[UUID], lang: str) -> Mapping[UUID, str]:
    found = Household.objects.filter(pk__in=list(pks)).values_list("pk", "number")
    return {pk: words.say("people.home_called", lang, number=number) for pk, number in found}


def _visits_called(pks: Sequence[UUID], lang: str) -> Mapping[UUID, str]:
    found = Visit.objects.filter(pk__in=list(pks)).values_list("pk", "household__number")
    return {pk: words.say("people.home_called", lang, number=number) for pk, number in found}


def _reports_called(pks: Sequence[UUID], _lang: str) -> Mapping[UUID, str]:
    return dict(Report.objects.filter(pk__in=list(pks)).values_list("pk", "matter__number"))


def _is_sealed(pk: UUID) -> bool:
    return Report.objects.filter(pk=pk, matter__is_sealed=True).exists()


def _sealed_reports(told: Sequence[tuple[offline.Told, str]], *, by: Actor) -> Mapping[UUID, bool]:
    """Reports of a category that is sealed, or that nobody knows, and those that were sealed since; read by who may see
    what is sealed in their village."""
    if not told:
        return {}
    listed = categories.any_day(told[0][1])
    about = {one.subject.id for one, _ in told}
    known = set(Report.objects.filter(pk__in=about, matter__is_sealed=True).values_list("pk", flat=True))
    shut: dict[UUID, bool] = {}
    for one, place in told:
        category = listed.get(str(one.facts.get("category")))
        if category is None or category.is_sensitive or one.subject.id in known:
            shut[one.item] = by.may(SEE_SEALED, report_queries.village_of(place))
    return shut


FORMS = (
    Form(
        code="grid.visit",
        title_key="grid.offline.visit",
        subject="household",
        ability=may.VISIT,
        facts={"outcome": "grid.offline.outcome", "note": "grid.offline.note"},
        choices={"outcome": tuple(VisitOutcome)},
        apply=visit_home,
        place=_place_of_home,
        shown=_shown_visit,
        titles=_homes_called,
        may_insist=False,
    ),
    Form(
        code="grid.care_visit",
        title_key="grid.offline.care_visit",
        subject=queries.SUBJECT,
        ability=may.VISIT,
        facts={
            "household": "grid.offline.household",
            "outcome": "grid.offline.outcome",
            "help": "grid.offline.help",
            "call_back_on": "grid.offline.call_back_on",
            "note": "grid.offline.note",
        },
        choices={"outcome": tuple(VisitOutcome)},
        apply=visit_for_care,
        place=_place_of_care,
        shown=_shown_visit,
        titles=_visits_called,
        makes=True,
        under="household",
        may_insist=False,
        hides=lambda _: True,
    ),
    Form(
        code="grid.report",
        title_key="grid.offline.report",
        subject=reports.BELONGS,
        ability=may.REPORT,
        facts={
            "category": "grid.offline.category",
            "words": "grid.offline.words",
            "area": "grid.offline.area",
            "place": "grid.offline.place",
            "point": "grid.offline.point",
            "household": "grid.offline.household",
            "plot": "grid.offline.plot",
        },
        lists={"category": "categories"},
        apply=report,
        place=_place_of_report,
        shown=_shown_report,
        titles=_reports_called,
        makes=True,
        may_insist=False,
        hides=_is_sealed,
        sealed=_sealed_reports,
    ),
)
PACK = (Section("visits", "", queries.packed), Section("categories", "", categories.packed))
