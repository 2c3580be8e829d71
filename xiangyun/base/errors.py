"""Refusals: what a person or device is told when something is not done, and why."""

from __future__ import annotations

from typing import Any, ClassVar


class Refusal(Exception):
    """Something was not done; `code` names the sentence in the words catalogues.

    `extra` is merged into the problem+json body (for example who was first).
    """

    status: ClassVar[int] = 400

    def __init__(
        self,
        code: str,
        /,
        *,
        errors: list[dict[str, Any]] | None = None,
        extra: dict[str, Any] | None = None,
        **params: object,
    ) -> None:
        super().__init__(code)
        self.code = code
        self.params = params
        self.errors = errors
        self.extra = extra or {}


class Unreadable(Refusal):
    """The body cannot be read at all."""

    status = 400


class NotSignedIn(Refusal):
    """Nobody is signed in, or the credential is wrong."""

    status = 401


class NotAllowed(Refusal):
    """This person may not do this kind of thing."""

    status = 403


class NotFound(Refusal):
    """The row does not exist for this person; the same answer as if it did not exist at all."""

    status = 404

    def __init__(self, code: str = "base.not_found", /, **params: Any) -> None:
        super().__init__(code, **params)


class Conflict(Refusal):
    """Somebody else was first, or the same op_id came with other content."""

    status = 409


class WrongState(Conflict):
    """The row is not in a state from which this move goes."""


class TooLarge(Refusal):
    """More than one request may carry."""

    status = 413


class BadInput(Refusal):
    """A field is wrong; `errors` lists `{"loc": [...], "msg": "..."}`."""

    status = 422


class NoRoom(Refusal):
    """The disk is nearly full: nothing new is taken in, what is there can be read."""

    status = 507


class TooMany(Refusal):
    """Locked for a while; `retry_after_s` goes into `Retry-After`."""

    status = 429

    def __init__(self, code: str, /, *, retry_after_s: int, **params: Any) -> None:
        super().__init__(code, retry_after_s=retry_after_s, **params)
        self.retry_after_s = retry_after_s
