"""The demo towns' reports, one quarrel and one family in need, made up and acted out by the demo's own people.

Their posts begin with the demo, so whoever is asked to do something is asked now.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from xiangyun.kernel.access import rules as access
from xiangyun.kernel.access.rules import Actor
from xiangyun.kernel.accounts.models import Post
from xiangyun.kernel.people.models import Membership, Resident
from xiangyun.kernel.workflow import actions as workflow
from xiangyun.kernel.workflow.rules import Level
from xiangyun.modules.grid.actions import mediations, monitoring, reports
from xiangyun.modules.grid.models import Report
from xiangyun.modules.grid.queries import mediations as queries
from xiangyun.modules.grid.rules.mediation import AgreementForm, Origin
from xiangyun.modules.grid.rules.monitoring import How

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
# The village of a demo town in which its stories happen.
VILLAGE = ".201"


def plant(town: str, at: datetime) -> None:
    """Give a demo town reports, a mediation, a family under monitoring; one that has any stays as it is."""
    if Report.objects.in_area(town).exists():
        return
    village = f"{town}{VILLAGE}"
    grid = f"{village}.g01"
    villager, worker = _person("villager", grid), _person("grid_worker", grid)
    secretary, clerk = _person("village_secretary", village), _person("clerk", town)
    _lamp(villager, worker, at - 3 * DAY)
    _road(worker, secretary, clerk, at)
    _fire(clerk, grid, at)
    reports.make_report(category="canal", words="斗渠闸门关不严，水一直往外跑", place="渠东", by=villager, at=at)
    _quarrel(village, secretary, at)
    _hardship(village, secretary, at)


def _person(role: str, area: str) -> Actor:
    """The demo's own holder of a role at a place."""
    post = Post.objects.filter(role=role, area_path=area).select_related("account").order_by("starts_at", "id")[0]
    account = post.account
    held = (access.Post(role, area, post.pk),)
    scope = ".".join(area.split(".")[:4])
    return Actor(account.pk, account.account, account.name, kind="person", scope=scope, posts=held)


def _lamp(villager: Actor, worker: Actor, at: datetime) -> None:
    """Settled in the grid the same day."""
    made = reports.make_report(category="lighting", words="村口路灯不亮两天了", place="村口", by=villager, at=at)
    reports.verify(report_id=made.pk, by=worker, at=at + HOUR)
    _judge(made, Level.GRID, worker, at + HOUR)
    reports.close_here(report_id=made.pk, words="换了灯泡，晚上看过，亮了", by=worker, at=at + 4 * HOUR)


def _road(worker: Actor, secretary: Actor, clerk: Actor, at: datetime) -> None:
    """Told yesterday; the village has it in hand."""
    words = "渠东桥头路面塌了一块，过车要绕"
    made = reports.make_report(category="road", words=words, place="渠东桥头", by=worker, at=at - DAY)
    _judge(made, Level.VILLAGE, clerk, at)
    workflow.sign(matter_id=made.matter_id, by=secretary, at=at)
    reports.begin(report_id=made.pk, by=secretary, at=at)


def _fire(clerk: Actor, grid: str, at: datetime) -> None:
    """Told by phone this morning; the town is asked to act."""
    words = "柴草垛挨着电线，风大怕着火"
    made = reports.make_report(category="fire", words=words, area=grid, how="phone", by=clerk, at=at - 5 * HOUR)
    reports.verify(report_id=made.pk, by=clerk, at=at - 4 * HOUR)
    _judge(made, Level.TOWN, clerk, at)


def _judge(made: Report, level: Level, by: Actor, at: datetime) -> None:
    """Classified as what it was reported as."""
    matter = made.matter
    reports.classify(report_id=made.pk, category=matter.category, level=level, severity=matter.severity, by=by, at=at)


def _quarrel(village: str, secretary: Actor, at: datetime) -> None:
    """Two of the register over whose turn it is to water; agreed in writing, from now on followed up."""
    known = Resident.objects.in_area(village).filter(is_protected=False, died_on=None, merged_into=None)
    one, other = known.order_by("sort_key", "id")[:2]
    row = mediations.open_mediation(
        area=village,
        category="irrigation_turn",
        origin=Origin.REQUEST,
        facts="轮到一家浇水时，另一家先开了闸",
        issues="谁先浇，误了的水怎么补",
        parties=[{"side": "applicant", "resident": one.pk}, {"side": "respondent", "resident": other.pk}],
        by=secretary,
        at=at,
    )
    mediations.accept(mediation_id=row.pk, mediator_name=secretary.name, by=secretary, at=at)
    mediations.hold_sitting(
        mediation_id=row.pk,
        held_at=at,
        place="村委会",
        came=[party.pk for party in queries.parties_of([row])[row.pk]],
        notes="两家都认浇水的次序，愿意补一次水",
        by=secretary,
        at=at,
    )
    mediations.agree(
        mediation_id=row.pk,
        form=AgreementForm.WRITTEN,
        content="按渠口次序轮流浇，下一轮让申请人先浇一次",
        method="下一轮水",
        by=secretary,
        at=at,
    )


def _hardship(village: str, secretary: Actor, at: datetime) -> None:
    """A family seen at a visit; verified, and its name hangs out."""
    open_homes = Membership.objects.in_area(village).filter(is_head=True, until_on=None, household__closed_on=None)
    known = open_homes.filter(resident__is_protected=False, resident__died_on=None)
    home = known.order_by("resident__sort_key", "household_id").values_list("household_id", flat=True)[2]
    row = monitoring.find(
        household_id=home,
        how=How.VISIT,
        found="男主人春天摔伤住院，家里少一个劳力，药费花了不少",
        income="今年种地的收入大约少一半",
        by=secretary,
        at=at,
    )
    told = "看了住院单和地里的情况，属实"
    monitoring.verify(monitoring_id=row.pk, is_met=True, words=told, by=secretary, at=at)
    monitoring.publicise(monitoring_id=row.pk, by=secretary, at=at)
