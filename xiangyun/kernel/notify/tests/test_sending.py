"""A message from being told to what became of it, through a real gateway on loopback; the worker's rounds are called
here one by one, in their order (as a process that is killed: tests/notify_peers/test_kills.py)."""

from datetime import timedelta

import pytest

from xiangyun.kernel.accounts.models import Account
from xiangyun.kernel.accounts.tests.factories import AT, TOWN, VILLAGE, a_person
from xiangyun.kernel.notify import actions, adapters, models, rules
from xiangyun.kernel.notify.actions import gateways, planning, sending
from xiangyun.kernel.notify.models import Delivery, Notice
from xiangyun.kernel.notify.rules import Channel, State, Urgency
from xiangyun.kernel.notify.tests.factories import (
    NIGHT,
    NUMBER,
    a_contact,
    a_duty_phone,
    a_gateway,
    a_notice,
)

pytestmark = pytest.mark.usefixtures("house", "declared")


@pytest.fixture(autouse=True)
def patience(monkeypatch):
    """Nothing here is worth twenty seconds."""
    monkeypatch.setattr(rules, "PATIENCE_S", 1.0)


@pytest.fixture
def person():
    """Somebody with a number of their own, in a town with a gateway for SMS."""
    somebody = a_person()
    a_contact(somebody)
    return somebody


@pytest.fixture
def sms(gateway):
    a_gateway(gateway.settings())
    return gateway


def run(at=AT, private=None):
    """What the worker does at a moment: plan, send, ask."""
    from django.conf import settings

    hosts = settings.CONFIG.private_hosts
    planning.plan(at=at)
    while parcels := sending.claim(at=at):
        for parcel in parcels:
            outcome = adapters.send(parcel, private=hosts, at=at.timestamp())
            sending.note(parcel=parcel, outcome=outcome, at=at)
    for parcel in sending.to_ask(at=at):
        sending.note_asked(parcel=parcel, outcome=adapters.ask(parcel, private=hosts, at=at.timestamp()), at=at)


def later(**how):
    return AT + timedelta(**how)


def states():
    return {(one.channel, one.state) for one in Delivery.objects.all()}


# ── what goes out ──


def test_a_plain_notice_stays_in_the_inbox(person, sms):
    a_notice(person)
    run()
    assert sms.taken == []
    assert Notice.objects.get().next_at is None


def test_what_is_soon_goes_out_once_with_the_towns_words_and_key(person, sms):
    a_notice(person, urgency=Urgency.SOON)
    for minute in range(3):
        run(later(minutes=minute))
    (one,) = sms.taken
    delivery = Delivery.objects.get()
    assert (one.key, one.to, one.text) == (delivery.pk.hex, NUMBER, "【狼山镇】狼山镇，有大雨")
    assert one.headers["Authorization"] == "Bearer t-0123"
    assert one.headers["X-Key"] == delivery.pk.hex
    assert sms.wrong == []
    assert delivery.ref == "gw-1"


def test_what_the_gateway_says_became_of_it_is_asked_for(person, sms):
    a_notice(person, urgency=Urgency.SOON)
    run()
    assert states() == {("sms", "sent")}
    sms.states[Delivery.objects.get().pk.hex] = "DELIVRD"
    run(later(seconds=59))
    assert states() == {("sms", "sent")}
    run(later(seconds=60))
    assert states() == {("sms", "delivered")}
    run(later(hours=1))
    assert len(sms.asked) == 1


def test_no_number_is_stored_beside_the_message_or_printed(person, sms, caplog, capfd):
    a_notice(person, urgency=Urgency.SOON)
    planning.plan(at=AT)
    (parcel,) = sending.claim(at=AT)
    assert NUMBER not in repr(parcel)
    assert "t-0123" not in repr(parcel)
    assert NUMBER not in str(Delivery.objects.values().get())
    assert NUMBER not in caplog.text + "".join(capfd.readouterr())


def test_a_number_nobody_confirmed_is_not_used(sms):
    somebody = a_person()
    models.Contact.objects.filter(pk=a_contact(somebody).pk).update(confirmed_at=None)
    a_notice(somebody, urgency=Urgency.NOW)
    run()
    assert states() == set()


def test_a_posts_duty_phone_stands_in_and_a_landline_takes_no_sms(sms, gateway):
    officer, secretary = a_person("duty_officer"), a_person("duty_officer")
    a_duty_phone(officer, "13900139000")
    a_duty_phone(secretary, "04788200000")
    a_gateway(gateway.settings(channel="voice"))
    a_notice(officer, urgency=Urgency.SOON)
    a_notice(secretary, urgency=Urgency.NOW)
    run()
    assert sorted((one.to, one.text[:1]) for one in sms.taken) == [("04788200000", "狼"), ("13900139000", "【")]


def test_a_persons_own_number_goes_before_their_posts(person, sms):
    a_duty_phone(person, "13900139000")
    a_notice(person, urgency=Urgency.SOON)
    run()
    assert [one.to for one in sms.taken] == [NUMBER]


def test_a_text_longer_than_an_sms_ends_in_time(person, sms):
    a_notice(person, urgency=Urgency.SOON, params={"inside": "有大雨" * 40})
    run()
    assert len(sms.taken[0].text) == 70
    assert sms.taken[0].text.endswith("…")


def test_the_reader_is_told_in_their_language(person, sms):
    Account.objects.filter(pk=person.account_id).update(lang="en")
    a_notice(person, urgency=Urgency.SOON)
    run()
    assert sms.taken[0].text == "【狼山镇】狼山镇, 有大雨"


# ── the night ──


def test_at_night_only_what_cannot_wait_goes_out_and_says_so(person, sms):
    a_notice(person, urgency=Urgency.SOON, at=NIGHT)
    a_notice(person, urgency=Urgency.NOW, at=NIGHT)
    run(NIGHT)
    (one,) = sms.taken
    assert one.text == "【狼山镇】急：狼山镇，有大雨"
    assert Delivery.objects.get(state=State.SENT.value).is_loud
    run(NIGHT + timedelta(hours=5))
    assert len(sms.taken) == 2


def test_what_was_read_in_the_night_is_not_sent_in_the_morning(person, sms):
    notice = a_notice(person, urgency=Urgency.SOON, at=NIGHT)
    run(NIGHT)
    actions.see(notice_id=notice.pk, by=person, at=NIGHT + timedelta(hours=1))
    run(NIGHT + timedelta(hours=6))
    assert sms.taken == []
    assert states() == {("sms", "dropped")}


def test_a_towns_own_manners_hold_from_their_moment_on(person, sms):
    by = a_person("town_admin")
    mine = rules.Manners(
        ladders={**rules.DEFAULT.ladders, Urgency.SOON: (Channel.INBOX,)}, quiet_from=rules.DEFAULT.quiet_from
    )
    gateways.set_manners(told=mine, basis="镇里的决定", by=by, at=later(minutes=5))
    a_notice(person, urgency=Urgency.SOON)
    run()
    assert len(sms.taken) == 1
    a_notice(person, urgency=Urgency.SOON, at=later(minutes=6))
    run(later(minutes=6))
    assert len(sms.taken) == 1


def test_plain_ones_come_together(person, sms):
    by = a_person("town_admin")
    ladders = {**rules.DEFAULT.ladders, Urgency.PLAIN: (Channel.INBOX, Channel.SMS)}
    gateways.set_manners(told=rules.Manners(ladders=ladders), basis="", by=by, at=AT)
    for minute in range(3):
        a_notice(person, at=later(minutes=minute))
        run(later(minutes=minute))
    assert sms.taken == []
    run(later(minutes=30))
    assert [one.text for one in sms.taken] == ["【狼山镇】您有 3 条没看的消息，请打开乡云看一看。"]


def test_a_digest_of_what_was_read_by_then_says_nothing(person, sms):
    by = a_person("town_admin")
    ladders = {**rules.DEFAULT.ladders, Urgency.PLAIN: (Channel.INBOX, Channel.SMS)}
    gateways.set_manners(told=rules.Manners(ladders=ladders), basis="", by=by, at=AT)
    notice = a_notice(person)
    run()
    actions.see(notice_id=notice.pk, by=person, at=AT)
    run(later(minutes=31))
    assert sms.taken == []


# ── faults ──


def test_a_gateway_that_says_no_is_tried_again_and_then_the_next_channel(person, sms, gateway):
    a_gateway(gateway.settings(channel="voice"))
    gateway.modes = ["refuse", "refuse"]
    a_notice(person, urgency=Urgency.NOW)
    run()
    assert states() == {("sms", "queued")}
    assert "138" not in Delivery.objects.get().fault
    run(later(seconds=15))
    run(later(seconds=16))
    assert states() == {("sms", "failed"), ("voice", "sent")}


def test_a_busy_gateway_has_not_taken_it(person, sms, gateway):
    gateway.modes = ["busy"]
    a_notice(person, urgency=Urgency.SOON)
    run()
    run(later(seconds=30))
    assert states() == {("sms", "sent")}
    assert set(gateway.counts().values()) == {1}


@pytest.mark.parametrize("mode", ["500", "drop", "slow", "drip"])
def test_without_an_answer_nobody_knows_and_it_is_asked_not_sent_again(person, sms, gateway, mode):
    gateway.modes, gateway.slow_s = [mode], 1.5
    a_notice(person, urgency=Urgency.SOON)
    run()
    assert states() == {("sms", "unsure")}
    run(later(seconds=10))
    assert states() == {("sms", "sent")}
    assert set(gateway.counts().values()) == {1}


def test_what_the_gateway_never_had_is_sent_again(person, sms, gateway):
    a_notice(person, urgency=Urgency.SOON)
    planning.plan(at=AT)
    assert len(sending.claim(at=AT)) == 1  # and whoever claimed it died
    assert sending.find_lost(at=AT + rules.LEASE - timedelta(seconds=1)) == 0
    assert sending.find_lost(at=AT + rules.LEASE) == 1
    assert states() == {("sms", "unsure")}
    run(AT + rules.LEASE + timedelta(seconds=10))
    assert gateway.taken == []
    run(AT + rules.LEASE + timedelta(seconds=10))
    assert set(gateway.counts().values()) == {1}
    assert states() == {("sms", "sent")}


def test_where_the_gateway_cannot_be_asked_a_person_decides(person, gateway):
    a_gateway(gateway.settings(status=False))
    gateway.modes = ["drop"]
    a_notice(person, urgency=Urgency.SOON)
    run()
    for hour in range(29):
        run(later(hours=hour))
    assert states() == {("sms", "unsure")}
    assert set(gateway.counts().values()) == {1}
    officer = a_person("duty_officer")
    gateways.judge(delivery_id=Delivery.objects.get().pk, again=True, by=officer, at=later(hours=30))
    run(later(hours=30))
    assert states() == {("sms", "sent")}
    assert set(gateway.counts().values()) == {2}


def test_who_held_it_too_long_still_tells_what_they_know(person, sms, gateway):
    a_notice(person, urgency=Urgency.SOON)
    planning.plan(at=AT)
    (parcel,) = sending.claim(at=AT)
    sending.find_lost(at=AT + rules.LEASE)
    sending.note(parcel=parcel, outcome=sending.Outcome("sent", ref="gw-7"), at=AT + rules.LEASE)
    assert states() == {("sms", "sent")}
    sending.note(parcel=parcel, outcome=sending.Outcome("unreached"), at=AT + rules.LEASE)
    assert states() == {("sms", "sent")}


def test_a_redirection_leads_nowhere(person, sms, gateway):
    gateway.modes = ["redirect"]
    a_notice(person, urgency=Urgency.SOON)
    run()
    assert gateway.taken == []


def test_what_is_claimed_is_claimed_once(person, sms):
    a_notice(person, urgency=Urgency.SOON)
    planning.plan(at=AT)
    assert len(sending.claim(at=AT)) == 1
    assert sending.claim(at=AT) == []


# ── until somebody takes it ──


def chase(person, **changes):
    return a_notice(person, urgency=Urgency.NOW, until_taken=True, **changes)


def test_it_goes_on_from_channel_to_channel_and_person_to_person(person, sms, gateway):
    a_gateway(gateway.settings(channel="voice"))
    second = a_person()
    a_contact(second, "13900139000")
    chase(person, then=[second.account_id])
    seen = []
    for minute in (0, 4, 5, 9, 10, 11, 15):
        run(later(minutes=minute))
        run(later(minutes=minute, seconds=1))
        seen.append((minute, len(sms.taken), Notice.objects.count()))
    assert seen == [(0, 1, 1), (4, 1, 1), (5, 2, 1), (9, 2, 1), (10, 3, 2), (11, 3, 2), (15, 4, 2)]
    assert [one.to for one in sms.taken] == [NUMBER, NUMBER, "13900139000", "13900139000"]
    run(later(hours=3))
    assert len(sms.taken) == 4


@pytest.mark.parametrize("end", ["receipt", "settled"])
def test_it_stops_when_a_human_says_so(person, sms, gateway, end):
    a_gateway(gateway.settings(channel="voice"))
    second = a_person()
    notice = chase(person, then=[second.account_id])
    run()
    if end == "receipt":
        actions.see(notice_id=notice.pk, by=person, at=later(minutes=1))
    else:
        assert actions.settle(subject=("work", "1"), at=later(minutes=1)) == 1
    for minute in (5, 10, 60):
        run(later(minutes=minute))
    assert len(sms.taken) == 1
    assert Notice.objects.count() == 1


def test_who_presses_the_key_on_the_phone_has_heard_it(person, gateway):
    a_gateway(gateway.settings(channel="voice"))
    notice = chase(person)
    run()
    heard = sending.Outcome("heard")
    key = Delivery.objects.get().pk
    assert sending.receive(area=TOWN, channel="voice", key=key, ref="", outcome=heard, at=later(minutes=1))
    notice.refresh_from_db()
    assert notice.seen_at == later(minutes=1)
    assert states() == {("voice", "delivered")}


def test_with_no_channel_at_all_the_next_person_is_told_at_once(sms):
    alone, second = a_person(), a_person()
    a_contact(second)
    chase(alone, then=[second.account_id])
    run()
    run(later(seconds=1))
    assert [one.to for one in sms.taken] == [NUMBER]


# ── limits ──


def test_a_storm_becomes_a_few_messages_and_one_word_that_more_wait(person, sms):
    for n in range(100):
        a_notice(person, urgency=Urgency.NOW, subject=("work", str(n)))
    for minute in range(0, 60, 5):
        run(later(minutes=minute))
    assert len(sms.taken) == rules.DEFAULT.person_hour
    assert Notice.objects.filter(seen_at=None).count() == 100
    run(later(minutes=60))
    assert [one.text for one in sms.taken[6:]] == ["【狼山镇】您有 100 条没看的消息，请打开乡云看一看。"]


def test_a_town_sends_no_more_than_its_day_allows(sms):
    by = a_person("town_admin")
    gateways.set_manners(told=rules.Manners(town_day=3), basis="", by=by, at=AT)
    for n in range(5):
        somebody = a_person()
        a_contact(somebody, f"1380013800{n}")
        a_notice(somebody, urgency=Urgency.NOW, area=VILLAGE)
    run()
    assert len(sms.taken) == 3
    assert Delivery.objects.filter(fault="town_limit").count() == 2


@pytest.mark.parametrize("n", [1, 8])
def test_planning_and_claiming_take_few_queries(sms, n, django_assert_max_num_queries):
    for k in range(n):
        somebody = a_person()
        a_contact(somebody, f"1380013800{k}")
        a_notice(somebody, urgency=Urgency.NOW)
    with django_assert_max_num_queries(10 + n):
        planning.plan(at=AT)
    with django_assert_max_num_queries(14 + 3 * n):
        assert len(sending.claim(at=AT)) == n
