"""Writes to the vault: a town's first key, a new one and the walk to it, the recovery sheet confirmed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from math import ceil
from typing import Any
from uuid import UUID

from django.apps import apps
from django.conf import settings
from django.db import connection, transaction

from xiangyun.base import crypto, locks, paths
from xiangyun.base.crypto import Suite
from xiangyun.base.errors import BadInput, Conflict, TooMany
from xiangyun.kernel.access import doors
from xiangyun.kernel.access.rules import Actor
from xiangyun.kernel.audit import actions as audit
from xiangyun.kernel.audit import queries as audit_queries
from xiangyun.kernel.vault import queries, registry, rules
from xiangyun.kernel.vault.models import Confirmation, Rotation, TownKey
from xiangyun.kernel.vault.queries import SealingRing
from xiangyun.kernel.vault.rules import SealedTable


class WrongWords(BadInput):
    """What was typed is not what stands on the sheet; counted."""


def sealing_ring(area: str, *, at: datetime) -> SealingRing:
    """The key of the town (or the county or city above the towns) in which `area` lies, to seal with until the end of
    this transaction; the first who asks makes it.

    Whoever changes the key waits until this transaction is over, so that the walk to the new key misses no value.
    """
    tenant = queries.tenant_of(area)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock_shared(%s, hashtext(%s))", [queries.LOCKED, tenant])
    active = TownKey.objects.filter(area_path=tenant, retired_at=None)
    key = active.first()
    if key is None:
        TownKey.objects.bulk_create([_drafted(tenant, Suite.AES_256_GCM, at)], ignore_conflicts=True)
        key = active.get()
    return SealingRing(queries.unwrapped(key))


@transaction.atomic
def rotate_key(*, suite: Suite | None = None, by: Actor, at: datetime) -> Rotation:
    """A town seals with a new key from now on; `carry_on` then brings what stands sealed over to it.

    Refuses: NotAllowed, Conflict (a walk is under way; no key yet).
    """
    tenant = by.scope
    by.must(rules.ROTATE, tenant)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [queries.LOCKED, tenant])
    old = TownKey.objects.select_for_update().filter(area_path=tenant, retired_at=None).first()
    if old is None:
        raise Conflict("vault.no_key")
    if queries.running_rotation(tenant):
        raise Conflict("vault.rotating")
    old.retired_at = at
    old.save(update_fields=["retired_at"])
    key = _drafted(tenant, suite or Suite(old.suite), at)
    key.save()
    rotation = Rotation.objects.create(
        area_path=tenant,
        key=key,
        started_at=at,
        by_account=by.account_id,
        total=sum(queries.rows_of(tenant, _model(table)._meta.db_table) for table in registry.sealed_tables()),
    )
    detail = {"suite": Suite(key.suite).name, "key": key.num}
    audit.record(act=rules.ROTATE, by=by, object=("town_key", key.num), area=tenant, at=at, detail=detail)
    return rotation


@transaction.atomic
def carry_on(*, rotation_id: UUID, at: datetime, rows: int = rules.ROTATED_AT_ONCE) -> bool:
    """Bring the next rows over to the new key; true while there are more. Stopped anywhere, it goes on from there."""
    rotation = Rotation.objects.select_for_update().select_related("key").pick(rotation_id)
    if rotation.finished_at:
        return False
    tables = {table.model: table for table in registry.sealed_tables()}
    names = [name for name in tables if name >= rotation.table]
    for name in names:
        moved = _carry(tables[name], rotation, rotation.after if name == rotation.table else "", rows, at)
        if moved:
            rotation.table, rotation.after = name, str(moved[-1])
            rotation.done += len(moved)
            rotation.save(update_fields=["table", "after", "done"])
            return True
    rotation.finished_at = at
    rotation.done = rotation.total
    rotation.save(update_fields=["finished_at", "done"])
    # What was sealed with the old keys is gone from here; backups bring their own copy of the wrapped keys.
    TownKey.objects.filter(area_path=rotation.area_path, retired_at__isnull=False).delete()
    return False


@transaction.atomic
def confirm_recovery(*, words: Sequence[str], by: Actor, at: datetime) -> None:
    """An administrator types the asked words of the recovery sheet back: it exists and is in somebody's hands.

    Refuses: NotAllowed, TooMany (locked, as passwords are), WrongWords.
    """
    by.must(rules.CONFIRM)
    _refuse_while_locked(by, at)
    asked = queries.asked_positions(str(by.account_id))
    told = [word.strip().lower() for word in words]
    sheets = [queries.recovery_words(lang) for lang in ("zh-Hans", "en")]
    if told not in [[sheet[n - 1] for n in asked] for sheet in sheets]:
        raise WrongWords("vault.wrong_words", errors=[{"loc": ["body", "words"], "msg": "vault.wrong_words"}])
    Confirmation.objects.create(
        fingerprint=rules.fingerprint(settings.CONFIG.recovery_secret()), by_account=by.account_id, at=at
    )
    audit.record(act=rules.CONFIRM, by=by, object=("box", "recovery"), area=by.scope, at=at)


def note_wrong_words(*, by: Actor, at: datetime) -> None:
    """Write down a wrong try; the door calls this after it rolled the request back."""
    with doors.scoped(by.scope):
        audit.record(act=rules.WRONG, by=by, object=("box", "recovery"), area=by.scope, at=at)


def _refuse_while_locked(by: Actor, at: datetime) -> None:
    until = locks.locked_until(audit_queries.failures(by, failed=rules.WRONG, passed=rules.CONFIRM, at=at))
    if until is not None and until > at:
        wait_s = max(1, ceil((until - at).total_seconds()))
        raise TooMany("vault.locked", retry_after_s=wait_s, minutes=ceil(wait_s / 60))


def _drafted(tenant: str, suite: Suite, at: datetime) -> TownKey:
    town = queries.town_id(tenant)
    wrapped = crypto.seal(
        Suite.AES_256_GCM, queries.master_key(), crypto.new_key(suite), queries.wrap_context(town, suite)
    )
    return TownKey(town_id=town, area_path=tenant, suite=suite, wrapped=wrapped, made_at=at)


def _model(table: SealedTable) -> Any:
    return apps.get_model(table.model)


def _carry(table: SealedTable, rotation: Rotation, after: str, rows: int, at: datetime) -> list[Any]:
    """Reseal the next rows of one table; returns their primary keys in order."""
    model = _model(table)
    place = model._meta.db_table
    window = model.objects.filter(
        area_path__gte=rotation.area_path, area_path__lt=paths.end_of(rotation.area_path)
    ).order_by("pk")
    if after:
        window = window.filter(pk__gt=after)
    found = list(window.select_for_update()[:rows])
    ring = sealing_ring(rotation.area_path, at=at)
    for row in found:
        opened = {}
        for column in table.columns:
            sealed = getattr(row, column)
            if sealed is None:
                continue
            opened[column] = queries.open_sealed(sealed, place, column, row.pk)
            setattr(row, column, ring.seal(opened[column], place, column, row.pk))
        if table.reindex:
            for column, value in table.reindex(row, opened, ring).items():
                setattr(row, column, value)
    if found:
        blind = table.blind if table.reindex else ()
        model.objects.bulk_update(found, [*table.columns, *blind], batch_size=rows)
    return [row.pk for row in found]
