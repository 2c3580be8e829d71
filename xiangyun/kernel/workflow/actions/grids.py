"""A grid is split in two, joined with another, or goes to another worker, with all that hangs on it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from xiangyun.base import events
from xiangyun.base.errors import BadInput
from xiangyun.kernel.access.rules import Actor
from xiangyun.kernel.accounts.actions import people as accounts
from xiangyun.kernel.accounts.models import Account, Post
from xiangyun.kernel.accounts.queries import in_force
from xiangyun.kernel.audit import actions as audit
from xiangyun.kernel.notify import actions as notify
from xiangyun.kernel.org import actions as org
from xiangyun.kernel.org import queries as places
from xiangyun.kernel.org.models import Area
from xiangyun.kernel.people.actions.grids import follow_grid
from xiangyun.kernel.people.queries.grids import homes_of, own_homes
from xiangyun.kernel.workflow.actions.matters import say_figures, say_work, work_of
from xiangyun.kernel.workflow.actions.stand_ins import HandOver, hand_over
from xiangyun.kernel.workflow.events import GridEnded
from xiangyun.kernel.workflow.models import Clock, Involvement, Matter, WorkItem
from xiangyun.kernel.workflow.queries import grids
from xiangyun.kernel.workflow.rules import WAITING


@transaction.atomic
def split_grid(
    *,
    path: str,
    line: Sequence[Sequence[float]],
    names: tuple[str, str],
    chosen: Mapping[UUID, int],
    by: Actor,
    at: datetime,
) -> tuple[Area, Area]:
    """A grid ends today and two begin; homes, open matters and posts go along, and its workers are told.

    Refuses: NotFound, NotAllowed, BadInput (no grid, no outline, a line that does not part it, names; a home without a
    point for which nobody chose).
    Says: GridEnded, inside this transaction.
    """
    grid = org.grid_to_change(path, by)
    sides = grids.sides(grid, org.halves_of(grid, line), chosen)
    if left := len(sides.unplaced):
        raise BadInput("workflow.homes_to_choose", n=left, errors=[{"loc": ["body", "chosen"], "msg": str(left)}])
    halves = org.part_grid(path=path, line=line, names=names, by=by, at=at)
    homes = {home: halves[side].path for home, side in sides.homes.items() if side is not None}
    matters = {matter: halves[side].path for matter, side in sides.matters.items()}
    told = {"grid": grid.name, "first": halves[0].name, "second": halves[1].name}
    for worker in _move(grid, halves, homes, matters, act="workflow.split_grid", by=by, at=at):
        _tell(worker, "workflow.grid_was_split", told, by, at)
    return halves


@transaction.atomic
def join_grids(*, paths: tuple[str, str], name: str, by: Actor, at: datetime) -> Area:
    """Two grids of a village end today and one begins, as after a split that was wrong; homes, open matters and posts
    go along, and the workers of both are told.

    Refuses: NotFound, NotAllowed, BadInput (not two grids of one village; no name, or another grid's).
    Says: GridEnded for each, inside this transaction.
    """
    # In one order, so that two who join the same two wait for each other.
    grids = [org.grid_to_change(path, by) for path in sorted(set(paths))]
    whole = org.join_grids(paths=paths, name=name, by=by, at=at)
    told = {"first": grids[0].name, "second": grids[1].name, "grid": whole.name}
    workers: dict[UUID, None] = {}
    for grid in grids:
        homes = {home.pk: whole.path for home in homes_of(grid.path)}
        open_here = Matter.objects.filter(area_path=grid.path, closed_at=None).order_by("id")
        matters = dict.fromkeys(open_here.values_list("pk", flat=True), whole.path)
        moved = _move(grid, (whole,), homes, matters, act="workflow.join_grids", by=by, at=at)
        workers |= dict.fromkeys(moved)
    for worker in workers:
        _tell(worker, "workflow.grids_were_joined", told, by, at)
    return whole


@transaction.atomic
def hand_grid_over(*, path: str, account: UUID, to: UUID, by: Actor, at: datetime, note: str = "") -> HandOver:
    """A grid goes from one worker to another: the post, its number, and all open work in it; both are told.

    Refuses: NotFound, NotAllowed, BadInput (not a grid; whoever is not its worker; to oneself), WrongState (to or from
    whoever does this; a closed account).
    """
    grid = places.pick(path, by)
    by.must(grids.GIVE, path)
    post = Post.objects.filter(in_force(at), account=account, role=grids.WORKER, area_path=path).first()
    known = Account.objects.in_area(by.scope).in_bulk([account, to])
    if post is None or account not in known:
        raise _wrong(name=known[account].name if account in known else "—", grid=grid.name)
    if account == to or to not in known:
        raise BadInput("workflow.not_of_this_place", errors=[{"loc": ["body", "to"], "msg": "to"}])
    accounts.give_post(account_id=to, role=grids.WORKER, area=path, duty_phone=post.duty_phone, by=by, at=at)
    over = hand_over(account=account, to=to, note=note, area=path, by=by, at=at)
    accounts.end_post(post_id=post.pk, by=by, at=at)
    detail = {"from": account, "to": to, "n": len(over.went), "stayed": len(over.stayed)}
    audit.record(act="workflow.hand_grid_over", by=by, object=("area", grid.pk), area=path, at=at, detail=detail)
    n = len(over.went)
    _tell(to, "workflow.grid_is_yours", {"grid": grid.name, "name": known[account].name, "n": n}, by, at)
    _tell(account, "workflow.grid_went_over", {"grid": grid.name, "name": known[to].name, "n": n}, by, at)
    return over


def _move(
    grid: Area,
    into: Sequence[Area],
    homes: Mapping[UUID, str],
    matters: Mapping[UUID, str],
    *,
    act: str,
    by: Actor,
    at: datetime,
) -> list[UUID]:
    """All that hangs on a grid that ended stands in what it became; returns who works there."""
    follow_grid(homes=homes, named=grid.name, by=by, at=at)
    for matter, place in matters.items():
        _follow(matter, grid.path, place)
    paths = [one.path for one in into]
    workers = accounts.follow_grids(area=grid.path, into=paths, own=own_homes(homes), by=by, at=at)
    detail = {"into": paths, "homes": len(homes), "matters": len(matters)}
    audit.record(act=act, by=by, object=("area", grid.pk), area=grid.path, at=at, detail=detail)
    say_figures(grid.path)
    events.publish(GridEnded(town=by.scope, path=grid.path, into=tuple(paths), at=at))
    return [worker.pk for worker in workers]


def _follow(matter_id: UUID, path: str, half: str) -> None:
    """A matter, its open work, its clocks and who has to do with it stand in the half; its history stays as written."""
    matter = Matter.objects.select_for_update(of=("self",)).get(pk=matter_id)
    matter.area_path = half
    matter.save(update_fields=["area_path"])
    open_work = WorkItem.objects.filter(matter=matter, state__in=WAITING)
    open_work.filter(role_area=path).update(role_area=half)
    open_work.filter(area_path=path).update(area_path=half)
    Clock.objects.filter(matter=matter, area_path=path).update(area_path=half)
    Involvement.objects.filter(matter=matter, area_path=path).update(area_path=half)
    say_work(*work_of(matter))


def _tell(account: UUID, code: str, params: Mapping[str, object], by: Actor, at: datetime) -> None:
    notify.tell(account=account, area=by.scope, code=code, params=params, subject=("inbox", "doing"), at=at)


def _wrong(*, name: str, grid: str) -> BadInput:
    errors = [{"loc": ["body", "account"], "msg": "account"}]
    return BadInput("workflow.not_their_grid", errors=errors, name=name, grid=grid)
