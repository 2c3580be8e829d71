"""Builders of reports; call them inside a door."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from xiangyun.base import ids
from xiangyun.kernel.access.rules import Actor
from xiangyun.kernel.accounts.tests.factories import AT, NEXT_VILLAGE, OTHER_TOWN, TOWN, VILLAGE, a_person
from xiangyun.kernel.files.tests.factories import a_photo, an_attachment
from xiangyun.kernel.people.models import Household
from xiangyun.kernel.people.tests import factories as people
from xiangyun.modules.grid.actions import categories, mediations, monitoring, reports, visits
from xiangyun.modules.grid.models import Category, Mediation, Monitoring, Party, Report, Visit
from xiangyun.modules.grid.queries import visits as visit_queries
from xiangyun.modules.grid.rules.mediation import AgreementForm, Origin
from xiangyun.modules.grid.rules.monitoring import How
from xiangyun.modules.grid.rules.visits import VisitOutcome

__all__ = ["AT", "GRID", "NEXT_GRID", "NEXT_VILLAGE", "OTHER_TOWN", "TOWN", "VILLAGE", "a_person", "a_report"]

GRID, NEXT_GRID = f"{VILLAGE}.g01", f"{VILLAGE}.g02"


def a_report(**changes: Any) -> Report:
    """A broken road that a villager of the first grid reported."""
    facts = {"category": "road", "words": "渠东桥头的路塌了一块", "at": AT, **changes}
    facts.setdefault("by", a_person("villager", GRID))
    return reports.make_report(**facts)


def a_verified_report(**changes: Any) -> Report:
    """One whose grid worker went and looked."""
    report = a_report(**changes)
    at = changes.get("at", AT)
    return reports.verify(report_id=report.pk, by=a_person("grid_worker", GRID, at=at), at=at)


def a_mediation(**changes: Any) -> Mediation:
    """A quarrel of two neighbours over water, brought before the committee of a village."""
    facts = {
        "area": VILLAGE,
        "category": "irrigation_turn",
        "origin": Origin.REQUEST,
        "facts": "浇水时挖开了对方的渠口",
        "issues": "谁先浇",
        "parties": [
            {"side": "applicant", "name": "赵二柱", "phone": "13812341234"},
            {"side": "respondent", "name": "钱三丫"},
        ],
        "at": AT,
        **changes,
    }
    facts.setdefault("by", a_person("village_secretary", facts["area"], at=facts["at"]))
    return mediations.open_mediation(**facts)


def a_sitting(row: Mediation, by: Actor, at: datetime = AT) -> Mediation:
    """The file after a first sitting."""
    mediations.accept(mediation_id=row.pk, mediator_name="孙有福", by=by, at=at)
    party = Party.objects.filter(mediation=row)[:1].get()
    mediations.hold_sitting(
        mediation_id=row.pk, held_at=at, place="村委会", came=[party.pk], notes="各说各的理", by=by, at=at
    )
    return row


def an_agreement(row: Mediation, by: Actor, at: datetime = AT) -> Mediation:
    """The file after the parties agreed in writing."""
    a_sitting(row, by, at)
    return mediations.agree(
        mediation_id=row.pk, form=AgreementForm.WRITTEN, content="按渠口轮流浇", amount_fen=50_000, by=by, at=at
    )


def one_of_each(village: str, at: datetime) -> dict[str, UUID]:
    """Path parameter → a row of the village, of every kind the platform has."""
    town = ".".join(village.split(".")[:4])
    a_category(town, at)
    clerk = a_person("clerk", town, at=at)
    photo = a_photo(village, subject=None, by=clerk, at=at)
    mediation = an_agreement(a_mediation(area=village, by=clerk, at=at), clerk, at)
    paper = an_attachment(village, subject=None, by=clerk, at=at)
    mediations.add_paper(mediation_id=mediation.pk, file_ids=[paper.pk], by=clerk, at=at)
    home, _ = people.a_home(village)
    visit = a_visit(home, at=at)
    shot = a_photo(village, subject=(visit_queries.SUBJECT, visit.pk), by=clerk, at=at)
    return {
        "mediation_id": mediation.pk,
        "monitoring_id": a_monitoring(home=home, by=clerk, at=at).pk,
        "mediation_file_id": paper.pk,
        "report_id": a_report(by=clerk, area=village, file_ids=[photo.pk], caller={"name": "赵二柱"}, at=at).pk,
        "report_file_id": photo.pk,
        "visit_id": visit.pk,
        "visit_file_id": shot.pk,
    }


def a_category(town: str, at: datetime) -> Category:
    """A category that a town wrote itself."""
    told = {"group": "hazard", "zh": "沙埋路", "en": "sand on the road", "level": "village", "severity": 2}
    told |= {"valid_from": at.date(), "source": "镇政府办公会"}
    return categories.set_category(code="sand", **told, by=a_person("town_admin", town, at=at), at=at)


def a_visit(home: Household, **changes: Any) -> Visit:
    """Somebody met the people of a home in special care, and wrote a word of it."""
    at = changes.get("at", AT)
    facts = {"visit_id": ids.uuid7(), "outcome": VisitOutcome.SAME, "note": "精神好", "visited_at": at, "at": at}
    facts["by"] = a_person("village_secretary", home.area_path, at=at)
    return visits.care_visit(household_id=home.pk, **{**facts, **changes})


def a_monitoring(**changes: Any) -> Monitoring:
    """A family whose grid worker saw that the harvest was lost."""
    at = changes.get("at", AT)
    home = changes.pop("home", None) or a_grid_home()
    facts = {"how": How.VISIT, "found": "冰雹绝收，还有住院的", "income": "去年人均八千", "at": at, **changes}
    facts.setdefault("by", a_person("village_secretary", home.area_path, at=at))
    return monitoring.find(household_id=home.pk, **facts)


def a_grid_home(name: str = "赵二柱", area: str = VILLAGE) -> Household:
    """A home of the first grid of a village, with its head."""
    home, head = people.a_household(area, grid_path=f"{area}.g01"), people.a_resident(area, name=name)
    people.a_membership(home, head, is_head=True)
    return home


def a_public_one(**changes: Any) -> Monitoring:
    """One that was verified and hangs out for five days."""
    at = changes.get("at", AT)
    row = a_monitoring(**changes)
    clerk = a_person("clerk", at=at)
    monitoring.verify(monitoring_id=row.pk, is_met=True, words="入户看了，属实", by=clerk, at=at)
    return monitoring.publicise(monitoring_id=row.pk, by=clerk, at=at)
