"""Accounts, posts and keys, with a database."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from xiangyun.base.errors import BadInput, NotAllowed, NotFound, WrongState
from xiangyun.kernel.access.rules import system
from xiangyun.kernel.accounts import queries, rules
from xiangyun.kernel.accounts.actions import keys, links, people
from xiangyun.kernel.accounts.models import Account, MachineKey, Password, Post
from xiangyun.kernel.accounts.tests.factories import (
    AT,
    NEXT_VILLAGE,
    OTHER_TOWN,
    TOWN,
    VILLAGE,
    a_person,
    a_session,
    an_account,
)
from xiangyun.kernel.audit.models import Entry

pytestmark = pytest.mark.usefixtures("house")


@pytest.fixture
def admin():
    return a_person("town_admin", TOWN)


def test_an_administrator_gives_an_account_a_post_and_a_link(admin):
    added = people.add_account(
        name=" 陈敏 ", role="duty_officer", area=TOWN, duty_phone="100 0478 1200", by=admin, at=AT
    )
    post = Post.objects.get(account=added.person)
    assert (added.person.name, post.role, post.area_path, post.duty_phone) == (
        "陈敏", "duty_officer", TOWN, "100 0478 1200",
    )  # fmt: skip
    assert len(added.token) >= 40
    entry = Entry.objects.get()
    assert (entry.act, entry.by_account, entry.area_path) == ("accounts.add_account", admin.account, TOWN)
    assert "陈敏" not in str(entry.detail)


def test_a_post_in_another_town_does_not_exist_for_this_administrator(admin):
    with pytest.raises(NotFound):
        people.add_account(name="陈敏", role="clerk", area=OTHER_TOWN, by=admin, at=AT)
    assert not Account.objects.filter(name="陈敏").exists()


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"role": "king"}, "accounts.no_such_role"),
        ({"role": "county_viewer"}, "accounts.role_elsewhere"),
        ({"name": "  "}, "accounts.name_missing"),
        ({"duty_phone": "call me"}, "accounts.phone_form"),
    ],
)
def test_what_an_account_must_be(admin, changes, code):
    with pytest.raises(BadInput) as refused:
        people.add_account(**{"name": "陈敏", "role": "clerk", "area": TOWN, "by": admin, "at": AT, **changes})
    assert refused.value.code == code


def test_a_grid_worker_adds_villagers_of_the_own_grid_and_nobody_else():
    worker = a_person("grid_worker", VILLAGE)
    people.add_account(name="王秀兰", role="villager", area=VILLAGE, by=worker, at=AT)
    with pytest.raises(NotAllowed):
        people.add_account(name="王秀兰", role="clerk", area=VILLAGE, by=worker, at=AT)
    with pytest.raises(NotFound):
        people.add_account(name="王秀兰", role="villager", area=NEXT_VILLAGE, by=worker, at=AT)


def test_a_villager_starts_with_large_words(admin):
    added = people.add_account(name="王秀兰", role="villager", area=VILLAGE, by=admin, at=AT)
    assert added.person.is_elder


def test_a_second_post_moves_the_account_to_where_both_are(admin):
    account = an_account("village_secretary", VILLAGE)
    token, _ = a_session(account)
    people.give_post(account_id=account.pk, role="village_secretary", area=NEXT_VILLAGE, by=admin, at=AT)
    account.refresh_from_db()
    assert account.area_path == TOWN
    assert Password.objects.get(account=account).area_path == TOWN
    actor = queries.actor_of_session(token, AT)
    assert actor is not None
    assert actor.areas("accounts.see_account") == (VILLAGE, NEXT_VILLAGE)


def test_giving_the_same_post_twice_is_one_post(admin):
    account = an_account("clerk", TOWN)
    for _ in range(2):
        people.give_post(account_id=account.pk, role="clerk", area=TOWN, by=admin, at=AT)
    assert account.posts.count() == 1


def test_what_a_post_allowed_is_gone_with_the_next_request(admin):
    account = an_account("clerk", TOWN)
    token, _ = a_session(account)
    people.end_post(post_id=account.posts.get().pk, by=admin, at=AT)
    actor = queries.actor_of_session(token, AT + timedelta(seconds=1))
    assert actor is not None
    assert actor.posts == ()
    assert actor.areas() == ()
    people.end_post(post_id=account.posts.get().pk, by=admin, at=AT + timedelta(hours=1))
    assert account.posts.get().ends_at == AT


def test_nobody_gives_or_ends_their_own_post(admin):
    with pytest.raises(WrongState):
        people.give_post(account_id=admin.account_id, role="clerk", area=TOWN, by=admin, at=AT)
    with pytest.raises(WrongState):
        people.end_post(post_id=admin.posts[0].post_id, by=admin, at=AT)
    with pytest.raises(WrongState):
        people.close_account(account_id=admin.account_id, by=admin, at=AT)


def test_who_leaves_keeps_the_name_and_nothing_else(admin):
    account = an_account("clerk", TOWN)
    token, _ = a_session(account)
    people.close_account(account_id=account.pk, by=admin, at=AT)
    people.close_account(account_id=account.pk, by=admin, at=AT + timedelta(hours=1))
    account.refresh_from_db()
    assert (account.state, account.closed_at, account.posts.get().ends_at) == ("closed", AT, AT)
    assert not Password.objects.filter(account=account).exists()
    assert queries.actor_of_session(token, AT) is None
    with pytest.raises(WrongState):
        links.reset_password(account_id=account.pk, by=admin, at=AT)


def test_an_account_in_another_town_does_not_exist(admin):
    foreign = an_account("clerk", OTHER_TOWN)
    for act in (links.reset_password, links.print_slip, links.revoke_phones, people.close_account):
        with pytest.raises(NotFound):
            act(account_id=foreign.pk, by=admin, at=AT)
    with pytest.raises(NotFound):
        people.end_post(post_id=foreign.posts.get().pk, by=admin, at=AT)


def test_an_account_in_the_next_village_does_not_exist_for_this_secretary():
    neighbour = an_account("villager", NEXT_VILLAGE)
    with pytest.raises(NotFound):
        links.print_slip(account_id=neighbour.pk, by=a_person("village_secretary", VILLAGE), at=AT)


def test_no_slip_opens_an_officials_account():
    official = an_account("town_leader", VILLAGE)
    with pytest.raises(WrongState):
        links.print_slip(account_id=official.pk, by=a_person("grid_worker", VILLAGE), at=AT)
    both = an_account("villager", VILLAGE)
    Post.objects.create(account=both, role="clerk", area_path=VILLAGE, starts_at=AT)
    with pytest.raises(WrongState):
        links.print_slip(account_id=both.pk, by=a_person("grid_worker", VILLAGE), at=AT)


def test_a_duty_officer_resets_nobody():
    with pytest.raises(NotAllowed):
        links.reset_password(account_id=an_account().pk, by=a_person("duty_officer"), at=AT)


def test_posts_held_now_are_found_by_place_and_role():
    first = an_account("duty_officer", TOWN)
    an_account("duty_officer", VILLAGE)
    ended = an_account("duty_officer", TOWN)
    ended.posts.update(ends_at=AT - timedelta(days=1))
    closed = an_account("duty_officer", TOWN, state="closed")
    assert closed.posts.exists()
    found = queries.posts_at(TOWN, at=AT, roles=("duty_officer",))
    assert [post.account_id for post in found] == [first.pk]


def a_key(by, **changes):
    facts = {"name": "区气象局", "abilities": ["accounts.see_key"], "area": VILLAGE, "by": by, "at": AT, **changes}
    return keys.add_key(**facts)


@pytest.fixture
def an_ability():
    """A thing some room lets people do: whatever the house holds outside accounts and audit."""
    from xiangyun.kernel.access import rules as access

    return next(code for code in sorted(access._granted) if not code.startswith(keys.FOR_PEOPLE))


def test_a_machine_is_known_by_its_key_and_may_what_it_was_made_for(admin, an_ability):
    key, secret = a_key(admin, abilities=[an_ability])
    machine = queries.actor_of_key(secret, AT)
    assert machine is not None
    assert (machine.kind, machine.account_id, machine.scope, machine.town) == ("machine", None, TOWN, TOWN)
    assert machine.abilities == {an_ability}
    assert machine.may(an_ability, f"{VILLAGE}.g01")
    assert not machine.may(an_ability, NEXT_VILLAGE)
    assert not machine.may("accounts.see_account", VILLAGE)
    assert secret not in str(MachineKey.objects.values().get())
    assert MachineKey.objects.get(pk=key.pk).used_at == AT


def test_a_revoked_key_and_an_ended_one_are_nobody(admin, an_ability):
    key, secret = a_key(admin, abilities=[an_ability], ends_at=AT + timedelta(days=1))
    assert queries.actor_of_key(secret, AT + timedelta(days=1)) is None
    assert queries.actor_of_key("xyk_guess", AT) is None
    for _ in range(2):
        keys.revoke_key(key_id=key.pk, by=admin, at=AT)
    assert queries.actor_of_key(secret, AT) is None


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"abilities": []}, "accounts.key_without_ability"),
        ({"abilities": ["accounts.add_account"]}, "accounts.no_such_ability"),
        ({"abilities": ["audit.see_entry"]}, "accounts.no_such_ability"),
        ({"abilities": ["no.such_thing"]}, "accounts.no_such_ability"),
        ({"name": " "}, "accounts.key_name_missing"),
    ],
)
def test_what_no_key_can_hold(admin, changes, code):
    with pytest.raises(BadInput) as refused:
        a_key(admin, **changes)
    assert refused.value.code == code


def test_a_key_ends_after_now(admin, an_ability):
    with pytest.raises(BadInput):
        a_key(admin, abilities=[an_ability], ends_at=AT)


def test_a_key_for_another_town_cannot_be_made(admin, an_ability):
    with pytest.raises(NotFound):
        a_key(admin, abilities=[an_ability], area=OTHER_TOWN)


def test_the_house_itself_adds_the_first_administrator():
    added = people.add_account(name="管理员", role="town_admin", area=TOWN, by=system(TOWN), at=AT)
    assert added.token


TRIO = ("town_admin", "security_admin", "audit_admin")


def every_move(other):
    """What can be done to an account and its first post."""
    post = other.posts.get()
    return (
        lambda by: links.reset_password(account_id=other.pk, by=by, at=AT),
        lambda by: links.print_slip(account_id=other.pk, by=by, at=AT),
        lambda by: links.revoke_phones(account_id=other.pk, by=by, at=AT),
        lambda by: people.give_post(account_id=other.pk, role="clerk", area=TOWN, by=by, at=AT),
        lambda by: people.end_post(post_id=post.pk, by=by, at=AT),
        lambda by: people.close_account(account_id=other.pk, by=by, at=AT),
    )


@pytest.mark.parametrize(
    ("by", "whom"), [(by, whom) for by in TRIO for whom in TRIO if by != whom or by != "town_admin"]
)
def test_no_administrator_touches_one_of_another_kind(by, whom):
    admin, other = a_person(by, TOWN), an_account(whom, TOWN)
    for act in every_move(other):
        with pytest.raises(NotAllowed):
            act(admin)
    held = frozenset((whom,))
    assert rules.moves(admin, area=TOWN, is_oneself=False, is_open=True, roles=held, phones=1, has_factor=True) == []
    other.refresh_from_db()
    assert (other.state, other.posts.filter(ends_at=None).count()) == ("active", 1)
    assert Password.objects.filter(account=other).exists()


def test_a_town_admin_looks_after_the_own_kind(admin):
    other = an_account("town_admin", TOWN)
    assert links.reset_password(account_id=other.pk, by=admin, at=AT)
    people.close_account(account_id=other.pk, by=admin, at=AT)


def test_a_security_admin_resets_and_closes_those_who_administer_nothing():
    guard, clerk = a_person("security_admin", TOWN), an_account("clerk", TOWN)
    assert links.reset_password(account_id=clerk.pk, by=guard, at=AT)
    people.close_account(account_id=clerk.pk, by=guard, at=AT)


@pytest.mark.parametrize("role", ["security_admin", "audit_admin"])
def test_the_other_two_are_appointed_at_the_box_alone(admin, role):
    clerk = an_account("clerk", TOWN)
    for act in (
        lambda by: people.add_account(name="丁文", role=role, area=TOWN, by=by, at=AT),
        lambda by: people.give_post(account_id=clerk.pk, role=role, area=TOWN, by=by, at=AT),
    ):
        with pytest.raises(NotAllowed) as refused:
            act(admin)
        assert refused.value.code == "accounts.at_the_console"
    assert not Post.objects.filter(role=role).exists()
    other = people.add_account(name="丁文", role=role, area=TOWN, by=system(TOWN), at=AT).person
    for act in (links.reset_password, people.close_account):
        act(account_id=other.pk, by=system(TOWN), at=AT)


def test_nobody_holds_two_administrators_posts():
    for held, further in ((held, further) for held in TRIO for further in TRIO if held != further):
        account = an_account(held, TOWN)
        with pytest.raises(WrongState) as refused:
            people.give_post(account_id=account.pk, role=further, area=TOWN, by=system(TOWN), at=AT)
        assert refused.value.code == "accounts.one_of_three"
    with pytest.raises(IntegrityError, match="nobody holds two"), transaction.atomic():
        Post.objects.create(account=account, role=further, area_path=TOWN, starts_at=AT)
    people.end_post(post_id=account.posts.get().pk, by=system(TOWN), at=AT)
    people.give_post(account_id=account.pk, role=further, area=TOWN, by=system(TOWN), at=AT)
    assert account.posts.get(ends_at=None).role == further
