"""From a villager's three taps to what the village reads: seen, judged, settled with a photo, checked; nobody named."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import Tab
from tests.journeys.reports import a_jpeg
from tests.live_box import LiveBox

pytestmark = [pytest.mark.box, pytest.mark.browser, pytest.mark.slow]

PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}
WIDE: dict[str, Any] = {"viewport": {"width": 1440, "height": 900}}
TOWN = "15.08.02.100"
VILLAGE = f"{TOWN}.201"
TOLD = "渠边的路塌了一大块"
RESULT = "填了两车石料，压平了"


def sign_in(tab: Tab, account: dict[str, str], where: str) -> Page:
    page = tab.page
    page.goto(where)
    page.locator("input[name=account]").fill(account["account"])
    page.locator("input[name=password]").fill(account["password"])
    page.locator("form:has(input[name=password]) button[type=submit]").click()
    page.locator("input[name=password]").wait_for(state="detached", timeout=15_000)
    tab.complaints.clear()
    return page


def somebody(box: LiveBox, role: str, place: str) -> dict[str, str]:
    """The demo account of a role at a place."""
    return next(one for one in box.demo_accounts() if one["role"] == role and one["area"].startswith(place))


def photo(page: Page, shade: int = 120) -> None:
    page.locator("input[type=file]").set_input_files(
        {"name": "IMG_1.jpg", "mimeType": "image/jpeg", "buffer": a_jpeg(shade)}
    )


def begin(page: Page, words: str) -> None:
    """A villager's first two taps: 上报, and what it is; then a sentence."""
    page.goto("/app")
    page.get_by_role("link", name="上报").first.click()
    expect(page.get_by_role("link", name="110")).to_be_visible()
    page.get_by_role("button", name="路、桥、涵洞").click()
    page.get_by_label("出了什么事？").fill(words)


def reports_of(box: LiveBox, words: str) -> list[dict[str, Any]]:
    return [one for one in box.as_demo("clerk").items("/api/grid/reports") if one["words"] == words]


def test_a_villagers_report_comes_to_the_published_result(box: LiveBox, tabs: Any) -> None:
    villager = sign_in(tabs(**PHONE), somebody(box, "villager", VILLAGE), "/app")
    begin(villager, TOLD)
    photo(villager)
    expect(villager.get_by_role("img", name="照片 1")).to_be_visible()
    villager.get_by_role("button", name="送出去").click()
    villager.wait_for_url("**/app/reports/*")
    expect(villager.locator(".huge")).to_have_text("收到了")
    [report] = reports_of(box, TOLD)
    digits = report["number"].split("-", 1)[1]
    expect(villager.locator(".digits")).to_have_text(digits)
    expect(villager.get_by_text("网格员会去看")).to_be_visible()

    worker = sign_in(tabs(**PHONE), somebody(box, "grid_worker", VILLAGE), "/app/grid")
    worker.get_by_text(TOLD).wait_for()
    worker.locator("article", has_text=TOLD).get_by_role("link").click()
    expect(worker.get_by_role("img", name="照片 1")).to_be_visible()
    worker.get_by_role("button", name="去看过，是真的").click()
    worker.get_by_label("看到什么（可以不写）").fill("塌了两米宽")
    worker.get_by_role("button", name="记下：是真的").click()
    expect(worker.get_by_text("已核实").first).to_be_visible()

    clerk = sign_in(tabs(**WIDE), somebody(box, "clerk", "15.08.02.100"), f"/desk/grid/{report['id']}")
    expect(clerk.get_by_text(TOLD).first).to_be_visible()
    clerk.get_by_role("button", name="分级，派下去").click()
    clerk.get_by_label("谁来办").last.select_option("village")
    clerk.get_by_role("button", name="派下去", exact=True).click()
    expect(clerk.locator(".sheet").get_by_text("已分派").first).to_be_visible()

    secretary = sign_in(tabs(**PHONE), somebody(box, "village_secretary", VILLAGE), "/app/work")
    card = secretary.locator("article.work-card", has_text=report["number"])
    card.get_by_role("button", name="我去").click()
    card.get_by_role("link").first.click()
    secretary.get_by_role("link", name="看看是怎么回事").click()
    secretary.get_by_role("button", name="办好了，请核查").click()
    secretary.get_by_label("怎么办好的").fill(RESULT)
    photo(secretary, 60)
    expect(secretary.locator(".act-form img")).to_be_visible()
    secretary.get_by_role("button", name="请核查", exact=True).click()
    expect(secretary.get_by_text("等核查").first).to_be_visible()

    clerk.goto(f"/desk/grid/{report['id']}")
    expect(clerk.locator(".photos img")).to_have_count(2)
    clerk.get_by_role("button", name="核查过，办结").click()
    clerk.get_by_role("button", name="办结", exact=True).click()
    expect(clerk.locator(".sheet").get_by_text("已办结").first).to_be_visible()

    villager.reload()
    expect(villager.locator(".huge")).to_have_text("办好了")
    expect(villager.get_by_text(RESULT)).to_be_visible()
    villager.goto("/app/published")
    seen = villager.locator("article", has_text=report["number"])
    expect(seen).to_contain_text(RESULT)
    assert "王秀兰" not in seen.inner_text()
    assert TOLD not in seen.inner_text()


def test_what_was_begun_is_there_again_and_a_lost_answer_makes_no_second_one(box: LiveBox, tabs: Any) -> None:
    tab: Tab = tabs(**PHONE)
    page = sign_in(tab, somebody(box, "villager", VILLAGE), "/app")
    words = "渠里漏水，地都泡了"
    begin(page, words)
    photo(page)
    expect(page.get_by_role("img", name="照片 1")).to_be_visible()
    page.get_by_role("link", name="在哪儿").click()
    page.get_by_label("写一句在哪儿").fill("五斗渠桥头")
    page.get_by_role("button", name="就是这儿").click()
    page.wait_for_timeout(600)  # what is typed is kept a moment after
    page.goto("/app")
    page.goto("/app/report/tell")
    expect(page.get_by_label("出了什么事？")).to_have_value(words)
    expect(page.get_by_role("img", name="照片 1")).to_be_visible()
    expect(page.get_by_role("link", name="在哪儿")).to_contain_text("五斗渠桥头")
    page.get_by_role("button", name="去掉照片 1").click()

    # the answer is lost, not the report: it waits in the outbox, goes once more by itself, and is one
    def lose_the_answer(route: Any) -> None:
        route.fetch()
        route.abort()

    page.route("**/api/grid/reports", lose_the_answer)
    page.get_by_role("button", name="送出去").click()
    page.wait_for_url("**/app/outbox")
    expect(page.get_by_role("heading", name="都送出了")).to_be_visible(timeout=30_000)
    assert len(reports_of(box, words)) == 1
    page.goto("/app/report/tell")
    expect(page.get_by_label("出了什么事？")).to_have_value("")


def test_a_refusal_keeps_everything_and_says_why(box: LiveBox, tabs: Any) -> None:
    page = sign_in(tabs(**PHONE), somebody(box, "villager", VILLAGE), "/app")
    words = "路边的牌子倒了"
    begin(page, words)
    page.locator("input[type=file]").set_input_files(
        {"name": "IMG_2.jpg", "mimeType": "image/jpeg", "buffer": b"%PDF-1.7 not a picture"}
    )
    page.get_by_role("button", name="送出去").click()
    expect(page.get_by_text("去掉它再送")).to_be_visible()
    expect(page.get_by_label("出了什么事？")).to_have_value(words)
    page.get_by_role("button", name="去掉照片 1").click()
    page.get_by_role("button", name="送出去").click()
    page.wait_for_url("**/app/reports/*")
    assert len(reports_of(box, words)) == 1


def test_what_is_sealed_is_kept_nowhere_on_the_phone(box: LiveBox, tabs: Any) -> None:
    page = sign_in(tabs(**PHONE), somebody(box, "villager", VILLAGE), "/app")
    page.goto("/app/report?of=protection")
    page.get_by_role("button", name="孩子受伤害、没人管").click()
    page.get_by_label("出了什么事？").fill("孩子身上有伤")
    expect(page.get_by_text("不存在手机上")).to_be_visible()
    page.route("**/api/grid/reports", lambda route: route.abort())
    page.get_by_role("button", name="送出去").click()
    expect(page.get_by_text("没送出去")).to_be_visible()
    expect(page.get_by_label("出了什么事？")).to_have_value("孩子身上有伤")
    page.wait_for_timeout(600)
    page.reload()
    expect(page.get_by_label("出了什么事？")).to_have_value("")


def test_a_clerk_notes_a_call_and_prints_the_notice_sheet(box: LiveBox, tabs: Any) -> None:
    tab: Tab = tabs(**WIDE)
    page = sign_in(tab, somebody(box, "clerk", "15.08.02.100"), "/desk/grid/new")
    page.get_by_label("谁说的").fill("赵二柱")
    page.get_by_label("电话").fill("13812341234")
    page.get_by_label("类别").select_option("power_line")
    page.get_by_label("说了什么").fill("电线掉下来了")
    page.get_by_label("哪个村").select_option(VILLAGE)
    page.get_by_role("button", name="记下", exact=True).click()
    page.wait_for_url("**/desk/grid/*-*")
    expect(page.get_by_text("138****1234")).to_be_visible()
    page.get_by_role("button", name="查看").click()
    page.get_by_role("button", name="联系本人").click()
    expect(page.get_by_text("赵二柱 13812341234")).to_be_visible()

    page.goto("/desk/published")
    page.get_by_role("button", name="公示单").click()
    expect(page.get_by_text("第 1 页，共 1 页")).to_be_visible()
    tab.shoot("grid-notice")
    page.emulate_media(media="print")
    assert "赵二柱" not in page.locator(".paper").inner_text()
    # one page of A4 in the notice is one page out of the printer
    assert page.pdf(format="A4", margin={"top": "12mm", "bottom": "12mm"}).count(b"/Type /Page\n") == 1
    assert tab.complaints == []


def test_two_reports_of_one_thing_are_joined_and_parted_again(box: LiveBox, tabs: Any) -> None:
    clerk = box.as_demo("clerk")
    told = {"category": "road", "words": "桥头的护栏断了", "area": f"{TOWN}.203.g01", "point": [107.21, 40.93]}
    first, second = (clerk.post("/api/grid/reports", json=told).raise_for_status().json() for _ in range(2))
    tab: Tab = tabs(**WIDE)
    page = sign_in(tab, somebody(box, "clerk", TOWN), f"/desk/grid/{second['id']}")
    pair = page.locator(".pair", has_text=first["number"])
    expect(pair).to_contain_text("同一个地方")
    tab.shoot("grid-likely")
    pair.get_by_role("button", name=f"是同一件：{second['number']} 并到 {first['number']}").click()
    expect(page.get_by_role("link", name=first["number"])).to_be_visible()
    page.get_by_role("button", name="其实是两件，分开办").click()
    expect(pair).to_be_visible()
    # From the earlier one it is the same: the later goes.
    page.goto(f"/desk/grid/{first['id']}")
    page.get_by_role("button", name=f"是同一件：{second['number']} 并到 {first['number']}").click()
    expect(page.locator(".pair", has_text=second["number"])).to_have_count(0)
    assert clerk.get(f"/api/grid/reports/{second['id']}").json()["merged_into"]["number"] == first["number"]
    assert tab.complaints == []


def test_a_family_in_need_is_noted_verified_and_made_public(box: LiveBox, tabs: Any) -> None:
    page = sign_in(tabs(**WIDE), somebody(box, "clerk", TOWN), "/desk/monitoring/new")
    page.get_by_label("哪一户").fill("王")
    page.locator("ul.found button").last.click()
    page.get_by_label("发现了什么").fill("秋天雹子打了地")
    page.get_by_role("button", name="记下这一户").click()
    page.get_by_role("button", name="核实", exact=True).click()
    page.get_by_label("看到什么").fill("看了地里，属实")
    page.locator("form").get_by_role("button", name="核实", exact=True).click()
    expect(page.get_by_text("看了地里，属实")).to_be_visible()
    page.get_by_role("button", name="公示", exact=True).click()
    page.get_by_label("公示几天").fill("7")
    page.locator("form").get_by_role("button", name="公示", exact=True).click()
    expect(page.get_by_text("公示中")).to_be_visible()
    page.reload()
    expect(page.get_by_text("公示中")).to_be_visible()
    assert page.locator("tbody").get_by_text("王**").count(), "a list masks names"


def test_a_quarrel_that_breaks_out_again_is_brought_from_the_phone(box: LiveBox, tabs: Any) -> None:
    secretary = box.as_demo("village_secretary", VILLAGE)
    old = next(one for one in secretary.items("/api/grid/mediations") if "bring_again" in one["may"])
    tab = tabs(**PHONE)
    page = sign_in(tab, somebody(box, "village_secretary", VILLAGE), f"/app/mediations/{old['id']}")
    page.get_by_role("button", name="又闹起来了").click()
    words = f"又为浇水吵起来了 {old['relapsed']}"
    page.get_by_label("纠纷的事实").fill(words)
    tab.shoot("again")
    assert "grid." not in page.locator("main").inner_text()
    page.get_by_role("button", name="申请", exact=True).click()
    expect(page.get_by_text(f"以前那件 {old['number']}")).to_be_visible()
    expect(page.get_by_text(words)).to_be_visible()
    tab.shoot("again-made")
    file = secretary.get(f"/api/grid/mediations/{page.url.rsplit('/', 1)[1]}").json()
    assert (file["before"], file["category"], len(file["parties"])) == (
        old["number"],
        old["category"],
        len(old["parties"]),
    )
    page.goto(f"/app/mediations/{old['id']}")
    expect(page.get_by_text(f"后来又闹了 {old['relapsed'] + 1} 次")).to_be_visible()


def test_who_scans_the_notice_sheet_reads_the_board_without_an_account(box: LiveBox, tabs: Any) -> None:
    report = box.as_demo("villager", VILLAGE).post(
        "/api/grid/reports", json={"category": "road", "words": "赵二柱家门口的路塌了"}
    )
    page = sign_in(tabs(**WIDE), somebody(box, "village_secretary", VILLAGE), "/desk/published")
    page.get_by_role("button", name="公示单").click()
    address = page.locator(".a4 .small", has_text="/app/board/").first.inner_text()
    assert address.endswith(f"/app/board/{VILLAGE}")
    tab = tabs(**PHONE)
    tab.page.goto(address[address.index("/app/") :])
    expect(tab.page.get_by_text(report.json()["number"])).to_be_visible()
    assert tab.page.locator("input[name=password]").count() == 0
    assert "赵二柱" not in tab.page.locator("main").inner_text()
    tab.shoot("board")
