"""Accounts over HTTP: wiring and refusals."""

from __future__ import annotations

import dataclasses
import hashlib
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.conf import settings as django_settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from xiangyun.base import clock, ids
from xiangyun.kernel.access import csrf
from xiangyun.kernel.accounts import seeds
from xiangyun.kernel.accounts.models import LoginAttempt, Session
from xiangyun.kernel.accounts.tests.factories import (
    NEXT_VILLAGE,
    OTHER_TOWN,
    PASSWORD,
    TOWN,
    VILLAGE,
    a_browser,
    an_account,
    browser_of,
)

pytestmark = pytest.mark.usefixtures("house")

JSON = "application/json"


def post(browser, url, body=None, **more):
    return browser.post(url, body or {}, content_type=JSON, **more)


def sign_in(browser, account, password=PASSWORD, **more):
    return post(browser, "/api/session", {"account": account, "password": password}, **more)


def test_signing_in_gives_a_cookie_no_script_reads_and_one_it_must_send_back():
    account = an_account("village_secretary", VILLAGE, name="张永胜")
    browser = Client()
    answer = sign_in(browser, account.account)
    assert answer.status_code == 200
    session, token = answer.cookies[csrf.SESSION_COOKIE], answer.cookies["csrftoken"]
    assert session["httponly"]
    assert session["samesite"] == "Lax"
    assert not token["httponly"]
    body = answer.json()
    assert {key: body[key] for key in ("account", "name", "posts", "town")} == {
        "account": account.account,
        "name": "张永胜",
        "posts": [{"role": "village_secretary", "area": VILLAGE, "area_name": "迎丰村"}],
        "town": TOWN,
    }
    assert "accounts.print_slip" in body["abilities"]
    assert browser.get("/api/session").json() == body


def test_nobody_is_told_401_and_why():
    answer = Client().get("/api/session", headers={"Accept-Language": "en"})
    assert answer.status_code == 401
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["detail"] == "Please sign in first."


def test_five_failures_lock_with_retry_after_and_stay_counted():
    account = an_account()
    browser = Client(REMOTE_ADDR="10.55.1.1")
    for _ in range(5):
        answer = sign_in(browser, account.account, "wrong one")
        assert answer.status_code == 401
        assert answer.json()["title"] == "accounts.wrong_password"
    locked = sign_in(browser, account.account)
    assert locked.status_code == 429
    assert 840 <= int(locked["Retry-After"]) <= 900
    assert LoginAttempt.objects.filter(account=account.account, is_good=False).count() == 5


def test_who_types_their_own_number_instead_of_an_account_is_counted_and_it_is_not_written_down():
    number = "150899195704023113"
    browser = Client(REMOTE_ADDR="10.55.1.2")
    for _ in range(5):
        assert sign_in(browser, number, "wrong one").status_code == 401
    assert sign_in(browser, number, "wrong one").status_code == 429
    [name] = set(LoginAttempt.objects.filter(address="10.55.1.2").values_list("account", flat=True))
    assert name.startswith("#")
    assert hashlib.sha256(number.encode()).hexdigest()[:16] not in name, "whoever reads it cannot try all numbers"


def test_people_stand_place_by_place_and_by_post_page_after_page():
    browser = a_browser("town_admin", TOWN, name="刘洋")
    for role, area, name in (
        ("villager", VILLAGE, "王秀兰"), ("clerk", TOWN, "苏雅"), ("grid_worker", VILLAGE, "李建军"),
        ("town_leader", TOWN, "苏和"), ("clerk", TOWN, "丁海"),
    ):  # fmt: skip
        an_account(role, area, name=name)
    first = browser.get("/api/accounts?limit=3").json()
    rest = browser.get(f"/api/accounts?limit=3&cursor={first['next']}").json()
    names = [one["name"] for one in first["items"] + rest["items"]]
    assert names == ["苏和", "丁海", "苏雅", "刘洋", "李建军", "王秀兰"]


def test_a_forged_session_cookie_is_nobody():
    browser = Client()
    browser.cookies[csrf.SESSION_COOKIE] = "guess"
    assert browser.get("/api/session").status_code == 401


def test_a_write_without_the_csrf_token_is_refused_and_changes_nothing():
    browser = a_browser()
    assert browser.delete("/api/session", headers={"X-CSRFToken": "made-up"}).status_code == 403
    assert browser.get("/api/session").status_code == 200
    assert browser.delete("/api/session").status_code == 204
    assert browser.get("/api/session").status_code == 401


@pytest.mark.parametrize(
    "body",
    [{}, {"account": "a"}, {"account": "a", "password": "b", "more": 1}, {"ticket": ""}, {"account": 1, "password": 2}],
)
def test_a_login_of_another_shape_is_422(body):
    assert post(Client(), "/api/session", body).status_code == 422


def test_signing_in_again_ends_the_session_that_was_here():
    account = an_account()
    browser = Client()
    sign_in(browser, account.account)
    first = browser.cookies[csrf.SESSION_COOKIE].value
    sign_in(browser, account.account)
    assert browser.cookies[csrf.SESSION_COOKIE].value != first
    assert Session.objects.filter(account=account, revoked_at=None).count() == 1


def test_my_sessions_and_only_mine_are_listed_and_ended():
    account = an_account()
    here, there = browser_of(account), browser_of(account)
    a_browser()
    items = here.get("/api/sessions").json()["items"]
    assert sorted(item["is_this"] for item in items) == [False, True]
    other = next(item["id"] for item in items if not item["is_this"])
    assert here.delete(f"/api/sessions/{other}").status_code == 204
    assert there.get("/api/session").status_code == 401
    assert here.delete(f"/api/sessions/{other}").status_code == 404
    assert here.delete("/api/sessions").status_code == 204
    assert here.get("/api/session").status_code == 401


def test_one_chooses_large_words_and_a_language():
    browser = a_browser()
    answer = browser.patch("/api/session", {"elder": True, "lang": "en"}, content_type=JSON)
    assert (answer.json()["elder"], answer.json()["lang"]) == (True, "en")
    assert browser.patch("/api/session", {"lang": "xx"}, content_type=JSON).status_code == 422


def test_one_changes_the_own_password():
    browser = a_browser()
    wrong = post(browser, "/api/session/password", {"old": "not it", "new": "another long one"})
    assert wrong.status_code == 422
    right = post(browser, "/api/session/password", {"old": PASSWORD, "new": "another long one"})
    assert right.status_code == 204
    assert sign_in(Client(REMOTE_ADDR="10.55.1.2"), browser.who.account, "another long one").status_code == 200


def test_staff_is_added_welcomed_reset_and_closed():
    admin = a_browser("town_admin", TOWN)
    added = post(
        admin, "/api/accounts", {"name": "陈敏", "role": "duty_officer", "area": TOWN, "duty_phone": "100 0478 1200"}
    )
    assert added.status_code == 201
    body = added.json()
    assert (body["duty_phone"], body["area_name"], body["state"]) == ("100 0478 1200", "狼山镇", "active")
    assert "print_slip" not in body["may"]
    assert "reset_password" in body["may"]
    url = urlsplit(body["welcome_url"])
    assert url.path == "/desk/welcome"
    token = parse_qs(url.query)["token"][0]

    newcomer = Client(REMOTE_ADDR="10.55.1.3")
    greeted = post(newcomer, "/api/session/link", {"token": token}).json()
    assert (greeted["name"], greeted["purpose"]) == ("陈敏", "welcome")
    welcomed = post(newcomer, "/api/session", {"token": token, "account": "chen.min", "password": PASSWORD})
    assert welcomed.status_code == 200
    assert welcomed.json()["account"] == "chen.min"
    assert (
        post(Client(), "/api/session", {"token": token, "account": "chen.min", "password": PASSWORD}).status_code == 401
    )
    assert newcomer.get("/api/session").json()["posts"][0]["role"] == "duty_officer"

    reset = post(admin, f"/api/accounts/{body['id']}/reset_password")
    assert "/desk/welcome?token=" in reset.json()["welcome_url"]
    assert newcomer.get("/api/session").status_code == 401
    closed = post(admin, f"/api/accounts/{body['id']}/close").json()
    assert (closed["state"], closed["posts"], len(closed["past_posts"]), closed["may"]) == ("closed", [], 1, [])


def test_the_same_op_id_adds_one_account_and_shows_the_link_once():
    admin = a_browser("town_admin", TOWN)
    body = {"name": "陈敏", "role": "clerk", "area": TOWN, "op_id": str(ids.uuid7())}
    first, again = post(admin, "/api/accounts", body), post(admin, "/api/accounts", body)
    assert first.json()["id"] == again.json()["id"]
    assert first.json()["welcome_url"]
    assert again.json()["welcome_url"] is None
    assert post(admin, "/api/accounts", {**body, "name": "陈明"}).status_code == 409


def test_posts_are_given_and_ended():
    admin, clerk = a_browser("town_admin", TOWN), an_account("clerk", TOWN)
    given = post(admin, f"/api/accounts/{clerk.pk}/posts", {"role": "duty_officer", "area": TOWN})
    assert given.status_code == 201
    duty = next(held for held in given.json()["posts"] if held["role"] == "duty_officer")
    ended = post(admin, f"/api/posts/{duty['id']}/end").json()
    assert [held["role"] for held in ended["posts"]] == ["clerk"]
    assert ended["past_posts"][0]["role"] == "duty_officer"


def test_a_villagers_slip_binds_a_phone_once_and_is_revoked():
    worker, villager = a_browser("grid_worker", VILLAGE), an_account("villager", VILLAGE, password=None)
    slip = post(worker, f"/api/accounts/{villager.pk}/slip").json()
    assert slip["url"].endswith(f"/app/#ticket={slip['ticket']}")
    assert slip["qr_svg"].startswith("<svg")
    assert "<script" not in slip["qr_svg"]
    phone = Client(REMOTE_ADDR="10.55.1.4")
    bound = post(phone, "/api/session", {"ticket": slip["ticket"]})
    assert bound.status_code == 200
    assert bound.json()["elder"] is False
    assert int(bound.cookies[csrf.SESSION_COOKIE]["max-age"]) > 300 * 86400
    assert post(Client(REMOTE_ADDR="10.55.1.5"), "/api/session", {"ticket": slip["ticket"]}).status_code == 401
    assert post(worker, f"/api/accounts/{villager.pk}/revoke_phones").json() == {"revoked": 1}
    assert phone.get("/api/session").status_code == 401


def test_the_list_of_people_narrows_and_searches():
    admin = a_browser("town_admin", TOWN)
    an_account("clerk", VILLAGE, name="王建国")
    an_account("clerk", NEXT_VILLAGE, name="王秀兰")
    an_account("clerk", OTHER_TOWN, name="王福")
    names = lambda query: sorted(item["name"] for item in admin.get(f"/api/accounts?{query}").json()["items"])  # noqa: E731
    assert names("q=王") == ["王建国", "王秀兰"]
    assert names(f"role=clerk&area={VILLAGE}") == ["王建国"]
    assert names("role=town_admin") == ["李强"]
    assert names("state=closed") == []
    page = admin.get("/api/accounts?limit=1").json()
    assert page["total"] == 3
    assert len(admin.get(f"/api/accounts?limit=2&cursor={page['next']}").json()["items"]) == 2


def test_a_secretary_sees_the_own_village_only():
    browser = a_browser("village_secretary", VILLAGE)
    here, next_door = an_account("villager", VILLAGE), an_account("villager", NEXT_VILLAGE)
    assert browser.get(f"/api/accounts/{here.pk}").status_code == 200
    assert browser.get(f"/api/accounts/{next_door.pk}").status_code == 404
    assert browser.get(f"/api/accounts/{ids.uuid7()}").json()["title"] == "base.not_found"


@pytest.mark.parametrize("url", ["/api/accounts", "/api/keys", "/api/sessions"])
def test_lists_take_the_same_number_of_queries_with_one_row_and_with_three(url):
    browser = a_browser("town_admin", TOWN)
    admin = browser.who

    def more():
        an_account("villager", VILLAGE)
        browser_of(admin)
        post(browser, "/api/keys", {"name": "气象局", "abilities": ["org.see_map"], "area": VILLAGE})

    more()
    with CaptureQueriesContext(connection) as one:
        assert browser.get(url).status_code == 200
    more()
    more()
    with CaptureQueriesContext(connection) as three:
        assert len(browser.get(url).json()["items"]) >= 3
    assert len(one) == len(three)


def test_a_machine_comes_in_with_its_key_until_it_is_revoked():
    admin = a_browser("town_admin", TOWN)
    made = post(admin, "/api/keys", {"name": "区气象局", "abilities": ["org.see_map"], "area": TOWN})
    assert made.status_code == 201
    machine = Client(headers={"Authorization": f"Bearer {made.json()['secret']}"})
    assert machine.get(f"/api/areas/{TOWN}/map").status_code == 200
    assert machine.get("/api/accounts").status_code == 403
    assert machine.get(f"/api/areas/{OTHER_TOWN}/map").status_code == 404
    assert machine.get("/api/sessions").status_code == 404
    revoked = post(admin, f"/api/keys/{made.json()['id']}/revoke").json()
    assert revoked["state"] == "revoked"
    assert machine.get(f"/api/areas/{TOWN}/map").status_code == 401
    listed = admin.get("/api/keys").json()["items"][0]
    assert "secret" not in listed
    assert listed["hint"] == made.json()["secret"][:9]


@pytest.mark.parametrize(
    ("method", "url", "right"),
    [
        ("get", "/api/accounts", "clerk"),
        ("get", "/api/accounts/{account}", "clerk"),
        ("post", "/api/accounts/{account}/reset_password", "town_admin"),
        ("post", "/api/accounts/{account}/close", "town_admin"),
        ("post", "/api/accounts/{account}/slip", "clerk"),
        ("post", "/api/accounts/{account}/revoke_phones", "clerk"),
        ("get", "/api/keys", "security_admin"),
    ],
)
def test_nobody_wrong_ability_other_town_right_person(method, url, right):
    url = url.format(account=an_account("villager", VILLAGE).pk)
    assert getattr(Client(), method)(url).status_code == 401
    assert getattr(a_browser("villager", TOWN), method)(url, content_type=JSON).status_code == 403
    if "villager" in url or url.count("/") > 2:
        assert getattr(a_browser(right, OTHER_TOWN), method)(url, content_type=JSON).status_code == 404
    assert getattr(a_browser(right, TOWN), method)(url, content_type=JSON).status_code == 200


def test_demo_accounts_exist_in_the_demo_only(settings):
    assert Client().get("/api/demo/accounts").status_code == 404
    settings.CONFIG = dataclasses.replace(django_settings.CONFIG, demo=True)
    items = Client().get("/api/demo/accounts").json()["items"]
    for town in (TOWN, OTHER_TOWN):
        roles = {item["role"] for item in items if item["area"].startswith(town)}
        assert len(roles) == 11
    assert {item["role"] for item in items if len(item["area"]) < len(TOWN)} == {
        "county_clerk", "county_viewer", "city_viewer",
    }  # fmt: skip


def test_every_demo_account_signs_in():
    at = clock.now() - timedelta(minutes=1)
    for root in seeds.ABOVE:
        seeds.plant_above(root, at)
    for town in seeds.TOWNS:
        seeds.plant(town, at)
        seeds.plant(town, at)
    for n, one in enumerate(seeds.shown()):
        answer = sign_in(Client(REMOTE_ADDR=f"10.56.0.{n}"), one["account"], one["password"])
        assert answer.status_code == 200, one
        assert answer.json()["name"] == one["name"]
        assert answer.json()["posts"][0]["role"] == one["role"]
        assert answer.json()["posts"][0]["area"] == one["area"]


def test_what_nobody_may_put_in_a_text_is_refused_not_stored():
    admin = a_browser("town_admin", TOWN)
    assert post(admin, "/api/accounts", {"name": "a\x00b", "role": "clerk", "area": TOWN}).status_code == 422
    assert post(admin, "/api/accounts", {"name": "长" * 61, "role": "clerk", "area": TOWN}).status_code == 422


def test_nobody_hears_401_and_the_wrong_person_403_before_their_fields_are_judged():
    assert post(Client(), "/api/accounts", {"nonsense": 1}).status_code == 401
    assert post(a_browser("villager", VILLAGE), "/api/accounts", {"nonsense": 1}).status_code == 403
    assert post(a_browser("town_admin", TOWN), "/api/accounts", {"nonsense": 1}).status_code == 422
