"""Files over HTTP: who gets one, with which headers, and how one is refused."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest
from django.apps import apps
from django.conf import settings

from xiangyun.base import ids
from xiangyun.kernel.accounts.tests.factories import a_browser
from xiangyun.kernel.audit.models import Entry
from xiangyun.kernel.files import rules
from xiangyun.kernel.files.models import Attachment, Upload
from xiangyun.kernel.files.rules import Kind
from xiangyun.kernel.files.tests.factories import OTHER_TOWN, PDF, TOWN, VILLAGE, a_picture, an_attachment

pytestmark = pytest.mark.usefixtures("house")

JSON = "application/json"


def begin(browser: Any, content: bytes = PDF, **changes: Any) -> Any:
    body = {"name": "材料.pdf", "size": len(content), "kind": "paper", **changes}
    return browser.post("/api/uploads", body, content_type=JSON)


def put(browser: Any, upload_id: str, offset: int, content: bytes) -> Any:
    url = f"/api/uploads/{upload_id}?offset={offset}"
    return browser.generic("PUT", url, content, content_type="application/octet-stream")


def test_a_file_sent_in_two_pieces_is_taken_out_again() -> None:
    browser = a_browser("clerk", TOWN)
    begun = begin(browser)
    assert begun.status_code == 201
    upload = begun.json()["id"]
    assert put(browser, upload, 0, PDF[:10]).json()["received"] == 10
    wrong = put(browser, upload, 20, PDF[20:])
    assert (wrong.status_code, wrong.json()["received"]) == (409, 10)
    assert "10" in wrong.json()["detail"]
    assert browser.get(f"/api/uploads/{upload}").json()["received"] == 10
    assert put(browser, upload, 10, PDF[10:]).json()["received"] == len(PDF)
    finished = browser.post(f"/api/uploads/{upload}/finish", {}, content_type=JSON)
    assert finished.json() == browser.post(f"/api/uploads/{upload}/finish", {}, content_type=JSON).json()
    file = finished.json()
    assert (file["media_type"], file["size"]) == ("application/pdf", len(PDF))

    taken = browser.get(f"/api/files/{file['id']}")
    assert taken.getvalue() == PDF
    assert taken.headers["Content-Disposition"] == f"attachment; filename*=utf-8''{quote('材料.pdf')}"
    assert taken.headers["X-Content-Type-Options"] == "nosniff"
    assert taken.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert taken.headers["Cache-Control"] == "no-store"
    assert taken.headers["Content-Length"] == str(len(PDF))
    assert browser.get(f"/api/files/{file['id']}/thumbnail").status_code == 404


def test_taking_out_a_paper_is_written_down_at_whom_it_is_about() -> None:
    paper = an_attachment(subject=("resident", "42"))
    photo = an_attachment(content=a_picture(), kind=Kind.PHOTO)
    browser = a_browser("clerk", TOWN)
    for one in (paper, photo):
        assert browser.get(f"/api/files/{one.pk}").status_code == 200
    entry = Entry.objects.get(act=rules.DOWNLOADED)
    assert (entry.object_kind, entry.object_id, entry.by_id) == ("resident", "42", browser.who.pk)
    assert entry.detail == {"kind": "paper", "file": str(paper.pk)}


def test_a_photo_is_shown_and_has_a_small_one() -> None:
    photo = an_attachment(content=a_picture(), kind=Kind.PHOTO)
    browser = a_browser("grid_worker", VILLAGE)
    for url in (f"/api/files/{photo.pk}", f"/api/files/{photo.pk}/thumbnail"):
        answer = browser.get(url)
        assert answer.getvalue().startswith(b"\xff\xd8\xff")
        assert (answer.headers["Content-Type"], answer.headers["Content-Disposition"][:6]) == ("image/jpeg", "inline")


@pytest.mark.parametrize(("role", "area"), [("clerk", OTHER_TOWN), ("grid_worker", VILLAGE)])
def test_what_another_town_or_post_may_not_see_is_not_there(role: str, area: str) -> None:
    browser, paper = a_browser(role, area), an_attachment()
    answer = browser.get(f"/api/files/{paper.pk}")
    never = browser.get("/api/files/01890000-0000-7000-8000-000000000000")
    assert (answer.status_code, answer.content) == (404, never.content)
    Attachment.objects.filter(pk=paper.pk).update(expires_at="2026-01-01T00:00:00Z")
    assert a_browser("clerk", TOWN).get(f"/api/files/{paper.pk}").status_code == 404


def test_a_flipped_byte_is_told_in_a_sentence_and_not_a_byte_is_sent() -> None:
    paper = an_attachment(content=PDF + bytes(3_000_000))
    path = settings.CONFIG.files / paper.blob.shelf_name
    sealed = bytearray(path.read_bytes())
    sealed[-1] ^= 1
    path.write_bytes(sealed)
    answer = a_browser("clerk", TOWN).get(f"/api/files/{paper.pk}")
    assert (answer.status_code, answer.json()["title"]) == (500, "files.damaged")
    assert not Entry.objects.filter(act=rules.DOWNLOADED).exists()


def test_refusals_are_sentences() -> None:
    browser = a_browser("clerk", TOWN)
    large = begin(browser, size=rules.MOST_BYTES + 1)
    assert (large.status_code, large.json()["detail"]) == (413, "一个文件最大 50 MB，请压缩或分成几份再传。")
    assert begin(browser, kind="export").status_code == 422
    assert begin(browser, area=f"{OTHER_TOWN}.201").status_code == 404
    page = b"<html><script>alert(1)</script></html>"
    upload = begin(browser, page).json()["id"]
    put(browser, upload, 0, page)
    answer = browser.post(f"/api/uploads/{upload}/finish", {}, content_type=JSON)
    assert (answer.status_code, answer.json()["title"]) == (422, "files.not_paper")


def test_what_is_remembered_for_repeats_does_not_hold_the_name() -> None:
    browser, op_ids = a_browser("clerk", TOWN), (str(ids.uuid7()), str(ids.uuid7()))
    name = "乌兰其其格身份证.pdf"
    upload = begin(browser, name=name, op_id=op_ids[0]).json()["id"]
    assert begin(browser, name=name, op_id=op_ids[0]).json()["id"] == upload
    put(browser, upload, 0, PDF)
    browser.post(f"/api/uploads/{upload}/finish", {"op_id": op_ids[1]}, content_type=JSON)
    kept = list(apps.get_model("workflow.Op").objects.filter(op_id__in=op_ids).values_list("answer_sealed", flat=True))
    assert len(kept) == 2
    assert not any("乌兰".encode() in bytes(one) for one in kept)


def test_only_what_is_asked_for_can_be_set() -> None:
    browser = a_browser("clerk", TOWN)
    forged = {"by_account": "01890000-0000-7000-8000-000000000000", "received": 9, "pieces": [["x", 9]], "id": "x"}
    forged |= {"attachment": str(an_attachment().pk), "expires_at": "2099-01-01T00:00:00Z", "area_path": OTHER_TOWN}
    made = Upload.objects.get(pk=begin(browser, **forged).json()["id"])
    assert (made.by_account, made.received, made.pieces, made.attachment) == (browser.who.pk, 0, [], None)
    assert made.area_path == TOWN
    assert made.expires_at == made.started_at + rules.UPLOAD_LASTS
