"""What `status` and `doctor` say of messages that found no place."""

from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from xiangyun.base import ids
from xiangyun.box import home, speech
from xiangyun.box.cli import care, letters
from xiangyun.entry.settings import CONFIG

AT = datetime(2026, 6, 20, 6, 0, tzinfo=UTC)

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _in_english() -> Any:
    speech.choose("en")
    yield
    speech.choose(None)


def a_letter(key: str, reason: str, n: int = 0) -> None:
    at = AT + timedelta(minutes=n)
    with psycopg.connect(CONFIG.conninfo("xy_owner"), autocommit=True) as ingest:
        ingest.execute(
            "INSERT INTO telemetry_letter (id, key, reason, sent_at, received_at, body)"
            " VALUES (%s, %s, %s, %s, %s, '')",
            [ids.uuid7(), key, reason, at, at],
        )


def test_of_nothing_nothing_is_said() -> None:
    assert letters.waiting(CONFIG) == []


def test_each_reason_is_counted_dated_and_named() -> None:
    for n in range(2):
        a_letter("d-old", "nobody", n)
    a_letter("d-here", "broken")
    nobody, broken = letters.waiting(CONFIG)
    assert (nobody.count, nobody.since, nobody.senders) == (2, AT, ("d-old",))
    assert "2 since" in nobody.sentence
    assert "register these devices anew" in nobody.sentence
    assert (broken.count, broken.senders) == (1, ("d-here",))
    assert "whoever maintains Xiangyun" in broken.sentence


def test_doctor_says_it_of_a_box_that_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(home, "is_held", lambda _: True)
    assert list(care.letters_kept(CONFIG)) == []
    a_letter("d-old", "nobody")
    [finding] = care.letters_kept(CONFIG)
    assert finding.grade is care.Grade.WATCH
    monkeypatch.setattr(home, "is_held", lambda _: False)
    assert list(care.letters_kept(CONFIG)) == []
