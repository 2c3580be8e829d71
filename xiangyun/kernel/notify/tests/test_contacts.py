"""A person's own number: given, proved by a code, shown to nobody else."""

from datetime import timedelta

import pytest
from django.test import Client

from xiangyun.base import clock
from xiangyun.base.crypto import Suite
from xiangyun.base.errors import BadInput, Conflict, NotAllowed, NotFound, TooMany
from xiangyun.kernel.access.rules import system
from xiangyun.kernel.accounts.models import Account
from xiangyun.kernel.accounts.tests.factories import AT, OTHER_TOWN, TOWN, a_browser, a_person
from xiangyun.kernel.audit.models import Entry
from xiangyun.kernel.notify import actions, queries
from xiangyun.kernel.notify.actions import contacts
from xiangyun.kernel.notify.models import Contact, Delivery, Gateway
from xiangyun.kernel.notify.rules import ContactKind
from xiangyun.kernel.notify.tests.factories import NUMBER, a_contact, a_gateway
from xiangyun.kernel.notify.tests.test_sending import later, run
from xiangyun.kernel.vault import actions as vault
from xiangyun.kernel.vault import queries as vault_queries
from xiangyun.kernel.vault.models import TownKey

pytestmark = pytest.mark.usefixtures("house", "declared")


@pytest.fixture
def sms(gateway):
    a_gateway(gateway.settings())
    return gateway


def give(person, value=NUMBER, at=AT):
    return contacts.add_contact(kind=ContactKind.PHONE, value=value, by=person, at=at)


def code_in(text):
    return "".join(one for one in text.partition("验证码")[2].partition("，")[0] if one.isdigit())


def test_a_number_is_ones_own_once_its_code_came_back(sms):
    person = a_person("villager")
    row = give(person, "+86 138-0013 8000")
    run()
    (one,) = sms.taken
    assert one.to == NUMBER
    code = code_in(one.text)
    assert len(code) == 6
    assert queries.Means((person.account_id,), (TOWN,), AT).destination(person.account_id, TOWN, "sms") is None
    done = contacts.confirm_contact(contact_id=row.pk, code=f" {code} ", by=person, at=later(minutes=2))
    assert (done.confirmed_at, done.code_sealed) == (later(minutes=2), None)
    found = queries.Means((person.account_id,), (TOWN,), AT).destination(person.account_id, TOWN, "sms")
    assert found.value() == NUMBER


def test_nothing_readable_of_it_stands_in_the_database_the_audit_or_a_log(sms, caplog, capfd):
    person = a_person("villager")
    give(person)
    run()
    code = code_in(sms.taken[0].text)
    stored = (
        str(list(Contact.objects.values())) + str(list(Delivery.objects.values())) + str(list(Entry.objects.values()))
    )
    told = stored + caplog.text + "".join(capfd.readouterr())
    assert NUMBER not in told
    assert code not in told


def test_a_new_number_takes_the_place_of_the_old_only_when_it_is_confirmed(sms):
    person = a_person("villager")
    a_contact(person, "13900139000")
    row = give(person)
    run()
    assert queries.contacts_of(person).filter(confirmed_at__isnull=False).count() == 1
    contacts.confirm_contact(contact_id=row.pk, code=code_in(sms.taken[0].text), by=person, at=AT)
    (left,) = queries.contacts_of(person)
    assert left.pk == row.pk


@pytest.mark.parametrize(
    "value", ["0478-8200000", "1380013800", "abc", "13800138000,13900139000", "１３８００１３８０００"]
)
def test_what_takes_no_sms_is_refused_with_a_sentence(sms, value):
    with pytest.raises(BadInput, match=r"notify\.no_phone"):
        give(a_person("villager"), value)


@pytest.mark.parametrize("value", ["a@b", "a b@c.cn", "a@c.cn\r\nBcc: d@e.cn", "<a@c.cn>", "a@c.cn,d@e.cn", "@c.cn"])
def test_what_is_no_mail_address_is_refused_with_a_sentence(value):
    with pytest.raises(BadInput, match=r"notify\.no_mail"):
        contacts.add_contact(kind=ContactKind.MAIL, value=value, by=a_person("villager"), at=AT)


def test_where_nobody_carries_sms_no_number_is_taken():
    with pytest.raises(Conflict, match="no_phone_channel"):
        give(a_person("villager"))


def test_no_machine_and_not_the_house_gives_a_number(sms):
    with pytest.raises(NotAllowed):
        give(system(TOWN))


def test_a_code_dies_of_time_and_of_guessing(sms):
    person = a_person("villager")
    row = give(person)
    run()
    code = code_in(sms.taken[0].text)
    wrong = f"{(int(code) + 1) % 10**6:06}"
    with pytest.raises(Conflict, match="code_over"):
        contacts.confirm_contact(contact_id=row.pk, code=code, by=person, at=later(minutes=10))
    for _ in range(5):
        with pytest.raises(contacts.WrongCode):
            contacts.confirm_contact(contact_id=row.pk, code=wrong, by=person, at=AT)
        contacts.note_wrong_code(contact_id=row.pk, by=person)
    with pytest.raises(Conflict, match="code_over"):
        contacts.confirm_contact(contact_id=row.pk, code=code, by=person, at=AT)


def test_another_persons_contact_does_not_exist(sms):
    row, other = give(a_person("villager")), a_person("villager")
    with pytest.raises(NotFound):
        contacts.confirm_contact(contact_id=row.pk, code="123456", by=other, at=AT)
    with pytest.raises(NotFound):
        contacts.remove_contact(contact_id=a_contact(a_person()).pk, by=other, at=AT)


def test_one_who_asks_for_code_after_code_waits(sms):
    person = a_person("villager")
    for n in range(3):
        give(person, f"1380013800{n}")
    with pytest.raises(TooMany) as waits:
        give(person, "13800138005", at=later(minutes=30))
    assert waits.value.retry_after_s == 1800
    give(person, "13800138005", at=later(minutes=61))


def test_a_number_is_not_rung_by_many_strangers(sms):
    for _ in range(5):
        give(a_person("villager"))
    with pytest.raises(TooMany):
        give(a_person("villager"))


def test_who_wants_no_more_gets_no_more(sms):
    person = a_person("villager")
    contacts.remove_contact(contact_id=a_contact(person).pk, by=person, at=AT)
    assert queries.contacts_of(person).count() == 0


def test_a_closed_account_and_a_code_nobody_typed_are_forgotten(sms):
    gone = a_person("villager")
    a_contact(gone)
    give(a_person("villager"))
    Account.objects.filter(pk=gone.account_id).update(state="closed")
    actions.forget_old(at=later(days=1, minutes=1))
    assert Contact.objects.count() == 0


def test_a_new_key_carries_the_numbers_the_codes_and_the_gateways_over(sms):
    person = a_person("villager")
    kept, waiting = a_contact(person), give(person, "13900139000")
    rotation = vault.rotate_key(suite=Suite.SM4_GCM, by=a_person("security_admin"), at=AT)
    while vault.carry_on(rotation_id=rotation.pk, at=AT):
        pass
    assert TownKey.objects.filter(area_path=TOWN).count() == 1
    kept.refresh_from_db()
    assert queries.Destination(kept).value() == NUMBER
    assert bytes(kept.value_index) in vault_queries.ring(TOWN).sought("contact", NUMBER)
    run()
    code = code_in(sms.taken[0].text)
    contacts.confirm_contact(contact_id=waiting.pk, code=code, by=person, at=AT)
    assert queries.opened(Gateway.objects.get())["secrets"]["token"] == "t-0123"


# ── over HTTP ──


def post(browser, path, body):
    return browser.generic("POST", f"/api/notices/contacts{path}", body, content_type="application/json")


def test_ones_own_page_shows_it_masked_and_nobody_elses_shows_it_at_all(sms):
    phone, stranger, admin = a_browser("villager"), a_browser("villager"), a_browser("town_admin")
    assert Client().get("/api/notices/contacts").status_code == 401
    told = post(phone, "", f'{{"kind": "phone", "value": "{NUMBER}"}}').json()
    assert [(one["masked"], one["is_confirmed"]) for one in told["items"]] == [("138****8000", False)]
    assert told["possible"] == ["phone"]
    contact = told["items"][0]["id"]
    run(clock.now())
    wrong = post(phone, f"/{contact}/confirm", '{"code": "not it"}')
    assert (wrong.status_code, wrong.json()["errors"][0]["loc"]) == (422, ["body", "code"])
    assert Contact.objects.get().tries == 1
    code = code_in(sms.taken[0].text)
    assert post(stranger, f"/{contact}/confirm", f'{{"code": "{code}"}}').status_code == 404
    told = post(phone, f"/{contact}/confirm", f'{{"code": "{code}"}}').json()
    assert [(one["masked"], one["is_confirmed"]) for one in told["items"]] == [("138****8000", True)]
    for other in (stranger, admin):
        assert other.get("/api/notices/contacts").json()["items"] == []
        assert post(other, f"/{contact}/remove", "{}").status_code == 404
    assert post(phone, f"/{contact}/remove", "{}").json()["items"] == []


def test_a_person_of_a_town_without_channels_is_offered_none(sms):
    assert a_browser("villager", OTHER_TOWN).get("/api/notices/contacts").json() == {"items": [], "possible": []}


def test_an_expired_code_is_not_shown_as_waiting(sms):
    phone = a_browser("villager")
    post(phone, "", f'{{"kind": "phone", "value": "{NUMBER}"}}')
    Contact.objects.update(code_until=clock.now() - timedelta(seconds=1))
    assert phone.get("/api/notices/contacts").json()["items"] == []
