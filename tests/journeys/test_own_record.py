"""My own data, on the phone: what it is used for, a copy of it, erasing it; and the clerk who opens and answers."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from playwright.sync_api import Page, Route, expect

from tests.journeys.conftest import Tab
from tests.journeys.test_register import PHONE, a_clerk
from tests.journeys.test_register_changes import a_form, field, part, said_at, send, write
from tests.live_box import LiveBox
from xiangyun.kernel.files.tests.factories import a_picture

pytestmark = [pytest.mark.box, pytest.mark.browser, pytest.mark.slow]

REFUSED = ("404", "409", "422")


def a_phone(box: LiveBox, tabs: Any) -> Tab:
    tab: Tab = tabs(**PHONE)
    tab.sign_in(box, "villager", "/app/me")
    return tab


def mine(box: LiveBox) -> dict[str, Any]:
    """The villager's own record, as their account is linked to it."""
    told = box.as_demo("villager").get("/api/people/me").raise_for_status().json()
    return next(dict(one) for one in told if one["kind"] == "self")


def fair(tab: Tab) -> list[str]:
    return [one for one in tab.complaints if not any(status in one for status in REFUSED)]


def ask_for(page: Page, what: str, words: str) -> None:
    """On the phone, from my record to the request that is handed in."""
    page.get_by_role("link", name="要一份、改一改、删掉").click()
    page.get_by_role("button", name=what).click()
    page.locator("textarea").fill(words)
    page.get_by_role("button", name="交上去").click()
    expect(page.locator("section", has_text="交过的").get_by_text("正在办").first).to_be_visible()


def answer(page: Page, name: str, what: str, words: str) -> None:
    """At the desk, open what somebody asked for and write the answer, not yet given."""
    page.goto("/desk/people/requests")
    page.get_by_role("row").filter(has_text=name).filter(has_text=what).first.click()
    page.get_by_label("答复", exact=True).fill(words)


def test_a_consent_is_given_and_taken_back_on_the_phone(box: LiveBox, tabs: Any) -> None:
    own = mine(box)
    clerk = box.as_demo("clerk")
    tab = a_phone(box, tabs)
    page = tab.page
    page.get_by_role("link", name=own["name"]).click()
    page.get_by_role("link", name="拿去做什么用").click()
    asked = page.locator("section.card", has=page.get_by_role("button", name="我同意")).first
    title = asked.get_by_role("heading").inner_text()
    expect(asked).to_contain_text("保存多久")
    card = page.locator("section.card", has=page.get_by_role("heading", name=title, exact=True))
    card.get_by_role("button", name="我同意").click()
    expect(card.get_by_text("您同意了")).to_be_visible()

    def consents() -> list[dict[str, Any]]:
        told = clerk.get(f"/api/people/residents/{own['resident']}/consents").raise_for_status().json()
        return [one for one in told if one["title"] == title]

    [given, *_] = consents()
    assert (given["given_by"], given["how"], given["withdrawn_at"]) == ("self", "app", None)
    card.get_by_role("button", name="收回同意").click()
    expect(card.get_by_role("button", name="我同意")).to_be_visible()
    assert all(one["withdrawn_at"] for one in consents())

    desk = a_clerk(box, tabs).page
    desk.goto(f"/desk/people/{own['resident']}")
    line = part(desk, "同意过什么").locator(".line", has_text=title).first
    expect(line).to_contain_text("本人手机上")
    expect(line).to_contain_text("收回")
    expect(line.get_by_role("button")).to_have_count(0)
    assert fair(tab) == []


def test_a_signed_paper_is_kept_with_a_consent_and_opened_by_the_clerk_and_the_person(box: LiveBox, tabs: Any) -> None:
    own = mine(box)
    clerk = box.as_demo("clerk")
    consents = f"/api/people/residents/{own['resident']}/consents"
    for one in clerk.get(consents).raise_for_status().json():
        if not one["withdrawn_at"]:
            clerk.post(f"{consents}/{one['id']}/withdraw", json={}).raise_for_status()
    desk = a_clerk(box, tabs)
    page = desk.page
    page.goto(f"/desk/people/{own['resident']}")
    part(page, "同意过什么").get_by_role("button", name="记一份同意").click()
    form = a_form(page, "记一份同意")
    title = field(form, "什么用途").locator("option").nth(1).inner_text()
    write(form, 什么用途=title, 怎么同意的="签了纸")
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/api/uploads/*/finish", hold)
    paper = {"name": "同意书.jpg", "mimeType": "image/jpeg", "buffer": a_picture()}
    form.locator("input[type=file]").set_input_files(paper)
    expect(form.get_by_text("正在传")).to_be_visible()
    form.get_by_role("button", name="记下", exact=True).click()
    page.wait_for_timeout(500)
    expect(form).to_be_visible()
    assert all(one["withdrawn_at"] for one in clerk.get(consents).json()), "not without the paper that is on its way"
    held[0].continue_()
    page.unroute("**/api/uploads/*/finish")
    expect(form.get_by_text("正在传")).to_have_count(0)
    desk.shoot("desk-consent")
    send(form, "记下")
    line = part(page, "同意过什么").locator(".line", has_text=title).first
    expect(line).to_contain_text("签了纸")
    with page.expect_popup() as opened:
        line.get_by_role("link", name="看签过字的纸").click()
    expect(opened.value.locator("img")).to_be_visible()
    opened.value.close()

    phone = a_phone(box, tabs)
    phone.page.goto(f"/app/record/{own['resident']}/consents")
    card = phone.page.locator("section.card", has=phone.page.get_by_role("heading", name=title, exact=True))
    phone.shoot("app-consents")
    with phone.page.expect_popup() as opened:
        card.get_by_role("link", name="看签过字的纸").click()
    expect(opened.value.locator("img")).to_be_visible()
    assert fair(desk) == []
    assert fair(phone) == []


def test_a_copy_is_asked_for_made_at_the_desk_and_taken_on_the_phone(box: LiveBox, tabs: Any) -> None:
    own = mine(box)
    phone = a_phone(box, tabs)
    phone.page.get_by_role("link", name=own["name"]).click()
    ask_for(phone.page, "要一份副本", "孩子上学要用")

    desk = a_clerk(box, tabs)
    page = desk.page
    answer(page, own["name"], "要一份副本", "做好了，请在手机上下载。")
    expect(page.get_by_text("孩子上学要用")).to_be_visible()
    expect(page.get_by_role("button", name="给了，办好")).to_be_disabled()
    page.get_by_role("button", name="做一份副本").click()
    expect(page.get_by_role("link", name="下载、打印副本")).to_be_visible()
    expect(page.get_by_label("答复", exact=True)).to_have_value("做好了，请在手机上下载。")
    desk.shoot("desk-request")
    page.get_by_role("button", name="给了，办好").click()
    page.get_by_role("button", name="给了，办好").wait_for(state="detached")
    [told, *_] = box.as_demo("villager").get(f"/api/people/me/{own['resident']}/requests").json()
    assert (told["kind"], told["state"], told["answer"]) == ("copy", "done", "做好了，请在手机上下载。")

    phone.page.reload()
    asked = phone.page.locator("section", has_text="交过的")
    expect(asked.get_by_text("办好了").first).to_be_visible()
    expect(asked.get_by_text("做好了，请在手机上下载。").first).to_be_visible()
    phone.shoot("app-copy")
    with phone.page.expect_download() as download:
        asked.get_by_role("link", name="下载副本").first.click()
    book = openpyxl.load_workbook(io.BytesIO(Path(download.value.path()).read_bytes()))
    held = [str(cell.value) for sheet in book for line in sheet.iter_rows() for cell in line if cell.value is not None]
    assert own["name"] in held
    number = box.as_demo("clerk").post(
        f"/api/people/residents/{own['resident']}/reveal", json={"field": "id_no", "reason": "request"}
    )
    assert number.raise_for_status().json()["value"] in held, "their own number stands whole in their own copy"

    phone.page.goto(f"/app/record/{own['resident']}/looks")
    expect(phone.page.get_by_text("给您做了一份副本").first).to_be_visible()
    assert fair(phone) == []
    assert fair(desk) == []


def test_who_lives_here_cannot_be_erased_and_reads_why(box: LiveBox, tabs: Any) -> None:
    own = mine(box)
    phone = a_phone(box, tabs)
    phone.page.get_by_role("link", name=own["name"]).click()
    ask_for(phone.page, "不该留，要删", "")

    desk = a_clerk(box, tabs)
    page = desk.page
    why = "您还住在村里，依法要登记。电话可以不留，要不要改，您来窗口说一声。"
    answer(page, own["name"], "不该留，要删", why)
    page.get_by_role("button", name="删掉", exact=True).click()
    expect(page.get_by_text("的资料会删掉，不能恢复")).to_be_visible()
    page.get_by_role("button", name="确定删掉").click()
    expect(page.get_by_role("alert").filter(has_text="住在村里的人依法要登记")).to_be_visible()
    expect(page.get_by_label("答复", exact=True)).to_have_value(why)
    page.get_by_role("button", name="不办，说明原因").click()
    page.get_by_role("button", name="不办，说明原因").wait_for(state="detached")

    phone.page.reload()
    asked = phone.page.locator("section", has_text="交过的")
    expect(asked.get_by_text("没有办").first).to_be_visible()
    expect(asked.get_by_text(why).first).to_be_visible()
    [told, *_] = box.as_demo("villager").get(f"/api/people/me/{own['resident']}/requests").json()
    assert (told["kind"], told["state"], told["answer"]) == ("erase", "refused", why)
    assert fair(phone) == []


def test_a_record_is_opened_to_a_helpers_phone_and_closed_again(box: LiveBox, tabs: Any) -> None:
    own, account = mine(box), box.demo("villager")["account"]
    clerk = box.as_demo("clerk")
    home = clerk.get(f"/api/people/residents/{own['resident']}").json()["stays"][0]["household"]
    other = next(
        one["resident"]
        for one in clerk.get(f"/api/people/households/{home}").json()["members"]
        if one["resident"]["id"] != own["resident"]
    )
    desk = a_clerk(box, tabs)
    page = desk.page
    page.goto(f"/desk/people/{other['id']}")
    page.get_by_role("button", name="开给一个账号").click()
    form = a_form(page, "开给一个账号")
    write(form, 账号="查无此人", 是他的什么人="代办人")
    form.get_by_role("button", name="开通").click()
    expect(said_at(form, "账号")).to_contain_text("没有这个账号")
    expect(field(form, "账号")).to_have_value("查无此人")
    write(form, 账号=account)
    send(form, "开通")
    line = part(page, "谁的手机能看").locator(".line", has_text=account)
    expect(line).to_contain_text("代办人")

    phone = a_phone(box, tabs)
    phone.page.get_by_role("link", name=other["name"]).click()
    expect(phone.page.get_by_text("您帮忙代办")).to_be_visible()
    expect(phone.page.get_by_role("heading", name=other["name"])).to_be_visible()
    linked = {one["resident"] for one in box.as_demo("villager").get("/api/people/me").json()}
    assert linked == {own["resident"], other["id"]}

    line.get_by_role("button", name="关掉").click()
    expect(line).to_have_count(0)
    phone.page.reload()
    expect(phone.page.get_by_text("这里看不到")).to_be_visible()
    expect(phone.page.get_by_text(other["name"])).to_have_count(0)
    assert box.as_demo("villager").get(f"/api/people/me/{other['id']}").status_code == 404
    assert fair(desk) == []
