"""The phone where there is no signal: the app opens, what is written waits and arrives once, whatever comes."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.journeys.conftest import Tab
from tests.journeys.ledger import ledger
from tests.journeys.phone import (
    READY,
    STORE,
    Phone,
    a_photo,
    open_cold,
    open_home,
    sign,
    take_along,
    to_the_homes,
    type_pin,
)
from tests.journeys.test_register import PHONE
from tests.live_box import ROOT, LiveBox, until

pytestmark = [pytest.mark.box, pytest.mark.browser, pytest.mark.slow]


def homes_of(box: LiveBox) -> list[dict[str, Any]]:
    return list(box.as_demo("grid_worker").get("/api/offline/pack").raise_for_status().json()["households"])


def test_the_app_opens_without_signal_from_a_cold_start(box: LiveBox, tabs: Any) -> None:
    tab: Tab = tabs(**PHONE)
    tab.sign_in(box, "villager", "/app/me")
    tab.page.wait_for_function(READY)
    tab.page.close()
    tab.context.set_offline(True)
    page = tab.context.new_page()
    page.goto("/app")
    expect(page.get_by_role("heading", name="没有信号")).to_be_visible()
    page.goto("/app/village")
    expect(page.get_by_role("heading", name="没有信号")).to_be_visible()
    tab.context.set_offline(False)
    expect(page.get_by_role("heading", name=re.compile("村|镇")).first).to_be_visible(timeout=20_000)


def test_what_was_written_at_the_door_outlives_a_killed_phone_and_arrives_once(box: LiveBox, phone: Phone) -> None:
    take_along(phone)
    before = {one["id"]: one for one in homes_of(box)}
    phone.signal(False)
    page = phone.page
    to_the_homes(page)
    checked = open_home(page, 0)
    a_photo(page)
    phone.shoot("door")
    page.get_by_role("button", name="没变").click()
    expect(page.get_by_text("没有信号·1 条没送出")).to_be_visible()
    expect(page.get_by_text("1 张照片")).to_be_visible()
    changed = open_home(page, 1)
    page.get_by_role("button", name="有变化").click()
    page.locator("input[name=size]").fill("-5")
    page.get_by_role("button", name="存下").click()
    expect(page.get_by_text("没有信号·2 条没送出")).to_be_visible()
    phone.shoot("strip")

    phone.kill()
    page = phone.start()
    page.goto("/app/outbox")
    expect(page.get_by_role("heading", name="2 条没送出")).to_be_visible()
    phone.shoot("outbox")
    phone.signal(True)
    phone.sign_in("grid_worker")
    page.goto("/app/outbox")
    expect(page.get_by_text("要改一改").first).to_be_visible(timeout=30_000)
    expect(page.get_by_text("到了，等照片")).to_be_visible(timeout=30_000)
    page.get_by_role("button", name="原图也现在送").click()
    expect(page.locator("article.item")).to_have_count(1, timeout=30_000)
    phone.shoot("refused")
    after = {one["id"]: one for one in homes_of(box)}
    assert after[checked]["checked_at"] > before[checked]["checked_at"]
    assert after[changed] == before[changed]

    page.get_by_role("link", name="改一改").click()
    page.get_by_role("link", name="输密码").click()
    type_pin(page)
    field = page.locator("input[aria-invalid=true]")
    expect(field).to_have_value("-5")
    phone.shoot("mend")
    field.fill("96.5")
    page.get_by_role("button", name="改好了").click()
    expect(page.get_by_role("heading", name="都送出了")).to_be_visible(timeout=30_000)
    [size] = {float(one["house_size_m2"]) for one in homes_of(box) if one["id"] == changed}
    assert size == 96.5


def test_two_values_of_one_fact_are_both_kept_and_the_person_decides(box: LiveBox, phone: Phone) -> None:
    take_along(phone)
    phone.signal(False)
    page = phone.page
    to_the_homes(page)
    home = open_home(page, 2)
    page.get_by_role("button", name="有变化").click()
    page.locator("input[name=address]").fill("迎丰村二组 18 号")
    page.get_by_role("button", name="存下").click()
    clerk = box.as_demo("clerk")
    told = clerk.get(f"/api/people/households/{home}").raise_for_status().json()
    change = {"version": told["version"], "address": "迎丰村二组 81 号", "source": {"kind": "form"}}
    clerk.patch(f"/api/people/households/{home}", json=change).raise_for_status()

    phone.signal(True)
    expect(page.get_by_text("两边对不上，等您定")).to_be_visible(timeout=30_000)
    page.locator("a.strip").click()
    page.get_by_role("link", name="去定").click()
    mine = page.get_by_role("radio", name="您记的")
    expect(mine).to_contain_text("18 号")
    expect(page.get_by_role("radio", name=re.compile("81 号"))).to_be_visible()
    expect(page.get_by_text("哪个也没丢")).to_be_visible()
    phone.shoot("differs")
    page.get_by_role("button", name=re.compile("就用 .*18 号")).click()
    expect(page.get_by_text("没有等着送的")).to_be_visible(timeout=15_000)
    now = next(one for one in homes_of(box) if one["id"] == home)
    assert now["address"] == "迎丰村二组 18 号"


def test_another_pin_opens_what_the_old_one_closed(phone: Phone) -> None:
    take_along(phone)
    page = phone.page
    page.get_by_role("link", name="改密码").click()
    type_pin(page)
    expect(page.get_by_text("定一个六位数字")).to_be_visible()
    type_pin(page, "975310")
    expect(page.get_by_text("再输一遍")).to_be_visible()
    phone.shoot("pin")
    type_pin(page, "975310")
    page.wait_for_url(re.compile("/app/me$"))
    phone.signal(False)
    open_cold(page, "/app/homes")
    expect(page.get_by_text("还能试 9 次")).to_be_visible()
    type_pin(page, "975310")
    expect(page.get_by_role("heading", name=re.compile("户在手机里"))).to_be_visible()


def test_what_the_head_of_a_home_signed_comes_with_the_record(box: LiveBox, phone: Phone) -> None:
    take_along(phone)
    phone.signal(False)
    page = phone.page
    to_the_homes(page)
    open_home(page, 14)
    page.get_by_role("button", name="请户主签名").click()
    page.get_by_role("button", name="没变").scroll_into_view_if_needed()
    pad = page.locator("canvas")
    where = pad.bounding_box()
    assert where
    page.mouse.click(where["x"] + 20, where["y"] + 20)
    page.get_by_role("button", name="没变").click()
    expect(page.get_by_text("签得太短")).to_be_visible()
    page.get_by_role("button", name="重签").click()
    sign(page)
    expect(page.get_by_role("img", name="已签名")).to_be_visible()
    page.set_viewport_size({"width": 844, "height": 390})
    page.set_viewport_size({"width": 390, "height": 844})
    phone.shoot("signed")
    page.get_by_role("button", name="没变").click()
    page.wait_for_url(re.compile("/app/homes$"))
    phone.kill()
    page = phone.start()
    phone.signal(True)
    phone.sign_in("grid_worker")
    page.goto("/app/outbox")
    expect(page.get_by_role("heading", name="都送出了")).to_be_visible(timeout=30_000)
    of_phone = page.evaluate(STORE)["phones"][0]
    [item] = ledger(box, of_phone)
    [kept] = item["files"]
    assert (item["state"], kept["role"]) == ("applied", "signature")
    assert kept["kept"]


def test_ten_wrong_pins_delete_the_pack_and_what_was_written_arrives(box: LiveBox, phone: Phone) -> None:
    take_along(phone)
    phone.signal(False)
    page = phone.page
    to_the_homes(page)
    home = open_home(page, 3)
    page.get_by_role("button", name="没变").click()
    expect(page.get_by_text("1 条没送出")).to_be_visible()
    before = next(one for one in homes_of(box) if one["id"] == home)
    page.goto("/app/pin")
    for left in range(9, 0, -1):
        type_pin(page, "000000")
        expect(page.get_by_text(f"还能试 {left} 次")).to_be_visible()
    type_pin(page, "000000")
    expect(page.get_by_text("写下没送出的都在")).to_be_visible()
    phone.signal(True)
    page.goto("/app/outbox")
    expect(page.get_by_role("heading", name="都送出了")).to_be_visible(timeout=30_000)
    after = next(one for one in homes_of(box) if one["id"] == home)
    assert after["checked_at"] > before["checked_at"]


def test_a_phone_away_for_two_versions_opens_and_sends_what_it_wrote(box: LiveBox, phone: Phone) -> None:
    take_along(phone)
    phone.signal(False)
    page = phone.page
    to_the_homes(page)
    open_home(page, 4)
    page.get_by_role("button", name="没变").click()
    expect(page.get_by_text("1 条没送出")).to_be_visible()
    worker = ROOT / "web" / "dist" / "sw.js"
    released = worker.read_text(encoding="utf-8")
    try:
        for version in ("first", "second"):
            # Another revision of the page: the phone fetches it and keeps it beside the one it shows.
            page_of_it = r'"revision":"[0-9a-f]{32}","url":"app.html"'
            text, found = re.subn(page_of_it, f'"revision":"{version}","url":"app.html"', released)
            assert found == 1
            worker.write_text(text, encoding="utf-8")
        phone.kill()
        page = phone.start()
        page.goto("/app/outbox")
        expect(page.get_by_role("heading", name="1 条没送出")).to_be_visible()
        phone.signal(True)
        phone.sign_in("grid_worker")
        page.goto("/app/outbox")
        expect(page.get_by_role("heading", name="都送出了")).to_be_visible(timeout=30_000)
        page.evaluate("navigator.serviceWorker.getRegistration('/app').then((one) => one.update())")
        page.wait_for_function("navigator.serviceWorker.getRegistration('/app').then((one) => one.waiting !== null)")
        assert page.evaluate("document.visibilityState") == "visible"
        phone.kill()
        page = phone.start()
        page.goto("/app/outbox")
        expect(page.get_by_role("heading", name="都送出了")).to_be_visible()
        page.wait_for_function("navigator.serviceWorker.getRegistration('/app').then((one) => one.waiting === null)")
    finally:
        worker.write_text(released, encoding="utf-8")
    assert until(lambda: homes_of(box))


def test_a_phone_killed_again_and_again_while_it_sends_sends_each_thing_once(box: LiveBox, phone: Phone) -> None:
    take_along(phone)
    before = {one["id"]: one["version"] for one in homes_of(box)}
    phone.signal(False)
    page = phone.page
    to_the_homes(page)
    written = []
    for nth in range(5, 13):
        written.append(open_home(page, nth))
        page.get_by_role("button", name="有变化").click()
        page.locator("input[name=size]").fill(f"{50 + nth}.5")
        if nth % 2:
            a_photo(page)
        page.get_by_role("button", name="存下").click()
        page.wait_for_url(re.compile("/app/homes$"))
    expect(page.get_by_text(f"{len(written)} 条没送出")).to_be_visible()
    phone.signal(True)
    for wait_ms in (100, 400, 900, 1600):
        page.wait_for_timeout(wait_ms)
        phone.kill()
        page = phone.start()
        phone.sign_in("grid_worker")
    page.goto("/app/outbox")
    expect(page.get_by_role("heading", name="都送出了")).to_be_visible(timeout=60_000)
    after = {one["id"]: one for one in homes_of(box)}
    assert {after[home]["house_size_m2"] for home in written} == {f"{50 + nth}.5" for nth in range(5, 13)}
    assert [after[home]["version"] - before[home] for home in written] == [1] * len(written)
    mine = box.as_demo("grid_worker").items("/api/offline/phones")
    told = max(mine, key=lambda one: one["seen_at"])
    assert (told["holds"]["items"], told["waiting"], told["never_came"]) == (0, 0, 0)


def test_somebody_signed_out_by_the_town_goes_on_writing(box: LiveBox, phone: Phone) -> None:
    take_along(phone)
    phone.signal(False)
    page = phone.page
    to_the_homes(page)
    home = open_home(page, 14)
    page.get_by_role("button", name="有变化").click()
    page.locator("input[name=size]").fill("88.5")
    box.as_demo("grid_worker").delete("/api/sessions").raise_for_status()
    phone.signal(True)
    page.get_by_text("登录过期了").wait_for()
    phone.shoot("lapsed")
    assert page.locator("input[name=size]").input_value() == "88.5"
    page.get_by_role("button", name="存下").click()
    page.wait_for_url(re.compile("/app/homes$"))
    expect(page.locator("a.home").first).to_be_visible()
    expect(page.get_by_text("登录后自动送出")).to_be_visible()
    page.get_by_role("button", name="再登录").click()
    page.locator("input[name=account]").wait_for()
    phone.sign_in("grid_worker")
    page.goto("/app/outbox")
    expect(page.get_by_role("heading", name="都送出了")).to_be_visible(timeout=60_000)
    assert {one["id"]: one["house_size_m2"] for one in homes_of(box)}[home] == "88.5"


def test_a_colleague_carries_what_a_phone_cannot_send(box: LiveBox, phone: Phone, browser: Browser) -> None:
    take_along(phone)
    phone.signal(False)
    page = phone.page
    to_the_homes(page)
    home = open_home(page, 13)
    page.get_by_role("button", name="没变").click()
    before = next(one for one in homes_of(box) if one["id"] == home)
    page.locator("a.strip").click()
    page.get_by_role("link", name="交给同事带走").click()
    page.get_by_role("button", name="给同事扫").click()
    expect(page.get_by_role("img", name=re.compile("第 1 张"))).to_be_visible()
    page.get_by_role("button", name="停下").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="存成文件").click()
    rescued = download.value.path()
    assert "王" not in rescued.read_text(encoding="utf-8")

    other = Phone(browser, box)
    try:
        other.sign_in("village_secretary")
        other.page.goto("/app/outbox/bring")
        other.page.locator("input[type=file]").set_input_files(rescued)
        expect(other.page.get_by_text("带上了 1 条")).to_be_visible()
        clerk = box.as_demo("clerk")
        [waiting] = until(
            lambda: [
                one
                for one in clerk.items("/api/offline/quarantine")
                if one["form"] == "people.check_household" and one["subject"] and one["subject"]["id"] == home
            ],
            wait_s=60,
        )
    finally:
        other.close()
    clerk.post(f"/api/offline/quarantine/{waiting['id']}/accept", json={}).raise_for_status()
    after = next(one for one in homes_of(box) if one["id"] == home)
    assert after["checked_at"] > before["checked_at"]

    phone.signal(True)
    page.goto("/app/outbox")
    expect(page.get_by_role("heading", name="都送出了")).to_be_visible(timeout=30_000)
    again = next(one for one in homes_of(box) if one["id"] == home)
    assert again["checked_at"] == after["checked_at"]


def test_work_is_taken_without_signal(box: LiveBox, phone: Phone) -> None:
    keeper = box.as_demo("maintainer")
    fresh = {
        "name": "无信号雨量站",
        "profile": "weather_station",
        "area": "15.08.02.100.201",
        "lon": 107.1,
        "lat": 40.9,
    }
    gauge = keeper.post("/api/devices", json=fresh).raise_for_status().json()
    line = box.mqtt(gauge["key"], gauge["secret"])
    end = datetime.now(UTC).replace(microsecond=0)
    for n in range(12):
        record = {"ts": (end - timedelta(minutes=10 * (11 - n))).isoformat(), "values": {"rain_mm": 5.0}}
        line.publish(f"up/{gauge['key']}", json.dumps(record), qos=1).wait_for_publish(10)
    officer = box.as_demo("duty_officer")
    [alert] = until(lambda: officer.items(f"/api/alerts?state=open&rule=heavy_rain&device={gauge['id']}"))
    [work] = until(lambda: [one for one in officer.items("/api/work?mine=true") if one["matter"] == alert["matter"]])
    take_along(phone, "duty_officer")
    phone.signal(False)
    page = phone.page
    open_cold(page, f"/app/work/{work['id']}")
    expect(page.get_by_role("heading", name=work["title"])).to_be_visible()
    page.get_by_role("button", name="我去").click()
    expect(page.get_by_text("存在手机里了")).to_be_visible()
    phone.shoot("work")
    assert officer.get(f"/api/work/{work['id']}").json()["state"] == "open"
    phone.signal(True)
    taken = until(lambda: officer.get(f"/api/work/{work['id']}").json()["state"] == "taken", wait_s=30)
    assert taken
