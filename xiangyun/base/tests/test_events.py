from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from xiangyun.base import events, ids


@dataclass(frozen=True)
class SomethingHappened:
    thing: UUID
    at: datetime
    depth_cm: float


def test_an_event_comes_out_of_its_job_as_it_went_in():
    sent, heard = [], []
    events.listen(SomethingHappened, heard.append)
    events.send_by(lambda name, payload: sent.append((name, payload)))
    said = SomethingHappened(thing=ids.uuid7(), at=datetime(2026, 6, 13, tzinfo=UTC), depth_cm=20.0)
    events.publish(said)
    [(name, payload)] = sent
    events.deliver(name, payload)
    assert heard == [said]


def test_ids_sort_by_time_and_are_of_version_seven():
    one = ids.uuid7()
    assert one.version == 7
    assert (one.int >> 80) <= (ids.uuid7().int >> 80)
