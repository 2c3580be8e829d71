"""Security keys: bound, shown at sign-in, replayed, forged, carried to another address, taken away."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from xiangyun.base import clock
from xiangyun.kernel.accounts import passkeys
from xiangyun.kernel.accounts.models import SecurityKey, Session
from xiangyun.kernel.accounts.tests import factories as accounts
from xiangyun.kernel.accounts.tests.factories import PASSWORD, TOWN
from xiangyun.kernel.accounts.tests.soft_key import SoftKey

pytestmark = pytest.mark.usefixtures("house")

HERE = {"HTTP_HOST": "localhost"}


def send(browser: Client, path: str, host: str = "localhost", **body: Any) -> Any:
    return browser.post(f"/api{path}", json.dumps(body), content_type="application/json", HTTP_HOST=host)


def weak(role: str = "clerk") -> Any:
    account = accounts.an_account(role, TOWN)
    token, _ = accounts.a_session(account, at=clock.now() - timedelta(seconds=5), is_strong=False)
    browser = accounts.browser_with(token)
    browser.who = account  # type: ignore[attr-defined]
    return browser


def with_key(browser: Any, key: SoftKey, name: str = "办公室的U盾") -> Any:
    options = send(browser, "/session/keys/begin").json()["options"]
    return send(browser, "/session/keys", name=name, key=key.made(options))


def sign_in(browser: Any, host: str = "localhost", **more: Any) -> Any:
    return send(Client(), "/session", host, account=browser.who.account, password=PASSWORD, **more)


@pytest.mark.parametrize(
    ("scheme", "host", "site"),
    [
        ("https", "xiangyun.town.cn", passkeys.Site("xiangyun.town.cn", "https://xiangyun.town.cn")),
        ("https", "box.lan:8443", passkeys.Site("box.lan", "https://box.lan:8443")),
        ("http", "localhost:8000", passkeys.Site("localhost", "http://localhost:8000")),
        ("http", "box.lan", None),
        ("http", "127.0.0.1:8000", None),
        ("https", "192.168.1.8", None),
        ("https", "[fe80::1]:8443", None),
    ],
)
def test_browsers_offer_keys_at_a_name_over_https_and_at_localhost(
    scheme: str, host: str, site: passkeys.Site | None
) -> None:
    assert passkeys.site_of(scheme, host) == site


def test_a_key_is_bound_and_makes_this_session_and_the_next_strong() -> None:
    browser, key = weak(), SoftKey()
    added = with_key(browser, key)
    assert (added.status_code, len(added.json()["codes"])) == (201, 10)
    told = browser.get("/api/session/factor", **HERE).json()
    assert (told["is_strong"], told["authenticator_since"], told["codes_left"]) == (True, None, 10)
    assert [(one["name"], one["is_here"]) for one in told["keys"]] == [("办公室的U盾", True)]

    needed = sign_in(browser)
    assert (needed.status_code, needed.json()["title"]) == (401, "accounts.code_needed")
    assert needed.json()["has_authenticator"] is False
    good = sign_in(browser, key=key.signed(needed.json()["key_options"]))
    assert good.status_code == 200, good.content
    assert Session.objects.latest("created_at").strong_at


def test_a_second_key_brings_no_new_codes_and_the_same_key_is_refused() -> None:
    browser, key = weak(), SoftKey()
    with_key(browser, key)
    assert with_key(browser, SoftKey(), "家里的").json()["codes"] == []
    again = with_key(browser, key, "又一次")
    assert (again.status_code, again.json()["title"]) == (409, "accounts.key_bound")


def test_an_answer_is_good_once() -> None:
    browser, key = weak(), SoftKey()
    with_key(browser, key)
    answer = key.signed(sign_in(browser).json()["key_options"])
    assert sign_in(browser, key=answer).status_code == 200
    replayed = sign_in(browser, key=answer)
    assert (replayed.status_code, replayed.json()["title"]) == (401, "accounts.wrong_key")


def test_a_key_that_does_not_count_still_answers_a_challenge_once() -> None:
    browser, key = weak(), SoftKey()
    with_key(browser, key)
    options = sign_in(browser).json()["key_options"]
    key.count = -1
    answer = key.signed(options)
    assert sign_in(browser, key=answer).status_code == 200
    key.count = -1
    assert sign_in(browser, key=key.signed(options)).status_code == 401, "signed anew, the same challenge"


def test_a_copy_that_signed_less_often_is_refused() -> None:
    browser, key = weak(), SoftKey()
    with_key(browser, key)
    key.count = 7
    assert sign_in(browser, key=key.signed(sign_in(browser).json()["key_options"])).status_code == 200
    key.count = 3
    assert sign_in(browser, key=key.signed(sign_in(browser).json()["key_options"])).status_code == 401


def test_what_is_forged_stale_or_meant_for_another_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    browser, key = weak(), SoftKey()
    with_key(browser, key)
    other, others_key = weak(), SoftKey()
    with_key(other, others_key)
    options = sign_in(browser).json()["key_options"]

    stranger = SoftKey()
    stranger.credential_id = key.credential_id
    elsewhere = SoftKey("https://xiangyun.example")
    elsewhere.private, elsewhere.credential_id = key.private, key.credential_id
    answers = [
        stranger.signed(options),  # another private half
        others_key.signed(options),  # somebody else's key
        elsewhere.signed(options),  # a page that only looks like ours
        key.signed(sign_in(other).json()["key_options"]),  # a challenge made for another
        key.signed({"challenge": "AAAA" * 14}),  # a challenge nobody made
        {**key.signed(options), "response": {"clientDataJSON": "e30"}},  # no answer at all
    ]
    for answer in answers[:4]:
        refused = sign_in(browser, key=answer)
        assert (refused.status_code, refused.json()["title"]) == (401, "accounts.wrong_key")
    assert sign_in(browser, key=key.signed(options)).status_code == 200, "the right one, before the fifth"
    for answer in answers[4:]:
        assert sign_in(browser, key=answer).status_code == 401
    stale = sign_in(browser).json()["key_options"]
    late = clock.now() + passkeys.LASTS + timedelta(seconds=1)
    monkeypatch.setattr(clock, "now", lambda: late)
    assert sign_in(browser, key=key.signed(stale)).status_code == 401


def test_wrong_answers_lock_the_account_at_five() -> None:
    browser, key = weak(), SoftKey()
    with_key(browser, key)
    options = sign_in(browser).json()["key_options"]
    for _ in range(5):
        assert sign_in(browser, key=SoftKey().signed(options)).status_code == 401
    assert sign_in(browser, key=key.signed(options)).status_code == 429


def test_a_password_alone_binds_no_further_factor() -> None:
    browser = weak()
    with_key(browser, SoftKey())
    token, _ = accounts.a_session(browser.who, at=clock.now() - timedelta(seconds=5), is_strong=False)
    thief = accounts.browser_with(token)
    for path in ("/session/factor", "/session/keys/begin", "/session/factor/codes"):
        refused = send(thief, path)
        assert (refused.status_code, refused.json()["title"]) == (403, "accounts.show_first"), path
    [kept] = SecurityKey.objects.filter(account=browser.who)
    assert send(thief, f"/session/keys/{kept.pk}/drop").status_code == 403
    assert send(thief, "/session/factor/drop", code="").status_code == 404


def test_at_an_address_of_numbers_no_key_is_made_or_asked_for_and_the_page_says_why() -> None:
    browser, key = weak(), SoftKey()
    told = browser.get("/api/session/factor", HTTP_HOST="127.0.0.1:8000").json()
    assert "localhost" in told["no_keys_why"]
    assert send(browser, "/session/keys/begin", "127.0.0.1:8000").status_code == 409
    with_key(browser, key)
    assert sign_in(browser, "127.0.0.1:8000").json()["key_options"] is None


def test_a_session_without_it_shows_the_key_later() -> None:
    browser, key = weak(), SoftKey()
    with_key(browser, key)
    token, session = accounts.a_session(browser.who, at=clock.now() - timedelta(seconds=5), is_strong=False)
    second = accounts.browser_with(token)
    assert send(second, "/session/factor/ask", "127.0.0.1").status_code == 404
    options = send(second, "/session/factor/ask").json()["options"]
    assert send(second, "/session/factor/show", key=key.signed(options)).status_code == 200
    assert Session.objects.get(pk=session).strong_at


def test_with_the_last_factor_gone_recovery_codes_open_nothing_and_no_session_is_strong() -> None:
    browser, key = weak(), SoftKey()
    codes = with_key(browser, key).json()["codes"]
    [kept] = SecurityKey.objects.filter(account=browser.who)
    assert send(browser, f"/session/keys/{kept.pk}/drop").status_code == 204
    assert not Session.objects.filter(account=browser.who, strong_at__isnull=False).exists()
    assert browser.get("/api/session/factor", **HERE).json()["codes_left"] == 0
    assert sign_in(browser, code=codes[0]).status_code == 200, "no factor: the code is not looked at"
    assert browser.get("/api/session", **HERE).json()["factor"] == "none"


def test_another_persons_key_does_not_exist() -> None:
    mine, theirs = weak(), weak()
    with_key(mine, SoftKey())
    with_key(theirs, SoftKey())
    [kept] = SecurityKey.objects.filter(account=theirs.who)
    assert send(mine, f"/session/keys/{kept.pk}/drop").status_code == 404


def test_new_recovery_codes_replace_the_former() -> None:
    browser = weak()
    former = with_key(browser, SoftKey()).json()["codes"]
    fresh = send(browser, "/session/factor/codes").json()["codes"]
    assert not set(former) & set(fresh)
    assert sign_in(browser, code=former[0]).status_code == 401
    assert sign_in(browser, code=fresh[0]).status_code == 200
