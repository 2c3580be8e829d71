"""A town's channels over HTTP: set, tried, judged, reported to; where a message may not lead."""

import json

import pytest
from django.test import Client

from xiangyun.base import clock
from xiangyun.kernel.accounts.actions import keys
from xiangyun.kernel.accounts.tests.factories import AT, OTHER_TOWN, TOWN, VILLAGE, a_browser, a_person
from xiangyun.kernel.audit.models import Entry
from xiangyun.kernel.notify import queries
from xiangyun.kernel.notify.models import Delivery, Gateway
from xiangyun.kernel.notify.rules import REPORT, State, Urgency
from xiangyun.kernel.notify.tests.factories import a_contact, a_gateway, a_notice, mail_settings
from xiangyun.kernel.notify.tests.test_sending import run, states

pytestmark = pytest.mark.usefixtures("house", "declared")


def send(browser, path, body):
    return browser.generic("POST", f"/api/notices/{path}", json.dumps(body), content_type="application/json")


def faults(answer):
    assert answer.status_code == 422, answer.content
    return [one["msg"] for one in answer.json()["errors"]]


@pytest.fixture
def admin():
    return a_browser("town_admin")


# ── who may ──


def test_only_a_towns_administrator_sets_its_channels(gateway, admin):
    assert Client().get("/api/notices/channels").status_code == 401
    assert a_browser("clerk").get("/api/notices/channels").status_code == 403
    assert send(a_browser("duty_officer"), "channels/http", gateway.settings()).status_code == 403
    told = send(admin, "channels/http", gateway.settings()).json()
    assert [(one["channel"], one["is_on"]) for one in told["items"]] == [
        ("sms", True), ("mail", False), ("voice", False),
    ]  # fmt: skip
    elsewhere = a_browser("town_admin", OTHER_TOWN).get("/api/notices/channels").json()
    assert [one["is_set"] for one in elsewhere["items"]] == [False, False, False]
    assert Entry.objects.filter(act="notify.set_channel").count() == 1


def test_without_a_second_factor_nobody_says_where_peoples_numbers_go(gateway):
    from xiangyun.kernel.accounts.models import Session

    admin = a_browser("town_admin")
    Session.objects.update(strong_at=None)
    assert send(admin, "channels/http", gateway.settings()).status_code == 403


# ── what is set ──


def test_secrets_go_in_and_never_come_out(gateway, admin):
    answer = send(admin, "channels/http", gateway.settings())
    assert "t-0123" not in answer.content.decode()
    (sms, *_) = answer.json()["items"]
    assert sms["secrets"] == ["hmac", "token"]
    assert sms["settings"]["request"]["headers"]["Authorization"] == "Bearer {secret.token}"
    assert "t-0123" not in str(list(Gateway.objects.values()))


def test_a_secret_stays_while_the_host_stays_and_leaves_with_it(gateway, admin):
    send(admin, "channels/http", gateway.settings())
    kept = gateway.settings(secrets={"token": None, "hmac": "new"})
    assert send(admin, "channels/http", kept).status_code == 200
    assert queries.opened(Gateway.objects.get())["secrets"] == {"token": "t-0123", "hmac": "new"}
    moved = gateway.settings(secrets={"token": None, "hmac": None}, status=False)
    moved["request"] = {**moved["request"], "url": "https://thief.example.cn/send"}
    assert "hmac" in faults(send(admin, "channels/http", moved))[0]
    assert queries.opened(Gateway.objects.get())["request"]["url"].startswith(gateway.url)


@pytest.mark.parametrize(
    "url",
    [
        "http://sms.example.cn/send",
        "https://127.0.0.1/send",
        "https://localhost/send",
        "https://169.254.169.254/latest/meta-data",
        "https://[::1]/send",
        "https://10.1.2.3:8080/send",
        "file:///etc/passwd",
        "https://user:pw@sms.example.cn/",
        "https://{to}.example.cn/send",
        "https://sms.example.cn{text}/send",
    ],
)
def test_where_a_message_may_not_lead(gateway, admin, url):
    told = gateway.settings()
    told["request"]["url"] = url
    assert faults(send(admin, "channels/http", told))
    ask = gateway.settings()
    ask["status"]["url"] = url
    assert faults(send(admin, "channels/http", ask))
    assert Gateway.objects.count() == 0


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"body": {"phone": "{to}", "content": "{text} {nonsense}"}}, "nonsense"),
        ({"body": {"phone": "{to}", "content": "{secret.other}{text}"}}, "secret.other"),
        ({"body": {"phone": "1"}}, "to"),
        ({"headers": {"Host": "a"}}, "Host"),
        ({"sign": {"header": "X-Sign", "secret": "nobody"}}, "nobody"),
    ],
)
def test_settings_with_which_nothing_could_be_sent(gateway, admin, change, said):
    told = gateway.settings(status=False)
    told["request"] = {**told["request"], **change}
    assert said in faults(send(admin, "channels/http", told))[0]


def test_mail_without_encryption_is_for_named_hosts_only(gateway, admin):
    told = mail_settings(25, host="mail.example.cn")
    assert faults(send(admin, "channels/mail", told))
    assert faults(send(admin, "channels/mail", mail_settings(25)))
    assert send(admin, "channels/mail", {**told, "security": "starttls"}).status_code == 200


def test_settings_as_long_as_a_book_are_refused(gateway, admin):
    told = gateway.settings()
    told["request"]["body"]["more"] = "长" * 8000
    assert faults(send(admin, "channels/http", told))


def test_a_channel_that_is_off_sends_nothing(gateway, admin):
    send(admin, "channels/http", gateway.settings(is_on=False))
    person = a_person()
    a_contact(person)
    a_notice(person, urgency=Urgency.NOW)
    run()
    assert gateway.taken == []


# ── tried ──


def test_a_trial_goes_where_it_was_told_and_is_kept_nowhere(gateway, admin):
    assert send(admin, "channels/try", {"channel": "sms", "to": "13900139000"}).status_code == 409
    send(admin, "channels/http", gateway.settings())
    told = send(admin, "channels/try", {"channel": "sms", "to": "139 0013 9000"})
    assert told.json()["state"] == "queued"
    assert "13900139000" not in told.content.decode()
    run(clock.now())
    (one,) = gateway.taken
    assert one.to == "13900139000"
    assert one.text.endswith("这是乡云的试发消息，收到说明通了。")
    assert Delivery.objects.get().to_sealed is None
    told = admin.get("/api/notices/channels").json()["items"][0]
    assert told["today"] == {"sent": 1}
    assert faults(send(admin, "channels/try", {"channel": "sms", "to": "abc"}))


def test_a_trial_that_fails_says_why_at_once(gateway, admin):
    send(admin, "channels/http", gateway.settings())
    gateway.mode = "refuse"
    send(admin, "channels/try", {"channel": "sms", "to": "13900139000"})
    run(clock.now())
    told = admin.get("/api/notices/channels").json()["items"][0]
    assert [one["text"] for one in told["faults"]] == ["号码 *********** 在黑名单里"]
    assert Delivery.objects.get().state == State.FAILED


# ── manners ──

MANNERS = {
    "plain": ["inbox"],
    "soon": ["inbox", "mail"],
    "now": ["inbox", "voice"],
    "quiet_from": "22:00",
    "quiet_until": "06:00",
    "wait_minutes": 3,
    "person_hour": 4,
    "town_day": 100,
    "basis": "镇长办公会",
}


def test_a_town_has_manners_of_its_own(admin):
    assert admin.get("/api/notices/manners").json()["starts_at"] is None
    told = send(admin, "manners", MANNERS).json()
    assert (told["now"], told["quiet_from"], told["basis"]) == (["inbox", "voice"], "22:00:00", "镇长办公会")
    assert a_browser("duty_officer").get("/api/notices/manners").json()["wait_minutes"] == 3
    assert a_browser("town_admin", OTHER_TOWN).get("/api/notices/manners").json()["wait_minutes"] == 5
    for wrong in ({"wait_minutes": 0}, {"now": []}, {"now": ["pigeon"]}, {"quiet_from": "25:00"}, {"person_hour": -1}):
        assert send(admin, "manners", {**MANNERS, **wrong}).status_code == 422


# ── what became of them ──


@pytest.fixture
def unsure(gateway):
    """A message of which nobody knows whether it went."""
    a_gateway(gateway.settings(status=False))
    gateway.modes = ["drop"]
    person = a_person()
    a_contact(person)
    a_notice(person, urgency=Urgency.SOON, area=VILLAGE)
    run()
    return Delivery.objects.get()


def test_what_went_out_is_listed_without_numbers_or_words(unsure, admin):
    body = admin.get("/api/notices/deliveries?state=unsure")
    (one,) = body.json()["items"]
    assert (one["channel"], one["name"], one["may"]) == ("sms", "李强", ["again", "leave"])
    assert one["fault_text"] == "发过去以后没有回音，不知道收下没有"
    assert "138" not in body.content.decode().replace(str(one["id"]), "")
    assert "有大雨" not in body.content.decode()
    assert admin.get("/api/notices/deliveries?state=sent").json()["items"] == []
    assert a_browser("town_admin", OTHER_TOWN).get("/api/notices/deliveries").json()["items"] == []


@pytest.mark.parametrize("n", [1, 3])
def test_the_list_takes_a_fixed_number_of_queries(unsure, n, django_assert_num_queries):
    officer = a_browser("duty_officer")
    for _ in range(n - 1):
        facts = {"area_path": TOWN, "kind": "trial", "channel": "sms", "urgency": "now", "created_at": AT}
        Delivery.objects.create(account=unsure.account, **facts)
    with django_assert_num_queries(8):
        assert len(officer.get("/api/notices/deliveries").json()["items"]) == n


@pytest.mark.parametrize(("act", "state"), [("again", "queued"), ("leave", "dropped")])
def test_a_person_decides_once(unsure, act, state):
    officer = a_browser("duty_officer")
    assert send(a_browser("clerk"), f"deliveries/{unsure.pk}/{act}", {}).status_code == 403
    assert send(a_browser("duty_officer", OTHER_TOWN), f"deliveries/{unsure.pk}/{act}", {}).status_code == 404
    assert send(officer, f"deliveries/{unsure.pk}/{act}", {}).json()["state"] == state
    assert send(officer, f"deliveries/{unsure.pk}/{act}", {}).status_code == 409


def test_on_ones_own_notice_stands_where_it_went(unsure):
    from xiangyun.kernel.accounts.tests.factories import browser_of

    (one,) = browser_of(unsure.account).get("/api/notices").json()["items"]
    assert [(tried["channel"], tried["state"]) for tried in one["tried"]] == [("sms", "unsure")]


# ── receipts ──


def a_key(abilities=(REPORT,), area=TOWN):
    by = a_person("town_admin", area)
    return keys.add_key(name="短信网关", abilities=list(abilities), area=area, by=by, at=AT)[1]


def report(key, *told):
    body = json.dumps({"reports": list(told)})
    return Client().generic("POST", f"/api/notices/receipts/{key}", body, content_type="application/json")


def test_a_gateway_reports_with_its_own_key(unsure):
    key = a_key()
    told = report(key, {"id": unsure.pk.hex, "state": "DELIVRD"}, {"id": "nobody", "state": "DELIVRD"})
    assert (told.status_code, told.json()) == (200, {"taken": 1})
    assert states() == {("sms", "delivered")}


def test_whoever_has_no_such_key_reports_nothing(unsure):
    one = {"id": unsure.pk.hex, "state": "DELIVRD"}
    assert report("xyk_guess", one).status_code == 404
    assert report(a_key(("telemetry.see_reading",)), one).status_code == 404
    assert report(a_key(area=OTHER_TOWN), one).json() == {"taken": 0}
    assert states() == {("sms", "unsure")}


@pytest.mark.parametrize("body", ["", "[", '"x"', "[1,2]", '{"reports": {"id": 1}}', "a=b&c=d", "[" * 100_000])
def test_a_report_that_says_nothing_harms_nothing(unsure, body):
    answer = Client().generic("POST", f"/api/notices/receipts/{a_key()}", body, content_type="application/json")
    assert answer.json() == {"taken": 0}
