"""The token a browser must send back on writes: derived from its session, so a planted cookie is worth nothing."""

from __future__ import annotations

import hmac

from django.conf import settings

SESSION_COOKIE = "xy_session"
CSRF_COOKIE = "csrftoken"


def token_for(session_token: str) -> str:
    """The csrf token that belongs to a session token: HMAC-SHA-256 under the box's secret, hex."""
    return hmac.digest(settings.SECRET_KEY.encode(), b"csrf:" + session_token.encode(), "sha256").hex()


def fits(session_token: str, sent: str) -> bool:
    """Whether the header carries the token of this session."""
    return hmac.compare_digest(token_for(session_token).encode(), sent.encode())
