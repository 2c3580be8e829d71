"""Tables that come in: repeatable, matched in memory, one source an import, bad rows left out, taken back."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from xiangyun.base import ids
from xiangyun.base.errors import Conflict, NotAllowed, NotFound
from xiangyun.base.sheets import Applied, Row
from xiangyun.kernel.accounts.tests import factories as accounts
from xiangyun.kernel.audit.models import Entry
from xiangyun.kernel.people.actions import members, residents
from xiangyun.kernel.people.actions.imports import homes, land, undo
from xiangyun.kernel.people.actions.imports import people as imports
from xiangyun.kernel.people.models import Change, Household, Membership, Plot, Resident, Source
from xiangyun.kernel.people.queries import facts, fields
from xiangyun.kernel.people.rules.identity import make_id_number
from xiangyun.kernel.people.tests import factories as people
from xiangyun.kernel.vault import queries as vault

TOWN, VILLAGE, NEXT_VILLAGE, OTHER_TOWN = people.TOWN, people.VILLAGE, people.NEXT_VILLAGE, people.OTHER_TOWN
AT = people.AT
LATER = AT + timedelta(hours=1)
BORN = date(1956, 3, 1)

pytestmark = pytest.mark.usefixtures("house", "confirmed")


@pytest.fixture
def clerk() -> Any:
    return accounts.a_person("clerk", at=AT)


def number(seq: int, born: date = BORN) -> str:
    return make_id_number("152801", born, seq)


def person(home: str, name: str, relation: str = "20", **values: Any) -> dict[str, Any]:
    return {"household": home, "name": name, "relation": relation, **values}


FAMILY = [
    person("0001", "张建国", "02", id_no=number(541), phone="19900001111", address="二组 3 号"),
    person("0001", "王秀英", "12", id_no=number(542), bank_card="6228480000000000018"),
    person("0001", "张小宝", born_on=date(2026, 10, 1), sex="1"),
    person("0002", "李四", "02", id_no=number(543), ethnicity="02"),
]


def run(
    apply: Callable[..., Applied], rows: list[dict[str, Any]], by: Any, at: datetime = AT, area: str = VILLAGE
) -> tuple[Any, Applied]:
    """An import in batches of two."""
    told = [Row(n, values) for n, values in enumerate(rows, start=3)]

    def batches() -> Iterator[Sequence[Row]]:
        for start in range(0, len(told), 2):
            yield told[start : start + 2]

    key = ids.uuid7()
    seen: list[int] = []
    done = apply(batches(), import_id=key, area=area, by=by, at=at, progress=seen.append)
    assert seen == sorted(seen)
    assert seen[-1] == len(rows)
    return key, done


def counts(done: Applied) -> tuple[int, int, int, int]:
    return done.made, done.changed, done.unchanged, len(done.faults)


def everything() -> dict[str, Any]:
    passing = ("version", "changed_at")
    return {
        f"{model.__name__} {row.pk}": {
            one.attname: fields.plain(row, one.attname.removesuffix("_sealed"))
            if isinstance(row, Resident) and one.attname.endswith("_sealed")
            else getattr(row, one.attname)
            for one in model._meta.concrete_fields
            if one.attname not in passing
        }
        for model in (Household, Resident, Membership, Plot)
        for row in model.objects.all()
    }


class TestPeople:
    def test_come_with_their_homes_and_one_source(self, clerk: Any) -> None:
        key, done = run(imports.apply, FAMILY, clerk)
        assert counts(done) == (4, 0, 0, 0)
        assert {home.number: home.address for home in Household.objects.all()} == {"0001": "二组 3 号", "0002": ""}
        [source] = Source.objects.all()
        assert (source.import_id, source.kind, source.entered_name) == (key, "import", "李强")
        head = Resident.objects.get(name="张建国")
        assert (fields.plain(head, "id_no"), head.born_on, head.sex) == (number(541), BORN, "1")
        assert (head.contact_source_id, head.status_source_id) == (source.pk, None)
        assert Membership.objects.filter(is_head=True).count() == 2
        with connection.cursor() as cursor:
            cursor.execute("SELECT people_resident::text FROM people_resident")
            stored = str(cursor.fetchall())
        assert not [secret for secret in (number(541), "19900001111", "6228480000000000018") if secret in stored]
        [entry] = Entry.objects.filter(act="people.import_rows")
        assert entry.detail == {"made": 4, "changed": 0, "unchanged": 0, "left_out": 0}

    def test_the_same_file_again_makes_nothing_twice(self, clerk: Any) -> None:
        run(imports.apply, FAMILY, clerk)
        before = everything()
        assert counts(run(imports.apply, FAMILY, clerk, LATER)[1]) == (0, 0, 4, 0)
        assert everything() == before
        assert not Change.objects.exists()

    def test_what_changed_is_changed_and_what_stood_there_kept(self, clerk: Any) -> None:
        run(imports.apply, FAMILY, clerk)
        number_later = [
            {**FAMILY[0], "phone": "19900002222"},
            FAMILY[1],
            {**FAMILY[2], "id_no": number(9, date(2026, 10, 1))},
            {**FAMILY[3], "name": None},
        ]
        done = run(imports.apply, number_later, clerk, LATER)[1]
        assert counts(done) == (0, 2, 1, 1)
        assert [(fault.row, fault.code, fault.column) for fault in done.faults] == [(6, "people.fact_missing", "name")]
        assert Resident.objects.count() == 4
        child = Resident.objects.get(name="张小宝")
        assert (fields.plain(child, "id_no"), child.version) == (number(9, date(2026, 10, 1)), 2)
        assert sorted(change.fields for change in Change.objects.all()) == [["id_no"], ["phone"]]

    def test_an_empty_cell_ends_no_fact(self, clerk: Any) -> None:
        run(imports.apply, FAMILY, clerk)
        thin = [person("0001", "张建国", "02", id_no=number(541), phone=None, ethnicity=None)]
        assert counts(run(imports.apply, thin, clerk, LATER)[1]) == (0, 0, 1, 0)
        assert fields.plain(Resident.objects.get(name="张建国"), "phone") == "19900001111"

    def test_rows_that_cannot_be_are_left_out_each_with_its_reason(self, clerk: Any) -> None:
        people.a_home(id_no=number(549), died_on=date(2026, 1, 1))
        run(imports.apply, FAMILY, clerk)
        rows = [
            person("", "无户号"),
            person("0003", "张三", id_no=number(541)[:-1] + ("1" if number(541)[-1] == "0" else "0")),
            person("0003", "李四", "02", id_no=number(543)),
            person("0002", "王五", "02", id_no=number(545)),
            person("0004", "钱七", id_no=number(551)),
            person("0004", "钱七", id_no=number(551)),
            person("0002", "赵六", id_no=number(547), sex="2"),
            person("0005", "张*"),
            person("0006", "李二柱", id_no=number(549)),
            person("0006", "孙八", village="无此村"),
        ]
        done = run(imports.apply, rows, clerk, LATER)[1]
        assert counts(done) == (1, 0, 0, 9)
        assert [(fault.row, fault.code, fault.column) for fault in done.faults] == [
            (3, "people.fact_missing", "household"),
            (4, "people.id_check_digit", "id_no"),
            (5, "people.lives_in_another", "household"),
            (6, "people.has_head", "relation"),
            (8, "people.row_twice", None),
            (9, "people.id_other_sex", "sex"),
            (10, "people.masked_value", "name"),
            (11, "people.is_dead", None),
            (12, "people.no_such_village", "village"),
        ]
        assert Household.objects.filter(number__in=("0003", "0005", "0006")).count() == 0

    def test_a_whole_town_names_its_villages(self, clerk: Any) -> None:
        from xiangyun.kernel.org import queries as org

        names = org.names([VILLAGE, NEXT_VILLAGE])
        rows = [
            person("0001", "张三", "02", village=names[VILLAGE]),
            person("0001", "李四", "02", village=names[NEXT_VILLAGE]),
            person("0001", "王五", "02"),
        ]
        done = run(imports.apply, rows, clerk, area=TOWN)[1]
        assert counts(done) == (2, 0, 0, 1)
        assert set(Household.objects.values_list("area_path", flat=True)) == {VILLAGE, NEXT_VILLAGE}

    def test_same_names_are_told_apart_by_birth_date_and_number(self, clerk: Any) -> None:
        twins = [
            person("0001", "李宝", born_on=date(2020, 1, 1)),
            person("0001", "李宝", born_on=date(2022, 1, 1)),
            person("0001", "李宝", id_no=number(1, date(2024, 1, 1))),
        ]
        assert counts(run(imports.apply, twins, clerk)[1]) == (3, 0, 0, 0)
        assert counts(run(imports.apply, twins, clerk, LATER)[1]) == (0, 0, 3, 0)

    def test_queries_do_not_grow_with_the_rows_of_a_batch(self, clerk: Any) -> None:
        fresh = itertools.count(1)

        def queries(home: str, rows: int) -> int:
            batch = [
                Row(n, person(home, f"张{'一二三四五六七八九'[n]}", id_no=number(next(fresh)))) for n in range(rows)
            ]
            with CaptureQueriesContext(connection) as captured:
                imports.apply(
                    iter([batch]), import_id=ids.uuid7(), area=VILLAGE, by=clerk, at=AT, progress=lambda _: None
                )
            return len(captured)

        queries("0001", 1)
        assert queries("0002", 1) == queries("0003", 9)

    def test_not_before_the_sheet_is_confirmed_nor_where_one_may_not(
        self, clerk: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for stranger in (accounts.a_person("villager", VILLAGE, at=AT), accounts.a_person("clerk", OTHER_TOWN, at=AT)):
            with pytest.raises(NotAllowed):
                run(imports.apply, FAMILY, stranger)
        secretary = accounts.a_person("village_secretary", NEXT_VILLAGE, at=AT)
        with pytest.raises(NotAllowed):
            run(homes.apply, [{"household": "1"}], secretary)
        monkeypatch.setattr(vault, "is_confirmed", lambda: False)
        with pytest.raises(Conflict):
            run(imports.apply, FAMILY, clerk)


class TestHomesAndLand:
    HOMES = (
        {"household": "0001", "kind": "resident", "house_size_m2": Decimal("80.5"), "heating": "coal"},
        {"household": "0002", "kind": "away", "lon": 107.4, "lat": 40.8},
    )
    LAND = (
        {"household": "0001", "name": "渠东地", "size_mu": Decimal("3.5"), "kind": "0102"},
        {"household": "0001", "code": "150802100201001", "size_mu": Decimal(2)},
        {"household": "0002", "name": "渠东地", "size_mu": Decimal(1)},
    )

    def test_come_once_and_change_after(self, clerk: Any) -> None:
        assert counts(run(homes.apply, list(self.HOMES), clerk)[1]) == (2, 0, 0, 0)
        assert counts(run(land.apply, list(self.LAND), clerk)[1]) == (3, 0, 0, 0)
        before = everything()
        assert counts(run(homes.apply, list(self.HOMES), clerk, LATER)[1]) == (0, 0, 2, 0)
        assert counts(run(land.apply, list(self.LAND), clerk, LATER)[1]) == (0, 0, 3, 0)
        assert everything() == before
        home = Household.objects.get(number="0002")
        assert facts.of_home(home, "point") == (107.4, 40.8)
        changed = [{**self.HOMES[0], "heating": "electric"}, self.HOMES[1]]
        assert counts(run(homes.apply, changed, clerk, LATER)[1]) == (0, 1, 1, 0)
        sizes = [{**self.LAND[0], "size_mu": Decimal(4)}, *self.LAND[1:]]
        assert counts(run(land.apply, sizes, clerk, LATER)[1]) == (0, 1, 2, 0)

    def test_bad_rows_are_left_out(self, clerk: Any) -> None:
        run(homes.apply, list(self.HOMES), clerk)
        done = run(
            homes.apply, [{"household": "0003", "kind": "castle"}, {"household": "0001", "group": "九组"}], clerk
        )
        assert [fault.code for fault in done[1].faults] == ["people.unknown_code", "people.no_such_part"]
        run(land.apply, list(self.LAND), clerk)
        rows = [
            {"household": "0009", "size_mu": Decimal(1)},
            {"household": "0001", "name": "新地"},
            {"household": "0002", "code": "150802100201001", "size_mu": Decimal(2)},
        ]
        done = run(land.apply, rows, clerk, LATER)
        assert [fault.code for fault in done[1].faults] == [
            "people.no_such_home",
            "people.fact_missing",
            "people.plot_elsewhere",
        ]


class TestTakenBack:
    def test_what_was_made_goes_and_what_was_changed_is_as_before(self, clerk: Any) -> None:
        run(imports.apply, FAMILY[:2], clerk)
        before = everything()
        changed = [{**FAMILY[0], "phone": "19900002222", "occupation": "木匠"}, *FAMILY[1:]]
        key, done = run(imports.apply, changed, clerk, LATER)
        assert counts(done) == (2, 1, 1, 0)
        undone = undo.undo(key, area=VILLAGE, by=clerk, at=LATER)
        assert (undone.removed, undone.restored, undone.kept) == (3, 1, 0)
        assert everything() == before
        assert counts(run(imports.apply, changed, clerk, LATER + timedelta(hours=1))[1]) == (2, 1, 1, 0)

    def test_what_somebody_touched_since_stays(self, clerk: Any) -> None:
        run(imports.apply, FAMILY[:1], clerk)
        key, _ = run(imports.apply, [{**FAMILY[0], "phone": "19900002222"}, *FAMILY[1:]], clerk, LATER)
        head, wife = Resident.objects.get(name="张建国"), Resident.objects.get(name="王秀英")
        for one, version in ((head, 2), (wife, 1)):
            residents.change_resident(
                resident_id=one.pk, facts_told={"occupation": "木匠"}, version=version, by=clerk, at=LATER
            )
        people.a_mark(Resident.objects.get(name="张小宝"))
        undone = undo.undo(key, area=VILLAGE, by=clerk, at=LATER)
        assert (undone.removed, undone.restored, undone.kept) == (2, 0, 3)
        assert set(Resident.objects.values_list("name", flat=True)) == {"张建国", "王秀英", "张小宝"}
        assert fields.plain(Resident.objects.get(name="张建国"), "phone") == "19900002222"

    def test_who_moved_since_stays_where_they_are(self, clerk: Any) -> None:
        key, _ = run(imports.apply, FAMILY, clerk)
        four = Resident.objects.get(name="李四")
        members.move(
            resident_id=four.pk, household_id=None, outside=True, relation=None, how="moved_out", by=clerk, at=LATER
        )
        undone = undo.undo(key, area=VILLAGE, by=clerk, at=LATER)
        assert (undone.removed, undone.kept) == (4, 2)

    def test_homes_and_land_too(self, clerk: Any) -> None:
        key, _ = run(homes.apply, list(TestHomesAndLand.HOMES), clerk)
        before = everything()
        land_key, _ = run(land.apply, list(TestHomesAndLand.LAND), clerk, LATER)
        assert undo.undo(land_key, area=VILLAGE, by=clerk, at=LATER).removed == 3
        assert everything() == before
        changes, _ = run(homes.apply, [{**TestHomesAndLand.HOMES[0], "heating": "gas"}], clerk, LATER)
        assert undo.undo(changes, area=VILLAGE, by=clerk, at=LATER).restored == 1
        assert everything() == {
            name: {**row, "checked_at": LATER} if row.get("number") == "0001" else row for name, row in before.items()
        }
        undone = undo.undo(key, area=VILLAGE, by=clerk, at=LATER)
        assert (undone.removed, undone.kept) == (1, 1)

    def test_only_an_import_of_mine(self, clerk: Any) -> None:
        key, _ = run(imports.apply, FAMILY, clerk)
        with pytest.raises(NotFound):
            undo.undo(ids.uuid7(), area=VILLAGE, by=clerk, at=LATER)
        with pytest.raises(NotAllowed):
            undo.undo(key, area=VILLAGE, by=accounts.a_person("clerk", OTHER_TOWN, at=AT), at=LATER)
