"""A phone as the app is one: it writes, seals to the town's key, signs, sends, and lets go of what was acknowledged.

Pure Python over the HTTP API (any browser-like client), so that it proves the wire and not our own functions.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from xiangyun.base import ids

Record = dict[str, Any]


def b64(plain: bytes) -> str:
    return base64.urlsafe_b64encode(plain).decode().rstrip("=")


def raw(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def canonical(record: Mapping[str, Any]) -> bytes:
    return json.dumps(record, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


class Keys:
    """The key pair a phone signs with."""

    def __init__(self) -> None:
        self._own = ec.generate_private_key(ec.SECP256R1())
        self.public = b64(
            self._own.public_key().public_bytes(
                serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
            )
        )

    def sign(self, text: str) -> str:
        r, s = decode_dss_signature(self._own.sign(text.encode(), ec.ECDSA(hashes.SHA256())))
        return b64(r.to_bytes(32, "big") + s.to_bytes(32, "big"))


def sealed(record: Record, keys: Keys, town: Mapping[str, Any]) -> Record:
    """The envelope of a record: `town` is the answer of GET /api/offline/key."""
    plain = canonical(record)
    item, phone = UUID(record["id"]), record["phone"]
    digest = hashlib.sha256(plain).hexdigest()
    once = ec.generate_private_key(ec.SECP256R1())
    shared = once.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), raw(town["public"])))
    key = HKDF(hashes.SHA256(), 32, item.bytes, b"xiangyun offline item v1").derive(shared)
    nonce = os.urandom(12)
    epk = once.public_key().public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
    return {
        "id": str(item),
        "phone": phone,
        "seq": record["seq"],
        "key": town["num"],
        "epk": b64(epk),
        "nonce": b64(nonce),
        "sealed": b64(AESGCM(key).encrypt(nonce, plain, f"{town['town_id']}|{phone}|{item}".encode())),
        "hash": digest,
        "sig": keys.sign(f"{phone}|{item}|{record['seq']}|{digest}"),
    }


class Phone:
    """One installed app. `browser` speaks HTTP for its account; what is written stays here until it is acknowledged."""

    def __init__(self, browser: Any, *, now: datetime | None = None) -> None:
        self.browser = browser
        self.id = str(ids.uuid7())
        self.keys = Keys()
        self.seq = 0
        self.now = now
        self.outbox: dict[str, Record] = {}
        self.sealed: dict[str, Record] = {}
        self.gone: list[Record] = []
        self.receipts: dict[str, Record] = {}
        self.town: Record = {}

    def clock(self) -> datetime:
        return self.now or datetime.now(UTC)

    def register(self, **changes: Any) -> Any:
        self.town = self.browser.get("/api/offline/key").json()
        body = {"public": self.keys.public, "label": "Android", "app_version": "1", **changes}
        return self.browser.put(f"/api/offline/phones/{self.id}", json.dumps(body), content_type="application/json")

    def write(
        self,
        form: str,
        subject: tuple[str, Any],
        facts: Mapping[str, Any] | None = None,
        *,
        base: int | None = None,
        was: Mapping[str, Any] | None = None,
        files: Sequence[Record] = (),
        **changes: Any,
    ) -> str:
        """One thing, written whole."""
        self.seq += 1
        record = {
            "v": 1,
            "id": str(ids.uuid7()),
            "seq": self.seq,
            "phone": self.id,
            "account": "",
            "form": form,
            "subject": {"kind": subject[0], "id": str(subject[1])},
            "base": base,
            "facts": dict(facts or {}),
            "was": dict(was or {}),
            "made_at": self.clock().isoformat(),
            "files": list(files),
            **changes,
        }
        self.outbox[record["id"]] = record
        self.sealed[record["id"]] = sealed(record, self.keys, self.town)
        return str(record["id"])

    def remove(self, item: str, reason: str) -> None:
        """A person takes something out of the outbox and says why."""
        record = self.outbox.pop(item)
        self.gone.append({"id": item, "seq": record["seq"], "reason": reason})

    def body(self, items: Sequence[str] | None = None) -> Record:
        """What is sent: all of the outbox, or some of it."""
        wanted = list(self.outbox) if items is None else items
        return {
            "phone": self.id,
            "now": self.clock().isoformat(),
            "holds": {"items": len(self.outbox.keys() - self.receipts.keys())},
            "items": [self.sealed[one] for one in wanted],
            "gone": list(self.gone),
        }

    def send(self, body: Record | None = None) -> Any:
        return self.browser.post("/api/offline/items", json.dumps(body or self.body()), content_type="application/json")

    def sync(self, items: Sequence[str] | None = None) -> list[Record]:
        """Send, and let go of what was acknowledged."""
        answer = self.send(self.body(items))
        assert answer.status_code == 200, answer.content
        told = answer.json()
        self.take(told)
        return list(told["receipts"])

    def take(self, told: Record) -> None:
        """Receipts: a copy goes only when the hash is that of what is held."""
        for receipt in told["receipts"]:
            self.receipts[receipt["id"]] = receipt
            held = self.sealed.get(receipt["id"])
            is_safe = held is not None and held["hash"] == receipt["hash"]
            if is_safe and receipt["state"] in ("applied", "conflict", "quarantined"):
                self.outbox.pop(receipt["id"], None)
        buried = {one["id"] for one in told["receipts"]}
        self.gone = [one for one in self.gone if one["id"] not in buried]

    def drop_body(self, items: Sequence[str] | None = None) -> Record:
        """A rescue file."""
        wanted = list(self.outbox) if items is None else items
        return {"v": 1, "phone": self.id, "items": [self.sealed[one] for one in wanted]}
