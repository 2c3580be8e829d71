"""What a gateway says afterwards: a receipt is the truth, and names nothing of another channel or town."""

import pytest

from xiangyun.kernel.access.rules import system
from xiangyun.kernel.accounts.tests.factories import AT, TOWN, a_person
from xiangyun.kernel.notify import actions
from xiangyun.kernel.notify.actions import sending
from xiangyun.kernel.notify.models import Delivery
from xiangyun.kernel.notify.rules import Urgency
from xiangyun.kernel.notify.tests.factories import a_notice
from xiangyun.kernel.notify.tests.test_sending import later, patience, person, run, sms, states

__all__ = ["patience", "person", "sms"]

pytestmark = pytest.mark.usefixtures("house", "declared")


def test_a_receipt_is_the_truth_and_coming_twice_changes_nothing(person, sms):
    a_notice(person, urgency=Urgency.SOON)
    run()
    row = Delivery.objects.get()
    told = {"area": TOWN, "channel": "sms", "key": row.pk, "ref": "", "at": later(minutes=1)}
    for _ in range(2):
        assert sending.receive(outcome=sending.Outcome("delivered"), **told)
    assert states() == {("sms", "delivered")}
    assert sending.receive(outcome=sending.Outcome("failed"), **told)
    assert states() == {("sms", "delivered")}


def test_a_receipt_of_another_channel_or_town_names_nothing(person, sms):
    a_notice(person, urgency=Urgency.SOON)
    run()
    row = Delivery.objects.get()
    told = {"key": row.pk, "ref": "", "outcome": sending.Outcome("failed"), "at": AT}
    assert not sending.receive(area=TOWN, channel="voice", **told)
    assert not sending.receive(area="15.08.02.101", channel="sms", **told)
    assert sending.receive(area=TOWN, channel="sms", **{**told, "key": None, "ref": "gw-1"})
    assert states() == {("sms", "failed")}


def test_the_house_itself_reads_no_inbox():
    with pytest.raises(Exception, match="not_found"):
        actions.see(notice_id=a_notice(a_person()).pk, by=system(TOWN), at=AT)
