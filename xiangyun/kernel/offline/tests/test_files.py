"""The files of what a phone wrote: each by itself, whole or by pieces, proven by its hash."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest

from xiangyun.kernel.accounts.tests import factories as accounts
from xiangyun.kernel.files.models import Attachment
from xiangyun.kernel.files.tests import factories as files
from xiangyun.kernel.offline import rules
from xiangyun.kernel.offline.models import ItemFile
from xiangyun.kernel.offline.tests.conftest import GRID, NEXT_GRID
from xiangyun.kernel.offline.tests.phone import Phone
from xiangyun.kernel.offline.tests.test_api import VILLAGE, a_home, post
from xiangyun.kernel.people.tests import factories as people

pytestmark = pytest.mark.usefixtures("house", "confirmed", "grids")


def a_photo() -> bytes:
    return files.a_picture()


def uploaded(browser: Any, content: bytes, *, sha256: bool = True) -> str:
    body = {"name": "院子.jpg", "size": len(content), "kind": "photo"}
    if sha256:
        body["sha256"] = hashlib.sha256(content).hexdigest()
    begun = browser.post("/api/uploads", json.dumps(body), content_type="application/json").json()
    url = f"/api/uploads/{begun['id']}"
    browser.put(f"{url}?offset=0", content, content_type="application/octet-stream")
    return str(browser.post(f"{url}/finish", {}, content_type="application/json").json()["id"])


def test_come_by_themselves_small_first_and_each_has_a_receipt(phone: Phone) -> None:
    small, large = a_photo(), b"x" * 5000
    named = [hashlib.sha256(one).hexdigest() for one in (large, small)]
    told = [
        {"sha256": named[0], "role": "original", "media_type": "image/jpeg", "size": 5000, "group": 1},
        {"sha256": named[1], "role": "small", "media_type": "image/jpeg", "size": len(small), "group": 1},
    ]
    home = a_home()
    item = phone.write("people.check_household", ("household", home.pk), files=told)
    [receipt] = phone.sync()
    assert (receipt["state"], receipt["missing"]) == ("applied", [named[1], named[0]])
    file = uploaded(phone.browser, small)
    keeping = {"sha256": named[1], "role": "small", "file": file}
    for _ in range(2):
        kept = post(phone.browser, f"items/{item}/files", **keeping)
        assert (kept.status_code, kept.json()["state"]) == (200, "kept"), kept.content
    attachment = Attachment.objects.get(pk=file)
    assert (attachment.subject_kind, attachment.subject_id) == ("household", str(home.pk))
    gave_up = post(phone.browser, f"items/{item}/files", sha256=named[0], role="original", reason="存储坏了")
    assert gave_up.json()["state"] == "given_up"
    phone.outbox[item] = {"id": item}
    assert phone.sync()[0]["missing"] == []
    pack = phone.browser.get("/api/offline/pack").json()
    assert [one["subject"]["id"] for one in pack["pictures"]] == [str(home.pk)]


def test_are_proven_by_the_hash_of_what_was_sent(phone: Phone) -> None:
    photo = a_photo()
    named = hashlib.sha256(photo).hexdigest()
    other = hashlib.sha256(b"other").hexdigest()
    told = [{"sha256": one, "role": "small", "size": 1} for one in (named, other)]
    item = phone.write("people.check_household", ("household", a_home().pk), files=told)
    phone.sync()
    file = uploaded(phone.browser, photo)
    unsaid = uploaded(phone.browser, photo, sha256=False)
    wrong = (
        ({"sha256": other, "role": "small", "file": file}, 409),
        ({"sha256": named, "role": "small", "file": unsaid}, 409),
        ({"sha256": named, "role": "original", "file": file}, 404),
        ({"sha256": "0" * 64, "role": "small", "file": file}, 404),
        ({"sha256": named, "role": "small"}, 422),
    )
    assert [post(phone.browser, f"items/{item}/files", **body).status_code for body, _ in wrong] == [
        status for _, status in wrong
    ]
    stranger = accounts.a_browser("grid_worker", GRID)
    theirs = {"sha256": named, "role": "small", "file": uploaded(stranger, photo)}
    assert post(stranger, f"items/{item}/files", **theirs).status_code == 404
    assert post(phone.browser, f"items/{item}/files", **theirs).status_code == 409
    assert not ItemFile.objects.filter(kept_at__isnull=False).exists()


def test_that_are_small_come_in_one_go(phone: Phone) -> None:
    small, signature = a_photo(), files.a_picture("PNG", (500, 200))
    named = {role: hashlib.sha256(one).hexdigest() for role, one in (("small", small), ("signature", signature))}
    told = [{"sha256": named["small"], "role": "small", "size": len(small), "group": 1}]
    told.append({"sha256": named["signature"], "role": "signature", "size": len(signature)})
    home = a_home()
    item = phone.write("people.check_household", ("household", home.pk), files=told)
    phone.sync()

    def put(browser: Any, role: str, content: bytes, *, sha256: str = "") -> Any:
        url = f"/api/offline/items/{item}/files/{sha256 or named[role]}?role={role}"
        return browser.put(url, content, content_type="application/octet-stream")

    wrong = (
        (put(phone.browser, "small", signature), 409),
        (put(phone.browser, "small", b"x" * (rules.WHOLE_BYTES + 1)), 413),
        (put(phone.browser, "original", small, sha256=named["small"]), 404),
        (put(phone.browser, "small", small, sha256="x"), 404),
        (put(accounts.a_browser("grid_worker", GRID), "small", small), 404),
    )
    assert [one.status_code for one, _ in wrong] == [status for _, status in wrong]
    assert not ItemFile.objects.filter(kept_at__isnull=False).exists()
    for role, content in (("small", small), ("signature", signature), ("small", small)):
        kept = put(phone.browser, role, content)
        assert kept.status_code == 200, kept.content
        assert kept.json() == {"sha256": named[role], "state": "kept", "size": len(content)}
    assert Attachment.objects.filter(subject_kind="household", subject_id=str(home.pk)).count() == 2
    phone.outbox[item] = {"id": item}
    assert phone.sync()[0]["missing"] == []


def test_of_what_waits_for_a_person_go_on_when_it_is_let_in(phone: Phone) -> None:
    photo = a_photo()
    named = hashlib.sha256(photo).hexdigest()
    home = people.a_household(VILLAGE, grid_path=NEXT_GRID)
    item = phone.write(
        "people.check_household", ("household", home.pk), files=[{"sha256": named, "role": "small", "size": 1}]
    )
    phone.sync()
    file = uploaded(phone.browser, photo)
    assert post(phone.browser, f"items/{item}/files", sha256=named, role="small", file=file).status_code == 200
    assert Attachment.objects.get(pk=file).subject_kind == "offline_item"
    assert post(accounts.a_browser("clerk"), f"quarantine/{item}/accept").json()["state"] == "applied"
    attachment = Attachment.objects.get(pk=file)
    assert (attachment.subject_kind, attachment.subject_id) == ("household", str(home.pk))
