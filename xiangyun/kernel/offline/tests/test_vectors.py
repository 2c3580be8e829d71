"""The envelopes that the phone's tests make and open too: both sides read the same bytes."""

import hashlib
import json
from pathlib import Path
from uuid import UUID

import pytest

import xiangyun
from xiangyun.base.crypto import Tampered
from xiangyun.kernel.offline import body, envelopes
from xiangyun.kernel.offline.envelopes import Envelope, Forged

FILE = Path(xiangyun.__file__).parent.parent / "web" / "shared" / "offline" / "vectors.json"
TOLD = json.loads(FILE.read_text(encoding="utf-8"))
TOWN, PRIVATE = UUID(TOLD["town"]["town_id"]), envelopes.decoded(TOLD["town"]["private"])
PUBLIC = envelopes.decoded(TOLD["phone"]["public"])


def an_envelope(told, **changes):
    plain = {name: envelopes.decoded(told[name]) for name in ("epk", "nonce", "sealed", "sig")}
    own = {"id": UUID(told["id"]), "phone": UUID(told["phone"]), "seq": told["seq"], "key": told["key"]}
    return Envelope(**{**plain, **own, "hash": told["hash"], **changes})


@pytest.mark.parametrize("vector", TOLD["vectors"], ids=lambda one: one["item"]["form"])
def test_what_a_phone_sealed_opens_here(vector):
    one = an_envelope(vector["envelope"])
    envelopes.must_be_signed(one, PUBLIC)
    plain = envelopes.opened(one, PRIVATE, TOWN)
    assert plain.decode() == vector["canonical"]
    assert hashlib.sha256(plain).hexdigest() == one.hash
    written = body.read(plain.decode())
    assert written is not None
    assert (written.id, written.seq, written.facts) == (one.id, one.seq, vector["item"]["facts"])


@pytest.mark.parametrize("changes", [{"seq": 9}, {"hash": "0" * 64}, {"phone": TOWN}])
def test_a_changed_envelope_is_nobodys(changes):
    with pytest.raises(Forged):
        envelopes.must_be_signed(an_envelope(TOLD["vectors"][0]["envelope"], **changes), PUBLIC)


def test_it_opens_in_no_other_town():
    one = an_envelope(TOLD["vectors"][0]["envelope"])
    with pytest.raises(Tampered):
        envelopes.opened(one, PRIVATE, one.id)
