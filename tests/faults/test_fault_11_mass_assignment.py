"""Fault 11: every field of every model is sent with every write, at every level of the body: only the reviewed
allow-list (`tests/access/writable.json`) changes anything, the rest is refused or left alone.

The control is an endpoint that writes whatever it is sent.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.db import connection, models, transaction

from tests.access import world, writable
from tests.access.world import OTHER_TOWN, TOWN, VILLAGE, Endpoint
from xiangyun.base import clock
from xiangyun.kernel.access.rules import ROLES
from xiangyun.kernel.accounts.models import Account
from xiangyun.kernel.accounts.tests import factories as accounts
from xiangyun.kernel.exchange import actions
from xiangyun.kernel.exchange.queries import acting
from xiangyun.kernel.exchange.tests import factories as exchange
from xiangyun.kernel.notify.models import Notice
from xiangyun.kernel.offline.tests import factories as offline
from xiangyun.kernel.offline.tests.phone import Keys
from xiangyun.kernel.people.api import privacy
from xiangyun.kernel.people.models import Resident
from xiangyun.kernel.people.rules import purposes
from xiangyun.kernel.people.tests import factories as people
from xiangyun.kernel.vault.queries import asked_positions, recovery_words
from xiangyun.kernel.workflow import actions as workflow
from xiangyun.kernel.workflow.models import Matter
from xiangyun.kernel.workflow.tests import factories as matters

pytestmark = pytest.mark.usefixtures("house")

REVIEWED = json.loads(writable.FILE.read_text(encoding="utf-8"))
PLANTED_ID = "0192a3b4-c5d6-7ad0-8bad-0badc0ffee00"
# What no body ever says: whose row it is, who wrote it and when, what stands sealed, what came of it.
NEVER = re.compile(
    r"(^|\.)(id|area_path|town|by_\w+|\w+_at|\w+_sealed|\w+_index|\w+_hash|merged_into|posts|abilities|scope|xid|seq)$"
)
# What a person does say: times they plan or read elsewhere, the town a rule is for, what a machine's key may, which
# security key it is.
SAID = {
    "POST /api/agriculture/forecasts": {"ends_at", "issued_at", "starts_at"},
    "POST /api/alert_rules/{code}": {"town"},
    "POST /api/duty": {"ends_at", "starts_at"},
    "POST /api/stand_ins": {"ends_at", "starts_at"},
    "POST /api/keys": {"abilities", "ends_at"},
    # When people sat together, as whoever wrote it down says.
    "POST /api/grid/mediations/{mediation_id}/sittings": {"held_at"},
    # What a phone made itself: the ids of its own records, and since when it holds them.
    "POST /api/offline/drop": {"items.id", "items.seq"},
    "POST /api/offline/items": {"gone.id", "gone.seq", "holds.oldest_at", "items.id", "items.seq"},
    "PUT /api/offline/phones/{made_id}": {"holds.oldest_at"},
    "POST /api/session/factor/drop": {"key.id"},
    "POST /api/session/factor/show": {"key.id"},
    "POST /api/session/keys": {"key.id"},
}
GOOD: dict[str, Any] = {
    "PATCH /api/devices/{device_id}": {"note": "换过电池"},
    "PATCH /api/people/households/{household_id}": {"version": 1, "address": "五组 5 号"},
    "PATCH /api/people/residents/{resident_id}": {
        "version": 1,
        "occupation": "木匠",
        "health": {"chronic": ["高血压"]},
    },
    "POST /api/accounts": {"name": "丁文", "role": "clerk", "area": TOWN},
    "POST /api/accounts/{account_id}/posts": {"role": "villager", "area": f"{TOWN}.202"},
    "POST /api/agriculture/plantings": {"area": VILLAGE, "crop": "spring_wheat", "sown_on": "2026-04-01", "size_mu": 9},
    "POST /api/devices": {"name": "新站", "profile": "soil_probe", "area": VILLAGE, "lon": 107.15, "lat": 40.85},
    "POST /api/devices/{device_id}/keeper": {"account": "$maintainer"},
    "POST /api/duty": {"account": "$officer", "area": TOWN, "kind": "leader", "starts_at": "2031-01-01T00:00:00Z"},
    "POST /api/calendar": {"area": TOWN, "days": [{"on": "2031-10-01", "is_working": False}], "basis": "放假通知"},
    "POST /api/deadlines": {
        "area": TOWN,
        "kind": "workflow.errand",
        "stage": "town",
        "amount": 5,
        "unit": "working_days",
        "valid_from": "2031-01-01",
        "basis": "镇里的规定",
    },
    "POST /api/calendar/days/forget": {"area": TOWN, "days": ["2031-10-01"]},
    "POST /api/inbox/hand_over": {"to": "$officer"},
    "POST /api/inbox/hand_over/look": {"to": "$officer"},
    "POST /api/matters/{matter_id}/ask_extension": {"amount": 1, "reason": "人手不够"},
    "POST /api/matters/{matter_id}/assign": {"role": "clerk"},
    "POST /api/matters/{matter_id}/co_handle": {"accounts": ["$officer"]},
    "POST /api/matters/{matter_id}/merge": {"into": "$twin"},
    "POST /api/routes": {
        "area": TOWN,
        "kind": "workflow.errand",
        "level": "town",
        "role": "clerk",
        "valid_from": "2031-01-01",
    },
    "POST /api/stand_ins": {
        "deputy": "$officer",
        "starts_at": "2031-01-01T00:00:00Z",
        "ends_at": "2031-01-02T00:00:00Z",
    },
    "POST /api/duty/take_limit": {"area": TOWN, "minutes": 10, "basis": "镇里的规定"},
    "PATCH /api/exchange/forms/{form_id}": {"title": "户数", "cells": [{"cell": "A2", "fact": "people.village_name"}]},
    "POST /api/exchange/forms": {
        "title": "户数表",
        "file": "$book",
        "cells": [{"cell": "A2", "fact": "people.village_name"}],
    },
    "POST /api/exchange/forms/{form_id}/fill": {"area": VILLAGE},
    "POST /api/exchange/imports": {"kind": "tests.homes", "area": VILLAGE, "file": "$book"},
    "POST /api/exchange/imports/{import_id}/check": {
        "sheet": 0,
        "first_row": 1,
        "last_row": 1,
        "mapping": {"0": "number", "1": "address"},
    },
    "POST /api/exchange/exports": {"kind": "tests.homes", "area": VILLAGE, "purpose": "check"},
    "POST /api/keys": {"name": "区气象局", "abilities": ["telemetry.see_reading"], "area": TOWN},
    "POST /api/notices/channels/mail": {"host": "mail.example.cn", "port": 465, "security": "tls", "sender": "a@b.cn"},
    "POST /api/notices/manners": {
        "plain": ["inbox"],
        "soon": ["inbox"],
        "now": ["inbox"],
        "quiet_from": "21:00",
        "quiet_until": "07:00",
        "wait_minutes": 5,
        "person_hour": 6,
        "town_day": 500,
    },
    "POST /api/offline/items": {"phone": "$own_phone", "now": "2026-11-27T08:00:00Z", "holds": {"items": 1}},
    "POST /api/offline/items/{item_id}/files": {"sha256": "0" * 64, "role": "small", "reason": "拍坏了"},
    "POST /api/offline/quarantine/{item_id}/put_aside": {"reason": "不是他写的"},
    "POST /api/people/households": {"area": VILLAGE, "kind": "resident", "address": "一组 3 号"},
    "POST /api/people/households/{household_id}/head": {"resident": "$member"},
    "POST /api/people/households/{household_id}/reveal": {"field": "address", "reason": "check"},
    "POST /api/people/households/{household_id}/split": {
        "members": [{"resident": "$member", "relation": "01"}],
        "head": "$member",
    },
    "POST /api/people/marks/{mark_id}/reveal": {"field": "kind", "reason": "check"},
    "POST /api/people/merges": {"kind": "resident", "keep": "$resident_id", "drop": "$double"},
    "POST /api/people/merges/compare": {"kind": "resident", "a": "$resident_id", "b": "$double"},
    "POST /api/people/residents/{resident_id}/consents": {"purpose": "publication", "how": "paper"},
    "POST /api/people/residents/{resident_id}/own_records": {"account": "$villager", "kind": "proxy"},
    "POST /api/people/me/{resident_id}/consents": {"purpose": "care", "notice_version": "$notice"},
    "POST /api/people/residents/{resident_id}/requests": {"kind": "correct", "text": "电话换了"},
    "POST /api/people/residents/{resident_id}/reveal": {"field": "phone", "reason": "check"},
    "POST /api/session/password": {"old": accounts.PASSWORD, "new": "黄河几字弯的葵花开了"},
    "PATCH /api/session": {"lang": "en"},
    "PUT /api/offline/phones/{made_id}": {"public": "$public", "label": "Android", "holds": {"items": 1}},
    "POST /api/people/me/{resident_id}/requests": {"kind": "correct", "text": "电话换了"},
    "POST /api/vault/confirm": {"words": ["$word1", "$word2", "$word3"]},
}
# Of which row it is asked, where the step needs one that came further.
OF = {
    "POST /api/exchange/imports/{import_id}/run": {"import_id": "tried"},
    "POST /api/exchange/imports/{import_id}/undo": {"import_id": "taken"},
    "POST /api/offline/items/{item_id}/files": {"item_id": "own_item"},
    **{
        f"POST /api/matters/{{matter_id}}/{act}": {"matter_id": row}
        for row, acts in {
            "offered": ("assign", "co_handle", "hand_up", "merge", "remark", "send_down", "sign", "split"),
            "owned": ("ask_extension", "close", "send_back", "suspend"),
            "waiting": ("grant_extension", "refuse_extension"),
            "still": ("resume",),
            "ended": ("reopen",),
            "double_matter": ("unmerge",),
        }.items()
        for act in acts
    },
}
# What must have been done before.
FIRST = dict.fromkeys(
    ("POST /api/work/{work_id}/done", "POST /api/work/{work_id}/false_alarm", "POST /api/work/{work_id}/return"),
    "/api/work/{work_id}/take",
)
# The end of an upload stores a file, which says nothing twice alike: its name on the shelf is chance.
NOT_REACHED = ["POST /api/uploads/{upload_id}/finish"]
Rows = dict[str, set[str]]


def every_field() -> dict[str, Any]:
    """Every field and column of every model of the house, with a value of its kind that can be told again."""
    found: dict[str, Any] = {}
    for model in apps.get_models():
        if not model.__module__.startswith("xiangyun."):
            continue
        for field in model._meta.concrete_fields:
            for name in (field.name, field.attname):
                found[name] = _value(field, name)
    del found["op_id"]
    return {**found, "area_path": f"{OTHER_TOWN}.201", "is_superuser": True, "role": "town_admin"}


def _value(field: Any, name: str) -> Any:
    kinds: tuple[tuple[type, Any], ...] = (
        (models.BooleanField, True),
        (models.DateTimeField, "2031-03-01T00:00:00Z"),
        (models.DateField, "2031-03-01"),
        (models.DecimalField, "77.7"),
        (models.FloatField, 77.7),
        (models.IntegerField, 77),
        (models.JSONField, {"planted": PLANTED_ID}),
    )
    if isinstance(field, models.UUIDField | models.ForeignKey):
        return PLANTED_ID
    return next((value for kind, value in kinds if isinstance(field, kind)), f"planted {name}")


def planted(body: Any, schema: dict[str, Any], whole: dict[str, Any]) -> Any:
    """The body with every field it does not take, at every level."""
    if isinstance(body, list):
        return [planted(one, schema, whole) for one in body]
    known = writable.shape(schema, whole).get("properties", {})
    if not isinstance(body, dict) or not known:
        return body
    inside = {name: planted(value, known[name], whole) for name, value in body.items()}
    return {**{name: value for name, value in every_field().items() if name not in known}, **inside}


def rows_now() -> Rows:
    """Every row of every table that can be read, as JSON."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND NOT relispartition"
            " AND relnamespace = 'public'::regnamespace AND has_table_privilege(oid, 'SELECT')"
            " AND relname <> 'org_area'"
        )
        found = {}
        for (table,) in cursor.fetchall():
            cursor.execute(f'SELECT to_jsonb(t)::text FROM "{table}" t')
            found[table] = {row[0] for row in cursor.fetchall()}
    return found


def changes(before: Rows, after: Rows) -> list[tuple[str, str]]:
    """What is there now and was not: chance and the hour taken out of it, so that two runs compare."""
    return sorted((table, _plain(row)) for table in after for row in after[table] - before[table])


CHANCE = (
    (r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}", "<id>"),
    (r"\\\\x[0-9a-f]*", "<bytes>"),
    (r"20\d\d-\d\d-\d\d[T ]\d\d:\d\d:\d\d[.\d]*(\+00:00|Z)?", "<time>"),
    (r'"(id|entry|entry_id|num|xid|seq|key|key_id|job_id)": \d+', r'"\1": <n>'),
    (r'"object_id": "\d+"', r'"object_id": <n>'),
    (r'"stood_still": "[^"]*"', r'"stood_still": <time>'),
    (r'"(hint|account|key|by_account|ticket)": "[^"]*"', r'"\1": <chance>'),
)


def _plain(row: str) -> str:
    for pattern, put in CHANCE:
        row = re.sub(pattern, lambda found, put=put: PLANTED_ID if PLANTED_ID in found[0] else found.expand(put), row)
    return row


def roles(one: Endpoint) -> list[str]:
    return list(ROLES) if one.needs == "signed_in" else world.roles_with(str(one.needs))


class Writes:
    """Rows of a town, and whoever may write each thing in it."""

    def __init__(self) -> None:
        at = clock.now()
        self.rows = world.one_of_each(VILLAGE, at)
        home, head = people.a_home(VILLAGE, phone="13800138000")
        member, double = people.a_resident(VILLAGE, sex="2"), people.a_resident(VILLAGE)
        people.a_membership(home, member)
        for role, name in (("maintainer", "maintainer"), ("duty_officer", "officer"), ("villager", "villager")):
            self.rows[name] = accounts.an_account(role, VILLAGE if role == "villager" else TOWN).account
        self.rows |= {"household_id": str(home.pk), "resident_id": str(head.pk)}
        self.rows |= {"member": str(member.pk), "double": str(double.pk)}
        self.people = {role: world.person(role, TOWN) for role in ROLES}
        people.an_own_record(self.people["villager"].who.pk, head)
        self.rows |= self._of_a_phone(self.people["villager"].who, head)
        self.rows |= self._of_tables() | self._of_oneself(head) | self._of_matters()
        self.before = rows_now()

    def _of_tables(self) -> dict[str, str]:
        """A clerk's workbooks: one of their own, a form, and an import at each step."""
        by = acting(self.people["clerk"].who.pk, TOWN, clock.now())
        book = exchange.a_workbook(["户号", "住址"], ["9001", "三组"])
        seen, tried, taken = (exchange.an_import(book, by) for _ in range(3))
        for one in (tried, taken):
            exchange.checked(one, by)
        exchange.taken_in(taken, by)
        empty = exchange.an_upload(exchange.a_workbook(["户数"], [None]), by, TOWN)
        form = actions.add_form(title="表", file_id=empty.pk, sheet=0, cells=[], lists=[], by=by, at=clock.now())
        mine = exchange.an_upload(book, by, TOWN)
        found = {"import_id": seen, "tried": tried, "taken": taken, "form_id": form, "book": mine}
        return {name: str(row.pk) for name, row in found.items()}

    def _of_a_phone(self, who: Account, head: Resident) -> dict[str, str]:
        """Somebody's own phone, and something it wrote of which a photo is still to come."""
        phone = offline.a_phone(who, TOWN)
        item = offline.an_item(phone, head.pk)
        offline.a_file(item, "0" * 64)
        return {"own_phone": str(phone.pk), "own_item": str(item.pk), "public": Keys().public}

    def _of_oneself(self, head: Resident) -> dict[str, str]:
        """A person's own consent and notice, and the words of the sheet that an administrator is asked for."""
        consent = people.a_consent(head)
        notice = Notice.objects.create(
            account_id=self.people["villager"].who.pk, area_path=TOWN, code="workflow.offered", created_at=clock.now()
        )
        sheet, asked = recovery_words("en"), asked_positions(str(self.people["town_admin"].who.pk))
        words = {f"word{n}": sheet[place - 1] for n, place in enumerate(asked, start=1)}
        version = purposes.purposes()["care"].notice(clock.now().date()).version
        return {"consent_id": str(consent.pk), "notice_id": str(notice.pk), "notice": version, **words}

    def _of_matters(self) -> dict[str, str]:
        """Matters at each step: offered to the clerks, the clerk's own, one that waits for more time, one whose clock
        stands still, one that is closed, and one that became part of another."""
        at, by = clock.now(), acting(self.people["clerk"].who.pk, TOWN, clock.now())
        house = matters.HOUSE
        names = ("offered", "twin", "owned", "waiting", "still", "ended", "double_matter")
        found = {name: matters.a_carried(VILLAGE, level="town", at=at).pk for name in names}
        for name, pk in found.items():
            workflow.route(Matter.objects.get(pk=pk), by=house, at=at)
            if name in ("owned", "waiting", "still", "ended"):
                workflow.sign(matter_id=pk, by=by, at=at)
        workflow.ask_extension(matter_id=found["waiting"], amount=1, reason="人手不够", by=by, at=at)
        workflow.suspend(matter_id=found["still"], reason="等照片", waits_for="", by=by, at=at)
        workflow.close(matter_id=found["ended"], words="好了", by=by, at=at)
        workflow.merge(matter_id=found["double_matter"], into=found["twin"], by=by, at=at)
        return {name: str(pk) for name, pk in found.items()}

    def url(self, one: Endpoint) -> str:
        return one.url({**self.rows, **{name: self.rows[row] for name, row in OF.get(one.name, {}).items()}})

    def filled(self, body: Any) -> Any:
        if isinstance(body, dict):
            return {name: self.filled(value) for name, value in body.items()}
        if isinstance(body, list):
            return [self.filled(one) for one in body]
        return self.rows[body[1:]] if isinstance(body, str) and body.startswith("$") else body

    def send(self, one: Endpoint, role: str, body: Any) -> tuple[Any, list[tuple[str, str]]]:
        """The answer, and what it changed; then everything is as before."""
        with transaction.atomic():
            browser = self.people[role]
            if one.name in world.NAMES_SOMEBODY:
                body = {**body, "account": browser.who.account}
            if first := FIRST.get(one.name):
                browser.post(first.format(**self.rows), {}, content_type="application/json")
            sent = json.dumps(body)
            answer = browser.generic(one.method, self.url(one), sent, content_type="application/json")
            found = changes(self.before, rows_now()) if answer.status_code < 400 else []
            transaction.set_rollback(True)
        return answer, found

    def writer(self, one: Endpoint, body: Any) -> tuple[str, list[tuple[str, str]]] | None:
        """Somebody who can do this now, and what it changes."""
        for role in roles(one):
            answer, found = self.send(one, role, body)
            if answer.status_code < 300:
                return role, found
        return None


def refused(answer: Any, fields: set[str]) -> bool:
    """Whether every one of these fields was refused by its name."""
    if answer.status_code != 422:
        return False
    named = {str(part) for error in answer.json().get("errors", ()) for part in error["loc"]}
    return fields <= named


def judged(writes: Writes) -> Iterator[tuple[str, str]]:
    """Endpoint → what came of every field: `refused`, `left alone`, `changed something`, or `not reached`."""
    schemas = {name: (schema, whole) for name, schema, whole in writable.bodies()}
    for one in world.endpoints():
        if one.name not in schemas or one.needs == "public":
            continue
        schema, whole = schemas[one.name]
        good = writes.filled(GOOD.get(one.name, one.body))
        hostile = planted(good, schema, whole)
        extra = set(hostile) - set(writable.shape(schema, whole)["properties"])
        able = writes.writer(one, good)
        if able is None:
            # Nobody can do it now; then its shape alone must refuse.
            answer, found = writes.send(one, roles(one)[0], hostile)
            is_safe = refused(answer, extra)
            yield one.name, "refused" if is_safe else "not reached" if not found else "changed something"
            continue
        role, wanted = able
        answer, found = writes.send(one, role, hostile)
        if refused(answer, extra):
            yield one.name, "refused"
        elif answer.status_code < 300 and found == wanted:
            yield one.name, "left alone"
        else:
            yield one.name, f"changed something: {answer.status_code}"


def test_the_allow_list_is_the_reviewed_one() -> None:
    """Change `writable.json` together with what it describes (`python -m tests.access.writable`)."""
    assert writable.writable() == REVIEWED


def test_nobody_says_whose_a_row_is_who_wrote_it_or_what_stands_sealed() -> None:
    told = {
        (name, field)
        for name, fields in REVIEWED.items()
        for field in fields
        if NEVER.search(field) and field not in SAID.get(name, ())
    }
    assert told == set()


def test_every_field_of_every_model_on_every_write() -> None:
    found = dict(judged(Writes()))
    by_what: dict[str, list[str]] = {}
    for name, what in found.items():
        by_what.setdefault(what, []).append(name)
    assert {what for what in by_what if what.startswith("changed")} == set(), by_what
    assert by_what.get("not reached", []) == NOT_REACHED, by_what
    counts = {what: len(names) for what, names in by_what.items()}
    print(f"fault 11: {len(every_field())} fields × {len(found)} writes: {counts}; not reached: {NOT_REACHED}")


def test_control_an_endpoint_that_writes_whatever_it_is_sent_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    honest_actor, honest = privacy.actor_of, privacy.actions.answer_request
    sent: dict[str, Any] = {}

    def actor_of(request: Any) -> Any:
        sent["body"] = request.body
        return honest_actor(request)

    def careless(**told: Any) -> Any:
        row = honest(**told)
        for name, value in json.loads(sent["body"]).items():
            if name in ("asked_by", "closed_by", "due_on"):
                setattr(row, name, value)
        row.save()
        return row

    monkeypatch.setattr(privacy, "actor_of", actor_of)
    monkeypatch.setattr(privacy.actions, "answer_request", careless)
    found = dict(judged(Writes()))
    assert [name for name, what in found.items() if what.startswith("changed")] == [
        "POST /api/people/requests/{request_id}/answer"
    ]
