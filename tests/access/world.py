"""One row of every kind in a town, and the endpoints of the house with what each needs."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from xiangyun.base import ids
from xiangyun.kernel.access import rules as access
from xiangyun.kernel.accounts.models import Account, MachineKey, SecurityKey
from xiangyun.kernel.accounts.tests import factories as accounts
from xiangyun.kernel.alerts.models import Alert
from xiangyun.kernel.devices.tests import factories as devices
from xiangyun.kernel.exchange.tests import factories as exchange
from xiangyun.kernel.files.rules import Kind
from xiangyun.kernel.files.tests import factories as files
from xiangyun.kernel.notify.models import Delivery, Notice
from xiangyun.kernel.notify.tests import factories as notify
from xiangyun.kernel.offline.tests import factories as offline
from xiangyun.kernel.people.models import Consent, PersonRequest, Resident
from xiangyun.kernel.people.tests import factories as people
from xiangyun.kernel.vault import actions as vault
from xiangyun.kernel.vault import queries as vault_queries
from xiangyun.kernel.workflow.tests import factories as workflow
from xiangyun.modules.agriculture.tests import factories as agriculture
from xiangyun.modules.grid.tests import factories as grid

TOWN, OTHER_TOWN = accounts.TOWN, accounts.OTHER_TOWN
VILLAGE, NEXT_VILLAGE = accounts.VILLAGE, accounts.NEXT_VILLAGE

# Path parameters that name no row of a town: what they hold is the same for everybody.
NAMES = {
    "code": "rain_24h",
    "path": TOWN,
    "module": "agriculture",
    "year": "2025",
    "receipt_key": "xyk_guess",
    "sha256": "0" * 64,
    "made_id": "0192a3b4-c5d6-7ad0-8bad-0000000000ad",  # a phone that nobody has registered
}


QUERY = {"metric": "rain_mm"}

# A body that names a person must name one the caller knows, or it is refused before the row is looked for.
NAMES_SOMEBODY = ("POST /api/work/{work_id}/reassign",)

# Bodies whose words must be codes of a list, or that must say one of two things: refused before any row is looked for.
BODIES: dict[str, Any] = {
    "POST /api/offline/items/{item_id}/files": {"sha256": "0" * 64, "role": "small"},
    "POST /api/people/households/{household_id}/members": {
        "person": {"name": "李小花", "sex": "2", "born_on": "1988-05-04"}, "relation": "99", "began_by": "moved_in",
    },
    "POST /api/people/households/{household_id}/plots": {"name": "渠西地", "size_mu": "2.5"},
    "POST /api/people/residents/{resident_id}/marks": {"kind": "alone"},
    "POST /api/people/residents/{resident_id}/move": {"outside": True, "how": "moved_out"},
}  # fmt: skip

# What the people of a whole town use: no village is elsewhere.
OF_TOWN = ("form_id",)


def one_of_each(village: str, at: datetime) -> dict[str, str]:
    """Path parameter → the id of a row that lies in `village`."""
    town = ".".join(village.split(".")[:4])
    account = accounts.an_account("villager", village)
    _, session_id = accounts.a_session(account, at=at)
    key = MachineKey.objects.create(
        name="区气象局", key_hash=ids.uuid7().bytes, hint="xyk_abcde", abilities=[], area_path=village, created_at=at
    )
    stick = SecurityKey.objects.create(
        account=account, name="蓝色的U盾", site="box", credential_id=b"1", public_key=b"1", sign_count=0, added_at=at,
        area_path=village,
    )  # fmt: skip
    device = devices.a_device(area=village, at=at)
    officer = workflow.a_person("duty_officer", town)
    shift = workflow.a_shift(officer, village)
    matter = workflow.a_matter(village, at=at)
    work = workflow.a_work_item(village, matter=matter, at=at)
    route = workflow.a_route(village)
    stand_in = workflow.a_stand_in(workflow.a_person("village_secretary", village), at=at)
    workflow.a_carried(village, at=at)
    alert = Alert.objects.create(
        rule="heavy_rain",
        kind="alert",
        severity=2,
        area_path=village,
        subject_kind="device",
        subject_id=str(device.pk),
        device=device,
        starts_at=at - timedelta(hours=1),
        event_at=at,
        raised_at=at,
        reason_code="alerts.heavy_rain",
    )
    notice = Notice.objects.create(
        account_id=officer.account_id, area_path=village, code="workflow.offered", created_at=at
    )
    facts = {"kind": "notice", "channel": "sms", "urgency": "now", "state": "unsure", "created_at": at}
    delivery = Delivery.objects.create(area_path=village, notice=notice, account_id=officer.account_id, **facts)
    # A forecast is of its own day: the builders' day, not this one.
    author = {"by": accounts.a_person("agronomist", town)}
    planting = agriculture.a_planting(area=village, **author)
    forecast = agriculture.a_forecast(town, **author)
    approval = agriculture.an_approval(town, **author)
    home, resident = people.a_home(village)
    confirm_recovery(town, at)
    found = {
        "household_id": home.pk,
        "resident_id": resident.pk,
        "plot_id": people.a_plot(home).pk,
        "mark_id": people.a_mark(resident).pk,
        "merge_id": people.a_merge(resident, people.a_resident(village, merged_into=resident)).pk,
        "account_id": account.pk,
        "post_id": account.posts.get().pk,
        "session_id": session_id,
        "key_id": key.pk,
        "security_key_id": stick.pk,
        "device_id": device.pk,
        "shift_id": shift.pk,
        "matter_id": matter.pk,
        "work_id": work.pk,
        "route_id": route.pk,
        "stand_in_id": stand_in.pk,
        "alert_id": alert.pk,
        "notice_id": notice.pk,
        "contact_id": notify.a_contact(account, at=at).pk,
        "delivery_id": delivery.pk,
        "planting_id": planting.pk,
        "forecast_id": forecast.pk,
        "approval_id": approval.pk,
        "file_id": files.a_photo(village).pk,
        "upload_id": files.an_upload(town, at=at).pk,
        "record_id": people.an_own_record(account.pk, resident).pk,
        "consent_id": a_signed_consent(resident).pk,
        "request_id": a_copied_request(resident).pk,
        **offline.one_of_each(village, home.pk, at),
        **exchange.one_of_each(village, at),
        **grid.one_of_each(village, at),
    }
    return {name: str(value) for name, value in found.items()}


def a_copied_request(resident: Resident) -> PersonRequest:
    """A request for a copy, and the copy that was made."""
    request = people.a_request(resident)
    made = {"content": files.a_workbook(), "name": "副本.xlsx", "kind": Kind.EXPORT, "expires_at": None}
    request.copy = files.an_attachment(resident.area_path, subject=("person_request", request.pk), **made)
    request.save(update_fields=["copy"])
    return request


def a_signed_consent(resident: Resident) -> Consent:
    """A consent, and the paper that was signed for it."""
    consent = people.a_consent(resident)
    consent.evidence = files.an_attachment(resident.area_path, subject=("consent", consent.pk)).pk
    consent.save(update_fields=["evidence"])
    return consent


def confirm_recovery(town: str, at: datetime) -> None:
    """The recovery sheet is in somebody's hands: the register takes facts in."""
    if not vault_queries.is_confirmed():
        by = accounts.a_person("town_admin", town, at=at)
        sheet = vault_queries.recovery_words("en")
        asked = vault_queries.asked_positions(str(by.account_id))
        vault.confirm_recovery(words=[sheet[n - 1] for n in asked], by=by, at=at)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One operation: its address, what it needs, and a body that its schema accepts."""

    method: str
    path: str
    needs: str | None
    body: Any
    query: str

    @property
    def name(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def params(self) -> tuple[str, ...]:
        return tuple(re.findall(r"{(\w+)}", self.path))

    @property
    def rows(self) -> tuple[str, ...]:
        """The parameters that name a row of some town."""
        return tuple(name for name in self.params if name not in NAMES)

    @property
    def is_open(self) -> bool:
        return self.needs in ("public", "signed_in")

    def url(self, rows: dict[str, str]) -> str:
        return self.path.format(**{name: NAMES.get(name) or rows[name] for name in self.params}) + self.query

    def nowhere(self) -> str:
        """The address of a row that never was."""
        return self.path.format(**{name: NAMES.get(name) or str(ids.uuid7()) for name in self.params}) + self.query

    def call(self, browser: Any, url: str) -> Any:
        if self.method == "GET":
            return browser.get(url)
        body = (
            {**self.body, "account": browser.who.account}
            if self.name in NAMES_SOMEBODY and hasattr(browser, "who")
            else self.body
        )
        return browser.generic(self.method, url, json.dumps(body), content_type="application/json")


def endpoints() -> Iterator[Endpoint]:
    """Every operation under /api, from the API itself."""
    from ninja import NinjaAPI

    from xiangyun.entry.http import api

    # The doors that are processes of their own have tests of their own.
    schema = NinjaAPI.get_openapi_schema(api)
    needed = _needs()
    for path, operations in schema["paths"].items():
        for method, operation in operations.items():
            content = operation.get("requestBody", {}).get("content", {})
            wanted = content.get("application/json", {}).get("schema")
            body = example(wanted, schema) if wanted else {}
            yield Endpoint(
                method=method.upper(),
                path=path,
                needs=needed.get(operation["operationId"]),
                body=BODIES.get(f"{method.upper()} {path}", body),
                query=_query(operation.get("parameters", ()), schema),
            )


def _query(parameters: Sequence[dict[str, Any]], whole: dict[str, Any]) -> str:
    asked = {
        one["name"]: QUERY.get(one["name"]) or example(one["schema"], whole)
        for one in parameters
        if one["in"] == "query" and one["required"]
    }
    return f"?{urlencode(asked)}" if asked else ""


def _needs() -> dict[str, str | None]:

    from xiangyun.entry.http import api

    return {
        operation.operation_id: getattr(operation.view_func, "__needs__", None)
        for _, router in api._routers
        for view in router.path_operations.values()
        for operation in view.operations
    }


def roles_with(ability: str) -> list[str]:
    return [role for role in access.ROLES if ability in access.abilities_of(role)]


def example(schema: dict[str, Any], whole: dict[str, Any]) -> Any:  # noqa: PLR0911 - one line a kind of schema
    """The smallest value a schema accepts."""
    if "$ref" in schema:
        return example(whole["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]], whole)
    for several in ("anyOf", "oneOf", "allOf"):
        if several in schema:
            return example(schema[several][0], whole)
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return schema["enum"][0]
    kind = schema.get("type")
    if kind == "object":
        return {name: example(schema["properties"][name], whole) for name in schema.get("required", ())}
    if kind == "array":
        return [example(schema["items"], whole)] * schema.get("minItems", 1)
    if kind in ("integer", "number"):
        return schema.get("minimum", 1)
    if kind == "boolean":
        return True
    return _text(schema)


def _text(schema: dict[str, Any]) -> Any:
    formats = {
        "uuid": str(ids.uuid7()),
        "date-time": "2026-06-20T06:00:00Z",
        "date": "2026-06-20",
        "binary": "",
    }
    return formats.get(schema.get("format", ""), "x" * max(1, schema.get("minLength", 1)))


def person(role: str, area: str) -> Any:
    """A browser in which somebody with this post is signed in; overseers stand at their own level."""
    level = {"county_viewer": 3, "county_clerk": 3, "city_viewer": 2}.get(role)
    return accounts.a_browser(role, ".".join(area.split(".")[:level]) if level else area)


def without_posts(area: str) -> Any:
    """A browser of somebody whose only post has ended."""
    browser = accounts.a_browser("town_admin", area)
    browser.who.posts.update(ends_at=accounts.SINCE)
    return browser


def closed(area: str) -> Any:
    """A browser of somebody whose account was closed."""
    browser = accounts.a_browser("town_admin", area)
    Account.objects.filter(pk=browser.who.pk).update(state="closed")
    return browser
