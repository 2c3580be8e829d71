from datetime import UTC, datetime, timedelta
from itertools import pairwise

from xiangyun.base import ids


def test_what_is_made_one_after_the_other_sorts_so():
    made = [ids.uuid7() for _ in range(2000)]
    in_order = sum(one < next_one for one, next_one in pairwise(made))
    assert in_order >= 1990  # two may share a quarter of a microsecond
    assert len(set(made)) == 2000


def test_it_is_a_uuid_of_version_7_and_tells_when_it_was_made():
    one = ids.uuid7()
    assert (one.version, one.variant) == (7, "specified in RFC 4122")
    made_at = datetime.fromtimestamp((one.int >> 80) / 1000, UTC)
    assert abs(datetime.now(UTC) - made_at) < timedelta(seconds=5)
