"""Envelopes: what a phone sealed and signed opens here and nowhere else. The app's own vectors are read too."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xiangyun.base import ids
from xiangyun.base.crypto import Tampered
from xiangyun.kernel.offline import envelopes
from xiangyun.kernel.offline.envelopes import Envelope, Forged
from xiangyun.kernel.offline.tests.phone import Keys, b64, canonical, raw, sealed

VECTORS = Path(__file__).parents[4] / "web" / "shared" / "offline" / "vectors.json"
TOWN = UUID("0198c0de-0000-7000-8000-000000000100")


def told(one: dict[str, Any]) -> Envelope:
    return Envelope(
        id=UUID(one["id"]),
        phone=UUID(one["phone"]),
        seq=one["seq"],
        key=one["key"],
        epk=raw(one["epk"]),
        nonce=raw(one["nonce"]),
        sealed=raw(one["sealed"]),
        hash=one["hash"],
        sig=raw(one["sig"]),
    )


@pytest.fixture(scope="module")
def pair() -> tuple[bytes, bytes]:
    return envelopes.new_pair()


def an_envelope(public: bytes, keys: Keys) -> tuple[dict[str, Any], Envelope]:
    record = {"id": str(ids.uuid7()), "phone": str(ids.uuid7()), "seq": 7, "facts": {"address": "三组"}}
    town = {"num": 1, "public": b64(public), "town_id": str(TOWN)}
    return record, told(sealed(record, keys, town))


def test_opens_as_it_was_written(pair: tuple[bytes, bytes]) -> None:
    keys = Keys()
    record, envelope = an_envelope(pair[0], keys)
    envelopes.must_be_signed(envelope, raw(keys.public))
    assert envelopes.opened(envelope, pair[1], TOWN) == canonical(record)


def test_opens_in_no_other_town_from_no_other_phone_as_nothing_else(pair: tuple[bytes, bytes]) -> None:
    _, envelope = an_envelope(pair[0], Keys())
    broken = bytes([envelope.sealed[0] ^ 1]) + envelope.sealed[1:]
    other_private = envelopes.new_pair()[1]
    for changed, private, town in (
        (envelope, pair[1], ids.uuid7()),
        (replace(envelope, phone=ids.uuid7()), pair[1], TOWN),
        (replace(envelope, id=ids.uuid7()), pair[1], TOWN),
        (replace(envelope, sealed=broken), pair[1], TOWN),
        (replace(envelope, sealed=b""), pair[1], TOWN),
        (replace(envelope, epk=b"\x04" + bytes(64)), pair[1], TOWN),
        (replace(envelope, hash="0" * 64), pair[1], TOWN),
        (envelope, other_private, TOWN),
    ):
        with pytest.raises(Tampered):
            envelopes.opened(changed, private, town)


def test_is_signed_by_its_phone_alone(pair: tuple[bytes, bytes]) -> None:
    keys = Keys()
    _, envelope = an_envelope(pair[0], keys)
    for changed in (
        replace(envelope, seq=8),
        replace(envelope, id=ids.uuid7()),
        replace(envelope, hash="0" * 64),
        replace(envelope, sig=bytes(64)),
        replace(envelope, sig=b""),
    ):
        with pytest.raises(Forged):
            envelopes.must_be_signed(changed, raw(keys.public))
    with pytest.raises(Forged):
        envelopes.must_be_signed(envelope, raw(Keys().public))


@given(st.binary(max_size=200))
def test_bytes_come_back_from_json(plain: bytes) -> None:
    assert envelopes.decoded(envelopes.encoded(plain)) == plain


@pytest.mark.skipif(not VECTORS.exists(), reason="the app brings its vectors with its own pages")
def test_what_the_app_seals_is_what_we_open() -> None:
    told_of = json.loads(VECTORS.read_text(encoding="utf-8"))
    town, phone = told_of["town"], told_of["phone"]
    assert len(told_of["vectors"]) >= 2
    for vector in told_of["vectors"]:
        assert canonical(vector["item"]).decode() == vector["canonical"]
        envelope = told(vector["envelope"])
        envelopes.must_be_signed(envelope, raw(phone["public"]))
        plain = envelopes.opened(envelope, raw(town["private"]), UUID(town["town_id"]))
        assert plain.decode() == vector["canonical"]
        assert hashlib.sha256(plain).hexdigest() == envelope.hash
