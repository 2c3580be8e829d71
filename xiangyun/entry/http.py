"""The HTTP door: who and where are set here, one transaction a request, refusals become problem+json."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Sequence
from typing import Any

import django
from django.core.exceptions import RequestDataTooBig, ValidationError
from django.core.handlers.wsgi import WSGIHandler
from django.db import DataError, IntegrityError, connection, transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path

from xiangyun.base import clock, disk, words
from xiangyun.base.errors import NoRoom, NotAllowed, NotSignedIn, Refusal, TooMany

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "xiangyun.entry.settings")
django.setup(set_prefix=False)


from ninja.errors import HttpError  # noqa: E402
from ninja.errors import ValidationError as WrongFields  # noqa: E402

from xiangyun.entry import docs, ready  # noqa: E402
from xiangyun.entry.openapi import Api  # noqa: E402
from xiangyun.entry.settings import CONFIG  # noqa: E402
from xiangyun.kernel import plugs  # noqa: E402
from xiangyun.kernel.access import csrf, doors  # noqa: E402
from xiangyun.kernel.access.rules import Actor  # noqa: E402
from xiangyun.kernel.accounts import queries as accounts  # noqa: E402
from xiangyun.kernel.workflow import repeats  # noqa: E402

log = logging.getLogger("xiangyun.http")

UNIQUE_VIOLATION = "23505"
SAFE = ("GET", "HEAD", "OPTIONS")
# What goes on while the disk is nearly full: coming and going, and questions too private for an address.
WITHOUT_ROOM = ("/api/session", "/api/people/search", "/api/people/merges/compare")


def problem(
    request: HttpRequest,
    status: int,
    code: str,
    /,
    *,
    errors: list[dict[str, Any]] | None = None,
    extra: dict[str, Any] | None = None,
    **params: object,
) -> HttpResponse:
    """A refusal on the wire (RFC 9457), `detail` in the reader's language."""
    body: dict[str, Any] = {
        "type": f"urn:xiangyun:{code}",
        "title": code,
        "status": status,
        "detail": words.say(code, getattr(request, "lang", words.DEFAULT), **params),
    }
    if errors:
        body["errors"] = errors
    return JsonResponse({**(extra or {}), **body}, status=status, content_type="application/problem+json")


def refused(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    """Any Refusal, as the contract wants it."""
    lang = getattr(request, "lang", words.DEFAULT)
    errors = [{**one, "msg": words.say(str(one["msg"]), lang, **refusal.params)} for one in refusal.errors or ()]
    answer = problem(request, refusal.status, refusal.code, errors=errors, extra=refusal.extra, **refusal.params)
    if isinstance(refusal, TooMany):
        answer["Retry-After"] = str(refusal.retry_after_s)
    return answer


class Door:
    """Who asks, in which town, in one transaction; what is refused is rolled back whole."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.lang = words.choose(request.headers.get("Accept-Language"))  # type: ignore[attr-defined]
        # Behind Caddy over a unix socket there is no peer address; Caddy replaces whatever a client forged.
        request.address = request.headers.get("X-Real-IP", "") or request.META.get("REMOTE_ADDR", "")  # type: ignore[attr-defined]
        request.kept = []  # type: ignore[attr-defined]
        request.auth = None  # type: ignore[attr-defined]
        if not request.path.startswith("/api/"):
            return self.get_response(request)
        try:
            with transaction.atomic():
                request.auth = self._actor(request)  # type: ignore[attr-defined]
                before = doors.set_scope(request.auth.scope if request.auth else "")  # type: ignore[attr-defined]
                if request.method not in SAFE and request.path not in WITHOUT_ROOM and disk.is_short(CONFIG.home):
                    raise NoRoom("base.disk_full")
                response = repeats.once(request, by=request.auth, at=clock.now(), carry_out=self.get_response)  # type: ignore[attr-defined]
                if response.status_code >= 400:
                    transaction.set_rollback(True)
                elif before:
                    doors.set_scope(before)  # a door inside another: a test that goes on after a request
        except Refusal as refusal:
            response = refused(request, refusal)
        for keep in request.kept:  # type: ignore[attr-defined]
            # What must outlive a refusal (a failed sign-in is counted), each in a transaction of its own.
            with transaction.atomic():
                keep()
        if response.status_code == 404 and "json" not in response.get("Content-Type", ""):
            response = problem(request, 404, "base.not_found")
        elif response.status_code == 405:
            response = problem(request, 405, "base.method_not_allowed")
        response.headers.setdefault("Cache-Control", "no-store")
        return response

    def _actor(self, request: HttpRequest) -> Actor | None:
        """The signed-in person or machine. Refuses: NotSignedIn for a wrong key, NotAllowed without the csrf token."""
        bearer = request.headers.get("Authorization", "")
        if bearer.startswith("Bearer "):
            machine = accounts.actor_of_key(bearer.removeprefix("Bearer ").strip(), clock.now())
            if machine is None:
                raise NotSignedIn("base.not_signed_in")
            return machine
        token = request.COOKIES.get(csrf.SESSION_COOKIE, "")
        if not token:
            return None
        actor = accounts.actor_of_session(token, clock.now())
        logs_in = request.path == "/api/session" and request.method == "POST"
        writes = request.method not in SAFE and not logs_in
        if actor and writes and not csrf.fits(token, request.headers.get("X-CSRFToken", "")):
            raise NotAllowed("base.csrf")
        return actor


api = Api(
    title="Xiangyun 乡云",
    version="1",
    description="One digital township. Sign in with POST /api/session, or send `Authorization: Bearer <key>`.",
    docs_url=None,
    openapi_url="/openapi.json",
    urls_namespace="api",
)
for plug in plugs.each():
    if plug.router is not None:
        api.add_router("", plug.router)


@api.exception_handler(Refusal)
def _refusal(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    return refused(request, refusal)


def _place(loc: Sequence[str | int]) -> list[str]:
    """`["body", "name"]`: without the parameter's own name and the names of shapes a body was tried as."""
    inner = [str(part) for part in loc[2 if loc[:2] == ("body", "body") else 1 :]]
    return [str(loc[0]), *(part for part in inner if not part[:1].isupper())] if loc else []


def _sentence(request: HttpRequest, error: dict[str, Any]) -> str:
    """One field's fault in the reader's language; pydantic names the kind of fault and its limits."""
    code = f"base.field.{error.get('type', '')}"
    lang = getattr(request, "lang", words.DEFAULT)
    if code not in words.catalogue(words.DEFAULT):
        code = "base.field.value_error"
    return words.say(code, lang, **(error.get("ctx") or {}))


@api.exception_handler(WrongFields)
def _wrong_fields(request: HttpRequest, fault: WrongFields) -> HttpResponse:
    if any(error.get("loc", ("",))[0] == "path" for error in fault.errors):
        return problem(request, 404, "base.not_found")  # an id that is none names nothing
    errors = [{"loc": _place(error.get("loc", ())), "msg": _sentence(request, error)} for error in fault.errors]
    return problem(request, 422, "base.bad_input", errors=errors)


@api.exception_handler(HttpError)
def _http_error(request: HttpRequest, fault: HttpError) -> HttpResponse:
    code = {400: "base.unreadable", 401: "base.not_signed_in", 404: "base.not_found"}.get(fault.status_code)
    return problem(request, fault.status_code, code or "base.server_error")


@api.exception_handler(RequestDataTooBig)
def _too_big(request: HttpRequest, fault: RequestDataTooBig) -> HttpResponse:
    return problem(request, 413, "base.too_large")


@api.exception_handler(ValidationError)
@api.exception_handler(DataError)
@api.exception_handler(OverflowError)
def _wrong_value(request: HttpRequest, fault: Exception) -> HttpResponse:
    # A text PostgreSQL cannot hold (NUL), a value that is no date, number or id, a day of the year 9999 nobody can
    # reckon on from: the sender's fault, not ours.
    return problem(request, 422, "base.bad_input")


@api.exception_handler(IntegrityError)
def _met_somebody(request: HttpRequest, fault: IntegrityError) -> HttpResponse:
    """Two people did the same at once, and the other one was first; anything else is a fault of ours."""
    if getattr(fault.__cause__, "sqlstate", "") != UNIQUE_VIOLATION:
        return _broken(request, fault)
    return problem(request, 409, "base.somebody_was_first")


@api.exception_handler(Exception)
def _broken(request: HttpRequest, fault: Exception) -> HttpResponse:
    route = request.resolver_match.route if request.resolver_match else "?"
    log.error("%s %s", request.method, route, exc_info=fault)
    return problem(request, 500, "base.server_error")


def healthz(request: HttpRequest) -> HttpResponse:
    """The process lives."""
    return JsonResponse({"status": "ok"})


def readyz(request: HttpRequest) -> HttpResponse:
    """Database, broker, ingest and worker, each "ok" or a sentence."""
    facts = ready.facts(getattr(request, "lang", words.DEFAULT), clock.now())
    return JsonResponse(facts, status=200 if all(fact == "ok" for fact in facts.values()) else 503)


urlpatterns = [
    path("healthz", healthz),
    path("readyz", readyz),
    path("api/docs", docs.page),
    path("api/docs/<str:name>", docs.asset),
    path("api/", api.urls),
]


def handler500(request: HttpRequest) -> HttpResponse:
    """Nothing ever answers with a stack trace."""
    return problem(request, 500, "base.server_error")


def _application() -> WSGIHandler:
    if not connection.in_atomic_block:
        connection.close()  # each worker opens its own
    return WSGIHandler()


application = _application()
