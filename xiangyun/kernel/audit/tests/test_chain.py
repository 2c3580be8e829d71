"""The chain: what the sealer makes and what the verifier finds, on a real database with real commits."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from django.conf import settings as django_settings
from django.db import DatabaseError, connection, transaction

from xiangyun.kernel.access import doors
from xiangyun.kernel.access.rules import system
from xiangyun.kernel.audit import actions, adapters, queries, rules, tasks
from xiangyun.kernel.audit.models import Entry, Link, Unsealed
from xiangyun.kernel.audit.rules import Head

TOWN, OTHER_TOWN = "15.08.02.100", "15.08.02.101"
AT = datetime(2026, 6, 20, 6, 0, tzinfo=UTC)

pytestmark = pytest.mark.django_db(transaction=True)


def act(n=1, town=TOWN, **changes):
    with doors.scoped(town):
        for k in range(n):
            facts = {
                "act": "devices.register_device",
                "by": system(town),
                "object": ("device", k),
                "area": f"{town}.201",
                "at": AT + timedelta(seconds=k),
                "detail": {"profile": "soil_probe", "n": k, "ratio": 0.1},
                **changes,
            }
            actions.record(**facts)


def seal():
    return actions.seal(at=AT + timedelta(minutes=1))


def ids(town=TOWN):
    with doors.scoped(town):
        return list(Entry.objects.order_by("id").values_list("id", flat=True))


@contextmanager
def owner():
    """The insider with the keys of the database: takes the guards away, changes something, puts them back."""
    with psycopg.connect(**django_settings.CONFIG.dsn("xy_owner"), autocommit=True) as insider:
        for table in ("audit_entry", "audit_link"):
            insider.execute(f"ALTER TABLE {table} DISABLE TRIGGER insert_only")
        yield insider
        for table in ("audit_entry", "audit_link"):
            insider.execute(f"ALTER TABLE {table} ENABLE TRIGGER insert_only")


def test_each_town_has_its_own_chain_from_one():
    act(3)
    act(2, OTHER_TOWN)
    heads = seal()
    assert [(head.town, head.seq) for head in heads] == [(TOWN, 3), (OTHER_TOWN, 2)]
    for town, sealed in ((TOWN, 3), (OTHER_TOWN, 2)):
        verdict = queries.verify(town)
        assert (verdict.is_good, verdict.sealed, verdict.unsealed) == (True, sealed, 0)
    assert seal() == []
    act(1)
    assert [(head.town, head.seq) for head in seal()] == [(TOWN, 4)]


def test_the_tail_is_reported_until_it_is_sealed():
    act(2)
    verdict = queries.verify(TOWN)
    assert (verdict.is_good, verdict.sealed, verdict.unsealed, verdict.oldest_unsealed_at) == (True, 0, 2, AT)
    late = queries.sentences(verdict, "en", AT + timedelta(seconds=6))
    assert len(late) == 2
    assert len(queries.sentences(verdict, "en", AT + timedelta(seconds=4))) == 1


def test_an_act_that_is_rolled_back_leaves_nothing():
    with transaction.atomic():
        act(1)
        transaction.set_rollback(True)
    assert ids() == []
    assert queries.verify(TOWN).unsealed == 0


def test_nobody_of_the_house_changes_a_row():
    act(1)
    seal()
    for statement in (
        "UPDATE audit_entry SET act = 'nothing'",
        "DELETE FROM audit_entry",
        "TRUNCATE audit_entry",
        "UPDATE audit_link SET seq = 9",
        "DELETE FROM audit_link",
    ):
        with pytest.raises(DatabaseError), doors.scoped(TOWN), connection.cursor() as cursor:
            cursor.execute(statement)
    assert queries.verify(TOWN).is_good


def test_even_the_owner_is_stopped_by_the_triggers():
    act(1)
    with psycopg.connect(**django_settings.CONFIG.dsn("xy_owner"), autocommit=True) as insider:
        for statement in (
            "UPDATE audit_entry SET act = 'x'",
            "DELETE FROM audit_entry",
            "TRUNCATE audit_entry CASCADE",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege, match="insert-only"):
                insider.execute(statement)


SWAP = """
UPDATE audit_link SET entry_id = CASE entry_id WHEN {1} THEN -1 ELSE -2 END WHERE entry_id IN ({1}, {2});
UPDATE audit_link SET entry_id = CASE entry_id WHEN -1 THEN {2} ELSE {1} END WHERE entry_id < 0
"""


@pytest.mark.parametrize(
    ("change", "why", "seq"),
    [
        ("UPDATE audit_entry SET detail = '{}' WHERE id = {2}", "audit.bad_entry_changed", 3),
        ("UPDATE audit_entry SET by_name = 'somebody else' WHERE id = {1}", "audit.bad_entry_changed", 2),
        ("UPDATE audit_entry SET at = at + interval '1 microsecond' WHERE id = {4}", "audit.bad_entry_changed", 5),
        ("DELETE FROM audit_entry WHERE id = {1}", "audit.bad_entry_missing", 2),
        ("DELETE FROM audit_link WHERE entry_id = {2}", "audit.bad_link_missing", 3),
        ("DELETE FROM audit_link WHERE entry_id = {4}", "audit.bad_never_sealed", None),
        ("UPDATE audit_link SET hash = hash || '\\x00' WHERE seq = 2", "audit.bad_entry_changed", 2),
        (SWAP, "audit.bad_entry_changed", 2),
    ],
)
def test_the_verifier_names_the_first_row_an_insider_touched(change, why, seq):
    act(5)
    seal()
    rows = ids()
    for n, row in enumerate(rows):
        change = change.replace(f"{{{n}}}", str(row))
    with owner() as insider:
        insider.execute(change)
    verdict = queries.verify(TOWN)
    assert verdict.first_bad is not None
    assert (verdict.first_bad.why, verdict.first_bad.seq) == (why, seq)
    if seq is not None:
        assert verdict.sealed == seq - 1
    assert str(seq or verdict.first_bad.entry_id) in queries.sentences(verdict, "zh-Hans")[0]


def test_a_row_taken_out_of_the_queue_is_missed():
    act(2)
    with owner() as insider:
        insider.execute("DELETE FROM audit_unsealed WHERE entry_id = %s", [ids()[0]])
    seal()
    verdict = queries.verify(TOWN)
    assert verdict.first_bad is not None
    assert (verdict.first_bad.why, verdict.first_bad.entry_id) == ("audit.bad_never_sealed", ids()[0])


def test_a_row_slipped_into_the_past_is_sealed_as_what_it_is():
    act(2)
    seal()
    with owner() as insider:
        insider.execute(
            "INSERT INTO audit_entry (id, at, town, area_path, act, by_kind, by_account, by_name, object_kind,"
            " object_id, detail) OVERRIDING SYSTEM VALUE"
            " VALUES (-5, '2020-01-01', %s, %s, 'x', 'person', '', '', '', '', '{}')",
            [TOWN, TOWN],
        )
    seal()
    with doors.scoped(TOWN):
        assert Link.objects.get(entry_id=-5).seq == 3


def test_a_chain_cut_short_or_rewritten_is_missed_by_the_head_outside(tmp_path):
    act(4)
    heads = seal()
    adapters.keep_heads(tmp_path, heads)
    kept = adapters.kept_heads(tmp_path)
    assert kept == {TOWN: heads[0]}
    assert queries.verify(TOWN, anchors=kept).is_good
    with owner() as insider:
        insider.execute("DELETE FROM audit_link WHERE seq > 2")
        insider.execute("DELETE FROM audit_entry WHERE id >= %s", [ids()[2]])
    assert queries.verify(TOWN).is_good
    cut = queries.verify(TOWN, anchors=kept)
    assert cut.first_bad is not None
    assert (cut.first_bad.why, cut.first_bad.seq) == ("audit.bad_cut_short", 3)
    rewritten = queries.verify(TOWN, anchors={TOWN: Head(town=TOWN, seq=2, hash="00")})
    assert rewritten.first_bad is not None
    assert rewritten.first_bad.why == "audit.bad_chain_rewritten"


def test_a_head_that_its_chain_no_longer_holds_stays_however_the_chain_grows(tmp_path, monkeypatch):
    monkeypatch.setattr(adapters, "FOLDER", str(tmp_path))
    act(4)
    tasks.seal_round(AT)
    kept = adapters.kept_heads(tmp_path)
    assert kept[TOWN].seq == 4
    act(1)
    tasks.seal_round(AT)
    kept = adapters.kept_heads(tmp_path)
    assert kept[TOWN].seq == 5
    with owner() as insider:
        insider.execute("DELETE FROM audit_link WHERE seq > 2")
        insider.execute("DELETE FROM audit_entry WHERE id >= %s", [ids()[2]])
    act(7)
    tasks.seal_round(AT)
    assert adapters.kept_heads(tmp_path) == kept
    assert queries.verify(TOWN).is_good
    bad = queries.verify(TOWN, anchors=kept).first_bad
    assert bad is not None
    assert (bad.why, bad.seq) == ("audit.bad_chain_rewritten", 5)


def test_an_older_transaction_that_still_runs_holds_back_what_came_after_it():
    started, finish = threading.Event(), threading.Event()

    def slow():
        with doors.scoped(TOWN):
            act(1, act="slow.act")
            started.set()
            finish.wait(20)
        connection.close()

    thread = threading.Thread(target=slow)
    thread.start()
    assert started.wait(20)
    try:
        act(2)
        assert seal() == []
        assert queries.verify(TOWN).unsealed == 2
    finally:
        finish.set()
        thread.join()
    assert [(head.town, head.seq) for head in seal()] == [(TOWN, 3)]
    with doors.scoped(TOWN):
        assert Entry.objects.get(pk=Link.objects.get(seq=1).entry_id).act == "slow.act"
    assert queries.verify(TOWN).is_good


def test_one_sealer_at_a_time():
    act(2)
    with psycopg.connect(**django_settings.CONFIG.dsn("xy_app")) as other:
        other.execute("SELECT pg_advisory_xact_lock(%s)", [actions.SEALER])
        assert seal() == []
    assert len(seal()) == 1


def test_what_an_older_cluster_wrote_is_sealed_after_a_restore():
    act(2)
    with owner() as insider:
        insider.execute("UPDATE audit_unsealed SET xid = '999999999999'::xid8 WHERE entry_id = %s", [ids()[1]])
    assert [(head.town, head.seq) for head in seal()] == [(TOWN, 2)]
    assert queries.verify(TOWN).is_good


def test_the_round_writes_the_heads_down(settings, tmp_path):
    class Config:
        home = tmp_path

    settings.CONFIG = Config
    act(1)
    assert tasks.seal_round(AT) == 1
    assert adapters.kept_heads(tmp_path / adapters.FOLDER)[TOWN].seq == 1
    act(1)
    tasks.seal_round(AT)
    act(1, OTHER_TOWN)
    tasks.seal_round(AT)
    assert {town: head.seq for town, head in adapters.kept_heads(tmp_path / adapters.FOLDER).items()} == {
        TOWN: 2,
        OTHER_TOWN: 1,
    }


def test_a_link_depends_on_every_field():
    base = rules.Sealable(1, AT, TOWN, TOWN, "a", "person", "", "b", "c", "d", "e", "{}")
    hashes = {rules.link_hash(rules.START, base), rules.link_hash(b"\x01" * 32, base)}
    changes = {"id": 2, "at": AT + timedelta(microseconds=1)} | dict.fromkeys(
        ("town", "area_path", "act", "by_kind", "by_id", "by_account", "by_name", "object_kind", "object_id", "detail"),
        "other",
    )
    for name, value in changes.items():
        hashes.add(rules.link_hash(rules.START, rules.Sealable(**{**fields(base), name: value})))
    assert len(hashes) == 2 + len(changes)


def fields(entry):
    return {name: getattr(entry, name) for name in entry.__dataclass_fields__}


def test_an_entry_waits_until_it_is_sealed():
    act(1)
    with doors.scoped(TOWN):
        assert Unsealed.objects.count() == 1
    seal()
    with doors.scoped(TOWN):
        assert Unsealed.objects.count() == 0
