"""All that is held of a person, opened, as the sheets of a workbook for that person (PIPL, Art. 45)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import Q
from django.utils import timezone

from xiangyun.base import words
from xiangyun.base.errors import NotFound
from xiangyun.base.sheets import Cell
from xiangyun.base.workbook import Table
from xiangyun.kernel.access.rules import Actor
from xiangyun.kernel.files import queries as files
from xiangyun.kernel.files.models import Attachment
from xiangyun.kernel.org import queries as org
from xiangyun.kernel.people.models import Change, Household, Income, Membership, PersonRequest, Plot, Resident, Source
from xiangyun.kernel.people.queries import facts, fields, looks, past, privacy
from xiangyun.kernel.people.rules import groups, purposes
from xiangyun.kernel.people.rules.purposes import RequestState

Line = Sequence[Cell | Decimal]
FEN = 100
WIDTHS = {"value": 44, "text": 44, "answer": 44, "before": 44, "note": 44, "source": 20}
WIDTH = 16


def copy_of(request: PersonRequest, at: datetime) -> Attachment:
    """The workbook that was made for a request. Refuses: NotFound (none was made; its time is over)."""
    copy = request.copy
    if copy is None or files.is_gone(copy, at):
        raise NotFound
    return copy


def own_copy(by: Actor, resident: Resident, request_id: Any, at: datetime) -> Attachment:
    """The same for the person, or the guardian of a child, once the request is answered. Refuses: NotFound."""
    record = privacy.own(by, resident.pk, timezone.localdate(at))
    rows = PersonRequest.objects.filter(resident=resident, state=RequestState.DONE)
    request = rows.select_related("copy__blob").filter(pk=request_id).first()
    if request is None or record.kind not in purposes.COPIES_TO:
        raise NotFound
    return copy_of(request, at)


def tables(request: PersonRequest, resident: Resident, by: Actor, at: datetime) -> list[Table]:
    """The sheets: what the copy is, then what is held, with where each fact came from and its day. Raises Tampered.

    Not in it: marks of level 2, which a guardian or whoever finds the file must not learn of; the sheet says so.
    """
    told = _Copy(resident, by.lang, timezone.localdate(at))
    return [
        told.table("about", ("item", "value"), _about(told, request, by, at)),
        told.table("person", ("item", "value", "source", "as_of"), _person(told)),
        told.table(
            "stays",
            ("village", "household", "relation", "is_head", "from_on", "began_by", "until_on", "ended_by"),
            _stays(told),
            sourced=True,
        ),
        told.table("home", ("item", "value", "source", "as_of"), _home(told)),
        told.table("land", [f"plot_{n}" if n in PREFIXED else n for n in groups.PLOT_FACTS], _land(told), sourced=True),
        told.table("income", ("year", *groups.AMOUNTS), _income(told), sourced=True),
        told.table("care", ("kind", "note", "given_at", "until_on"), _care(told), sourced=True),
        told.table("consents", ("purpose", "version", "given_by", "how", "given_at", "withdrawn_at"), _consents(told)),
        told.table("requests", ("asks", "asked_at", "text", "state", "answer", "closed_at"), _requests(told)),
        told.table("looks", ("when", "who", "post", "what", "place", "reason"), _looks(told)),
        told.table("openers", ("who", "as", "given_at", "until_on"), _openers(told)),
        told.table("changes", ("when", "item", "before", "who"), _changes(told)),
    ]


PREFIXED = ("code", "name", "kind")


@dataclass(frozen=True, slots=True)
class _Copy:
    """Of whom, in which language, on which day."""

    resident: Resident
    lang: str
    on: date

    def say(self, key: str, **params: object) -> str:
        return words.say(f"people.{key}", self.lang, **params)

    def name(self, column: str) -> str:
        """What a column or fact is called."""
        return self.say(f"field.{column}")

    def worded(self, listed: str | None, value: Any) -> str | None:
        return facts.worded(listed, value, self.lang, self.on)

    def source(self, source: Source | None) -> tuple[Cell, Cell]:
        return (self.say(f"source.{source.kind}", by=source.entered_name), source.as_of) if source else (None, None)

    def when(self, at: datetime | None) -> str | None:
        return timezone.localtime(at).strftime("%Y-%m-%d %H:%M") if at else None

    def table(self, title: str, columns: Sequence[str], rows: Iterator[Line], *, sourced: bool = False) -> Table:
        all_ = (*columns, "source", "as_of") if sourced else tuple(columns)
        widths = [WIDTHS.get(one, WIDTH) for one in all_]
        return Table(self.say(f"copy.{title}"), [self.name(one) for one in all_], rows, widths)

    def health(self, value: Mapping[str, Any]) -> str:
        """Disability and diseases in one line."""
        told = (
            ("disability", self.worded("disability_class", value.get("disability"))),
            ("grade", self.worded("disability_grade", value.get("grade"))),
            ("chronic", self.worded(None, value.get("chronic"))),
        )
        return "；".join(f"{self.name(name)}：{said}" for name, said in told if said)

    def fact(self, fact: str, value: Any) -> Cell:
        """A fact of a person in words."""
        if fact == "health":
            return self.health(value) if value else None
        if isinstance(value, date):
            return value
        return self.worded(groups.LISTS_OF_RESIDENT.get(fact), value)


def _about(told: _Copy, request: PersonRequest, by: Actor, at: datetime) -> Iterator[Line]:
    yield told.name("who"), fields.plain(told.resident, "name")
    yield told.name("asked_at"), told.when(request.asked_at)
    yield told.say("copy.made_by"), f"{by.name} ({by.account})"
    yield told.say("copy.made_at"), told.when(at)
    for line in ("law", "left_out", "keep_it"):
        yield None, told.say(f"copy.{line}")


def _person(told: _Copy) -> Iterator[Line]:
    for fact in groups.RESIDENT_FACTS:
        said = told.fact(fact, facts.of_resident(told.resident, fact))
        if said is not None:
            source = getattr(told.resident, f"{groups.GROUP_OF[fact]}_source")
            yield told.name(fact), said, *told.source(source)
    if told.resident.died_on:
        yield told.name("died_on"), told.resident.died_on, *told.source(told.resident.status_source)


def _stays(told: _Copy) -> Iterator[Line]:
    rows = list(Membership.objects.filter(resident=told.resident).select_related("household", "source"))
    places = org.names(one.household.area_path for one in rows)
    for one in sorted(rows, key=lambda each: each.from_on):
        yield (
            places[one.household.area_path],
            one.household.number,
            told.worded("kinship", one.relation),
            told.worded(None, one.is_head),
            one.from_on,
            told.worded("membership_begins", one.began_by),
            one.until_on,
            told.worded("membership_ends", one.ended_by),
            *told.source(one.source),
        )


def _home(told: _Copy) -> Iterator[Line]:
    home = privacy.home_of(told.resident)
    if home is None:
        return
    places = org.names(path for path in (home.group_path, home.grid_path) if path)
    for fact in groups.HOME_FACTS:
        value = facts.of_home(home, fact)
        if fact in facts.PLACES:
            value = places.get(value)
        if fact == "point":
            value = f"{value[0]:.6f}, {value[1]:.6f}" if value else None
        said = told.worded(groups.LISTS_OF_HOME.get(fact), facts.plain(value))
        if said is not None:
            yield told.name(facts.HOME_NAMES.get(fact, fact)), said, *told.source(home.home_source)


def _of_home(told: _Copy, model: type[Plot | Income]) -> Iterator[Any]:
    home: Household | None = privacy.home_of(told.resident)
    if home:
        yield from model.objects.filter(household=home).select_related("source").order_by("pk")


def _land(told: _Copy) -> Iterator[Line]:
    for plot in _of_home(told, Plot):
        if plot.closed_on is None:
            values = ((name, getattr(plot, name)) for name in groups.PLOT_FACTS)
            yield (
                *(
                    value
                    if isinstance(value, date | Decimal)
                    else told.worded(groups.LISTS_OF_PLOT.get(name), facts.plain(value))
                    for name, value in values
                ),
                *told.source(plot.source),
            )


def _income(told: _Copy) -> Iterator[Line]:
    for income in sorted(_of_home(told, Income), key=lambda each: each.year):
        amounts = facts.amounts(income)
        yield (
            income.year,
            *(Decimal(amounts.get(name) or 0) / FEN for name in groups.AMOUNTS),
            *told.source(income.source),
        )


def _care(told: _Copy) -> Iterator[Line]:
    marks = told.resident.marks.filter(level__lt=groups.SEALED).select_related("source").order_by("from_on", "pk")
    for mark in marks:
        kind, note = told.worded("care", mark.kind), fields.plain_of_mark(mark, "note")
        yield kind, note, mark.from_on, mark.until_on, *told.source(mark.source)


def _consents(told: _Copy) -> Iterator[Line]:
    for one in told.resident.consents.order_by("given_at"):
        purpose = purposes.purposes()[one.purpose]
        title = purpose.zh if told.lang == words.DEFAULT else purpose.en
        given = told.say(f"copy.by_{one.given_by}"), told.say(f"copy.how_{one.how}")
        yield title, one.notice_version, *given, told.when(one.given_at), told.when(one.withdrawn_at)


def _requests(told: _Copy) -> Iterator[Line]:
    for one in told.resident.requests.order_by("asked_at"):
        asks, state = told.say(f"copy.asks_{one.kind}"), told.say(f"copy.state_{one.state}")
        text, answer = (privacy.said(one, column) or None for column in ("text_sealed", "answer_sealed"))
        yield asks, told.when(one.asked_at), text, state, answer, told.when(one.closed_at)


def _looks(told: _Copy) -> Iterator[Line]:
    grave = [str(pk) for pk in told.resident.marks.filter(level=groups.SEALED).values_list("pk", flat=True)]
    rows = looks.of(told.resident).exclude(Q(object_kind="mark", object_id__in=grave)).order_by("-at", "-id")
    for one in looks.shown(list(rows), told.lang):
        what = one["field_name"]
        yield told.when(one["at"]), one["by"], one["post"], what, one["area_name"] or None, one["reason_name"]


def _openers(told: _Copy) -> Iterator[Line]:
    for one in told.resident.own_records.select_related("account").order_by("from_at"):
        kind = told.say(f"copy.by_{one.kind}")
        yield f"{one.account.name} ({one.account.account})", kind, told.when(one.from_at), told.when(one.until_at)


def _changes(told: _Copy) -> Iterator[Line]:
    rows = Change.objects.filter(subject_kind="resident", subject_id=told.resident.pk).select_related("source")
    for change in rows.order_by("at", "pk"):
        for fact, value in past.before(change).items():
            said = told.fact(fact, value)
            if said is not None:
                yield told.when(change.at), told.name(fact), said, change.source.entered_name
