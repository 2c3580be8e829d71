"""Coming in, in a real browser: a welcome link, a villager's slip, a lock, and signing out everywhere."""

from __future__ import annotations

from typing import Any

import pytest

from tests.live_box import LiveBox, until

pytestmark = [pytest.mark.box, pytest.mark.browser, pytest.mark.slow]

TOWN, VILLAGE = "15.08.02.100", "15.08.02.100.201"
PASSWORD = "麦子熟了去割麦子"
REFUSED = ("401", "429")


def fair(tab: Any) -> list[str]:
    """What a tab complained of, but for the refusals the journey is about."""
    return [one for one in tab.complaints if not any(status in one for status in REFUSED)]


def test_a_new_colleague_opens_the_link_and_works(box: LiveBox, tabs: Any) -> None:
    admin = box.as_demo("town_admin")
    made = admin.post("/api/accounts", json={"name": "白云飞", "role": "clerk", "area": TOWN})
    assert made.status_code == 201, made.text

    desk = tabs(viewport={"width": 1280, "height": 800})
    desk.page.goto(made.json()["welcome_url"])
    desk.page.get_by_text("白云飞").first.wait_for()
    assert "token" not in desk.page.url
    desk.page.locator("input[name=account]").fill("bai.yunfei")
    desk.page.locator("input[name=password]").fill("12345678")
    desk.page.locator("input[name=again]").fill("12345678")
    desk.page.locator("button[type=submit]").click()
    desk.page.get_by_text("这个密码太容易猜到").first.wait_for()
    desk.complaints = [one for one in desk.complaints if "422" not in one]
    desk.page.locator("input[name=password]").fill(PASSWORD)
    desk.page.locator("input[name=again]").fill(PASSWORD)
    desk.page.locator("button[type=submit]").click()
    desk.page.wait_for_url("**/desk/work")
    desk.shoot("welcome-desk")
    assert fair(desk) == []

    again = tabs()
    again.page.goto(made.json()["welcome_url"])
    again.page.get_by_text("这个链接已经用过").first.wait_for()

    # From another machine the same person signs out everywhere: the desk is shut with its next request.
    elsewhere = box.person()
    assert elsewhere.sign_in("bai.yunfei", PASSWORD).status_code == 200
    assert elsewhere.delete("/api/sessions").status_code == 204
    desk.page.reload()
    desk.page.locator("input[name=password]").wait_for()


def test_a_villagers_phone_is_bound_by_a_slip_and_unbound_when_it_is_lost(box: LiveBox, tabs: Any) -> None:
    clerk = box.as_demo("clerk")
    made = clerk.post("/api/accounts", json={"name": "张福来", "role": "villager", "area": VILLAGE}).json()
    slip = clerk.post(f"/api/accounts/{made['id']}/slip", json={}).json()
    assert "<svg" in slip["qr_svg"]

    phone = tabs(viewport={"width": 390, "height": 844}, has_touch=True)
    phone.page.goto(slip["url"])
    phone.page.wait_for_url("**/app/")
    until(lambda: phone.page.evaluate("fetch('/api/session').then(r => r.status)") == 200)
    assert slip["ticket"] not in phone.page.url
    phone.page.reload()
    until(lambda: phone.page.evaluate("fetch('/api/session').then(r => r.status)") == 200)
    phone.shoot("slip-phone")
    assert fair(phone) == []

    other = tabs(viewport={"width": 390, "height": 844})
    other.page.goto(slip["url"])
    other.page.get_by_text("只能用一次").first.wait_for()

    assert clerk.post(f"/api/accounts/{made['id']}/revoke_phones", json={}).json() == {"revoked": 1}
    until(lambda: phone.page.evaluate("fetch('/api/session').then(r => r.status)") == 401, wait_s=5)


def test_five_wrong_passwords_shut_the_door_and_the_page_says_for_how_long(box: LiveBox, tabs: Any) -> None:
    admin = box.as_demo("town_admin")
    made = admin.post("/api/accounts", json={"name": "何平", "role": "clerk", "area": TOWN}).json()
    token = made["welcome_url"].partition("token=")[2]
    person = box.person()
    assert (
        person.post("/api/session", json={"token": token, "account": "he.ping", "password": PASSWORD}).status_code
        == 200
    )

    desk = tabs()
    desk.page.goto("/desk")
    for n in range(6):
        desk.page.locator("input[name=account]").fill("he.ping")
        desk.page.locator("input[name=password]").fill(PASSWORD if n == 5 else f"wrong-{n}-guess")
        with desk.page.expect_response("**/api/session") as answered:
            desk.page.locator("button[type=submit]").click()
        assert answered.value.status == (429 if n == 5 else 401)
    desk.page.locator("[role=alert]").first.wait_for()
    desk.shoot("locked-desk")
    assert fair(desk) == []
    # Whoever was signed in stays so: a lock keeps guessers out, not people.
    assert person.get("/api/session").status_code == 200
