"""Register, revoke, maintain: what is kept, what is refused."""

from __future__ import annotations

import hashlib
from datetime import timedelta

import bcrypt
import pytest
from django.db import connection, transaction

from xiangyun.base.errors import BadInput, NotFound, WrongState
from xiangyun.kernel.accounts.tests.factories import a_person, an_account
from xiangyun.kernel.audit.models import Entry
from xiangyun.kernel.devices import actions, queries
from xiangyun.kernel.devices.models import Device, Parked, Presence, RawLine
from xiangyun.kernel.devices.tests.factories import (
    AT,
    NEXT_VILLAGE,
    OTHER_TOWN,
    TOWN,
    VILLAGE,
    a_device,
    a_device_and_secret,
    known,
)

pytestmark = pytest.mark.usefixtures("house")


@pytest.fixture
def maintainer():
    return a_person("maintainer", TOWN)


def test_a_registered_device_has_a_credential_of_which_only_hashes_are_kept(maintainer):
    device, secret = a_device_and_secret(by=maintainer)
    assert bytes(device.http_hash) == hashlib.sha256(secret.encode()).digest()
    assert bcrypt.checkpw(secret.encode(), device.mqtt_hash.encode())
    assert device.mqtt_hash.startswith("$2a$04$")
    assert (device.keeper_id, device.expected_every_s) == (maintainer.account_id, 600)
    assert Presence.objects.get(num=device.num).last_heard_at is None
    assert Entry.objects.get(object_id=str(device.pk)).act == "devices.register_device"
    assert known(device).id == device.pk
    assert queries.known_by_hash(bytes(device.http_hash)).key == device.key


def test_it_stands_where_its_registrar_may_put_it(maintainer):
    for area in (OTHER_TOWN, "15.08.02.100.999", ""):
        with pytest.raises(NotFound):
            a_device(by=maintainer, area=area)
    with pytest.raises(NotFound):
        a_device(by=a_person("maintainer", NEXT_VILLAGE), area=VILLAGE)


def test_its_kind_and_keeper_must_be_known(maintainer):
    with pytest.raises(BadInput) as refusal:
        a_device(by=maintainer, profile="toaster")
    assert refusal.value.code == "devices.unknown_profile"
    with pytest.raises(BadInput) as refusal:
        a_device(by=maintainer, keeper="nobody")
    assert refusal.value.code == "devices.unknown_keeper"
    with pytest.raises(BadInput):
        a_device(by=maintainer, keeper=an_account("maintainer", OTHER_TOWN).account)
    keeper = an_account("grid_worker", VILLAGE)
    assert a_device(by=maintainer, keeper=keeper.account).keeper_id == keeper.pk


def test_revoked_is_for_ever(maintainer):
    device = a_device(by=maintainer)
    actions.revoke_device(device_id=device.pk, by=maintainer, at=AT)
    again = actions.revoke_device(device_id=device.pk, by=maintainer, at=AT + timedelta(days=1))
    assert again.revoked_at == AT
    assert known(device).is_revoked
    with pytest.raises(WrongState):
        actions.set_maintenance(device_id=device.pk, is_on=True, by=maintainer, at=AT)
    assert Entry.objects.filter(object_id=str(device.pk), act="devices.revoke_device").count() == 1


def test_the_broker_is_given_everybody_but_the_revoked(maintainer):
    kept, gone = a_device(by=maintainer), a_device(by=maintainer)
    actions.revoke_device(device_id=gone.pk, by=maintainer, at=AT)
    with connection.cursor() as cursor:
        cursor.execute("SELECT key, mqtt_hash FROM xy_door.mqtt_users()")
        assert cursor.fetchall() == [(kept.key, kept.mqtt_hash)]


def test_maintenance_begins_and_ends(maintainer):
    device = a_device(by=maintainer)
    assert actions.set_maintenance(device_id=device.pk, is_on=True, by=maintainer, at=AT).state == "maintenance"
    assert actions.set_maintenance(device_id=device.pk, is_on=True, by=maintainer, at=AT).state == "maintenance"
    assert actions.set_maintenance(device_id=device.pk, is_on=False, by=maintainer, at=AT).state == "registered"


def test_a_device_in_the_next_village_does_not_exist(maintainer):
    device = a_device(by=maintainer)
    stranger = a_person("maintainer", NEXT_VILLAGE)
    for act in (
        lambda: actions.revoke_device(device_id=device.pk, by=stranger, at=AT),
        lambda: actions.set_maintenance(device_id=device.pk, is_on=True, by=stranger, at=AT),
        lambda: actions.set_keeper(device_id=device.pk, account=stranger.account, by=stranger, at=AT),
    ):
        with pytest.raises(NotFound):
            act()


def test_the_database_says_in_sentences_what_cannot_be(maintainer):
    device = a_device(by=maintainer)
    with pytest.raises(Exception, match="a device stands somehow"), transaction.atomic():
        Device.objects.filter(pk=device.pk).update(state="asleep")


def test_old_lines_and_poison_are_forgotten(maintainer):
    device = a_device(by=maintainer)
    for age in (1, 100):
        then = AT - timedelta(days=age)
        RawLine.objects.create(
            device=device,
            area_path=device.area_path,
            received_at=then,
            door="http",
            line="{}",
            stored=1,
            duplicate=0,
            rejected=0,
        )
        Parked.objects.create(
            device=device,
            area_path=device.area_path,
            reason="empty",
            value="",
            received_at=then,
            fingerprint=bytes([age]),
        )
    assert actions.forget_old(at=AT) == 2
    assert RawLine.objects.count() == Parked.objects.count() == 1
