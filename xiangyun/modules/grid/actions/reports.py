"""A report is made, seen, judged, settled."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from xiangyun.base import paths
from xiangyun.base.errors import BadInput, Conflict, NotAllowed, NotFound, WrongState
from xiangyun.kernel.access.rules import Actor
from xiangyun.kernel.audit import actions as audit
from xiangyun.kernel.files import actions as files
from xiangyun.kernel.notify import actions as notify
from xiangyun.kernel.org import queries as org
from xiangyun.kernel.people.models import Household, Plot
from xiangyun.kernel.people.queries import visible
from xiangyun.kernel.vault import actions as vault
from xiangyun.kernel.workflow import actions as workflow
from xiangyun.kernel.workflow import queries as workflow_queries
from xiangyun.kernel.workflow.models import Matter
from xiangyun.kernel.workflow.rules import Level
from xiangyun.modules.grid.actions import texts
from xiangyun.modules.grid.models import Report
from xiangyun.modules.grid.queries import categories
from xiangyun.modules.grid.queries import reports as queries
from xiangyun.modules.grid.rules import abilities as may
from xiangyun.modules.grid.rules import reports as rules
from xiangyun.modules.grid.rules.categories import Category
from xiangyun.modules.grid.rules.reports import BY_ANOTHER, Channel, How, ReportState

MOST_FILES = 9
# What stands in the open history of a sealed report where its words would.
UNSAID = "—"
BELONGS = "report"


@transaction.atomic
def make_report(  # noqa: PLR0913 -- one keyword a fact
    *,
    category: str,
    by: Actor,
    at: datetime,
    words: str = "",
    how: str = "",
    area: str | None = None,
    place: str = "",
    point: tuple[float, float] | None = None,
    household_id: UUID | None = None,
    plot_id: UUID | None = None,
    file_ids: Sequence[UUID] = (),
    caller: Mapping[str, str] | None = None,
    report_id: UUID | None = None,
    files_follow: int = 0,
) -> Report:
    """Somebody says that there is something: it has a number and an owner-to-be from now on.

    Without a place of its own it lies where the home or the plot does, else where the one who reports does.
    `report_id` is made by who sends it, so that it counts once whichever way it comes; `files_follow`: so many photos
    and recordings were taken with it and come later.
    Refuses: NotFound (a place, home, plot or file that is not theirs), NotAllowed (for somebody else), BadInput (no
    such category; nothing said or shown), Conflict (there is one with this id).
    """
    listed = _category(category, area or by.scope, at)
    came = _how(how, by)
    home, plot = _home(household_id, by), _plot(plot_id, by)
    spot = _spot(area, home, plot, by)
    if not words.strip() and not file_ids and not files_follow:
        raise _wrong("grid.say_or_show", "words")
    if len(file_ids) + files_follow > MOST_FILES:
        raise _wrong("grid.too_many_files", "files", most=MOST_FILES)
    sealed = listed.is_sensitive
    where = queries.village_of(spot) if sealed else spot
    seen_at = point or (None if home is None or home.lon is None or home.lat is None else (home.lon, home.lat))
    report = Report(area_path=where, how=came)
    if report_id is not None:
        report.pk = report_id
    report.matter = workflow.open_matter(
        kind=rules.MATTER,
        subject=(BELONGS, report.pk),
        area=where,
        title=title_of(listed),
        severity=listed.severity,
        at=at,
        by=by,
        point=None if sealed else seen_at,
        category=listed.code,
        level=Level.TOWN if sealed else "",
        reporter=by.account_id,
        is_sealed=sealed,
    )
    if sealed:
        told = {"words": words, "place": place, "point": seen_at, "household": household_id, "plot": plot_id}
        texts.put_sealed(report, told, at)
    else:
        report.household, report.plot = home, plot
        texts.put_down(report, {"words": words, "place": place}, at)
    if caller and any(caller.values()):
        ring = vault.sealing_ring(where, at=at)
        text = json.dumps(dict(caller), ensure_ascii=False)
        report.caller_sealed = ring.seal(text, queries.TABLE, "caller_sealed", report.pk)
    try:
        with transaction.atomic():
            report.save(force_insert=True)
    except IntegrityError as taken:
        raise Conflict("grid.there_already") from taken
    for file_id in file_ids:
        attach(report, file_id, by=by, at=at)
    _record("make_report", report, by=by, at=at, category=listed.code, how=came)
    workflow.route(report.matter, by=by, at=at)
    if came == How.WORKER:
        # Who knows the grid has seen it already; a sealed one lies in the village, above their post.
        workflow.move(report.matter, to=ReportState.VERIFIED, by=by, at=at, unchecked=True)
    return report


@transaction.atomic
def verify(*, report_id: UUID, by: Actor, at: datetime, note: str = "", is_real: bool = True) -> Report:
    """Somebody went and looked: it is so, or there is nothing (with what they saw).

    Refuses: NotFound, NotAllowed, WrongState, BadInput (nothing there, and no word why).
    """
    report = held(report_id, by)
    if is_real:
        workflow.move(report.matter, to=ReportState.VERIFIED, by=by, at=at, note=texts.shown(report, note))
        return report
    _needs(note, "note")
    return _end(report, ReportState.INVALID, by=by, at=at, note=note)


@transaction.atomic
def classify(
    *,
    report_id: UUID,
    category: str,
    level: str,
    severity: int,
    by: Actor,
    at: datetime,
    account: UUID | None = None,
    note: str = "",
) -> Report:
    """Say what it is, how grave, and who settles it: the grid on the spot, or the village or the town, where it goes to
    whom the town's table names for it, or to a named person.

    Refuses: NotFound, NotAllowed (only the grid's own level is the grid worker's to say), WrongState, BadInput.
    """
    report = held(report_id, by)
    matter = report.matter
    if level not in rules.KIND.levels:
        raise _wrong("grid.no_such_level", "level")
    if matter.state != ReportState.VERIFIED:
        raise WrongState("workflow.no_such_move", number=matter.number)
    needed = may.CLOSE_IN_GRID if level == Level.GRID else may.CLASSIFY
    if not by.may(needed, matter.area_path):
        raise NotAllowed("base.not_allowed")
    listed = _category(category, matter.area_path, at)
    if listed.is_sensitive and not matter.is_sealed:
        seal(report, by=by, at=at)
    elif matter.is_sealed and (not listed.is_sensitive or level != Level.TOWN):
        raise _wrong("grid.stays_sealed", "category")
    workflow.describe(
        matter, category=listed.code, level=level, severity=severity, title=title_of(listed), by=by, at=at
    )
    workflow.move(matter, to=ReportState.CLASSIFIED, by=by, at=at, note=texts.shown(report, note), unchecked=True)
    if level != Level.GRID:
        if account is None:
            workflow.route(matter, by=by, at=at)
            workflow.move(matter, to=ReportState.ASSIGNED, by=by, at=at)
        else:
            workflow.assign(matter_id=matter.pk, account=account, by=by, at=at)
    return fresh(report)


@transaction.atomic
def begin(*, report_id: UUID, by: Actor, at: datetime) -> Report:
    """Whoever signed for it is on it. Refuses: NotFound, NotAllowed (it is another's), WrongState."""
    report = held(report_id, by)
    _must_own(report, by)
    workflow.move(report.matter, to=ReportState.HANDLING, by=by, at=at, unchecked=True)
    return report


@transaction.atomic
def tell_result(*, report_id: UUID, words: str, by: Actor, at: datetime, file_ids: Sequence[UUID] = ()) -> Report:
    """Whoever has it says what was done; it is checked.

    Refuses: NotFound, NotAllowed (it is another's), WrongState, BadInput (no words).
    """
    report = held(report_id, by)
    owner = _must_own(report, by)
    _needs(words, "words")
    if report.matter.state == ReportState.SIGNED:
        workflow.move(report.matter, to=ReportState.HANDLING, by=by, at=at, unchecked=True)
    _settle(report, words, at)
    note = texts.shown(report, report.result)
    workflow.move(report.matter, to=ReportState.RESULT, by=by, at=at, note=note, unchecked=True)
    report.handler_id = owner
    report.save(update_fields=["handler"])
    for file_id in file_ids[:MOST_FILES]:
        attach(report, file_id, by=by, at=at)
    checkers = workflow_queries.accounts_with(rules.CLOSING[Level(report.matter.level)], report.area_path, at)
    _tell(report, sorted(checkers - {by.account_id}, key=str), "grid.result_told", at)
    return report


@transaction.atomic
def check(*, report_id: UUID, is_good: bool, by: Actor, at: datetime, note: str = "") -> Report:
    """Somebody looks whether what was told was done: it is over, or goes on.

    Refuses: NotFound, NotAllowed (not the one who closes at its level), WrongState, BadInput (not good, and
    no word why).
    """
    report = held(report_id, by)
    matter = report.matter
    if not by.may(rules.CLOSING[Level(matter.level)], matter.area_path):
        raise NotAllowed("base.not_allowed")
    if not is_good:
        _needs(note, "note")
        workflow.move(matter, to=ReportState.HANDLING, by=by, at=at, note=texts.shown(report, note), unchecked=True)
        _tell(report, [matter.owner_id], "grid.result_not_good", at)
        return report
    workflow.move(matter, to=ReportState.CHECKED, by=by, at=at, note=texts.shown(report, note), unchecked=True)
    return _closed(report, by=by, at=at)


@transaction.atomic
def close_here(*, report_id: UUID, words: str, by: Actor, at: datetime, file_ids: Sequence[UUID] = ()) -> Report:
    """Settled in the grid, on the spot. Refuses: NotFound, NotAllowed, WrongState, BadInput (no words)."""
    report = held(report_id, by)
    if report.matter.state != ReportState.CLASSIFIED or report.matter.level != Level.GRID:
        raise WrongState("workflow.no_such_move", number=report.matter.number)
    _needs(words, "words")
    _settle(report, words, at)
    for file_id in file_ids[:MOST_FILES]:
        attach(report, file_id, by=by, at=at)
    return _closed(report, by=by, at=at)


@transaction.atomic
def send_to_law(*, report_id: UUID, channel: Channel, note: str, by: Actor, at: datetime) -> Report:
    """It is a matter of the police, a court, the petition office or arbitration from now on; ours ends.

    Refuses: NotFound, NotAllowed, WrongState (closed), BadInput (no words).
    """
    report = held(report_id, by)
    _needs(note, "note")
    if not by.may(may.CLASSIFY, report.area_path):
        raise NotAllowed("base.not_allowed")
    report.channel = channel.value
    report.save(update_fields=["channel"])
    return _end(report, ReportState.LEGAL, by=by, at=at, note=note)


def attach(report: Report, file_id: UUID, *, by: Actor, at: datetime) -> None:
    """Make a file that `by` uploaded the report's; a sealed one's is opened through the report alone."""
    files.attach(
        file_id=file_id,
        subject=(BELONGS, report.pk),
        area=report.area_path,
        by=by,
        at=at,
        is_sealed=report.matter.is_sealed,
    )


def seal(report: Report, *, by: Actor, at: datetime) -> None:
    """What a report told in the open is sealed from now on, and leaves the map."""
    matter = report.matter
    told = {
        "words": report.words,
        "place": report.place,
        "point": queries.point_of(matter),
        "household": report.household_id,
        "plot": report.plot_id,
        "result": report.result,
        **queries.told(report),
    }
    report.numbers_sealed = None
    report.words = report.place = report.result = ""
    report.household = report.plot = None
    texts.put_sealed(report, told, at)
    report.save()
    workflow.seal(matter, by=by, at=at)
    files.seal(subject=(BELONGS, report.pk))


def held(report_id: UUID, by: Actor) -> Report:
    """A report that exists for `by`, it and its matter held until the transaction ends. Refuses: NotFound."""
    found = queries.reports_for(by).pick(report_id)
    Matter.objects.select_for_update(of=("self",)).get(pk=found.matter_id)
    return fresh(found)


def fresh(report: Report) -> Report:
    """A report as it stands now."""
    return Report.objects.select_related(*queries.SHOWN).get(pk=report.pk)


def title_of(category: Category) -> tuple[str, dict[str, Any]]:
    """What a report's matter is called: its category, in both languages where it has two."""
    return "grid.report_title", {"category": category.zh, "category_en": category.en}


def _closed(report: Report, *, by: Actor, at: datetime) -> Report:
    said = texts.shown(report, report.result)
    workflow.close(matter_id=report.matter_id, words=said or UNSAID, by=by, at=at)
    return fresh(report)


def _end(report: Report, to: ReportState, *, by: Actor, at: datetime, note: str) -> Report:
    workflow.move(report.matter, to=to, by=by, at=at, note=texts.shown(report, note), outcome=to.value)
    workflow.drop_work(report.matter, at)
    _record(to.value, report, by=by, at=at)
    return fresh(report)


def _settle(report: Report, words: str, at: datetime) -> None:
    report.result_at = at
    if report.told_sealed is None:
        texts.put_down(report, {"result": words}, at)
    else:
        texts.put_sealed(report, {**queries.told(report), "result": words}, at)
    report.save(update_fields=["result", "result_at", "told_sealed", "numbers_sealed"])


def _category(code: str, area: str, at: datetime) -> Category:
    found = categories.listed(area, timezone.localdate(at)).get(code)
    if found is None:
        raise _wrong("grid.no_such_category", "category")
    return found


def _how(told: str, by: Actor) -> How:
    """In which way it came. Refuses: NotAllowed (for somebody else, by whoever may not)."""
    if told in BY_ANOTHER:
        if not by.may(may.REPORT_FOR):
            raise NotAllowed("base.not_allowed")
        return How(told)
    return How.WORKER if by.may(may.VERIFY) else How.VILLAGER


def _home(household_id: UUID | None, by: Actor) -> Household | None:
    return None if household_id is None else visible.households(by).pick(household_id)


def _plot(plot_id: UUID | None, by: Actor) -> Plot | None:
    return None if plot_id is None else visible.plots(by).select_related("household").pick(plot_id)


def _spot(area: str | None, home: Household | None, plot: Plot | None, by: Actor) -> str:
    """Where it lies: as told, else at the home, else where somebody who reports has their post. Refuses: NotFound."""
    of_home = home or (plot.household if plot is not None else None)
    if area is None and of_home is not None:
        return of_home.grid_path or of_home.area_path
    posts = by.areas(may.REPORT)
    spot = area or (max(posts, key=len) if posts else by.scope)
    if area is not None:
        org.pick(area, by)
        # A villager may see something in the whole village; staff in their own places.
        near = posts if by.is_staff else [queries.village_of(post) for post in posts]
        if not any(paths.within(area, root) for root in near):
            raise NotFound
    if len(spot.split(".")) <= paths.TOWN_DEPTH:
        raise _wrong("grid.say_where", "area")
    return spot


def _must_own(report: Report, by: Actor) -> UUID:
    if by.account_id is None or report.matter.owner_id != by.account_id:
        raise NotAllowed("grid.not_yours")
    return by.account_id


def _needs(words: str, field: str) -> None:
    if not words.strip():
        raise _wrong("grid.say_something", field)


def _wrong(code: str, field: str, **params: Any) -> BadInput:
    return BadInput(code, errors=[{"loc": ["body", field], "msg": code}], **params)


def _record(act: str, report: Report, *, by: Actor, at: datetime, **detail: object) -> None:
    audit.record(
        act=f"grid.{act}",
        by=by,
        object=(BELONGS, report.pk),
        area=report.area_path,
        at=at,
        detail={"number": report.matter.number, **detail},
    )


def _tell(report: Report, accounts: Sequence[UUID | None], code: str, at: datetime) -> None:
    for account in accounts:
        if account is not None:
            notify.tell(
                account=account,
                area=report.area_path,
                code=code,
                params={"number": report.matter.number, "title": workflow.title_of(report.matter)},
                subject=("matter", report.matter_id),
                at=at,
            )
