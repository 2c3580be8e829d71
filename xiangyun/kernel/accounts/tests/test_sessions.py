"""Coming in and going out, with a database."""

from __future__ import annotations

from datetime import timedelta

import pytest

from xiangyun.base import ids
from xiangyun.base.errors import BadInput, Conflict, NotFound, NotSignedIn, TooMany
from xiangyun.kernel.access.rules import system
from xiangyun.kernel.accounts import passwords, queries, rules
from xiangyun.kernel.accounts.actions import links, people, sessions, upkeep
from xiangyun.kernel.accounts.models import Account, LoginAttempt, OneTimeLink, Password, Session
from xiangyun.kernel.accounts.rules import SessionKind
from xiangyun.kernel.accounts.tests.factories import AT, OTHER_TOWN, PASSWORD, TOWN, VILLAGE, a_person, an_account
from xiangyun.kernel.audit.models import Entry

pytestmark = pytest.mark.usefixtures("house")

HERE = {"address": "10.1.2.3", "device_label": "Firefox"}


def fail(account, *, times=1, address="10.1.2.3", at=AT):
    for n in range(times):
        with pytest.raises(NotSignedIn):
            sessions.sign_in(
                account=account, password="wrong one", address=address, device_label="", at=at + timedelta(seconds=n)
            )
        sessions.count_try(
            name=sessions.attempt_name(account=account), address=address, at=at + timedelta(seconds=n), is_good=False
        )


def test_somebody_signs_in_and_is_known_by_the_cookie():
    account = an_account("clerk", TOWN)
    opened = sessions.sign_in(account=account.account.upper(), password=PASSWORD, at=AT, **HERE)
    actor = queries.actor_of_session(opened.token, AT + timedelta(minutes=1))
    assert actor is not None
    assert (actor.account_id, actor.scope, actor.town, actor.kind) == (account.pk, TOWN, TOWN, "person")
    assert [(post.role, post.area) for post in actor.posts] == [("clerk", TOWN)]
    assert Session.objects.get().token_hash != opened.token
    assert list(Entry.objects.values_list("act", "detail")) == [
        ("accounts.sign_in", {"kind": "password", "failures_before": 0})
    ]


def test_a_wrong_password_and_an_unknown_name_are_told_the_same():
    account = an_account()
    with pytest.raises(NotSignedIn) as wrong:
        sessions.sign_in(account=account.account, password="wrong one", at=AT, **HERE)
    with pytest.raises(NotSignedIn) as unknown:
        sessions.sign_in(account="nobody-at-all", password="wrong one", at=AT, **HERE)
    assert wrong.value.code == unknown.value.code == "accounts.wrong_password"


def test_the_sixth_try_is_locked_even_with_the_right_password_and_opens_again():
    account = an_account()
    fail(account.account, times=5)
    with pytest.raises(TooMany) as locked:
        sessions.sign_in(account=account.account, password=PASSWORD, at=AT + timedelta(minutes=1), **HERE)
    assert locked.value.retry_after_s == 14 * 60 + 4
    assert sessions.sign_in(account=account.account, password=PASSWORD, at=AT + timedelta(minutes=16), **HERE)


def test_the_account_is_locked_from_every_address():
    account = an_account()
    for n in range(5):
        fail(account.account, address=f"10.9.9.{n}", at=AT + timedelta(seconds=n))
    later = AT + timedelta(minutes=1)
    with pytest.raises(TooMany):
        sessions.sign_in(
            account=account.account,
            password=PASSWORD,
            address="10.8.8.8",
            device_label="",
            at=later,
        )


def test_an_address_that_tries_ten_names_is_locked_for_every_name():
    account = an_account()
    for n in range(rules.NAMES_OF_AN_ADDRESS):
        fail(f"guess-{n}", at=AT + timedelta(seconds=n))
    with pytest.raises(TooMany):
        sessions.sign_in(account=account.account, password=PASSWORD, at=AT + timedelta(minutes=1), **HERE)
    assert sessions.sign_in(
        account=account.account, password=PASSWORD, address="10.7.7.7", device_label="", at=AT + timedelta(minutes=1)
    )


def test_a_hall_behind_one_address_is_not_shut_out_by_people_who_got_it_right_in_the_end():
    colleagues = [an_account() for _ in range(6)]
    for n, one in enumerate(colleagues):
        fail(one.account, at=AT + timedelta(seconds=10 * n))
        assert sessions.sign_in(account=one.account, password=PASSWORD, at=AT + timedelta(seconds=10 * n + 5), **HERE)


def test_a_success_counts_the_failures_before_it_and_starts_anew():
    account = an_account()
    fail(account.account, times=4)
    sessions.sign_in(account=account.account, password=PASSWORD, at=AT + timedelta(seconds=10), **HERE)
    assert Entry.objects.get().detail["failures_before"] == 4
    fail(account.account, times=4, at=AT + timedelta(seconds=20))
    assert sessions.sign_in(account=account.account, password=PASSWORD, at=AT + timedelta(seconds=40), **HERE)


def test_a_password_hashed_with_other_costs_is_hashed_again():
    account = an_account()
    Password.objects.filter(account=account).update(
        hash=passwords._hasher.__class__(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    )
    sessions.sign_in(account=account.account, password=PASSWORD, at=AT, **HERE)
    assert not passwords.is_outdated(Password.objects.get(account=account).hash)
    assert Password.objects.get(account=account).hash.startswith("$argon2id$")


def test_a_closed_account_does_not_sign_in():
    account = an_account()
    people.close_account(account_id=account.pk, by=a_person("town_admin"), at=AT)
    with pytest.raises(NotSignedIn):
        sessions.sign_in(account=account.account, password=PASSWORD, at=AT, **HERE)


def test_a_session_ends_by_itself_when_it_is_idle():
    opened = sessions.sign_in(account=an_account().account, password=PASSWORD, at=AT, **HERE)
    later = AT
    for _ in range(4):
        later += timedelta(days=2)
        assert queries.actor_of_session(opened.token, later)
    assert queries.actor_of_session(opened.token, later + timedelta(days=3, minutes=1)) is None


def test_a_session_ends_after_a_month_however_busy():
    opened = sessions.sign_in(account=an_account().account, password=PASSWORD, at=AT, **HERE)
    for day in range(2, 30, 2):
        assert queries.actor_of_session(opened.token, AT + timedelta(days=day))
    assert queries.actor_of_session(opened.token, AT + timedelta(days=30, minutes=1)) is None


def test_signing_out_here_leaves_the_other_session():
    account = an_account()
    here = sessions.sign_in(account=account.account, password=PASSWORD, at=AT, **HERE)
    there = sessions.sign_in(account=account.account, password=PASSWORD, at=AT, **HERE)
    sessions.end_session(session_id=here.actor.session_id, by=here.actor, at=AT)
    assert queries.actor_of_session(here.token, AT) is None
    assert queries.actor_of_session(there.token, AT) is not None
    assert sessions.sign_out_everywhere(by=there.actor, at=AT) == 1
    assert queries.actor_of_session(there.token, AT) is None


def test_nobody_ends_somebody_elses_session():
    mine = sessions.sign_in(account=an_account().account, password=PASSWORD, at=AT, **HERE)
    other = sessions.sign_in(account=an_account().account, password=PASSWORD, at=AT, **HERE)
    with pytest.raises(NotFound):
        sessions.end_session(session_id=other.actor.session_id, by=mine.actor, at=AT)
    with pytest.raises(NotFound):
        sessions.end_session(session_id=ids.uuid7(), by=mine.actor, at=AT)


def test_a_new_password_ends_the_other_sessions():
    account = an_account()
    here = sessions.sign_in(account=account.account, password=PASSWORD, at=AT, **HERE)
    there = sessions.sign_in(account=account.account, password=PASSWORD, at=AT, **HERE)
    with pytest.raises(BadInput):
        sessions.change_password(old="not it", new="another long one", by=here.actor, at=AT)
    sessions.change_password(old=PASSWORD, new="another long one", by=here.actor, at=AT)
    assert queries.actor_of_session(here.token, AT) is not None
    assert queries.actor_of_session(there.token, AT) is None
    assert sessions.sign_in(account=account.account, password="another long one", at=AT, **HERE)


def welcome(role="clerk", area=TOWN):
    return people.add_account(name="陈敏", role=role, area=area, by=a_person("town_admin", area[:12]), at=AT)


def test_a_welcome_link_makes_a_name_and_a_password_once():
    added = welcome()
    opened = sessions.use_link(token=added.token, account="Chen.Min", password=PASSWORD, at=AT, **HERE)
    assert (opened.actor.account, opened.actor.account_id) == ("chen.min", added.person.pk)
    with pytest.raises(NotSignedIn) as again:
        sessions.use_link(token=added.token, account="chen.min", password="a second password", at=AT, **HERE)
    assert again.value.code == "accounts.link_used"
    assert sessions.sign_in(account="chen.min", password=PASSWORD, at=AT, **HERE)


@pytest.mark.parametrize(("said", "name"), [(" 刘洋 ", "刘洋"), ("", "liu.yang")])
def test_the_first_administrator_says_who_they_are(said, name):
    token = people.welcome_first_administrator(name="", area=TOWN, by=system(TOWN), at=AT)
    assert sessions.look_at_link(token=token, address="10.1.2.3", at=AT).account.name == ""
    opened = sessions.use_link(token=token, account="liu.yang", password=PASSWORD, name=said, at=AT, **HERE)
    assert opened.actor.name == name


def test_a_link_names_nobody_who_has_a_name():
    token = people.welcome_first_administrator(name="", area=TOWN, by=system(TOWN), at=AT)
    token = people.welcome_first_administrator(name="刘洋", area=TOWN, by=system(TOWN), at=AT)
    opened = sessions.use_link(token=token, account="liu.yang", password=PASSWORD, name="别人", at=AT, **HERE)
    assert opened.actor.name == "刘洋"
    assert Account.objects.filter(posts__role="town_admin").count() == 1


def test_a_welcome_link_runs_out():
    added = welcome()
    with pytest.raises(NotSignedIn) as late:
        sessions.use_link(token=added.token, account="chen.min", password=PASSWORD, at=AT + timedelta(days=7), **HERE)
    assert late.value.code == "accounts.link_expired"


@pytest.mark.parametrize(
    ("account", "password", "code"),
    [
        ("x", PASSWORD, "accounts.name_form"),
        ("13812345678", PASSWORD, "accounts.name_is_number"),
        ("150899195704023113", PASSWORD, "accounts.name_is_number"),
        ("taken", PASSWORD, "accounts.name_taken"),
        ("chen.min", "short", "accounts.password_short"),
    ],
)
def test_a_link_survives_a_wrong_choice(account, password, code):
    an_account(account="taken", area=OTHER_TOWN)
    added = welcome()
    with pytest.raises(BadInput) as refused:
        sessions.use_link(token=added.token, account=account, password=password, at=AT, **HERE)
    assert refused.value.code == code
    assert sessions.use_link(token=added.token, account="chen.min", password=PASSWORD, at=AT, **HERE)


def test_a_reset_shuts_the_old_password_and_every_session_at_once():
    account = an_account()
    opened = sessions.sign_in(account=account.account, password=PASSWORD, at=AT, **HERE)
    token = links.reset_password(account_id=account.pk, by=a_person("town_admin"), at=AT)
    assert queries.actor_of_session(opened.token, AT) is None
    with pytest.raises(NotSignedIn):
        sessions.sign_in(account=account.account, password=PASSWORD, at=AT, **HERE)
    with pytest.raises(BadInput) as another:
        sessions.use_link(token=token, account="somebody-else", password="a brand new one", at=AT, **HERE)
    assert another.value.code == "accounts.name_of_another"
    assert sessions.use_link(token=token, account=account.account, password="a brand new one", at=AT, **HERE)


def test_a_second_reset_makes_the_first_link_worthless():
    account, admin = an_account(), a_person("town_admin")
    first = links.reset_password(account_id=account.pk, by=admin, at=AT)
    second = links.reset_password(account_id=account.pk, by=admin, at=AT)
    with pytest.raises(NotSignedIn):
        sessions.use_link(token=first, account=account.account, password="a brand new one", at=AT, **HERE)
    assert sessions.use_link(token=second, account=account.account, password="a brand new one", at=AT, **HERE)


def test_who_never_came_chooses_a_name_after_a_reset_too():
    added = welcome()
    token = links.reset_password(account_id=added.person.pk, by=a_person("town_admin"), at=AT)
    with pytest.raises(NotSignedIn):
        sessions.use_link(token=added.token, account="chen.min", password=PASSWORD, at=AT, **HERE)
    opened = sessions.use_link(token=token, account="chen.min", password=PASSWORD, at=AT, **HERE)
    assert opened.actor.account == "chen.min"


def a_slip(villager=None, by=None):
    villager = villager or an_account("villager", f"{VILLAGE}.g01", password=None)
    _, ticket = links.print_slip(account_id=villager.pk, by=by or a_person("grid_worker", VILLAGE), at=AT)
    return villager, ticket


def test_a_slip_signs_one_phone_in_once():
    villager, ticket = a_slip()
    opened = sessions.use_slip(ticket=ticket.lower().replace("-", " "), at=AT, **HERE)
    assert opened.actor.account_id == villager.pk
    assert OneTimeLink.objects.get(account=villager).session_id == opened.actor.session_id
    with pytest.raises(NotSignedIn) as again:
        sessions.use_slip(ticket=ticket, at=AT, **HERE)
    assert again.value.code == "accounts.slip_used"
    assert queries.actor_of_session(opened.token, AT + timedelta(days=100)) is not None


def test_a_bound_phone_is_revoked_with_every_slip():
    villager, ticket = a_slip()
    opened = sessions.use_slip(ticket=ticket, at=AT, **HERE)
    _, waiting = a_slip(villager)
    secretary = a_person("village_secretary", VILLAGE)
    assert links.revoke_phones(account_id=villager.pk, by=secretary, at=AT) == 1
    assert queries.actor_of_session(opened.token, AT) is None
    with pytest.raises(NotSignedIn):
        sessions.use_slip(ticket=waiting, at=AT, **HERE)


def test_no_slip_of_before_opens_the_account_of_somebody_who_became_an_official():
    villager, ticket = a_slip()
    bound = sessions.use_slip(ticket=ticket, at=AT, **HERE)
    _, waiting = a_slip(villager)
    people.give_post(account_id=villager.pk, role="grid_worker", area=VILLAGE, by=a_person("town_admin"), at=AT)
    assert queries.actor_of_session(bound.token, AT) is None
    with pytest.raises(NotSignedIn):
        sessions.use_slip(ticket=waiting, at=AT, **HERE)


def test_a_slip_is_no_link_and_a_link_no_slip():
    _, ticket = a_slip()
    added = welcome()
    with pytest.raises(NotSignedIn):
        sessions.use_link(token=ticket, account="chen.min", password=PASSWORD, at=AT, **HERE)
    with pytest.raises(NotSignedIn):
        sessions.use_slip(ticket=added.token, at=AT, **HERE)


def test_guessing_slips_locks_the_address():
    for n in range(rules.NAMES_OF_AN_ADDRESS):
        ticket = rules.new_ticket()
        with pytest.raises(NotSignedIn):
            sessions.use_slip(ticket=ticket, at=AT, **HERE)
        sessions.count_try(
            name=sessions.attempt_name(secret=ticket),
            address=HERE["address"],
            at=AT + timedelta(seconds=n),
            is_good=False,
        )
    _, ticket = a_slip()
    with pytest.raises(TooMany):
        sessions.use_slip(ticket=ticket, at=AT + timedelta(minutes=1), **HERE)
    assert not LoginAttempt.objects.filter(account__contains=ticket).exists()


def test_a_phone_bound_by_a_slip_is_a_ticket_session():
    _, ticket = a_slip()
    sessions.use_slip(ticket=ticket, at=AT, **HERE)
    assert set(Session.objects.exclude(kind=SessionKind.PASSWORD).values_list("kind", flat=True)) == {"ticket"}


def test_a_name_taken_at_the_same_moment_is_a_conflict(monkeypatch):
    an_account(account="taken", area=OTHER_TOWN)
    monkeypatch.setattr(queries, "is_account_name_free", lambda name: True)
    added = welcome()
    with pytest.raises(Conflict) as refused:
        sessions.use_link(token=added.token, account="taken", password=PASSWORD, at=AT, **HERE)
    assert refused.value.code == "accounts.name_taken"


def test_a_session_acts_in_the_town_of_the_first_post():
    account = an_account("clerk", TOWN)
    county = a_person("town_admin", "15.08.02")
    people.give_post(account_id=account.pk, role="agronomist", area=OTHER_TOWN, by=county, at=AT)
    people.give_post(account_id=account.pk, role="agronomist", area=VILLAGE, by=county, at=AT)
    opened = sessions.sign_in(account=account.account, password=PASSWORD, at=AT, **HERE)
    assert (opened.actor.scope, opened.actor.town) == (TOWN, TOWN)
    assert [(post.role, post.area) for post in opened.actor.posts] == [("clerk", TOWN), ("agronomist", VILLAGE)]


def test_what_is_over_goes_after_a_while_and_what_is_not_stays():
    account = an_account()
    old = sessions.sign_in(account=account.account, password=PASSWORD, at=AT, **HERE)
    sessions.end_session(session_id=old.session_id, by=old.actor, at=AT)
    sessions.sign_in(account=account.account, password=PASSWORD, at=AT + timedelta(days=30), **HERE)
    villager = an_account("villager", VILLAGE)
    _, ticket = links.print_slip(account_id=villager.pk, by=a_person("town_admin"), at=AT)
    phone = sessions.use_slip(ticket=ticket, at=AT, **HERE)
    never_came = welcome()
    links.reset_password(account_id=account.pk, by=a_person("town_admin"), at=AT + timedelta(days=30, hours=1))
    assert upkeep.forget_old(at=AT + timedelta(days=29)) == 0
    assert upkeep.forget_old(at=AT + timedelta(days=31)) == 2
    assert not Session.objects.filter(pk=old.session_id).exists()
    assert queries.actor_of_session(phone.token, AT + timedelta(days=31)) is not None
    assert upkeep.forget_old(at=AT + timedelta(days=70)) > 0
    assert OneTimeLink.objects.get().account_id == never_came.person.pk
    token = links.reset_password(account_id=never_came.person.pk, by=a_person("town_admin"), at=AT + timedelta(days=70))
    assert (
        sessions.use_link(
            token=token, account="chen.min", password=PASSWORD, at=AT + timedelta(days=70), **HERE
        ).actor.account
        == "chen.min"
    )


def test_tries_are_kept_for_six_months():
    an_account(account="li.qiang")
    fail("li.qiang")
    assert upkeep.forget_old(at=AT + timedelta(days=184)) == 0
    assert upkeep.forget_old(at=AT + timedelta(days=185)) == 1
    assert LoginAttempt.objects.count() == 0
