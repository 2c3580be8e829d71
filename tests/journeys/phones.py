"""What a walk through the phones without signal needs to find at the desk, sent as phones send it."""

from __future__ import annotations

import hashlib
from typing import Any

import httpx

from tests.journeys.reports import a_jpeg
from tests.live_box import LiveBox, Person
from xiangyun.base import ids
from xiangyun.kernel.offline.tests.phone import Phone

LABEL = "Android, Chrome"
NOTE = "门牌换过，问了两家说法不同"


class Line:
    """A person's line as a phone speaks over it: bodies are written already."""

    def __init__(self, by: Person) -> None:
        self._by = by

    def get(self, url: str) -> httpx.Response:
        return self._by.get(url)

    def put(self, url: str, content: str, content_type: str) -> httpx.Response:
        return self._by.put(url, content=content, headers={"Content-Type": content_type})

    def post(self, url: str, content: str, content_type: str) -> httpx.Response:
        return self._by.post(url, content=content, headers={"Content-Type": content_type})


def a_phone(by: Person, **says: Any) -> Phone:
    """An app in which somebody is signed in."""
    made = Phone(Line(by))
    made.register(label=LABEL, app_version="2026.11.27", **says).raise_for_status()
    return made


def made(box: LiveBox) -> dict[str, str]:
    """Ids of a phone that still holds something, of one that was taken back, of two values left for the office, and of
    a record and a sealed report that wait for a person."""
    worker, clerk, area = box.as_demo("grid_worker"), box.as_demo("clerk"), box.demo("grid_worker")["area"]
    listed = worker.get("/api/offline/pack").raise_for_status().json()["households"]
    homes = [clerk.get(f"/api/people/households/{one['id']}").raise_for_status().json() for one in listed[-3:]]
    phone = a_phone(worker)
    [difference, *_] = [a_difference(phone, worker, clerk, home, n) for n, home in enumerate(homes[-2:])]
    held = {"items": 3, "photos": 2, "bytes": 1_240_000, "oldest_at": phone.clock().isoformat()}
    phone.register(label=LABEL, app_version="2026.11.27", holds=held)
    lost = a_phone(box.as_demo("grid_worker"), holds={**held, "items": 4}, is_persisted=True)
    about = homes[0]
    facts = {"address": "18-2", "water": "tap"}
    record = lost.write("people.change_household", ("household", about["id"]), facts, base=about["version"])
    told = {"category": "needs_help", "words": "...", "area": area}
    sealed = lost.write("grid.report", ("report", ids.uuid7()), told)
    clerk.post(f"/api/offline/phones/{lost.id}/revoke", json={}).raise_for_status()
    box.as_demo("village_secretary").post("/api/offline/drop", json=lost.drop_body()).raise_for_status()
    return {"phone": phone.id, "lost": lost.id, "difference": difference, "waits": record, "waits_sealed": sealed}


def a_difference(phone: Phone, by: Person, clerk: Person, home: dict[str, Any], n: int) -> str:
    """An address the clerk changed and the phone too, with a photo; the writer leaves it to the office."""
    content = a_jpeg(100 + n)
    named = hashlib.sha256(content).hexdigest()
    files = [{"sha256": named, "role": "small", "media_type": "image/jpeg", "size": len(content), "group": 1}]
    changed = {"version": home["version"], "address": f"1{n}-1"}
    clerk.patch(f"/api/people/households/{home['id']}", json=changed).raise_for_status()
    subject = ("household", home["id"])
    item = phone.write("people.change_household", subject, {"address": f"1{n}-2"}, base=home["version"], files=files)
    [receipt] = phone.sync([item])
    assert receipt["state"] == "conflict", receipt
    begun = {"name": "door.jpg", "size": len(content), "kind": "photo", "sha256": named}
    url = f"/api/uploads/{by.post('/api/uploads', json=begun).raise_for_status().json()['id']}"
    binary = {"Content-Type": "application/octet-stream"}
    by.put(f"{url}?offset=0", content=content, headers=binary).raise_for_status()
    file = by.post(f"{url}/finish", json={}).raise_for_status().json()["id"]
    kept = {"sha256": named, "role": "small", "file": file}
    by.post(f"/api/offline/items/{item}/files", json=kept).raise_for_status()
    decided = {"choice": "both", "note": NOTE}
    by.post(f"/api/offline/conflicts/{receipt['conflict']}/decide", json=decided).raise_for_status()
    return str(receipt["conflict"])
