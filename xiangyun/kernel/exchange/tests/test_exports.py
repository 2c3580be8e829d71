"""A table goes out with its purpose, its entry in the audit and a sheet that says so; nothing in it runs."""

from __future__ import annotations

import io
from datetime import timedelta

import openpyxl
import pytest

from xiangyun.base.errors import BadInput, NotAllowed, NotFound
from xiangyun.kernel.accounts.tests import factories as accounts
from xiangyun.kernel.audit.models import Entry
from xiangyun.kernel.exchange import rules
from xiangyun.kernel.exchange.actions import exports
from xiangyun.kernel.exchange.models import Export
from xiangyun.kernel.exchange.tests.factories import AT, OTHER_TOWN, TOWN, VILLAGE, an_export, written
from xiangyun.kernel.files import queries as stored
from xiangyun.kernel.people.tests import factories as people


@pytest.fixture(autouse=True)
def homes(house):
    people.a_household(VILLAGE, number="0001", address='=HYPERLINK("http://x","看")')
    people.a_household(VILLAGE, number="0002", address="三组 2 号")
    people.a_household(f"{TOWN}.202", number="0003", address="别的村")


def test_a_note_says_no_number_of_a_person(clerk):
    asked = an_export(clerk, note="给15466771482核对")
    assert Export.objects.get(pk=asked.pk).note == f"给{'*' * 11}核对"


def test_the_table_its_watermark_and_its_entry_say_the_same(clerk):
    row = written(an_export(clerk, note="核对门牌"), clerk)
    assert (row.state, row.rows) == ("done", 2)
    book = openpyxl.load_workbook(io.BytesIO(stored.content(row.file)))
    data, mark = (book[name] for name in book.sheetnames)
    assert [[cell.value for cell in line] for line in data] == [
        ["单元格", "来源", "行数"],
        ["0001", '\'=HYPERLINK("http://x","看")', 12.5],
        ["0002", "三组 2 号", 12.5],
    ]
    assert {cell.data_type for line in data for cell in line} == {"s", "n"}
    entry = Entry.objects.get(pk=row.entry_id)
    assert (entry.act, entry.by_id, entry.object_id) == (rules.EXPORT, clerk.account_id, str(row.pk))
    assert entry.detail == {
        "kind": "tests.homes",
        "columns": ["number", "address", "size"],
        "rows": 2,
        "purpose": "check",
    }
    told = {line[0].value: line[1].value for line in mark if line[0].value}
    assert told == {
        "内容": "内容",
        "范围": told["范围"],
        "行数": 2,
        "导出人": f"{clerk.name} ({clerk.account})",
        "导出时间": told["导出时间"],
        "用途": "核对登记",
        "说明": "核对门牌",
        "审计编号": row.entry_id,
    }
    assert row.file.expires_at - row.ended_at == timedelta(days=rules.EXPORT_KEPT_DAYS)


def test_only_the_columns_asked_for_go_out_in_their_order(clerk):
    row = written(an_export(clerk, columns=["address", "number", "address"]), clerk)
    sheet = openpyxl.load_workbook(io.BytesIO(stored.content(row.file))).worksheets[0]
    assert [cell.value for cell in sheet[3]] == ["三组 2 号", "0002"]


def test_more_than_may_go_out_at_once_leaves_nothing_behind(clerk, monkeypatch):
    monkeypatch.setattr("xiangyun.kernel.exchange.rules.MOST_EXPORTED", 1)
    row = written(an_export(clerk), clerk)
    assert (row.state, row.reason, row.file, row.entry_id) == ("failed", "exchange.too_many_to_export", None, None)
    assert Entry.objects.filter(object_kind="export").count() == 0


def test_without_a_purpose_or_with_an_unknown_column_nothing_goes_out(clerk):
    with pytest.raises(BadInput):
        an_export(clerk, purpose="curiosity")
    with pytest.raises(BadInput):
        an_export(clerk, columns=["number", "id_no"])
    with pytest.raises(NotFound):
        an_export(clerk, kind="tests.nothing")
    with pytest.raises(NotFound):
        an_export(clerk, area=f"{OTHER_TOWN}.201")
    assert Export.objects.count() == 0


def test_only_who_may_here_takes_a_table_out(house):
    for role, area in (("town_leader", TOWN), ("village_secretary", VILLAGE), ("clerk", f"{TOWN}.202")):
        by = accounts.a_person(role, area, at=AT)
        with pytest.raises(NotAllowed):
            an_export(by)


def test_the_job_writes_once_and_only_for_who_may_by_then(clerk):
    row = written(an_export(clerk), clerk)
    assert written(row, clerk).entry_id == row.entry_id
    assert Entry.objects.filter(object_kind="export").count() == 1
    later = an_export(clerk)
    exports.carry_out(later, by=accounts.a_person("town_leader", TOWN, at=AT), at=AT)
    later.refresh_from_db()
    assert (later.state, later.reason) == ("failed", "base.not_allowed")


def test_a_kind_that_breaks_ends_its_export_in_a_sentence_without_a_row(clerk, monkeypatch, caplog):
    from xiangyun.kernel.exchange import registry
    from xiangyun.kernel.exchange.tests.factories import HOMES_OUT

    def broken(columns, **told):
        yield ["0001"]
        raise RuntimeError("152801198005060020")

    import dataclasses

    monkeypatch.setitem(registry._exports, HOMES_OUT.code, dataclasses.replace(HOMES_OUT, rows=broken))
    row = written(an_export(clerk), clerk)
    assert (row.state, row.reason) == ("failed", "exchange.broken")
    assert "152801198005060020" not in caplog.text
