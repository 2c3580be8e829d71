"""Sessions seen and ended from afar, and what keeps one from ending by itself."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from xiangyun.base import clock
from xiangyun.kernel.access import csrf
from xiangyun.kernel.accounts import queries, rules
from xiangyun.kernel.accounts.models import Session
from xiangyun.kernel.accounts.tests import factories as accounts
from xiangyun.kernel.accounts.tests.factories import OTHER_TOWN, PASSWORD, TOWN
from xiangyun.kernel.audit.models import Entry

pytestmark = pytest.mark.usefixtures("house")


def test_an_administrator_sees_where_somebody_is_signed_in_and_ends_one() -> None:
    clerk, admin = accounts.a_browser("clerk", TOWN), accounts.a_browser("security_admin", TOWN)
    accounts.a_session(clerk.who, at=clock.now())  # type: ignore[attr-defined]
    path = f"/api/accounts/{clerk.who.pk}/sessions"  # type: ignore[attr-defined]
    listed = admin.get(path).json()["items"]
    assert [one["is_this"] for one in listed] == [False, False]
    own = next(one for one in clerk.get("/api/sessions").json()["items"] if one["is_this"])
    assert admin.delete(f"{path}/{own['id']}").status_code == 204
    assert clerk.get("/api/session").status_code == 401
    assert admin.delete(f"{path}/{own['id']}").status_code == 404, "it has ended"
    assert len(admin.get(path).json()["items"]) == 1
    [entry] = Entry.objects.filter(act="accounts.end_session")
    assert str(entry.object_id) == own["id"]


@pytest.mark.parametrize(
    ("role", "area", "status"),
    [("clerk", TOWN, 403), ("town_admin", OTHER_TOWN, 404), ("audit_admin", TOWN, 403), ("town_admin", TOWN, 200)],
)
def test_only_an_administrator_of_the_same_town_may(role: str, area: str, status: int) -> None:
    whom, by = accounts.an_account("grid_worker", TOWN), accounts.a_browser(role, area)
    _, session = accounts.a_session(whom, at=clock.now())
    assert by.get(f"/api/accounts/{whom.pk}/sessions").status_code == status
    wanted = 204 if status == 200 else status
    assert by.delete(f"/api/accounts/{whom.pk}/sessions/{session}").status_code == wanted


def test_sessions_of_an_administrator_of_another_kind_are_not_shown() -> None:
    whom, by = accounts.an_account("security_admin", TOWN), accounts.a_browser("town_admin", TOWN)
    _, session = accounts.a_session(whom, at=clock.now())
    assert by.get(f"/api/accounts/{whom.pk}/sessions").status_code == 403
    assert by.delete(f"/api/accounts/{whom.pk}/sessions/{session}").status_code == 403
    assert Session.objects.get(pk=session).revoked_at is None


def test_somebody_elses_session_is_not_ended_through_another_account() -> None:
    first, second, by = *(accounts.an_account("clerk", TOWN) for _ in range(2)), accounts.a_browser("town_admin", TOWN)
    _, session = accounts.a_session(second, at=clock.now())
    assert by.delete(f"/api/accounts/{first.pk}/sessions/{session}").status_code == 404
    assert Session.objects.get(pk=session).revoked_at is None


def test_everywhere_but_here() -> None:
    here = accounts.a_browser("clerk", TOWN)
    there = accounts.browser_of(here.who)  # type: ignore[attr-defined]
    assert here.delete("/api/sessions?but_here=true").status_code == 204
    assert (here.get("/api/session").status_code, there.get("/api/session").status_code) == (200, 401)


def test_a_page_that_only_listens_keeps_no_session_alive() -> None:
    account, at = accounts.an_account("clerk", TOWN), clock.now()
    token, session = accounts.a_session(account, at=at)
    Session.objects.filter(pk=session).update(idle_until=at + rules.DESK_IDLE)
    for minutes in range(2, 30, 2):
        assert queries.actor_of_session(token, at + timedelta(minutes=minutes), notes=False)
    assert queries.actor_of_session(token, at + timedelta(minutes=31), notes=False) is None


def test_whoever_signs_in_gets_a_cookie_nobody_knew_before() -> None:
    account = accounts.an_account("clerk", TOWN)
    browser = Client()
    browser.cookies[csrf.SESSION_COOKIE] = planted = "planted-by-somebody-else"
    said = browser.post(
        "/api/session", {"account": account.account, "password": PASSWORD}, content_type="application/json"
    )
    first = said.cookies[csrf.SESSION_COOKIE].value
    assert first != planted
    again = browser.post(
        "/api/session", {"account": account.account, "password": PASSWORD}, content_type="application/json"
    )
    assert again.cookies[csrf.SESSION_COOKIE].value not in (first, planted)
    former = Client()
    former.cookies[csrf.SESSION_COOKIE] = first
    assert former.get("/api/session").status_code == 401, "who signs in anew ends the session before"
