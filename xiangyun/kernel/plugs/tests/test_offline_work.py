"""Work answered without signal: workflow's form under offline's ledger, which know nothing of each other."""

from __future__ import annotations

import pytest

from xiangyun.base import clock, ids
from xiangyun.kernel.accounts.tests import factories as accounts
from xiangyun.kernel.offline.tests.conftest import GRID, confirmed, grids, phone
from xiangyun.kernel.offline.tests.phone import Phone
from xiangyun.kernel.people.tests.factories import VILLAGE
from xiangyun.kernel.workflow.tests import factories as workflow

__all__ = ["confirmed", "grids", "phone"]

pytestmark = pytest.mark.usefixtures("house", "confirmed", "grids")


def test_taken_and_done_without_signal_and_the_other_one_was_first(phone: Phone) -> None:
    worker = phone.browser.who
    work = workflow.a_work_item(VILLAGE, at=clock.now())
    type(work).objects.filter(pk=work.pk).update(assignee=worker, asked=[worker.pk])
    pack = phone.browser.get("/api/offline/pack").json()
    assert pack["matters"][0]["work"][0]["may"] == ["take"]
    other = accounts.a_browser("duty_officer", name="赵丽")
    assert other.post(f"/api/work/{work.pk}/take", {}, content_type="application/json").status_code == 200
    phone.write("workflow.answer_work", ("work", work.pk), {"answer": "take"}, was={"answer": "open"})
    phone.write("workflow.answer_work", ("work", work.pk), {"answer": "fly"})
    told = phone.sync()
    assert [one["state"] for one in told] == ["conflict", "refused"]
    [shown] = phone.browser.get("/api/offline/conflicts").json()["items"]
    assert (shown["mine"]["value"], shown["theirs"]["value"], shown["theirs"]["who"]) == (
        "接了",
        "已有人接了",
        "赵丽",
    )
    assert shown["may"] == ["theirs", "both"]


def test_taken_and_done_without_signal(phone: Phone) -> None:
    work = workflow.a_work_item(GRID, at=clock.now())
    phone.write("workflow.answer_work", ("work", work.pk), {"answer": "take"})
    phone.write("workflow.answer_work", ("work", work.pk), {"answer": "done", "note": "电线扶正了"})
    assert [one["state"] for one in phone.sync()] == ["applied", "applied"]
    work.refresh_from_db()
    assert (work.state, work.note, work.assignee_id) == ("done", "电线扶正了", phone.browser.who.pk)


@pytest.mark.parametrize("is_heard", [True, False])
def test_given_back_on_a_line_that_died_and_again_by_the_outbox_counts_once(phone: Phone, is_heard: bool) -> None:
    other = accounts.an_account("grid_worker", GRID)
    work = workflow.a_work_item(GRID, at=clock.now())
    take = f"/api/work/{work.pk}/take"
    assert phone.browser.post(take, {}, content_type="application/json").status_code == 200
    op, told = str(ids.uuid7()), {"note": "去不了"}
    give_back = f"/api/work/{work.pk}/return"
    if is_heard:
        body = {**told, "op_id": op}
        assert phone.browser.post(give_back, body, content_type="application/json").status_code == 200
        # whoever is asked next gives it back too, and it comes round to the first
        type(work).objects.filter(pk=work.pk).update(state="taken", assignee=phone.browser.who, asked=[other.pk])
    phone.write("workflow.answer_work", ("work", work.pk), {"answer": "return", **told}, id=op)
    assert [one["state"] for one in phone.sync()] == ["applied"]
    work.refresh_from_db()
    assert work.state == ("taken" if is_heard else "open")
    late = phone.browser.post(give_back, {**told, "op_id": op}, content_type="application/json")
    assert late.status_code == (200 if is_heard else 409)
    work.refresh_from_db()
    assert work.state == ("taken" if is_heard else "open")
