"""Two steps to come in, in a real browser: an authenticator, a security key, a desk left alone, a stolen session."""

from __future__ import annotations

import base64
import re
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from playwright.sync_api import Browser

from tests.journeys.conftest import Tab
from tests.live_box import LiveBox, Person, until

pytestmark = [pytest.mark.box, pytest.mark.browser, pytest.mark.slow]

TOWN = "15.08.02.100"
PASSWORD = "麦子熟了去割麦子"
REFUSED = ("401", "403", "429")
LINK = re.compile(r"token=(\S+)")


@pytest.fixture(scope="module")
def real() -> Iterator[tuple[LiveBox, Person]]:
    """A box that is no demo, and its first administrator, who came in with a password alone."""
    box = LiveBox(demo=False)
    said = box.command("init", "--area", "150802100000").stdout
    token = LINK.search(said)
    assert token, said
    box.start()
    try:
        admin = box.person()
        welcome(admin, token.group(1), "zhang.admin")
        yield box, admin
    finally:
        box.visitors.close()
        box.stop()


def welcome(person: Person, token: str, account: str) -> None:
    answer = person.post("/api/session", json={"token": token, "account": account, "password": PASSWORD})
    assert answer.status_code == 200, answer.text


def a_colleague(admin: Person, account: str, role: str = "clerk") -> None:
    """Somebody who has chosen a name and a password."""
    made = admin.post("/api/accounts", json={"name": "白云飞", "role": role, "area": TOWN})
    assert made.status_code == 201, made.text
    with Person(str(admin.base_url)) as person:
        welcome(person, made.json()["welcome_url"].partition("token=")[2], account)


def code_of(secret: str, steps: int = 0) -> str:
    raw = base64.b32decode(secret.replace(" ", ""))
    totp = TOTP(raw, 6, SHA1(), 30, enforce_key_length=False)
    return totp.generate(int(time.time()) + 30 * steps).decode()


def fair(tab: Tab) -> list[str]:
    return [one for one in tab.complaints if not any(status in one for status in REFUSED)]


def sign_in(tab: Tab, account: str) -> None:
    """Name and password typed and sent; what the page asks next is up to the journey."""
    tab.page.locator("input[name=account]").fill(account)
    tab.page.locator("input[name=password]").fill(PASSWORD)
    with tab.page.expect_response("**/api/session"):
        tab.page.locator("form:has(input[name=password]) button[type=submit]").click()


def a_tab(browser: Browser, box: LiveBox, name: str = "127.0.0.1", **options: Any) -> Tab:
    options.setdefault("viewport", {"width": 1440, "height": 900})
    return Tab(browser, f"http://{name}:{box.port}", **options)


def test_a_clerk_binds_an_authenticator_and_what_was_shut_opens(real: tuple[LiveBox, Person], browser: Browser) -> None:
    box, admin = real
    a_colleague(admin, "bai.yunfei")
    desk = a_tab(browser, box)
    try:
        desk.page.goto("/desk/me")
        sign_in(desk, "bai.yunfei")
        desk.page.get_by_text("您的岗位可以查看或导出别人的资料").wait_for()
        assert desk.page.evaluate("fetch('/api/session').then(r => r.json()).then(s => s.waits_for_factor)")
        desk.shoot("factor-waits")

        desk.page.get_by_role("button", name="绑定验证器").click()
        secret = desk.page.locator(".factor .typed code").inner_text()
        assert re.fullmatch(r"([A-Z2-7]{4} ){7}[A-Z2-7]{4}", secret)
        desk.shoot("factor-scan")
        desk.page.locator("input[name=code]").fill("000000")
        desk.page.get_by_role("button", name="确认绑定").click()
        desk.page.get_by_text("验证码不对或已经用过").wait_for()
        desk.page.locator("input[name=code]").fill(code_of(secret, -1))
        desk.page.get_by_role("button", name="确认绑定").click()
        codes = desk.page.locator(".codes li")
        codes.nth(9).wait_for()
        recovery = codes.all_inner_texts()
        desk.shoot("factor-codes")
        told = desk.page.evaluate("fetch('/api/session').then(r => r.json())")
        assert "people.reveal_field" in told["abilities"]
        assert not told["waits_for_factor"]
        desk.page.reload()
        desk.page.get_by_text("已开启").wait_for()
        assert desk.page.locator(".codes").count() == 0, "shown once"

        # The next time the desk asks for the code: a wrong one, the right one, and where one was before.
        desk.context.clear_cookies()
        desk.page.reload()
        sign_in(desk, "bai.yunfei")
        desk.page.locator("input[name=code]").wait_for()
        desk.shoot("factor-login")
        desk.page.locator("input[name=code]").fill("000000")
        desk.page.locator("button[type=submit]").click()
        desk.page.get_by_text("验证码不对或已经用过").wait_for()
        desk.page.locator("input[name=code]").fill(code_of(secret))
        desk.page.locator("button[type=submit]").click()
        desk.page.get_by_text("已开启").wait_for()
        assert desk.page.url.endswith("/desk/me")
        assert fair(desk) == []

        # The phone is lost: a recovery code opens once.
        phone = box.person()
        body = {"account": "bai.yunfei", "password": PASSWORD, "code": recovery[0]}
        assert phone.post("/api/session", json=body).status_code == 200
        assert box.person().post("/api/session", json=body).status_code == 401
    finally:
        desk.close()


def test_a_security_key_is_made_and_signs_in(real: tuple[LiveBox, Person], browser: Browser) -> None:
    box, admin = real
    a_colleague(admin, "he.ping")
    desk = a_tab(browser, box, "localhost")
    try:
        line = desk.context.new_cdp_session(desk.page)
        line.send("WebAuthn.enable")
        line.send(
            "WebAuthn.addVirtualAuthenticator",
            {"options": {"protocol": "ctap2", "transport": "usb", "automaticPresenceSimulation": True}},
        )
        desk.page.goto("/desk/me")
        sign_in(desk, "he.ping")
        desk.page.get_by_role("button", name="添一把安全密钥").click()
        desk.page.locator("input[name=key_name]").fill("办公室的U盾")
        desk.page.get_by_role("button", name="添上").click()
        desk.page.locator(".codes li").nth(9).wait_for()
        desk.page.get_by_text("办公室的U盾").wait_for()
        desk.shoot("factor-key")

        desk.context.clear_cookies()
        desk.page.reload()
        sign_in(desk, "he.ping")
        desk.page.get_by_role("button", name="用安全密钥").click()
        desk.page.get_by_text("已开启").wait_for()
        told = desk.page.evaluate("fetch('/api/session').then(r => r.json())")
        assert "people.reveal_field" in told["abilities"]
        assert fair(desk) == []
    finally:
        desk.close()
    # At a number instead of a name no key answers: the page says why.
    other = a_tab(browser, box)
    try:
        other.page.goto("/desk/me")
        sign_in(other, "he.ping")
        other.page.locator("input[name=code]").wait_for()
        assert other.page.get_by_role("button", name="用安全密钥").count() == 0
    finally:
        other.close()


def test_a_table_goes_out_only_after_the_second_step(real: tuple[LiveBox, Person], browser: Browser) -> None:
    box, admin = real
    a_colleague(admin, "meng.he")
    desk = a_tab(browser, box)
    page = desk.page
    try:
        page.goto("/desk/me")
        sign_in(desk, "meng.he")
        page.get_by_text("您的岗位可以查看或导出别人的资料").wait_for()
        assert page.get_by_role("link", name="导出", exact=True).count() == 0
        token = next(one["value"] for one in desk.context.cookies() if one["name"] == "csrftoken")
        asked = {"kind": "people.residents", "area": TOWN, "columns": [], "purpose": "check", "note": ""}
        refused = desk.context.request.post("/api/exchange/exports", data=asked, headers={"X-CSRFToken": token})
        assert (refused.status, refused.json()["title"]) == (403, "access.factor_needed")

        page.get_by_role("button", name="绑定验证器").click()
        secret = page.locator(".factor .typed code").inner_text()
        page.locator("input[name=code]").fill(code_of(secret))
        page.get_by_role("button", name="确认绑定").click()
        page.locator(".codes li").nth(9).wait_for()
        page.goto("/desk/exports/new")
        form = page.locator(".sheet form")
        form.get_by_label("内容", exact=True).select_option(label="居民表")
        form.get_by_label("地方", exact=True).select_option(value=TOWN)
        form.get_by_label("拿去做什么", exact=True).select_option(label="核对登记")
        form.get_by_role("button", name="导出", exact=True).click()
        page.locator(".sheet").get_by_role("link", name="下载").wait_for()
        assert fair(desk) == []
    finally:
        desk.close()


def test_five_wrong_codes_shut_the_door(real: tuple[LiveBox, Person]) -> None:
    box, admin = real
    a_colleague(admin, "su.rina")
    person = box.person()
    person.post("/api/session", json={"account": "su.rina", "password": PASSWORD})
    secret = person.post("/api/session/factor", json={}).json()["secret"]
    assert person.post("/api/session/factor/confirm", json={"code": code_of(secret, -1)}).status_code == 200
    thief = box.person()
    body = {"account": "su.rina", "password": PASSWORD}
    answers = [thief.post("/api/session", json={**body, "code": f"{n:06}"}).status_code for n in range(5)]
    assert answers == [401] * 5
    locked = thief.post("/api/session", json={**body, "code": code_of(secret)})
    assert locked.status_code == 429
    assert int(locked.headers["Retry-After"]) > 0
    assert person.get("/api/session").status_code == 200


def test_a_stolen_session_is_refused_within_five_seconds_on_the_open_stream_too(
    real: tuple[LiveBox, Person],
) -> None:
    box, admin = real
    a_colleague(admin, "wu.yun", "duty_officer")
    thief = box.person()
    thief.post("/api/session", json={"account": "wu.yun", "password": PASSWORD})
    [account] = [one for one in admin.items("/api/accounts") if one["account"] == "wu.yun"]
    path = f"/api/accounts/{account['id']}/sessions"
    with httpx.stream("GET", f"{box.url}/api/live", cookies=dict(thief.cookies), timeout=20) as stream:
        assert stream.status_code == 200
        for session in admin.items(path):
            assert admin.delete(f"{path}/{session['id']}").status_code == 204
        ended = time.monotonic()
        for _ in stream.iter_raw():
            assert time.monotonic() - ended < 5, "the stream of a session that was ended is still open"
    assert time.monotonic() - ended < 5
    assert thief.get("/api/session").status_code == 401
    again = httpx.get(f"{box.url}/api/live", cookies=dict(thief.cookies), timeout=5)
    assert again.status_code == 401


def test_a_desk_left_alone_warns_and_ends_and_comes_back_to_the_same_page(
    real: tuple[LiveBox, Person], browser: Browser
) -> None:
    box, admin = real
    a_colleague(admin, "jin.hua")
    desk = a_tab(browser, box)
    try:
        desk.page.clock.install()
        desk.page.goto("/desk/me")
        sign_in(desk, "jin.hua")
        desk.page.get_by_text("我的岗位").wait_for()
        desk.page.clock.fast_forward("28:05")
        desk.page.get_by_text("两分钟后").wait_for()
        desk.shoot("idle-warning")
        desk.page.mouse.move(200, 300)
        desk.page.get_by_text("两分钟后").wait_for(state="detached")
        desk.page.clock.fast_forward("30:05")
        desk.page.locator("input[name=password]").wait_for()
        until(lambda: desk.page.evaluate("fetch('/api/session').then(r => r.status)") == 401)
        sign_in(desk, "jin.hua")
        desk.page.get_by_text("我的岗位").wait_for()
        assert desk.page.url.endswith("/desk/me")
        assert fair(desk) == []
    finally:
        desk.close()


def test_an_administrator_ends_a_session_and_resets_what_is_lost(
    real: tuple[LiveBox, Person], browser: Browser
) -> None:
    box, admin = real
    a_colleague(admin, "gao.wa")
    lost = box.person()
    lost.post("/api/session", json={"account": "gao.wa", "password": PASSWORD})
    secret = lost.post("/api/session/factor", json={}).json()["secret"]
    assert lost.post("/api/session/factor/confirm", json={"code": code_of(secret, -1)}).status_code == 200
    [account] = [one for one in admin.items("/api/accounts") if one["account"] == "gao.wa"]
    # Who governs the factors of others shows one first.
    refused = admin.post(f"/api/accounts/{account['id']}/reset_factor", json={})
    assert (refused.status_code, refused.json()["title"]) == (403, "access.factor_needed")
    own = admin.post("/api/session/factor", json={}).json()["secret"]
    assert admin.post("/api/session/factor/confirm", json={"code": code_of(own, -1)}).status_code == 200

    desk = a_tab(browser, box)
    try:
        desk.page.goto("/desk/accounts")
        sign_in(desk, "zhang.admin")
        desk.page.locator("input[name=code]").fill(code_of(own))
        desk.page.locator("button[type=submit]").click()
        desk.page.locator("input[name=code]").wait_for(state="detached")
        desk.page.goto(f"/desk/accounts/{account['id']}")
        desk.page.get_by_text("登录在哪儿").wait_for()
        desk.shoot("sessions-of")
        desk.page.get_by_role("button", name="让它退出").first.click()
        until(lambda: lost.get("/api/session").status_code == 401, wait_s=5)
        desk.page.get_by_role("button", name="重置两步登录").click()
        desk.page.locator("form.ask button[type=submit]").click()
        desk.page.locator("form.ask").wait_for(state="detached")
        assert fair(desk) == []
    finally:
        desk.close()
    assert box.person().sign_in("gao.wa", PASSWORD).status_code == 200, "until the next one is bound"


def test_a_demo_asks_nobody_for_a_factor_and_says_so(box: LiveBox, tabs: Any) -> None:
    clerk = box.as_demo("clerk")
    assert "people.reveal_field" in clerk.get("/api/session").json()["abilities"]
    desk = tabs(viewport={"width": 1440, "height": 900})
    desk.sign_in(box, "clerk", "/desk/me")
    desk.page.get_by_text("这是演示").wait_for()
    assert fair(desk) == []
