"""What a browser and a security key say to one another (WebAuthn Level 2), and which challenge was ours."""

from __future__ import annotations

import hmac
import json
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import webauthn
from django.conf import settings
from webauthn.helpers import base64url_to_bytes, parse_client_data_json
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

NAME = "乡云"
LASTS = timedelta(minutes=5)
# 8 bytes of time ‖ 16 random ‖ 16 of the box's own mark: a challenge needs no row of its own.
TIME, RANDOM = 8, 16


class Wrong(Exception):
    """A key's answer that does not fit: forged, meant for another address, too old, or no answer at all."""


class Use(StrEnum):
    """What a challenge was made for; an answer to one does not do for the other."""

    ADD = "add"
    SHOW = "show"


@dataclass(frozen=True, slots=True)
class Site:
    """The box as a browser calls it; a security key answers to one `name` alone."""

    name: str
    origin: str


@dataclass(frozen=True, slots=True)
class Made:
    """A new key: its id, its public half and how often it has signed."""

    credential_id: bytes
    public_key: bytes
    sign_count: int


@dataclass(frozen=True, slots=True)
class Signed:
    """A right answer: when its challenge was made (microseconds), and how often the key has signed."""

    asked_us: int
    sign_count: int


def site_of(scheme: str, host: str) -> Site | None:
    """None where browsers offer no keys: without https (but for localhost), and where the address is a number."""
    name = urlsplit(f"//{host}").hostname or ""
    try:
        ip_address(name)
    except ValueError:
        is_number = False
    else:
        is_number = True
    if is_number or not name or (scheme != "https" and name != "localhost"):
        return None
    return Site(name=name, origin=f"{scheme}://{host}")


def options_to_add(site: Site, *, account_id: UUID, account: str, known: list[bytes], at: datetime) -> dict[str, Any]:
    """What the browser is told to make a key."""
    options = webauthn.generate_registration_options(
        rp_id=site.name,
        rp_name=NAME,
        user_id=account_id.bytes,
        user_name=account,
        user_display_name=account,
        challenge=_challenge(account_id, Use.ADD, at),
        # Beside a password a touch is enough: no PIN, nothing kept on the key.
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.DISCOURAGED,
            user_verification=UserVerificationRequirement.DISCOURAGED,
        ),
        exclude_credentials=[PublicKeyCredentialDescriptor(id=one) for one in known],
    )
    told: dict[str, Any] = json.loads(webauthn.options_to_json(options))
    return told


def options_to_show(site: Site, *, account_id: UUID, known: list[bytes], at: datetime) -> dict[str, Any]:
    """What the browser is told to have one of the `known` keys sign."""
    options = webauthn.generate_authentication_options(
        rp_id=site.name,
        challenge=_challenge(account_id, Use.SHOW, at),
        allow_credentials=[PublicKeyCredentialDescriptor(id=one) for one in known],
        user_verification=UserVerificationRequirement.DISCOURAGED,
    )
    told: dict[str, Any] = json.loads(webauthn.options_to_json(options))
    return told


def made(answer: dict[str, Any], site: Site, *, account_id: UUID, at: datetime) -> Made:
    """The key a browser says it made. Raises Wrong."""
    challenge, _ = _answered(answer, account_id, Use.ADD, at)
    try:
        new = webauthn.verify_registration_response(
            credential=answer, expected_challenge=challenge, expected_rp_id=site.name, expected_origin=site.origin
        )
    except (WebAuthnException, ValueError) as fault:
        raise Wrong from fault
    return Made(new.credential_id, new.credential_public_key, new.sign_count)


def signed(
    answer: dict[str, Any], site: Site, *, account_id: UUID, public_key: bytes, sign_count: int, at: datetime
) -> Signed:
    """What a key signed. Raises Wrong, also for a key that has signed less often than it said before (a copy)."""
    challenge, asked_us = _answered(answer, account_id, Use.SHOW, at)
    try:
        shown = webauthn.verify_authentication_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=site.name,
            expected_origin=site.origin,
            credential_public_key=public_key,
            credential_current_sign_count=sign_count,
        )
    except (WebAuthnException, ValueError) as fault:
        raise Wrong from fault
    return Signed(asked_us, shown.new_sign_count)


def credential_id_of(answer: dict[str, Any]) -> bytes:
    """Which key answered. Raises Wrong."""
    try:
        return base64url_to_bytes(str(answer["id"]))
    except (KeyError, ValueError) as fault:
        raise Wrong from fault


def _challenge(account_id: UUID, use: Use, at: datetime) -> bytes:
    head = int(at.timestamp() * 1_000_000).to_bytes(TIME, "big") + secrets.token_bytes(RANDOM)
    return head + _mark(head, account_id, use)


def _answered(answer: dict[str, Any], account_id: UUID, use: Use, at: datetime) -> tuple[bytes, int]:
    """The challenge an answer was given to, and when we made it (microseconds). Raises Wrong for one not ours."""
    try:
        challenge = parse_client_data_json(base64url_to_bytes(answer["response"]["clientDataJSON"])).challenge
    except (WebAuthnException, KeyError, TypeError, ValueError) as fault:
        raise Wrong from fault
    head, mark = challenge[: TIME + RANDOM], challenge[TIME + RANDOM :]
    if not hmac.compare_digest(_mark(head, account_id, use), mark):
        raise Wrong
    asked_us = int.from_bytes(head[:TIME], "big")
    now_us = int(at.timestamp() * 1_000_000)
    if not now_us - LASTS // timedelta(microseconds=1) <= asked_us <= now_us:
        raise Wrong
    return challenge, asked_us


def _mark(head: bytes, account_id: UUID, use: Use) -> bytes:
    said = b"|".join((b"passkey", use.encode(), account_id.bytes, head))
    return hmac.digest(settings.SECRET_KEY.encode(), said, "sha256")[:RANDOM]
