"""An upload goes on from where it was stopped; what was acknowledged is there, once."""

from __future__ import annotations

import hashlib
import os
from datetime import timedelta

import pytest
from django.conf import settings
from django.db import transaction

from xiangyun.base.errors import BadInput, Conflict, NotAllowed, NotFound, TooLarge, TooMany
from xiangyun.kernel.access.rules import Actor
from xiangyun.kernel.accounts.tests import factories as accounts
from xiangyun.kernel.files import actions, queries, rules
from xiangyun.kernel.files.actions import uploads
from xiangyun.kernel.files.models import Attachment
from xiangyun.kernel.files.rules import Damaged
from xiangyun.kernel.files.tests.factories import AT, NEXT_VILLAGE, PDF, TOWN, VILLAGE, an_upload
from xiangyun.kernel.vault import queries as vault_queries

pytestmark = pytest.mark.usefixtures("house")

CONTENT = PDF + bytes(range(256)) * 30


@pytest.fixture
def clerk() -> Actor:
    return accounts.a_person("clerk", TOWN)


def add(upload, offset: int, end: int, by: Actor, content: bytes = CONTENT):
    return actions.add_piece(upload_id=upload.pk, offset=offset, content=content[offset:end], by=by, at=AT)


def test_pieces_become_a_file_once(clerk: Actor, django_capture_on_commit_callbacks) -> None:
    told = hashlib.sha256(CONTENT).hexdigest()
    upload = an_upload(by=clerk, size=len(CONTENT), sha256=told)
    for offset in range(0, len(CONTENT), 1000):
        assert add(upload, offset, offset + 1000, clerk).received == min(offset + 1000, len(CONTENT))
    upload.refresh_from_db()
    pieces = [settings.CONFIG.files / name for name, _ in upload.pieces]
    assert [path.exists() for path in pieces] == [True] * len(pieces)
    with django_capture_on_commit_callbacks(execute=True):
        done = actions.finish_upload(upload_id=upload.pk, by=clerk, at=AT)
    assert queries.content(done) == CONTENT
    assert queries.name(done) == "材料.pdf"
    assert [path.exists() for path in pieces] == [False] * len(pieces)
    assert actions.finish_upload(upload_id=upload.pk, by=clerk, at=AT) == done
    assert Attachment.objects.filter(by_account=clerk.account_id).count() == 1
    with pytest.raises(Conflict):
        add(upload, 0, 1000, clerk)


def test_a_process_that_dies_in_the_middle_loses_nothing_it_acknowledged(clerk: Actor) -> None:
    upload = an_upload(by=clerk, size=len(CONTENT))
    add(upload, 0, 3000, clerk)
    before = {path for path in settings.CONFIG.files.rglob("*") if path.is_file()}
    with transaction.atomic():
        add(upload, 3000, 6000, clerk)
        transaction.set_rollback(True)  # the piece stands on the disk, its row does not
    assert len({path for path in settings.CONFIG.files.rglob("*") if path.is_file()} - before) == 1
    vault_queries._opened.clear()
    received = queries.uploads_of(clerk, AT).pick(upload.pk).received
    assert received == 3000
    with pytest.raises(Conflict) as refused:
        add(upload, 6000, 7000, clerk)
    assert refused.value.extra == {"received": 3000}
    add(upload, received, len(CONTENT), clerk)
    assert queries.content(actions.finish_upload(upload_id=upload.pk, by=clerk, at=AT)) == CONTENT


def test_the_last_piece_again_changes_nothing_another_one_does_not_pass_for_it(clerk: Actor) -> None:
    upload = an_upload(by=clerk, size=len(CONTENT))
    add(upload, 0, 1000, clerk)
    add(upload, 1000, 2000, clerk)
    assert add(upload, 1000, 2000, clerk).received == 2000
    for offset, end, content in ((1000, 2000, bytes(9000)), (0, 1000, CONTENT), (1500, 2000, CONTENT), (-1, 5, PDF)):
        with pytest.raises((Conflict, BadInput)):
            add(upload, offset, end, clerk, content)
    assert len(queries.uploads_of(clerk, AT).pick(upload.pk).pieces) == 2


def test_an_end_before_the_end_and_another_content_are_refused(clerk: Actor) -> None:
    upload = an_upload(by=clerk, size=len(CONTENT), sha256="0" * 64)
    add(upload, 0, 1000, clerk)
    with pytest.raises(Conflict) as refused:
        actions.finish_upload(upload_id=upload.pk, by=clerk, at=AT)
    assert refused.value.code == "files.unfinished"
    with pytest.raises(BadInput):
        add(upload, 1000, len(CONTENT) + 1, clerk, CONTENT + b"x")
    add(upload, 1000, len(CONTENT), clerk)
    with pytest.raises(Conflict) as refused:
        actions.finish_upload(upload_id=upload.pk, by=clerk, at=AT)
    assert refused.value.code == "files.hash_differs"


def test_a_piece_changed_or_exchanged_on_the_disk_is_refused_loudly(clerk: Actor) -> None:
    upload = an_upload(by=clerk, size=2000)
    add(upload, 0, 1000, clerk)
    add(upload, 1000, 2000, clerk)
    upload.refresh_from_db()
    one, other = (settings.CONFIG.files / name for name, _ in upload.pieces)
    one_bytes, other_bytes = one.read_bytes(), other.read_bytes()
    for first, second in ((other_bytes, one_bytes), (one_bytes, one_bytes), (one_bytes[:-1] + b"!", other_bytes)):
        one.write_bytes(first)
        other.write_bytes(second)
        with pytest.raises(Damaged):
            actions.finish_upload(upload_id=upload.pk, by=clerk, at=AT)


def test_limits(clerk: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(TooLarge):
        an_upload(by=clerk, size=rules.MOST_BYTES + 1)
    upload = an_upload(by=clerk, size=rules.MOST_BYTES)
    with pytest.raises(TooLarge):
        add(upload, 0, rules.PIECE_BYTES + 1, clerk, bytes(rules.PIECE_BYTES + 1))
    with pytest.raises(BadInput):
        add(upload, 0, 0, clerk)
    monkeypatch.setattr(rules, "MOST_PIECES", 2)
    add(upload, 0, 1, clerk)
    add(upload, 1, 2, clerk)
    with pytest.raises(Conflict) as refused:
        add(upload, 2, 3, clerk)
    assert refused.value.code == "files.pieces_too_small"
    assert rules.MOST_BYTES <= rules.PIECE_BYTES * 13


def test_a_person_sends_so_much_a_day_and_so_many_at_once(clerk: Actor) -> None:
    for _ in range(rules.MOST_UNFINISHED):
        an_upload(by=clerk, size=rules.MOST_BYTES)
    with pytest.raises(Conflict) as refused:
        an_upload(by=clerk, size=1)
    assert refused.value.code == "files.too_many_unfinished"
    an_upload(by=accounts.a_person("clerk", TOWN))
    queries.uploads_of(clerk, AT).update(expires_at=AT)
    an_upload(by=clerk, size=rules.MOST_A_DAY - rules.MOST_UNFINISHED * rules.MOST_BYTES)
    later = AT + timedelta(hours=23)
    with pytest.raises(TooMany) as locked:
        an_upload(by=clerk, size=1, at=later)
    assert locked.value.retry_after_s == 3600
    an_upload(by=clerk, size=1, at=AT + uploads.DAY)


def test_another_person_another_place_a_machine_and_yesterday(clerk: Actor) -> None:
    upload = an_upload(by=clerk)
    colleague = accounts.a_person("clerk", TOWN)
    for by, at in ((colleague, AT), (clerk, AT + rules.UPLOAD_LASTS)):
        with pytest.raises(NotFound):
            actions.add_piece(upload_id=upload.pk, offset=0, content=PDF, by=by, at=at)
        with pytest.raises(NotFound):
            actions.finish_upload(upload_id=upload.pk, by=by, at=at)
    with pytest.raises(NotFound):
        an_upload(NEXT_VILLAGE, by=accounts.a_person("village_secretary", VILLAGE))
    machine = Actor(None, "key", "key", "machine", TOWN, posts=clerk.posts, only=frozenset((rules.ADD,)))
    with pytest.raises(NotAllowed):
        an_upload(by=machine)


def test_without_an_area_it_lies_where_the_person_adds_files() -> None:
    secretary = accounts.a_person("village_secretary", VILLAGE)
    assert an_upload(None, by=secretary).area_path == VILLAGE  # type: ignore[arg-type]


def test_random_bytes_are_sealed_in_pieces_and_never_named(clerk: Actor) -> None:
    content = PDF + os.urandom(5000)
    upload = an_upload(by=clerk, size=len(content), name="../../../etc/passwd\x00.pdf")
    add(upload, 0, len(content), clerk, content)
    done = actions.finish_upload(upload_id=upload.pk, by=clerk, at=AT)
    assert queries.name(done) == "passwd.pdf"
    assert not [path for path in settings.CONFIG.files.rglob("*") if "passwd" in path.name]
