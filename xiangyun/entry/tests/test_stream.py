import json

from xiangyun.base import ids, live
from xiangyun.entry.stream import COALESCE_S, KEPT_S, Calmer, Sight, Tape
from xiangyun.kernel.access.rules import Actor, Post
from xiangyun.kernel.accounts.rules import folded

TOWN, VILLAGE = "15.08.02.100", "15.08.02.100.201"


def an_actor(role="duty_officer", area=TOWN):
    return Actor(
        ids.uuid7(), folded("wang"), "王", "person", scope=".".join(area.split(".")[:4]), posts=(Post(role, area),)
    )


def a_record(device="d1", ts="2026-06-20T00:00:00Z", area=VILLAGE):
    return live.record(device=device, area=area, ts=ts)


def work(area=VILLAGE, account=None):
    return live.changed("work", pk="w1", area=area, ability="workflow.see_work", account=account)


def test_a_frame_carries_its_id_its_kind_and_nothing_but_ids():
    tape = Tape(epoch="e")
    record, item = tape.add(a_record(), 0.0), tape.add(work(), 0.0)
    assert record.frame == b'id: e-1\nevent: record\ndata: {"device":"d1","ts":"2026-06-20T00:00:00Z"}\n\n'
    assert item.frame == b'id: e-2\nevent: work\ndata: {"id":"w1"}\n\n'


def test_a_stream_is_resumed_after_the_id_that_was_seen():
    tape = Tape(epoch="e")
    for _ in range(5):
        tape.add(work(), 0.0)
    assert [sent.n for sent in tape.since("e-3")] == [4, 5]
    assert list(tape.since("e-5")) == []
    assert [sent.n for sent in tape.since("e-0")] == [1, 2, 3, 4, 5]


def test_an_id_nobody_is_sure_of_is_unknown():
    tape = Tape(epoch="e")
    tape.add(work(), 0.0)
    tape.add(work(), KEPT_S + 1)
    for unknown in ("x-1", "e-9", "e-", "e-x", "", "e-0"):
        assert tape.since(unknown) is None, unknown
    assert [sent.n for sent in tape.since("e-1")] == [2]


def test_a_device_speaks_four_times_a_second_and_its_latest_is_never_lost():
    calmer = Calmer()
    assert calmer.pass_on(a_record(ts="1"), 0.0)
    assert not calmer.pass_on(a_record(ts="2"), 0.1)
    assert not calmer.pass_on(a_record(ts="3"), 0.2)
    assert calmer.pass_on(a_record("d2", ts="1"), 0.2)
    assert calmer.due(0.2) == []
    assert [event["ts"] for event in calmer.due(COALESCE_S)] == ["3"]
    assert calmer.due(9.0) == []
    assert calmer.pass_on(work(), 0.0)


def test_a_late_record_does_not_replace_a_newer_one_that_waits():
    calmer = Calmer()
    calmer.pass_on(a_record(ts="1"), 0.0)
    calmer.pass_on(a_record(ts="3"), 0.1)
    calmer.pass_on(a_record(ts="2"), 0.1)
    assert [event["ts"] for event in calmer.due(1.0)] == ["3"]


def test_only_what_the_viewer_may_see():
    tape = Tape(epoch="e")
    ours, theirs = tape.add(work(), 0.0), tape.add(work("15.08.02.101.201"), 0.0)
    assert Sight(an_actor()).sees(ours)
    assert not Sight(an_actor()).sees(theirs)
    assert not Sight(an_actor("villager", VILLAGE)).sees(ours)
    assert not Sight(an_actor("village_secretary", f"{TOWN}.202")).sees(ours)
    record = tape.add(a_record(), 0.0)
    assert Sight(an_actor()).sees(record)
    assert not Sight(an_actor("villager", VILLAGE)).sees(record)


def test_what_was_given_to_me_reaches_me_wherever_it_lies_in_my_town():
    tape, helper = Tape(epoch="e"), an_actor("village_secretary", f"{TOWN}.202")
    assert Sight(helper).sees(tape.add(work(account=helper.account_id), 0.0))
    assert not Sight(helper).sees(tape.add(work("15.08.02.101.201", account=helper.account_id), 0.0))


def test_long_lists_are_cut_into_payloads_postgresql_takes():
    events = [a_record(f"device-{n}") for n in range(1000)]
    parts = list(live.payloads(events))
    assert all(len(part.encode()) <= live.PAYLOAD_BYTES for part in parts)
    assert [event for part in parts for event in json.loads(part)] == events
    assert list(live.payloads([])) == []
