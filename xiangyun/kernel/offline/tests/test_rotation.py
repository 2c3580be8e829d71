"""A town's new key: what phones sent opens still, repeats are known, and a phone seals on to its receiving key."""

from __future__ import annotations

import pytest

from xiangyun.base import clock
from xiangyun.base.crypto import Suite
from xiangyun.kernel.accounts.tests import factories as accounts
from xiangyun.kernel.offline.models import Item
from xiangyun.kernel.offline.queries import items
from xiangyun.kernel.offline.tests.conftest import GRID
from xiangyun.kernel.offline.tests.phone import Phone
from xiangyun.kernel.people.tests import factories as people
from xiangyun.kernel.people.tests.factories import send
from xiangyun.kernel.vault import actions as vault

pytestmark = pytest.mark.usefixtures("house", "confirmed", "grids")


def test_of_another_suite_changes_nothing_for_phones(phone: Phone) -> None:
    home = people.a_household(people.VILLAGE, grid_path=GRID, address="甲")
    send(accounts.a_browser("clerk"), f"households/{home.pk}", "PATCH", version=1, address="丙")
    files = [{"sha256": "ab" * 32, "role": "small", "size": 10}]
    phone.write("people.change_household", ("household", home.pk), {"address": "乙"}, base=1, files=files)
    body = phone.body()
    before = phone.send(body).json()["receipts"]
    assert before[0]["state"] == "conflict"
    by = accounts.a_person("security_admin", at=clock.now())
    rotation = vault.rotate_key(suite=Suite.SM4_GCM, by=by, at=clock.now())
    # In the middle of the walk a hash may stand under the old key or the new one.
    assert phone.send(body).json()["receipts"] == before
    while vault.carry_on(rotation_id=rotation.pk, at=clock.now()):
        pass
    assert phone.send(body).json()["receipts"] == before
    assert '"address":"乙"' in (items.plain(Item.objects.get()) or "")
    [shown] = phone.browser.get("/api/offline/conflicts").json()["items"]
    assert (shown["mine"]["value"], shown["theirs"]["value"]) == ("乙", "丙")
    phone.write("people.check_household", ("household", home.pk))
    assert {one["state"] for one in phone.sync()} == {"conflict", "applied"}
