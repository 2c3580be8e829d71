"""An import from the upload to its end: tried, taken in, the same again, stopped, taken back."""

from __future__ import annotations

import io
import logging
import zipfile
from datetime import timedelta

import openpyxl
import pytest
from django.db import connection, transaction

from xiangyun.base import clock
from xiangyun.base.errors import BadInput, Conflict, NotAllowed, NotFound, WrongState
from xiangyun.kernel.access import doors
from xiangyun.kernel.accounts.tests import factories as accounts
from xiangyun.kernel.audit.models import Entry
from xiangyun.kernel.exchange import actions, progress, queries, rules, tasks
from xiangyun.kernel.exchange.answers import Answers
from xiangyun.kernel.exchange.events import ImportAsked
from xiangyun.kernel.exchange.models import Import, Progress
from xiangyun.kernel.exchange.tests.factories import (
    AT,
    HOMES,
    NEXT_VILLAGE,
    TOWN,
    VILLAGE,
    a_workbook,
    an_import,
    an_upload,
    checked,
    done,
    taken_in,
)
from xiangyun.kernel.files import queries as stored
from xiangyun.kernel.files.actions import sweeping
from xiangyun.kernel.files.models import Attachment
from xiangyun.kernel.people.models import Household
from xiangyun.kernel.vault import actions as vault

BOOK = a_workbook(["户号", "住址"], ["1", "三组"], ["2", "四组"], [None, "五组"], ["4", "拒"])


def homes() -> dict[str, str]:
    return dict(Household.objects.values_list("number", "address"))


def test_a_try_says_what_would_be_and_keeps_nothing(clerk):
    row = checked(an_import(BOOK, clerk), clerk)
    assert row.state == "previewed"
    assert row.counts == {"made": 2, "changed": 0, "unchanged": 0, "bad": 2, "skipped": {}}
    assert homes() == {}
    told = Answers(clerk, "zh-Hans").faults(row)["items"]
    assert [(one["cell"], one["says"]) for one in told] == [
        ("A4", "这一格不能空。"),
        ("B5", "这一格是公式算错的结果，请改正后再导入。"),
    ]
    assert Answers(clerk, "zh-Hans").imports([row])[0]["may"] == ["check", "run", "cancel"]


def test_a_table_is_kept_a_month_and_so_is_what_came_back(clerk):
    row = checked(an_import(BOOK, clerk), clerk)
    over = clock.now() + timedelta(days=rules.IMPORT_KEPT_DAYS)
    assert Answers(clerk, "zh-Hans").imports([row])[0]["faults_file"] == row.faults_file_id
    with pytest.raises(WrongState, match="file_gone"):
        actions.ask_run(import_id=row.pk, by=clerk, at=over)
    sweeping.sweep(town=TOWN, at=over)
    [told] = Answers(clerk, "zh-Hans").imports(list(queries.imports_for(clerk).filter(pk=row.pk)))
    assert told["faults_file"] is None
    assert not Attachment.objects.living().exists()


def test_good_rows_are_taken_in_and_the_same_again_makes_nothing_twice(clerk):
    row = taken_in(checked(an_import(BOOK, clerk), clerk), clerk)
    assert (row.state, row.counts["made"], row.counts["bad"]) == ("done", 2, 2)
    assert homes() == {"1": "三组", "2": "四组"}
    again = taken_in(checked(an_import(BOOK, clerk), clerk), clerk)
    assert (again.counts["made"], again.counts["changed"], again.counts["unchanged"]) == (0, 0, 2)
    other = taken_in(checked(an_import(a_workbook(["地址", "户编号"], ["六组", "2"]), clerk), clerk), clerk)
    assert (other.counts["changed"], homes()["2"]) == (1, "六组")


def test_taking_back_removes_what_nobody_has_touched_since(clerk):
    row = taken_in(checked(an_import(BOOK, clerk), clerk), clerk)
    Household.objects.filter(number="2").update(changed_at=clock.now() + timedelta(days=1))
    actions.ask_undo(import_id=row.pk, by=clerk, at=AT)
    row = done(row, "undo", clerk)
    assert row.state == "undone"
    assert Answers(clerk, "en").imports([row])[0]["undone"] == {"removed": 1, "restored": 0, "kept": 1}
    assert homes() == {"2": "四组"}
    with pytest.raises(WrongState):
        actions.ask_undo(import_id=row.pk, by=clerk, at=AT)


def test_a_kind_that_breaks_changes_nothing_and_no_row_is_quoted(clerk, caplog):
    content = a_workbook(["户号", "住址"], ["1", "三组"], ["2", "坏 152801198005060020"])
    row = an_import(content, clerk)
    with caplog.at_level(logging.ERROR):
        row = checked(row, clerk)
    assert (row.state, row.reason) == ("failed", "exchange.broken")
    assert homes() == {}
    assert row.progress.phase == ""
    assert "RuntimeError" in caplog.text
    assert "152801198005060020" not in caplog.text


def test_the_workbook_of_a_csv_comes_back_with_the_reasons_in_front(clerk):
    content = "户号,住址\n1,三组\n,五组\n4,拒\n".encode("gb18030")
    row = checked(an_import(content, clerk, name="户.csv"), clerk)
    sheet = openpyxl.load_workbook(io.BytesIO(stored.content(row.faults_file))).active
    assert [[cell.value for cell in line] for line in sheet] == [
        ["问题", "户号", "住址"],
        [None, "1", "三组"],
        ["这一格不能空。", None, "五组"],
        ["这一格是公式算错的结果，请改正后再导入。", "4", "拒"],
    ]
    assert sheet["B3"].fill.fgColor.rgb == "FFFFE0CC"


def test_more_faults_than_a_spreadsheet_opens_with_stand_beside_the_rows(clerk, monkeypatch):
    monkeypatch.setattr("xiangyun.kernel.exchange.rules.MOST_COMMENTS", 1)
    row = checked(an_import(BOOK, clerk), clerk)
    sheet = openpyxl.load_workbook(io.BytesIO(stored.content(row.faults_file))).active
    assert [cell.value for cell in sheet["A"]] == [
        "问题",
        None,
        None,
        "这一格不能空。",
        "这一格是公式算错的结果，请改正后再导入。",
    ]


def test_a_new_try_puts_its_workbook_in_place_of_the_one_before(clerk):
    row = checked(an_import(BOOK, clerk), clerk)
    before = row.faults_file
    row = checked(row, clerk)
    before.refresh_from_db()
    assert before.removed_at is not None
    assert row.faults_file.removed_at is None


def test_columns_are_asked_for_before_anything_is_tried(clerk):
    row = an_import(BOOK, clerk)
    told = {"import_id": row.pk, "sheet": 0, "first_row": 1, "last_row": 1, "by": clerk, "at": AT}
    for mapping in ({1: "address"}, {0: "number", 1: "number"}, {0: "number", 9: "address"}, {0: "nothing"}, {}):
        with pytest.raises(BadInput):
            actions.ask_check(**told, mapping=mapping)
    with pytest.raises(BadInput):
        actions.ask_check(**{**told, "sheet": 3}, mapping={0: "number"})
    with pytest.raises(BadInput):
        actions.ask_check(**{**told, "last_row": 3}, mapping={0: "number"})
    with pytest.raises(WrongState):
        actions.ask_run(import_id=row.pk, by=clerk, at=AT)


def test_a_header_is_where_the_clerk_says(clerk):
    content = a_workbook(["户号", "住址"], ["编码", "在哪里"], ["9", "三组"])
    row = an_import(content, clerk)
    row.first_row = row.last_row = 2
    row = checked(row, clerk, {0: "number", 1: "address"})
    assert row.counts["made"] == 1


def test_a_table_that_does_not_fit_ends_with_a_sentence(clerk):
    row = an_import(a_workbook(["天气", "温度"], ["晴", 3]), clerk)
    assert (row.state, row.reason) == ("failed", "exchange.no_header")
    assert Answers(clerk, "en").imports([row])[0]["reason"] == (
        "No header that fits was found; please check whether the right kind of table was chosen."
    )


def test_what_is_no_workbook_is_refused_at_the_door(clerk):
    out = io.BytesIO(BOOK)
    with zipfile.ZipFile(out, "a") as made:
        for number in range(2000):
            made.writestr(f"xl/media/{number}.bin", b"")
    file = an_upload(out.getvalue(), clerk)
    with pytest.raises(BadInput, match=r"exchange\.bomb"):
        actions.start_import(kind=HOMES.code, area=VILLAGE, file_id=file.pk, by=clerk, at=AT)


def test_nothing_comes_in_before_somebody_holds_the_recovery_sheet(clerk, monkeypatch):
    monkeypatch.setattr("xiangyun.kernel.vault.queries.is_confirmed", lambda: False)
    file = an_upload(BOOK, clerk)
    with pytest.raises(Conflict):
        actions.start_import(kind=HOMES.code, area=VILLAGE, file_id=file.pk, by=clerk, at=AT)


def test_only_who_may_here_brings_a_table_in(clerk):
    secretary = accounts.a_person("village_secretary", VILLAGE, at=AT)
    leader = accounts.a_person("town_leader", TOWN, at=AT)
    row = an_import(BOOK, clerk)
    for by, area, refusal in (
        (secretary, NEXT_VILLAGE, NotAllowed),
        (leader, VILLAGE, NotAllowed),
        (clerk, "15.08.02.101.201", NotFound),
    ):
        file = an_upload(BOOK, by, VILLAGE)
        with pytest.raises(refusal):
            actions.start_import(kind=HOMES.code, area=area, file_id=file.pk, by=by, at=AT)
    with pytest.raises(NotFound):
        actions.start_import(kind=HOMES.code, area=VILLAGE, file_id=row.file_id, by=secretary, at=AT)
    next_door = accounts.a_person("village_secretary", NEXT_VILLAGE, at=AT)
    with pytest.raises(NotFound):
        actions.ask_run(import_id=row.pk, by=next_door, at=AT)


def test_a_job_acts_with_the_posts_its_person_holds_by_then(clerk):
    row = checked(an_import(BOOK, clerk), clerk)
    actions.ask_run(import_id=row.pk, by=clerk, at=AT)
    from xiangyun.kernel.accounts.models import Post

    Post.objects.filter(account_id=clerk.account_id).update(ends_at=AT)
    with pytest.raises(NotFound):
        actions.cancel(import_id=row.pk, by=queries.acting(clerk.account_id, TOWN, AT), at=AT)
    row = done(row, "run", clerk)
    assert (row.state, row.reason) == ("failed", "base.not_allowed")
    assert homes() == {}


def test_what_is_seen_and_refused_stands_sealed_and_survives_a_new_key(clerk):
    row = checked(an_import(BOOK, clerk), clerk)
    with connection.cursor() as cursor:
        cursor.execute("SELECT survey_sealed, faults_sealed FROM exchange_import WHERE id = %s", [row.pk])
        kept = b"".join(bytes(value) for value in cursor.fetchone())
    assert "三组".encode() not in kept
    admin = accounts.a_person("security_admin", TOWN, at=AT)
    rotation = vault.rotate_key(by=admin, at=AT)
    while vault.carry_on(rotation_id=rotation.pk, at=AT):
        pass
    row = Import.objects.get(pk=row.pk)
    assert len(queries.opened(row, "faults_sealed")) == 2
    assert queries.opened(row, "survey_sealed")["sheets"][0]["head"][1] == ["1", "三组"]


def test_the_audit_says_who_brought_what_in_without_a_fact(clerk):
    row = taken_in(checked(an_import(BOOK, clerk), clerk), clerk)
    last = Entry.objects.filter(object_kind="import", object_id=str(row.pk)).latest("id")
    assert last.act == "exchange.import_rows"
    assert last.detail == {"kind": "tests.homes", "made": 2, "changed": 0, "unchanged": 0, "bad": 2}


# Beside the job's own transaction.


@pytest.fixture
def committed(transactional_db):
    with doors.scoped(TOWN):
        return accounts.a_person("clerk", TOWN, at=AT)


def _rows(count: int) -> bytes:
    return a_workbook(["户号", "住址"], *([f"{n:05}", "三组"] for n in range(count)))


def test_others_see_a_job_move_and_can_stop_it_and_then_nothing_of_it_is_there(committed, monkeypatch):
    clerk = committed
    with doors.scoped(TOWN):
        row = checked(an_import(_rows(3500), clerk), clerk)
        actions.ask_run(import_id=row.pk, by=clerk, at=AT)
    monkeypatch.setattr(progress, "TOLD_EVERY_S", 0.0)
    seen = []
    move = progress.Side.move

    def watched(side, count):
        try:
            move(side, count)
        finally:
            other = progress.connections.create_connection("default")
            with other.cursor() as cursor:
                cursor.execute("SELECT set_config('xy.scope', %s, false)", [TOWN])
                cursor.execute("SELECT phase, done, total FROM exchange_progress")
                seen.append(cursor.fetchone())
                if count == 2000:
                    cursor.execute("UPDATE exchange_progress SET cancel_asked_at = now()")
            other.close()

    monkeypatch.setattr(progress.Side, "move", watched)
    with doors.scoped(TOWN):
        tasks.do_import(ImportAsked(import_id=row.pk, account_id=clerk.account_id, step="run"))
    assert ("writing", 1000, 3500) in seen
    assert ("writing", 2000, 3500) in seen
    with doors.scoped(TOWN):
        row = Import.objects.select_related("progress").get(pk=row.pk)
        assert (row.state, row.progress.phase, row.progress.cancel_asked_at) == ("cancelled", "", None)
        assert Household.objects.count() == 0


def test_a_step_that_is_asked_twice_is_done_once(clerk):
    row = checked(an_import(BOOK, clerk), clerk)
    actions.ask_run(import_id=row.pk, by=clerk, at=AT)
    with pytest.raises(WrongState):
        actions.ask_run(import_id=row.pk, by=clerk, at=AT)
    done(row, "run", clerk)
    assert done(row, "run", clerk).counts["made"] == 2


def test_what_waits_for_the_worker_can_be_asked_to_stop(clerk):
    row = checked(an_import(BOOK, clerk), clerk)
    actions.ask_run(import_id=row.pk, by=clerk, at=AT)
    stopped = actions.cancel(import_id=row.pk, by=clerk, at=AT)
    assert Answers(clerk, "en").imports([stopped])[0]["is_stopping"] is True
    idle = checked(an_import(BOOK, clerk), clerk)
    assert actions.cancel(import_id=idle.pk, by=clerk, at=AT).state == "cancelled"
    with pytest.raises(WrongState):
        actions.cancel(import_id=idle.pk, by=clerk, at=AT)
    assert checked(idle, clerk).state == "previewed"


def test_a_lost_database_is_let_through_so_that_the_job_comes_again(clerk, monkeypatch):
    from django.db import OperationalError

    row = checked(an_import(BOOK, clerk), clerk)
    actions.ask_run(import_id=row.pk, by=clerk, at=AT)

    def lost(*args, **told):
        raise OperationalError("gone")

    monkeypatch.setattr("xiangyun.kernel.exchange.actions.working._tried", lost)
    with pytest.raises(OperationalError), transaction.atomic():
        done(row, "run", clerk)
    row.refresh_from_db()
    assert row.state == "running"
    assert Progress.objects.get(pk=row.pk).phase == "waiting"


def test_a_table_without_a_column_that_matters_is_told_before_it_comes_in(clerk):
    def told(*titles: str) -> list[str]:
        row = an_import(a_workbook([*titles], ["1", "张三", "户主"][: len(titles)]), clerk, kind="people.residents")
        return Answers(clerk, "zh-Hans").import_whole(row)["notes"]

    assert told("户号", "姓名", "与户主关系") == []
    assert told("户号", "姓名") == ["表里没有“与户主关系”这一列，带进来的新户都没有户主，以后要一户一户补。"]
