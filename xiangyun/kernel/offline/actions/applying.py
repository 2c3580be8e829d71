"""One item is carried out: it goes in, differs, is refused with the fact marked, or waits for a person. Nothing is
dropped, and nothing one item does stops another."""

from __future__ import annotations

import json
import logging
import traceback
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import DataError, IntegrityError, OperationalError, transaction

from xiangyun.base.errors import BadInput, NoRoom, NotFound, Refusal, TooMany
from xiangyun.base.offline import Applied, Difference, Fault, Form, Impossible, Told
from xiangyun.kernel.access import rules as access
from xiangyun.kernel.access.rules import Actor
from xiangyun.kernel.accounts import queries as accounts
from xiangyun.kernel.files import actions as files
from xiangyun.kernel.notify import actions as notify
from xiangyun.kernel.offline import registry, rules
from xiangyun.kernel.offline.models import Conflict, Item, ItemFile
from xiangyun.kernel.offline.queries import items
from xiangyun.kernel.offline.queries.items import Outcome
from xiangyun.kernel.offline.rules import State, Why
from xiangyun.kernel.vault.queries import SealingRing

log = logging.getLogger("xiangyun.offline")

UNIQUE_VIOLATION = "23505"
CAME, WENT = "offline.came_to_you", "offline.went_to_another"
NEW_HOLDERS = 5


def carry_out(
    item: Item, *, by: Actor, ring: SealingRing, at: datetime, before: Mapping[str, Any] | None = None
) -> None:
    """Let an item in, as `by`; it is saved with what became of it. `before`: as in `Told`.

    Raises what is nobody's fault and passes: the disk is full, the database is away.
    """
    text = items.written(item)
    form = registry.form(item.form)
    if text is None or form is None:
        settle(item, State.REFUSED, Outcome("offline.unknown_form", {}), ring=ring, at=at)
        return
    told = items.told(item, text, before=before)
    try:
        with transaction.atomic():
            applied = form.apply(told, by=by, at=at)
    except Impossible as fault:
        settle(item, State.REFUSED, Outcome("offline.cannot_be", {}, fault.faults), ring=ring, at=at)
    except (NoRoom, TooMany, OperationalError):
        raise
    except NotFound:
        _not_there(item, form, told, by=by, ring=ring, at=at)
    except Refusal as refusal:
        settle(item, State.REFUSED, _refused(refusal), ring=ring, at=at)
    except (DataError, ValidationError, OverflowError):
        settle(item, State.REFUSED, Outcome("base.bad_input", {}), ring=ring, at=at)
    except IntegrityError as fault:
        _met(item, fault, ring=ring, at=at)
    except Exception as fault:  # noqa: BLE001 - one broken form must not hold back what stands behind it
        _broke(item, fault, ring=ring, at=at)
    else:
        _applied(item, told, applied, has_files=bool(text.files), ring=ring, at=at)


def settle(item: Item, state: State, outcome: Outcome, *, ring: SealingRing, at: datetime, why: str = "") -> None:
    """Write down what became of an item. Raises ValueError for a move that cannot happen."""
    if not rules.may_move(State(item.state), state):
        raise ValueError(f"{item.state} does not become {state.value}")
    item.state, item.why, item.settled_at = state.value, why, at
    item.outcome_sealed = outcome.sealed(item, ring)
    item.save()


def _applied(item: Item, told: Told, applied: Applied, *, has_files: bool, ring: SealingRing, at: datetime) -> None:
    item.subject_kind, item.subject_id = applied.subject
    item.area_path = applied.place or item.area_path
    item.version = applied.version
    differs = [one for one in applied.differs if one.fact in told.facts]
    state = State.CONFLICT if differs else State.APPLIED
    settle(item, state, Outcome(f"offline.is_{state.value}", {"n": len(differs)}), ring=ring, at=at)
    _keep_both(item, applied, differs, ring=ring, at=at)
    if has_files and ItemFile.objects.filter(item=item, kept_at__isnull=False).exists():
        # What came of its files while it waited belongs to its subject from now on.
        hides = is_hidden(item)
        files.hand_on(
            subject=("offline_item", item.pk),
            to=(item.subject_kind, item.subject_id),
            area=item.area_path,
            is_sealed=hides,
        )


def is_hidden(item: Item) -> bool:
    """Whether the files of an item are shown by the room of what it is about alone; before it is in, by nobody where
    that room may hide them."""
    form = registry.form(item.form)
    if form is None or form.hides is None:
        return False
    return item.state not in rules.IN or item.subject_id is None or form.hides(item.subject_id)


def _keep_both(item: Item, applied: Applied, differs: Sequence[Difference], *, ring: SealingRing, at: datetime) -> None:
    kept = []
    for one in differs:
        row = Conflict(
            area_path=item.area_path,
            item=item,
            account_id=item.account_id,
            form=item.form,
            subject_kind=applied.subject.kind,
            subject_id=applied.subject.id,
            fact=one.fact,
            found_at=at,
        )
        values = {
            "base": one.base,
            "mine": one.mine,
            "theirs": one.theirs,
            "who": one.who,
            "at": one.at.isoformat() if one.at else None,
            "source": one.source,
        }
        text = json.dumps(values, ensure_ascii=False, default=str)
        row.values_sealed = ring.seal(text, items.CONFLICTS, "values_sealed", row.pk)
        kept.append(row)
    Conflict.objects.bulk_create(kept)


def _refused(refusal: Refusal) -> Outcome:
    """A room's own refusal, each fault at its fact."""
    if not isinstance(refusal, BadInput):
        return Outcome(refusal.code, refusal.params)
    faults = [
        Fault(".".join(str(part) for part in one["loc"][1:]), str(one["msg"]), refusal.params)
        for one in refusal.errors or ()
    ]
    return Outcome("offline.cannot_be", {}, tuple(faults) or (Fault("", refusal.code, refusal.params),))


def _not_there(item: Item, form: Form, told: Told, *, by: Actor, ring: SealingRing, at: datetime) -> None:
    """The row is not one of `by`'s: another's now, or nobody's."""
    place = items.place(form, item, told)
    if place is None or not (by.may(form.ability) or _was_theirs(item, form, place)):
        settle(item, State.REFUSED, Outcome("offline.not_there", {}), ring=ring, at=at)
        return
    item.area_path = place
    settle(item, State.QUARANTINED, Outcome("offline.is_moved", {}), ring=ring, at=at, why=Why.MOVED.value)
    subject = ("offline_item", item.pk)
    told_form: dict[str, Any] = {"form": {"code": form.title_key, "params": {}, "place": place}}
    notify.tell(account=item.account_id, area=place, code=WENT, params=told_form, subject=subject, at=at)
    for account in _holders(place, form.ability, at=at):
        if account != item.account_id:
            notify.tell(account=account, area=place, code=CAME, params=told_form, subject=subject, at=at)


def _was_theirs(item: Item, form: Form, place: str) -> bool:
    """Whether whoever wrote it once looked after the place: what they wrote for it goes to who does now."""
    return accounts.has_held(item.account_id, place, access.roles_with(form.ability))


def _holders(place: str, ability: str, *, at: datetime) -> list[Any]:
    """Who looks after a grid (or a village) itself, not those above it."""
    held = accounts.posts_at(place, at=at, roles=access.roles_with(ability)).values_list("account_id", flat=True)
    return list(dict.fromkeys(held))[:NEW_HOLDERS]


def _met(item: Item, fault: IntegrityError, *, ring: SealingRing, at: datetime) -> None:
    if getattr(fault.__cause__, "sqlstate", "") == UNIQUE_VIOLATION:
        settle(item, State.REFUSED, Outcome("offline.there_already", {}), ring=ring, at=at)
    else:
        _broke(item, fault, ring=ring, at=at)


def _broke(item: Item, fault: Exception, *, ring: SealingRing, at: datetime) -> None:
    """A fault of the house: the item waits for a person instead of being lost or stopping those behind it.

    Of the fault only its kind and where it happened are logged: its words may hold what was written.
    """
    where = "".join(traceback.format_tb(fault.__traceback__))
    log.error("the form %s broke at item %s: %s\n%s", item.form, item.pk, type(fault).__name__, where)
    settle(item, State.QUARANTINED, Outcome("offline.is_fault", {}), ring=ring, at=at, why=Why.FAULT.value)
