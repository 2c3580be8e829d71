"""Sealed values open at their own place alone; a new key reaches every one of them; the sheet is typed back."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from django.conf import settings

from xiangyun.base import locks
from xiangyun.base.crypto import Suite, Tampered
from xiangyun.base.errors import BadInput, Conflict, NotAllowed, TooMany
from xiangyun.kernel.access import doors
from xiangyun.kernel.access.rules import Actor, Post
from xiangyun.kernel.vault import actions, queries, rules
from xiangyun.kernel.vault.models import TownKey

AT = datetime(2026, 11, 26, 8, tzinfo=UTC)
TOWN, OTHER = "15.08.02.100", "15.08.02.101"


def a_person(role: str) -> Actor:
    return Actor(account_id=uuid4(), account=role, name=role, kind="person", scope=TOWN, posts=(Post(role, TOWN),))


@pytest.mark.parametrize("suite", list(Suite))
def test_a_value_opens_at_its_own_place_alone(house: None, suite: Suite) -> None:
    ring = actions.sealing_ring(TOWN, at=AT)
    if suite is not ring.key.suite:
        with doors.scoped(TOWN):
            actions.rotate_key(suite=suite, by=a_person("security_admin"), at=AT)
        ring = actions.sealing_ring(TOWN, at=AT)
    pk = uuid4()
    sealed = ring.seal("11010519491231002X", "t", "c", pk)
    assert sealed[0] == suite
    assert b"1101" not in sealed
    assert queries.open_sealed(memoryview(sealed), "t", "c", pk) == "11010519491231002X"
    for table, column, key in (("u", "c", pk), ("t", "d", pk), ("t", "c", uuid4())):
        with pytest.raises(Tampered):
            queries.open_sealed(sealed, table, column, key)


def test_every_flipped_bit_is_seen(house: None) -> None:
    pk = uuid4()
    sealed = actions.sealing_ring(TOWN, at=AT).seal("x", "t", "c", pk)
    for n in range(len(sealed) * 8):
        broken = bytearray(sealed)
        broken[n // 8] ^= 1 << n % 8
        with pytest.raises(Tampered):
            queries.open_sealed(bytes(broken), "t", "c", pk)


def test_another_towns_key_does_not_exist(house: None) -> None:
    with doors.scoped(OTHER):
        sealed = actions.sealing_ring(OTHER, at=AT).seal("x", "t", "c", "1")
    queries._opened.clear()
    with doors.scoped(TOWN), pytest.raises(Tampered):
        queries.open_sealed(sealed, "t", "c", "1")


def test_a_town_finds_by_its_own_index(house: None) -> None:
    mine, other = actions.sealing_ring(TOWN, at=AT), actions.sealing_ring(OTHER, at=AT)
    assert queries.ring(TOWN).sought("id_no", "1") == [mine.index("id_no", "1")]
    assert (
        len({mine.index("id_no", "1"), mine.index("id_no", "2"), mine.index("phone", "1"), other.index("id_no", "1")})
        == 4
    )
    assert queries.ring(TOWN).numbers_sought("name", "王") == [mine.number("name", "王")]


def test_one_key_at_a_time(house: None) -> None:
    assert actions.sealing_ring(TOWN, at=AT).key == actions.sealing_ring(TOWN, at=AT).key
    assert TownKey.objects.filter(area_path=TOWN).count() == 1


def test_who_may_change_the_key(house: None) -> None:
    actions.sealing_ring(TOWN, at=AT)
    with pytest.raises(NotAllowed):
        actions.rotate_key(by=a_person("town_admin"), at=AT)
    by = a_person("security_admin")
    actions.rotate_key(suite=Suite.SM4_GCM, by=by, at=AT)
    with pytest.raises(Conflict):
        actions.rotate_key(by=by, at=AT)


def test_the_sheet_is_typed_back(house: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "CONFIG", replace(settings.CONFIG, demo=False))
    by = a_person("town_admin")
    with pytest.raises(Conflict):
        queries.must_be_confirmed()
    for lang in ("zh-Hans", "en"):
        words = queries.recovery_words(lang)
        assert len(words) == rules.WORDS
    asked = queries.asked_positions(str(by.account_id))
    assert asked == sorted(set(asked))
    right = [words[n - 1] for n in asked]
    with pytest.raises(BadInput):
        actions.confirm_recovery(words=list(reversed(right)), by=by, at=AT)
    actions.confirm_recovery(words=[f" {word.upper()} " for word in right], by=by, at=AT)
    queries.must_be_confirmed()


def test_five_wrong_tries_lock_the_sheet_for_a_quarter_of_an_hour(house: None) -> None:
    by, other = a_person("town_admin"), a_person("town_admin")
    sheet, asked = queries.recovery_words("en"), queries.asked_positions(str(by.account_id))
    right = [sheet[n - 1] for n in asked]
    for n in range(locks.FAILURES):
        at = AT + timedelta(seconds=n)
        with pytest.raises(actions.WrongWords):
            actions.confirm_recovery(words=["a", "b", "c"], by=by, at=at)
        actions.note_wrong_words(by=by, at=at)
    last = AT + timedelta(seconds=locks.FAILURES - 1)
    with pytest.raises(TooMany) as locked:
        actions.confirm_recovery(words=right, by=by, at=last + timedelta(minutes=14))
    assert locked.value.retry_after_s == 60
    with pytest.raises(actions.WrongWords):
        actions.confirm_recovery(words=["a", "b", "c"], by=other, at=last)
    actions.confirm_recovery(words=right, by=by, at=last + locks.LOCK)


def test_how_backups_stand_is_read_from_what_the_box_noted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "CONFIG", replace(settings.CONFIG, home=tmp_path))
    assert set(queries.backup_state("zh-Hans").values()) == {None}
    settings.CONFIG.backup_notes.mkdir(parents=True)
    file = settings.CONFIG.backup_notes / "state.json"
    file.write_text("{half", encoding="utf-8")
    assert queries.backup_state("en")["target"] is None
    told = {
        "target": "/usb",
        "proven": {"at": "2026-11-26T00:00:00+00:00"},
        "drill_trouble": {"zh": "盘满了", "en": "full"},
    }
    file.write_text(json.dumps(told), encoding="utf-8")
    state = queries.backup_state("zh-Hans")
    assert (state["target"], state["proven_at"], state["trouble"]) == ("/usb", told["proven"]["at"], "盘满了")
