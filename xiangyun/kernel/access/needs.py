"""What an endpoint needs of the person who calls it; a bare endpoint fails a test."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from inspect import signature
from typing import Any, TypeVar, cast

from xiangyun.base.errors import NotSignedIn
from xiangyun.kernel.access.rules import Actor

F = TypeVar("F", bound=Callable[..., Any])

PUBLIC = "public"
SIGNED_IN = "signed_in"


def needs(ability: str) -> Callable[[F], F]:
    """Only for those who have `ability` somewhere; the view checks where. Refuses: NotSignedIn, NotAllowed."""

    def wrap(view: F) -> F:
        @wraps(view)
        def guarded(request: Any, *args: Any, **kwargs: Any) -> Any:
            actor_of(request).must(ability)
            return view(request, *args, **kwargs)

        _announce(guarded, view, ability)
        return cast("F", guarded)

    return wrap


def signed_in(view: F) -> F:
    """For anybody who is signed in; the view answers only about themselves or what everybody may know."""

    @wraps(view)
    def guarded(request: Any, *args: Any, **kwargs: Any) -> Any:
        actor_of(request)
        return view(request, *args, **kwargs)

    _announce(guarded, view, SIGNED_IN)
    return cast("F", guarded)


def public(view: F) -> F:
    """For everybody, without a sign-in."""
    view.__needs__ = PUBLIC  # type: ignore[attr-defined]
    return view


def _announce(guarded: Any, view: Callable[..., Any], needed: str) -> None:
    guarded.__needs__ = needed
    # Ninja resolves annotations in the module of what it is given: the view's own module, not this one.
    guarded.__signature__ = signature(view, eval_str=True)


def actor_of(request: Any) -> Actor:
    """The signed-in actor of a request. Refuses: NotSignedIn."""
    actor = getattr(request, "auth", None)
    if not isinstance(actor, Actor):
        raise NotSignedIn("base.not_signed_in")
    return actor
