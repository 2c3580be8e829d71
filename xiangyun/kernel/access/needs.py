"""What an endpoint needs of the person who calls it; a bare endpoint fails a test."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from inspect import signature
from typing import Any, TypeVar, cast

from xiangyun.base.errors import NotFound, NotSignedIn
from xiangyun.kernel.access.rules import Actor

F = TypeVar("F", bound=Callable[..., Any])

PUBLIC = "public"
SIGNED_IN = "signed_in"


def needs(ability: str) -> Callable[[F], F]:
    """Only for those who have `ability` somewhere; the view checks where.

    Refuses: NotSignedIn, NotAllowed, NotFound where the ability's module is switched off.
    """

    def check(request: Any) -> Actor:
        actor = actor_of(request)
        if actor.misses(ability):
            raise NotFound
        actor.must(ability)
        return actor

    return _guard(ability, check)


def signed_in(view: F) -> F:
    """For anybody who is signed in; the view answers only about themselves or what everybody may know."""
    return _guard(SIGNED_IN, actor_of)(view)


def public(view: F) -> F:
    """For everybody, without a sign-in."""
    view.__needs__ = PUBLIC  # type: ignore[attr-defined]
    return view


def _guard(needed: str, check: Callable[[Any], Actor]) -> Callable[[F], F]:
    def wrap(view: F) -> F:
        @wraps(view)
        def guarded(request: Any, *args: Any, **kwargs: Any) -> Any:
            check(request)
            return view(request, *args, **kwargs)

        announced: Any = guarded
        announced.__needs__ = needed
        # Ninja resolves annotations in the module of what it is given: the view's own module, not this one.
        announced.__signature__ = signature(view, eval_str=True)
        # Ninja checks before it reads the body: nobody hears 401, not what is wrong with their fields.
        announced._ninja_contribute_to_operation = [lambda operation: setattr(operation, "auth_callbacks", [check])]
        return cast("F", guarded)

    return wrap


def actor_of(request: Any) -> Actor:
    """The signed-in actor of a request. Refuses: NotSignedIn."""
    actor = getattr(request, "auth", None)
    if not isinstance(actor, Actor):
        raise NotSignedIn("base.not_signed_in")
    return actor
