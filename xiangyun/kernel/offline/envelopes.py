"""The envelope a phone seals to its town: ECDH and ECDSA over P-256, HKDF-SHA-256, AES-256-GCM.

The phone makes a key pair for each envelope, so whoever takes the phone away cannot open what it holds; its own key
signs `phone|id|seq|hash`, so that anybody may carry an envelope and nobody may make one.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from uuid import UUID

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from xiangyun.base import crypto
from xiangyun.base.crypto import Suite, Tampered

INFO = b"xiangyun offline item v1"
POINT_BYTES = 65
SIGNATURE_BYTES = 64
CURVE = ec.SECP256R1()


class Forged(Exception):
    """No key of this phone signed it."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """One sealed thing on its way; `key` is the number of the town's key."""

    id: UUID
    phone: UUID
    seq: int
    key: int
    epk: bytes
    nonce: bytes
    sealed: bytes
    hash: str
    sig: bytes


def encoded(plain: bytes) -> str:
    """Bytes as they stand in JSON: base64url without padding."""
    return base64.urlsafe_b64encode(plain).decode().rstrip("=")


def decoded(text: str) -> bytes:
    """The bytes again. Raises ValueError."""
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)


def is_point(raw: bytes) -> bool:
    """Whether these are the 65 bytes of a point of the curve."""
    try:
        ec.EllipticCurvePublicKey.from_encoded_point(CURVE, raw)
    except ValueError:
        return False
    return len(raw) == POINT_BYTES


def new_pair() -> tuple[bytes, bytes]:
    """A key pair: the public point (65 bytes), the private key (PKCS 8, DER)."""
    private = ec.generate_private_key(CURVE)
    return public_of(private), private.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def public_of(private: ec.EllipticCurvePrivateKey) -> bytes:
    """The point that belongs to a private key."""
    return private.public_key().public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)


def must_be_signed(envelope: Envelope, public: bytes) -> None:
    """Raises Forged unless the phone with this key signed the envelope."""
    if len(envelope.sig) != SIGNATURE_BYTES:
        raise Forged
    half = SIGNATURE_BYTES // 2
    r, s = (int.from_bytes(part, "big") for part in (envelope.sig[:half], envelope.sig[half:]))
    try:
        ec.EllipticCurvePublicKey.from_encoded_point(CURVE, public).verify(
            encode_dss_signature(r, s), signed_text(envelope), ec.ECDSA(hashes.SHA256())
        )
    except (InvalidSignature, ValueError) as wrong:
        raise Forged from wrong


def signed_text(envelope: Envelope) -> bytes:
    """What a phone signs."""
    return f"{envelope.phone}|{envelope.id}|{envelope.seq}|{envelope.hash}".encode()


def opened(envelope: Envelope, private: bytes, town_id: UUID) -> bytes:
    """What is in it, and it is what its hash says. Raises Tampered."""
    try:
        point = ec.EllipticCurvePublicKey.from_encoded_point(CURVE, envelope.epk)
        own = serialization.load_der_private_key(private, None)
        if not isinstance(own, ec.EllipticCurvePrivateKey):
            raise Tampered
        shared = own.exchange(ec.ECDH(), point)
    except ValueError as wrong:
        raise Tampered from wrong
    key = shared_key(shared, envelope.id)
    plain = crypto.open_(Suite.AES_256_GCM, key, envelope.nonce + envelope.sealed, bound(town_id, envelope))
    if hashlib.sha256(plain).hexdigest() != envelope.hash:
        raise Tampered
    return plain


def shared_key(shared: bytes, item: UUID) -> bytes:
    """The key of one envelope."""
    return HKDF(algorithm=hashes.SHA256(), length=32, salt=item.bytes, info=INFO).derive(shared)


def bound(town_id: UUID, envelope: Envelope) -> bytes:
    """What the sealed part is bound to: it opens in no other town, from no other phone, as nothing else."""
    return f"{town_id}|{envelope.phone}|{envelope.id}".encode()
