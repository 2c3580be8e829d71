"""Five phones, a desk and a line that reorders, repeats, delays and loses; beside it is told, in plain dicts, what the
house must come to. After every request that arrives, the house and the telling must say the same."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.test import Client
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from xiangyun.base import clock, ids
from xiangyun.kernel.accounts.tests import factories as accounts
from xiangyun.kernel.audit.models import Entry
from xiangyun.kernel.offline.models import Conflict, Item
from xiangyun.kernel.offline.queries import items as ledger
from xiangyun.kernel.offline.tests.conftest import GRID
from xiangyun.kernel.offline.tests.phone import Phone, Record
from xiangyun.kernel.people.models import Household
from xiangyun.kernel.people.tests import factories as people
from xiangyun.kernel.people.tests.factories import send

PHONES, HOMES = 5, 2
CHANGE, CHECK, ADD = "people.change_household", "people.check_household", "people.add_household"
FACTS = {"address": ("甲", "乙", "丙"), "house_size_m2": ("60", "80", "95.5")}
IMPOSSIBLE = {"water": "海水"}
SOME_FACTS = st.fixed_dictionaries({}, optional={fact: st.sampled_from(values) for fact, values in FACTS.items()})
KEPT = ("applied", "conflict", "quarantined")


@dataclass
class Home:
    """A home as it must stand: its facts, its version, and what stood before each change."""

    facts: dict[str, Any]
    version: int = 1
    before: list[tuple[int, dict[str, Any]]] = field(default_factory=list)

    def at(self, base: int) -> dict[str, Any]:
        """The facts somebody saw who read this version."""
        seen = dict(self.facts)
        for version, stood in reversed(self.before):
            if version > base:
                seen |= stood
        return seen

    def change(self, facts: dict[str, Any]) -> None:
        changed = {fact: value for fact, value in facts.items() if self.facts[fact] != value}
        if changed:
            self.version += 1
            self.before.append((self.version, {fact: self.facts[fact] for fact in changed}))
            self.facts |= changed


@dataclass
class Written:
    """One thing as the house must keep it."""

    record: Record
    hash: str
    state: str = "waiting"
    version: int = 0


class Told:
    """What the house must come to, request by request."""

    def __init__(self) -> None:
        self.homes: dict[str, Home] = {}
        self.items: dict[str, Written] = {}
        self.upto: dict[str, int] = {}
        self.checks = 0
        self.conflicts: set[tuple[str, str]] = set()

    def hears(self, phone: Phone, body: Record, records: dict[str, Record]) -> None:
        """A request arrives."""
        for one in body["gone"]:
            known = self.items.get(one["id"])
            if known is None:
                self.items[one["id"]] = Written({"phone": phone.id, "seq": one["seq"]}, "", "gone")
            elif known.state in ("waiting", "refused"):
                known.state = "gone"
        fresh = 0
        for one in sorted(body["items"], key=lambda each: each["seq"]):
            known = self.items.get(one["id"])
            if known is None:
                fresh += 1
                self.items[one["id"]] = Written(records[one["id"]], one["hash"])
                mended = self.items.get(records[one["id"]].get("mends", ""))
                if mended and mended.state == "refused":
                    mended.state = "mended"
            elif known.state == "quarantined":
                known.state = "waiting"
        self._count_up(phone, body, fresh)
        self._work_off(phone.id)

    def carried(self, phone: Phone, body: Record, records: dict[str, Record]) -> None:
        """A rescue file arrives."""
        for one in body["items"]:
            if one["id"] not in self.items:
                self.items[one["id"]] = Written(records[one["id"]], one["hash"], "quarantined")
        self.upto[phone.id] = self._row(phone.id, self.upto.get(phone.id, 0))

    def accept(self, item: str) -> None:
        """Somebody lets in what waits for a person: nothing of what the phone said before counts as its own word."""
        self._apply(self.items[item], {})

    def _row(self, phone: str, upto: int) -> int:
        here = {one.record["seq"] for one in self.items.values() if one.record["phone"] == phone}
        while upto + 1 in here:
            upto += 1
        return upto

    def _count_up(self, phone: Phone, body: Record, fresh: int) -> None:
        upto = self._row(phone.id, self.upto.get(phone.id, 0))
        top = max((one["seq"] for one in body["items"]), default=0)
        if body["holds"]["items"] <= fresh and top > upto:
            upto = self._row(phone.id, top)
        self.upto[phone.id] = upto

    def _work_off(self, phone: str) -> None:
        own = sorted(
            (one for one in self.items.values() if one.record["phone"] == phone and "form" in one.record),
            key=lambda one: one.record["seq"],
        )
        moved = True
        while moved:
            moved = False
            for one in own:
                is_next = one.state == "waiting" and one.record["seq"] <= self.upto[phone]
                if is_next and not self._is_held(one, own):
                    self._apply(one, self._own_words(one, own))
                    moved = True

    def _is_held(self, one: Written, own: list[Written]) -> bool:
        same = [other for other in own if other is not one and _home(other) == _home(one)]
        makes = one.record["form"] == ADD
        for other in same:
            is_maker = other.record["form"] == ADD and not makes
            if other.state == "waiting" and (other.record["seq"] < one.record["seq"] or is_maker):
                return True
        made = [other.state for other in same if other.record["form"] == ADD and other.state in (*KEPT[:2], "refused")]
        return not makes and bool(made) and set(made) == {"refused"}

    def _own_words(self, one: Written, own: list[Written]) -> dict[str, Any]:
        words: dict[str, Any] = {}
        for other in own:
            is_before = other.state in ("applied", "conflict") and other.record["seq"] < one.record["seq"]
            if is_before and _home(other) == _home(one) and other.version > (one.record["base"] or 0):
                words |= {fact: value for fact, value in other.record["facts"].items() if fact in FACTS}
        return words

    def _apply(self, one: Written, words: dict[str, Any]) -> None:
        record, home = one.record, self.homes.get(_home(one))
        if "water" in record["facts"] or (home is None) != (record["form"] == ADD):
            one.state = "refused"
            return
        if home is None:
            facts = {fact: record["facts"].get(fact) for fact in FACTS}
            home = self.homes[_home(one)] = Home({**facts, "address": facts["address"] or ""})
        elif record["form"] == CHECK:
            self.checks += 1
        seen = {**home.at(record["base"] or 0), **words}
        clean, differs = {}, []
        for fact, value in record["facts"].items() if record["form"] == CHANGE else ():
            if value in (home.facts[fact], seen[fact]):
                continue
            if home.facts[fact] == seen[fact]:
                clean[fact] = value
            else:
                differs.append(fact)
        home.change(clean)
        self.conflicts |= {(record["id"], fact) for fact in differs}
        one.state, one.version = "conflict" if differs else "applied", home.version


def _home(one: Written) -> str:
    return str(one.record["subject"]["id"])


class Machine(RuleBasedStateMachine):
    """Rules are what people, lines and clocks do; each phone's disk changes in whole steps or not at all."""

    phone = st.integers(0, PHONES - 1)
    pick = st.integers(0, 1_000_000)

    def __init__(self) -> None:
        super().__init__()
        self.whole = transaction.atomic()
        self.whole.__enter__()
        self.told = Told()
        self.records: dict[str, Record] = {}
        self.line: list[tuple[Phone, Record]] = []
        self.answers: list[tuple[Phone, Record]] = []
        self.clerk = accounts.a_browser("clerk")
        self.phones = [Phone(accounts.a_browser("grid_worker", GRID)) for _ in range(PHONES)]
        self.packs: list[dict[str, Record]] = [{} for _ in range(PHONES)]
        self.acknowledged: dict[str, str] = {}

    def teardown(self) -> None:
        try:
            if self.told.homes:
                self.ends()
        finally:
            transaction.set_rollback(True)
            self.whole.__exit__(None, None, None)

    @initialize()
    def begins(self) -> None:
        for n in range(HOMES):
            home = people.a_household(people.VILLAGE, grid_path=GRID, address="甲", number=f"{n + 1:04}")
            self.told.homes[str(home.pk)] = Home({"address": "甲", "house_size_m2": None})
        for n, phone in enumerate(self.phones):
            assert phone.register().status_code == 200
            self.read(n)

    def read(self, n: int) -> None:
        pack = self.phones[n].browser.get("/api/offline/pack").json()
        self.packs[n] = {one["id"]: one for one in pack["households"]}

    def written(self, phone: Phone, item: str) -> None:
        self.records[item] = phone.outbox[item]

    @rule(n=phone)
    def fetches_the_pack_anew(self, n: int) -> None:
        self.read(n)

    @rule(n=phone, which=pick, facts=SOME_FACTS)
    def writes_a_change(self, n: int, which: int, facts: dict[str, Any]) -> None:
        home = self.packs[n][sorted(self.packs[n])[which % len(self.packs[n])]]
        was = {fact: home[fact] for fact in facts}
        subject = ("household", home["id"])
        self.written(self.phones[n], self.phones[n].write(CHANGE, subject, facts, base=home["version"], was=was))

    @rule(n=phone, which=pick)
    def writes_that_nothing_changed(self, n: int, which: int) -> None:
        home = sorted(self.packs[n])[which % len(self.packs[n])]
        self.written(self.phones[n], self.phones[n].write(CHECK, ("household", home), base=1))

    @rule(n=phone, is_possible=st.booleans(), goes_on=st.booleans())
    def writes_a_new_home(self, n: int, is_possible: bool, goes_on: bool) -> None:
        phone, home = self.phones[n], str(ids.uuid7())
        facts = {"area": people.VILLAGE, "grid": GRID, "address": "甲", **({} if is_possible else IMPOSSIBLE)}
        self.written(phone, phone.write(ADD, ("household", home), facts))
        if goes_on:
            self.written(phone, phone.write(CHANGE, ("household", home), {"address": "乙"}, base=1))

    @rule(n=phone, which=pick)
    def takes_something_out_of_the_outbox(self, n: int, which: int) -> None:
        phone = self.phones[n]
        if phone.outbox:
            phone.remove(list(phone.outbox)[which % len(phone.outbox)], "写错了")

    @rule(n=phone)
    def mends_what_was_refused(self, n: int) -> None:
        phone = self.phones[n]
        bad = [item for item in phone.outbox if phone.receipts.get(item, {}).get("state") == "refused"]
        for item in bad[:1]:
            old = phone.outbox[item]
            facts = {fact: value for fact, value in old["facts"].items() if fact not in IMPOSSIBLE}
            subject = ("household", old["subject"]["id"])
            self.written(phone, phone.write(old["form"], subject, facts, base=old["base"], mends=item))
            del phone.outbox[item]

    @rule(n=phone, days=st.sampled_from((-3650, -366, 0, 1, 3650)))
    def its_clock_jumps(self, n: int, days: int) -> None:
        self.phones[n].now = clock.now() + timedelta(days=days) if days else None

    @rule(n=phone, most=st.integers(1, 4), is_late=st.booleans())
    def sends(self, n: int, most: int, is_late: bool) -> None:
        """All it holds, the first few, or (a batch that overtook another) the last few."""
        phone = self.phones[n]
        held = list(phone.outbox)
        self.line.append((phone, phone.body(held[-most:] if is_late else held[:most])))

    @precondition(lambda self: self.line)
    @rule(which=pick, is_kept=st.booleans(), answers=st.booleans())
    def a_request_arrives(self, which: int, is_kept: bool, answers: bool) -> None:
        """In any order; once more later, if the line kept it; its answer may be lost."""
        at = which % len(self.line)
        phone, body = self.line[at]
        if not is_kept:
            del self.line[at]
        self.arrive(phone, body, answers)

    def arrive(self, phone: Phone, body: Record, answers: bool) -> None:
        answer = phone.send(body)
        assert answer.status_code == 200, answer.content
        self.told.hears(phone, body, self.records)
        if answers:
            self.answers.append((phone, answer.json()))

    @precondition(lambda self: self.line)
    @rule(which=pick)
    def a_request_is_lost(self, which: int) -> None:
        del self.line[which % len(self.line)]

    @precondition(lambda self: self.answers)
    @rule(which=pick, steps=st.integers(0, 8))
    def an_answer_arrives_and_the_app_is_killed_after_some_steps(self, which: int, steps: int) -> None:
        phone, told = self.answers.pop(which % len(self.answers))
        self.hear(phone, {**told, "receipts": told["receipts"][:steps]})

    def hear(self, phone: Phone, told: Record) -> None:
        for receipt in told["receipts"]:
            held = phone.sealed.get(receipt["id"])
            if held and receipt["hash"] == held["hash"] and receipt["state"] in KEPT:
                self.acknowledged[receipt["id"]] = receipt["hash"]
        phone.take(told)

    @rule(n=phone)
    def a_colleague_carries_it(self, n: int) -> None:
        phone = self.phones[n]
        if phone.outbox:
            body = phone.drop_body()
            answer = Client().post("/api/offline/drop", json.dumps(body), content_type="application/json")
            assert answer.status_code == 200, answer.content
            self.told.carried(phone, body, self.records)

    @rule(most=st.integers(1, 3))
    def somebody_lets_in_what_waits(self, most: int) -> None:
        for one in self.clerk.get("/api/offline/quarantine").json()["items"][:most]:
            assert one["id"] in self.told.items, "something waits that nobody wrote"
            url = f"/api/offline/quarantine/{one['id']}/accept"
            assert self.clerk.post(url, {}, content_type="application/json").status_code == 200
            self.told.accept(one["id"])

    @rule(which=pick, fact=st.sampled_from(sorted(FACTS)), value=st.integers(0, 2))
    def the_desk_changes_a_home(self, which: int, fact: str, value: int) -> None:
        pk = sorted(self.told.homes)[which % len(self.told.homes)]
        home = self.told.homes[pk]
        told = {fact: FACTS[fact][value]}
        answer = send(self.clerk, f"households/{pk}", "PATCH", version=home.version, **told)
        assert answer.status_code == 200, answer.content
        home.change(told)

    @invariant()
    def the_house_is_as_it_was_told(self) -> None:
        stands = {
            str(pk): (version, address, f"{size.normalize():f}" if size is not None else None)
            for pk, version, address, size in Household.objects.values_list("pk", "version", "address", "house_size_m2")
        }
        assert stands == {
            pk: (one.version, one.facts["address"], one.facts["house_size_m2"]) for pk, one in self.told.homes.items()
        }
        kept = {str(pk): state for pk, state in Item.objects.values_list("pk", "state")}
        assert kept == {pk: one.state for pk, one in self.told.items.items()}
        differing = {(str(item), fact) for item, fact in Conflict.objects.values_list("item", "fact")}
        assert differing == self.told.conflicts
        assert Entry.objects.filter(act="people.check_home").count() == self.told.checks

    def ends(self) -> None:
        """The line is good again: every phone sends until nothing is left to send, people judge what waits for them."""
        self.line.clear()
        self.answers.clear()
        for phone in self.phones:
            phone.now = None
            for _ in range(4):
                if phone.outbox or phone.gone:
                    body = phone.body()
                    self.arrive(phone, body, answers=True)
                    self.hear(*self.answers.pop())
        while self.clerk.get("/api/offline/quarantine").json()["items"]:
            self.somebody_lets_in_what_waits(100)
        self.the_house_is_as_it_was_told()
        for phone in self.phones:
            states = {phone.receipts[item]["state"] for item in phone.outbox}
            assert states <= {"refused", "waiting"}, states
        self.every_acknowledged_record_is_there_once()

    def every_acknowledged_record_is_there_once(self) -> None:
        found: dict[str, list[str]] = {}
        for item in Item.objects.filter(body_sealed__isnull=False):
            text = ledger.plain(item) or ""
            found.setdefault(json.loads(text)["id"], []).append(ledger.hash_of(text))
        for item, told in self.acknowledged.items():
            assert found.get(item) == [told], f"{item} is there {len(found.get(item, []))} times"
