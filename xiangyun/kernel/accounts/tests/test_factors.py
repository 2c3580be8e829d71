"""The second factor: what waits for it, how it is bound, shown, guessed at, lost."""

from __future__ import annotations

import itertools
import json
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from django.db import connection
from django.test import Client

from xiangyun.base import clock
from xiangyun.kernel.access.rules import Ability, Actor, Post, declare
from xiangyun.kernel.accounts import rules
from xiangyun.kernel.accounts.models import RecoveryCode, Session
from xiangyun.kernel.accounts.tests import factories as accounts
from xiangyun.kernel.accounts.tests.factories import PASSWORD, TOWN

pytestmark = pytest.mark.usefixtures("house")

STRONG = "accounts.reset_factor"
declare(Ability("accounts.weak_test", roles=("clerk",)))


def send(browser: Any, path: str, **body: Any) -> Any:
    return browser.post(f"/api{path}", json.dumps(body), content_type="application/json")


def weak(role: str = "town_admin") -> Any:
    """A browser in which somebody came in with a password alone."""
    account = accounts.an_account(role, TOWN)
    token, _ = accounts.a_session(account, at=clock.now() - timedelta(seconds=5), is_strong=False)
    browser = accounts.browser_with(token)
    browser.who = account  # type: ignore[attr-defined]
    return browser


def code_of(told: dict[str, str], steps: int = 0) -> str:
    import base64

    secret = base64.b32decode(told["secret"].replace(" ", ""))
    at = int(clock.now().timestamp()) + steps * rules.STEP_S
    return TOTP(secret, 6, SHA1(), 30, enforce_key_length=False).generate(at).decode()


def bound(browser: Any) -> tuple[dict[str, str], list[str]]:
    told = send(browser, "/session/factor").json()
    answer = send(browser, "/session/factor/confirm", code=code_of(told, -1))
    assert answer.status_code == 200, answer.content
    return told, answer.json()["codes"]


def sign_in(browser: Any, **more: Any) -> Any:
    return send(Client(), "/session", account=browser.who.account, password=PASSWORD, **more)


def test_strong_abilities_wait_for_the_factor_and_the_rest_does_not() -> None:
    browser, other = weak(), accounts.an_account("clerk", TOWN)
    refused = send(browser, f"/accounts/{other.pk}/reset_factor")
    assert (refused.status_code, refused.json()["title"]) == (403, "access.factor_needed")
    assert browser.get("/api/accounts").status_code == 200
    told = browser.get("/api/session").json()
    assert (told["factor"], told["waits_for_factor"]) == ("none", True)
    assert STRONG not in told["abilities"]
    bound(browser)
    told = browser.get("/api/session").json()
    assert (told["factor"], told["waits_for_factor"]) == ("bound", False)
    assert STRONG in told["abilities"]
    assert send(browser, f"/accounts/{other.pk}/reset_factor").status_code == 404


def test_who_has_no_strong_ability_is_not_told_of_a_factor() -> None:
    browser = weak("duty_officer")
    other = accounts.an_account("clerk", TOWN)
    assert not browser.get("/api/session").json()["waits_for_factor"]
    assert send(browser, f"/accounts/{other.pk}/reset_factor").json()["title"] == "base.not_allowed"


def test_a_weak_actor_sees_no_area_through_a_strong_ability() -> None:
    actor = Actor(None, "a", "a", "person", TOWN, (Post("town_admin", TOWN),), is_weak=True)
    assert (actor.areas(STRONG), actor.may(STRONG), STRONG in actor.abilities) == ((), False, False)
    assert actor.areas("accounts.see_account") == (TOWN,)


def test_once_bound_the_code_is_asked_for_at_sign_in_and_makes_the_session_strong() -> None:
    browser = weak()
    told, _ = bound(browser)
    needed = sign_in(browser)
    assert (needed.status_code, needed.json()["title"]) == (401, "accounts.code_needed")
    wrong = sign_in(browser, code="000000" if code_of(told) != "000000" else "111111")
    assert (wrong.status_code, wrong.json()["title"]) == (401, "accounts.wrong_code")
    good = sign_in(browser, code=code_of(told))
    assert good.status_code == 200
    assert STRONG in good.json()["abilities"]


def test_a_code_is_good_once() -> None:
    browser = weak()
    told, _ = bound(browser)
    code = code_of(told)
    assert sign_in(browser, code=code).status_code == 200
    assert sign_in(browser, code=code).status_code == 401
    assert sign_in(browser, code=code_of(told, 1)).status_code == 200
    assert sign_in(browser, code=code_of(told)).status_code == 401, "an older step after a newer one"


def test_codes_far_from_now_are_wrong() -> None:
    browser = weak()
    told, _ = bound(browser)
    for steps in (-3, 2, 3):
        assert sign_in(browser, code=code_of(told, steps)).status_code == 401


def test_five_wrong_codes_lock_the_account_even_for_the_right_one() -> None:
    browser = weak()
    told, codes = bound(browser)
    for _ in range(5):
        assert sign_in(browser).status_code == 401, "the missing code counts for nothing"
    for n in range(5):
        assert sign_in(browser, code=f"9{n:05}").status_code == 401
    assert sign_in(browser, code=code_of(told)).status_code == 429
    assert sign_in(browser, code=codes[0]).status_code == 429


def test_wrong_codes_in_an_open_session_lock_too() -> None:
    browser = weak()
    send(browser, "/session/factor")
    for n in range(5):
        assert send(browser, "/session/factor/confirm", code=f"9{n:05}").status_code == 401
    assert send(browser, "/session/factor/confirm", code="999999").status_code == 429


def test_a_recovery_code_is_good_once_however_it_is_typed() -> None:
    browser = weak()
    _, codes = bound(browser)
    assert len(set(codes)) == 10
    typed = codes[3].lower().replace("-", " ").replace("0", "o")
    assert sign_in(browser, code=typed).status_code == 200
    assert sign_in(browser, code=codes[3]).status_code == 401
    assert RecoveryCode.objects.filter(used_at=None).count() == 9


def test_another_session_becomes_strong_by_showing_the_factor() -> None:
    browser = weak()
    told, _ = bound(browser)
    token, session = accounts.a_session(browser.who, at=clock.now() - timedelta(seconds=5), is_strong=False)
    second = accounts.browser_with(token)
    assert second.get("/api/session").json()["waits_for_factor"]
    assert send(second, "/session/factor/show", code=code_of(told)).status_code == 200
    assert Session.objects.get(pk=session).strong_at
    assert not second.get("/api/session").json()["waits_for_factor"]


def test_it_is_not_bound_twice_and_taken_away_only_by_showing_it() -> None:
    browser = weak()
    told, _ = bound(browser)
    assert send(browser, "/session/factor").status_code == 409
    assert send(browser, "/session/factor/drop", code="000001").status_code == 401
    assert send(browser, "/session/factor/drop", code=code_of(told, 1)).status_code == 204
    assert sign_in(browser).status_code == 200


def test_the_secret_stands_sealed() -> None:
    browser = weak()
    told, codes = bound(browser)
    import base64

    secret = base64.b32decode(told["secret"].replace(" ", ""))
    with connection.cursor() as cursor:
        cursor.execute("SELECT secret_sealed FROM accounts_secondfactor")
        kept = bytes(cursor.fetchone()[0])
        cursor.execute("SELECT code_hash FROM accounts_recoverycode")
        hashes = b"".join(bytes(row[0]) for row in cursor.fetchall())
    assert secret not in kept
    assert secret.hex().encode() not in kept
    assert not any(one.encode() in hashes for one in codes)


def test_a_lost_phone_is_reset_by_another_and_every_session_ends() -> None:
    lost = weak("clerk")
    bound(lost)
    admin = accounts.a_browser("town_admin", TOWN)
    assert send(admin, f"/accounts/{lost.who.pk}/reset_factor").status_code == 204
    assert lost.get("/api/session").status_code == 401
    assert sign_in(lost).status_code == 200
    guard = weak("security_admin")
    bound(guard)
    assert send(admin, f"/accounts/{guard.who.pk}/reset_factor").status_code == 403
    stranger = accounts.a_browser("town_admin", accounts.OTHER_TOWN)
    assert send(stranger, f"/accounts/{lost.who.pk}/reset_factor").status_code == 404


def test_at_a_desk_a_session_left_alone_ends_after_half_an_hour(monkeypatch: pytest.MonkeyPatch) -> None:
    browser = accounts.a_browser("clerk", TOWN)
    desk, phone = Client(), Client()
    send(desk, "/session", account=browser.who.account, password=PASSWORD, place="desk")
    send(phone, "/session", account=browser.who.account, password=PASSWORD, place="app")
    now = clock.now()

    def later(minutes: int) -> tuple[int, int]:
        monkeypatch.setattr(clock, "now", lambda: now + timedelta(minutes=minutes))
        return desk.get("/api/session").status_code, phone.get("/api/session").status_code

    assert later(20) == (200, 200)
    assert later(45) == (200, 200), "20 minutes ago somebody was there"
    assert later(76) == (401, 200)


def test_a_password_of_the_last_five_is_not_taken_again() -> None:
    browser = accounts.a_browser("clerk", TOWN)
    used = [PASSWORD, *(f"a sentence of number {n}" for n in range(5))]
    for old, new in itertools.pairwise(used):
        assert send(browser, "/session/password", old=old, new=new).status_code == 204
    for former in used[1:]:
        assert send(browser, "/session/password", old=used[-1], new=former).status_code == 422
    assert send(browser, "/session/password", old=used[-1], new=PASSWORD).status_code == 204, "six ago"


def test_a_link_takes_no_former_password_either() -> None:
    browser, admin = accounts.a_browser("clerk", TOWN), accounts.a_browser("town_admin", TOWN)
    url = send(admin, f"/accounts/{browser.who.pk}/reset_password").json()["welcome_url"]
    token = url.partition("token=")[2]
    body = {"token": token, "account": browser.who.account}
    refused = send(Client(), "/session", **body, password=PASSWORD)
    assert (refused.status_code, refused.json()["title"]) == (422, "accounts.password_former")
    assert send(Client(), "/session", **body, password="a sentence nobody used").status_code == 200


def test_no_key_opens_what_its_maker_may_not() -> None:
    browser = weak("town_admin")
    key = {"name": "数据汇聚", "abilities": ["notify.set_channel"], "area": TOWN}
    refused = send(browser, "/keys", **key)
    assert (refused.status_code, refused.json()["title"]) == (403, "access.factor_needed")
    assert send(browser, "/keys", **{**key, "abilities": ["devices.see_device"]}).status_code == 201
    bound(browser)
    assert send(browser, "/keys", **key).status_code == 201
    for ability in ("people.reveal_field", "people.make_copy", "exchange.export_rows", "vault.rotate_key"):
        assert send(browser, "/keys", **{**key, "abilities": [ability]}).json()["title"] == "base.not_allowed"
