"""A security key in software: it answers as a browser would, with a P-256 key and no attestation (WebAuthn §6.5)."""

from __future__ import annotations

import hashlib
import json
import secrets
from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from webauthn.helpers import bytes_to_base64url as text

PRESENT, ATTESTED = 0x01, 0x40


class SoftKey:
    """One key; `origin` is where its browser stands."""

    def __init__(self, origin: str = "http://localhost", site: str = "localhost") -> None:
        self.origin, self.site = origin, site
        self.private = ec.generate_private_key(ec.SECP256R1())
        self.credential_id = secrets.token_bytes(32)
        self.count = 0

    def made(self, options: dict[str, Any]) -> dict[str, Any]:
        """The answer to `navigator.credentials.create`."""
        point = self.private.public_key().public_numbers()
        cose = cbor2.dumps({1: 2, 3: -7, -1: 1, -2: point.x.to_bytes(32, "big"), -3: point.y.to_bytes(32, "big")})
        attested = bytes(16) + len(self.credential_id).to_bytes(2, "big") + self.credential_id + cose
        seen = self._seen(PRESENT | ATTESTED) + attested
        return self._told(
            clientDataJSON=text(self._client("webauthn.create", options["challenge"])),
            attestationObject=text(cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": seen})),
        )

    def signed(self, options: dict[str, Any]) -> dict[str, Any]:
        """The answer to `navigator.credentials.get`."""
        self.count += 1
        client, seen = self._client("webauthn.get", options["challenge"]), self._seen(PRESENT)
        signature = self.private.sign(seen + hashlib.sha256(client).digest(), ec.ECDSA(SHA256()))
        return self._told(clientDataJSON=text(client), authenticatorData=text(seen), signature=text(signature))

    def _client(self, kind: str, challenge: str) -> bytes:
        return json.dumps({"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": False}).encode()

    def _seen(self, flags: int) -> bytes:
        return hashlib.sha256(self.site.encode()).digest() + bytes((flags,)) + self.count.to_bytes(4, "big")

    def _told(self, **response: str) -> dict[str, Any]:
        shown = text(self.credential_id)
        return {"id": shown, "rawId": shown, "type": "public-key", "response": response}
