"""The commands behind `xiangyun init`, `town add`, `staff add`, `audit verify` and the demo."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from mnemonic import Mnemonic

from xiangyun.base import clock
from xiangyun.entry.management.commands import audit_verify, seed_demo
from xiangyun.entry.settings import CONFIG
from xiangyun.kernel.access import doors
from xiangyun.kernel.accounts import seeds
from xiangyun.kernel.accounts.models import Account, Post
from xiangyun.kernel.audit import tasks
from xiangyun.kernel.audit.models import Entry

TOWN = "15.08.02.100"
LINK = re.compile(r"^http\S+/desk/welcome\?token=\S+$", re.MULTILINE)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _in_english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XIANGYUN_LANG", "en")


def say(command: str, **options: Any) -> str:
    out = io.StringIO()
    call_command(command, stdout=out, **options)
    return out.getvalue()


def link_in(said: str) -> str:
    found = LINK.search(said)
    assert found, said
    return found.group()


def use(link: str, account: str, password: str = "a sentence I remember") -> Any:
    [token] = parse_qs(urlsplit(link).query)["token"]
    body = {"token": token, "account": account, "password": password}
    return Client().post("/api/session", body, content_type="application/json")


@pytest.mark.parametrize("area", ["150802102000", "15.08.02.102"])
def test_an_empty_box_gives_its_first_administrator_a_link_until_it_is_used(area: str) -> None:
    first = link_in(say("init_box", area=area))
    second = link_in(say("init_box", area=area))
    assert use(first, "first.admin").status_code == 401
    answer = use(second, "first.admin")
    assert answer.status_code == 200
    assert answer.json()["posts"] == [{"role": "town_admin", "area": "15.08.02.102", "area_name": "干召庙镇"}]
    with doors.scoped("15.08.02.102"):
        assert Account.objects.count() == 1
    with pytest.raises(CommandError, match="People use this box already"):
        say("init_box", area=area)


def test_the_first_administrator_has_the_name_the_command_was_given() -> None:
    said = say("init_box", area="150802102000", name="刘洋")
    assert "--role security_admin --area 15.08.02.102" in said
    assert use(link_in(said), "liu.yang").json()["name"] == "刘洋"


def test_init_prints_the_recovery_sheet_and_it_is_that_of_this_box() -> None:
    said = say("init_box", area="150802102000")
    words = [told for _, told in sorted((int(n), word) for n, word in re.findall(r"(\d+)\. (\S+)", said))]
    assert bytes(Mnemonic("english").to_entropy(" ".join(words))) == CONFIG.recovery_secret()
    assert CONFIG.recovery_secret().hex() not in said
    assert say("recovery_sheet") in said


def test_a_county_begins_too() -> None:
    answer = use(link_in(say("init_box", area="150802000000")), "county.admin")
    assert (answer.json()["posts"][0]["area"], answer.json()["town"]) == ("15.08.02", None)


@pytest.mark.parametrize("area", ["110101000000", "15.08.02.999", "150802999000"])
def test_a_place_that_is_not_listed_is_refused_in_one_sentence(area: str) -> None:
    with pytest.raises(CommandError, match="not in the list"):
        say("init_box", area=area)


@pytest.mark.parametrize("area", ["somewhere", "15/08", ""])
def test_what_is_no_place_at_all_is_refused(area: str) -> None:
    with pytest.raises(CommandError, match="is no area"):
        say("init_box", area=area)


def test_a_further_town_is_served_and_begun() -> None:
    assert use(link_in(say("add_town", area="150802103000")), "wulantuke").status_code == 200
    assert LINK.search(say("add_town", area="150802103000")) is None
    with pytest.raises(CommandError, match="not a town"):
        say("add_town", area="150802100201")


def test_staff_is_added_by_command() -> None:
    link = link_in(say("add_staff", name="陈敏", role="duty_officer", area="150802100000", phone="100 0478 1200"))
    assert use(link, "chen.min").json()["posts"][0]["role"] == "duty_officer"
    with doors.scoped(TOWN):
        assert Post.objects.get(account__account="chen.min").duty_phone == "100 0478 1200"
        assert Entry.objects.filter(act="accounts.add_account", by_kind="system").count() == 1


def test_an_administrator_is_ended_by_command() -> None:
    assert (
        use(link_in(say("add_staff", name="丁文", role="audit_admin", area="150802100000")), "d.w").status_code == 200
    )
    assert "丁文 is closed" in say("end_staff", account="D.W")
    with doors.scoped(TOWN):
        assert Account.objects.get(account="d.w").state == "closed"
        assert not Post.objects.filter(account__account="d.w", ends_at=None).exists()


def test_staff_that_cannot_come_in_any_more_is_reset_by_command() -> None:
    link = link_in(say("add_staff", name="丁文", role="security_admin", area="150802100000"))
    assert use(link, "ding.wen").status_code == 200
    again = link_in(say("reset_staff", account="Ding.Wen"))
    assert use(again, "ding.wen").status_code == 422, "the password of before is not taken again"
    assert use(again, "ding.wen", "another one of mine").status_code == 200
    with pytest.raises(CommandError, match="no account"):
        say("reset_staff", account="nobody")


@pytest.mark.parametrize(
    ("changes", "why"),
    [({"role": "king"}, "no such post"), ({"area": "150802104000"}, "does not serve"), ({"name": " "}, "name")],
)
def test_staff_that_cannot_be(changes: dict[str, str], why: str) -> None:
    with pytest.raises(CommandError, match=why):
        say("add_staff", **{"name": "陈敏", "role": "clerk", "area": "150802100000", **changes})


def test_the_demo_is_planted_once_however_often(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(CommandError, match="no demo"):
        say("seed_demo")
    monkeypatch.setattr(seed_demo, "CONFIG", replace(seed_demo.CONFIG, demo=True))
    counts = []
    for _ in range(2):
        say("seed_demo")
        with doors.scoped("15.08"):
            counts.append((Account.objects.count(), Post.objects.count(), Entry.objects.count()))
    assert counts[0][0] == len(seeds.shown())
    assert counts[0] == counts[1]


@pytest.fixture
def heads(monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Any) -> None:
    """Heads of the chains in a folder of this test's own."""
    config = replace(CONFIG, home=tmp_path)
    settings.CONFIG = config
    monkeypatch.setattr(audit_verify, "CONFIG", config)


@pytest.mark.django_db(transaction=True)
def test_the_audit_is_verified_and_a_touched_row_is_named(heads: None) -> None:
    assert "Nothing has been audited" in say("audit_verify")
    say("add_staff", name="陈敏", role="clerk", area="150802100000")
    assert "0 entries are as they were written, 1 wait" in say("audit_verify")
    tasks.seal_round(clock.now())
    assert f"{TOWN}: 1 entries are as they were written, 0 wait" in say("audit_verify", town="150802100000")
    with psycopg.connect(**CONFIG.dsn("xy_owner"), autocommit=True) as insider:  # type: ignore[arg-type]
        insider.execute("ALTER TABLE audit_entry DISABLE TRIGGER insert_only")
        insider.execute("UPDATE audit_entry SET by_name = 'nobody'")
        insider.execute("ALTER TABLE audit_entry ENABLE TRIGGER insert_only")
    out = io.StringIO()
    with pytest.raises(SystemExit) as left:
        call_command("audit_verify", stdout=out)
    assert left.value.code == 1
    assert "entry of link 1" in out.getvalue().lower()
