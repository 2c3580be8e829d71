"""Authenticated encryption, key wrapping and blind digests: plain functions over bytes, no keys of their own.

Suites: AES-256-GCM (NIST SP 800-38D) and SM4-GCM (GB/T 32907-2016 in the mode of RFC 8998). Digests: HMAC with SHA-256
or SM3 (GB/T 32905-2016). Keys are derived with HKDF (RFC 5869).
"""

from __future__ import annotations

import hashlib
import hmac
import os
from enum import IntEnum
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives import hmac as slow_hmac
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

NONCE = 12
TAG = 16


class Suite(IntEnum):
    """Which cipher and hash protect a value; the number is stored in front of it."""

    AES_256_GCM = 1
    SM4_GCM = 2


KEY_BYTES = {Suite.AES_256_GCM: 32, Suite.SM4_GCM: 16}


class Tampered(Exception):
    """The bytes do not open under this key and this context: changed, cut, moved to another row, or another key's."""


def new_key(suite: Suite) -> bytes:
    """A random key of the suite's length."""
    return os.urandom(KEY_BYTES[suite])


def derive(secret: bytes, purpose: str, length: int = 32) -> bytes:
    """A key for one purpose out of a secret (HKDF-SHA-256, no salt: the secret is random)."""
    return HKDF(algorithm=hashes.SHA256(), length=length, salt=None, info=purpose.encode()).derive(secret)


def seal(suite: Suite, key: bytes, plain: bytes, context: bytes) -> bytes:
    """nonce ‖ ciphertext ‖ tag; `context` is authenticated and must be given again to open."""
    nonce = os.urandom(NONCE)
    if suite is Suite.AES_256_GCM:
        return nonce + _aes(key).encrypt(nonce, plain, context)
    sealing = Cipher(algorithms.SM4(key), modes.GCM(nonce)).encryptor()
    sealing.authenticate_additional_data(context)
    return nonce + sealing.update(plain) + sealing.finalize() + sealing.tag


def open_(suite: Suite, key: bytes, sealed: bytes, context: bytes) -> bytes:
    """What `seal` was given. Raises Tampered."""
    if len(sealed) < NONCE + TAG:
        raise Tampered
    nonce = sealed[:NONCE]
    try:
        if suite is Suite.AES_256_GCM:
            return _aes(key).decrypt(nonce, sealed[NONCE:], context)
        opening = Cipher(algorithms.SM4(key), modes.GCM(nonce, sealed[-TAG:])).decryptor()
        opening.authenticate_additional_data(context)
        return opening.update(sealed[NONCE:-TAG]) + opening.finalize()
    except InvalidTag as broken:
        raise Tampered from broken


def digest(suite: Suite, key: bytes, value: bytes) -> bytes:
    """The keyed digest of a value, 32 bytes: equal values, equal digests; nothing else is told without the key."""
    if suite is Suite.AES_256_GCM:
        counted = _hmac(key).copy()
        counted.update(value)
        return counted.digest()
    made = slow_hmac.HMAC(key, hashes.SM3())
    made.update(value)
    return made.finalize()


# A key is made ready once: a table of a hundred thousand people asks for two million digests.
@lru_cache(maxsize=256)
def _aes(key: bytes) -> AESGCM:
    return AESGCM(key)


@lru_cache(maxsize=256)
def _hmac(key: bytes) -> hmac.HMAC:
    return hmac.new(key, digestmod=hashlib.sha256)
