"""Replay moments through the public doors: what is past in batches, what is still ahead when its time comes."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from sim.doors import BATCH, Address, Credential, Http, Mqtt
from sim.seasons import Moment

Progress = Callable[[int, int], None]


def _now() -> datetime:
    return datetime.now(UTC)


def split(moments: Sequence[Moment], now: datetime) -> tuple[list[Moment], list[Moment]]:
    """What is past by `now`, and what is still ahead."""
    past = [moment for moment in moments if moment.at <= now]
    return past, list(moments[len(past) :])


def send_past(http: Http, past: Sequence[Moment], progress: Progress) -> dict[str, int]:
    """Everything that is past, in batches over HTTP; returns the box's own counts."""
    counts = {"stored": 0, "duplicate": 0, "rejected": 0}
    for start in range(0, len(past), BATCH):
        answer = http.send(past[start : start + BATCH])
        counts["stored"] += answer["stored"]
        counts["duplicate"] += answer["duplicate"]
        counts["rejected"] += len(answer["rejected"])
        progress(min(start + BATCH, len(past)), len(past))
    return counts


def send_paced(mqtt: Mqtt, past: Sequence[Moment], speed: float, progress: Progress) -> None:
    """Record by record over MQTT, `speed` times as fast as it happened."""
    began = time.monotonic()
    for sent, moment in enumerate(past):
        due = began + (moment.at - past[0].at).total_seconds() / speed
        time.sleep(max(0.0, due - time.monotonic()))
        mqtt.send([moment])
        progress(sent + 1, len(past))


def send_as_it_comes(mqtt: Mqtt, ahead: Sequence[Moment], clock: Callable[[], datetime] = _now) -> None:
    """Each record when its time has come: never ahead of the clock."""
    for moment in ahead:
        while (wait_s := (moment.at - clock()).total_seconds()) > 0:
            time.sleep(min(wait_s, 60.0))
        mqtt.send([moment])


def replay(
    moments: Sequence[Moment],
    *,
    address: Address,
    credential: Credential,
    speed: float | None = None,
    progress: Progress = lambda _done, _all: None,
) -> dict[str, int]:
    """The past at once (or, with a speed, record by record), then the rest as it comes; the counts of the past."""
    past, ahead = split(moments, _now())
    counts = {"stored": 0, "duplicate": 0, "rejected": 0}
    if past and speed is None:
        http = Http(address, credential)
        try:
            counts = send_past(http, past, progress)
        finally:
            http.close()
    if ahead or speed is not None:
        mqtt = Mqtt(address, credential)
        try:
            if speed is not None:
                send_paced(mqtt, past, speed, progress)
                counts["stored"] = len(past)
            # What became past while we were sending goes out at once.
            send_as_it_comes(mqtt, ahead)
        finally:
            mqtt.close()
    return counts
