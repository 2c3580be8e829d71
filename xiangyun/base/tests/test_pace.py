"""How often one address may ask."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from xiangyun.base.pace import Pace

AT = datetime(2026, 6, 20, 6, 0, 10, tzinfo=UTC)


def test_one_address_waits_until_the_stretch_is_over_and_another_does_not():
    pace = Pace(2, timedelta(minutes=1))
    assert [pace.wait_s("a", AT) for _ in range(3)] == [0, 0, 50]
    assert pace.wait_s("b", AT) == 0
    assert pace.wait_s("a", AT + timedelta(seconds=49)) == 1
    assert pace.wait_s("a", AT + timedelta(seconds=50)) == 0
