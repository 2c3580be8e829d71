"""Names, passwords, tickets and moves, without a database."""

from __future__ import annotations

import pytest

from xiangyun.kernel.access import rules as access
from xiangyun.kernel.access.rules import Ability, Actor, Post
from xiangyun.kernel.accounts import rules
from xiangyun.kernel.accounts.tests.factories import TOWN, VILLAGE


@pytest.mark.parametrize("name", ["wang.jianguo", "王建国", "xh-admin", "a1"])
def test_names_people_choose(name):
    assert rules.is_account_name(name)


@pytest.mark.parametrize("name", ["a", "-dash", "two words", "x" * 33, "Üner", "a/b", ""])
def test_names_nobody_gets(name):
    assert not rules.is_account_name(rules.folded(name))


@pytest.mark.parametrize(
    ("password", "fault"),
    [
        ("1234567", "accounts.password_short"),
        ("password", "accounts.password_known"),
        ("11111111", "accounts.password_known"),
        ("wang.jianguo", "accounts.password_known"),
        ("x" * 201, "accounts.password_long"),
        ("麦子熟了去割麦子", None),
        ("correct horse", None),
        ("mzshulehetao"[:11], "accounts.password_plain"),
        ("19630412077", "accounts.password_plain"),
        ("mzshulehetao", None),
        ("mzshule 7", None),
    ],
)
def test_a_password_is_judged_by_length_by_what_everybody_knows_and_if_short_by_its_kinds(password, fault):
    assert rules.password_fault(password, "wang.jianguo") == fault


def test_a_ticket_read_aloud_and_typed_badly_is_still_the_ticket():
    ticket = rules.new_ticket()
    assert len(ticket) == 19
    assert rules.plain_ticket(f" {ticket.lower().replace('-', ' ').replace('0', 'o').replace('1', 'l')} ") == ticket


def test_what_is_stored_is_not_the_secret():
    token = rules.new_token()
    assert token.encode() not in rules.digest(token)
    assert len(rules.digest(token)) == 32


def test_an_account_belongs_where_all_its_posts_are():
    assert rules.home_of([VILLAGE], before=TOWN) == VILLAGE
    assert rules.home_of([VILLAGE, f"{TOWN}.202"], before=VILLAGE) == TOWN
    assert rules.home_of([], before=VILLAGE) == VILLAGE


def test_posts_in_two_towns_do_not_make_a_tenant_of_the_county():
    other = "15.08.02.101"
    assert rules.home_of([other, VILLAGE], before=VILLAGE) == other
    assert rules.home_of([VILLAGE, other, TOWN], before=other) == TOWN
    assert rules.home_of([VILLAGE, "15.08.02"], before=VILLAGE) == "15.08.02"


@pytest.mark.parametrize(
    ("role", "area", "may_be"),
    [
        ("clerk", TOWN, True),
        ("grid_worker", f"{VILLAGE}.g01", True),
        ("clerk", "15.08.02", False),
        ("town_admin", "15.08.02", True),
        ("county_viewer", "15.08.02", True),
        ("county_viewer", TOWN, False),
        ("county_clerk", "15.08.02", True),
        ("county_clerk", TOWN, False),
        ("city_viewer", "15.08", True),
    ],
)
def test_roles_are_held_at_their_own_level(role, area, may_be):
    assert rules.fits(role, area) is may_be


def test_moves_are_those_that_would_not_be_refused(monkeypatch):
    monkeypatch.setattr(access, "_granted", {})
    for move in rules.MOVES:
        access.declare(Ability(f"accounts.{move}", roles=("town_admin",)))
    admin = Actor(None, "a", "刘洋", "person", scope=TOWN, posts=(Post("town_admin", TOWN),))

    def moves(**changes):
        facts = {"area": VILLAGE, "is_oneself": False, "is_open": True, "roles": frozenset({"clerk"}), "phones": 0}
        return rules.moves(admin, **{**facts, "has_factor": False, **changes})

    assert moves() == ["end_session", "reset_password", "give_post", "end_post", "close_account"]
    assert moves(has_factor=True)[2] == "reset_factor"
    assert moves(is_oneself=True) == ["reset_password"]
    assert moves(is_open=False) == []
    assert moves(roles=frozenset({"villager"}), phones=1)[:2] == ["print_slip", "revoke_phones"]
    assert moves(area="15.08.02.101") == []
