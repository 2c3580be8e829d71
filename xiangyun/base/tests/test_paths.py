import pytest

from xiangyun.base import paths

VILLAGE = "15.08.02.100.201"


@pytest.mark.parametrize(
    ("code", "path"),
    [
        ("150800000000", "15.08"),
        ("150802000000", "15.08.02"),
        ("150802100000", "15.08.02.100"),
        ("150802100201", VILLAGE),
    ],
)
def test_a_code_and_its_path_say_the_same(code, path):
    assert paths.path_of(code) == path
    assert paths.code_of(path) == code


def test_a_longer_number_is_not_inside_a_shorter_one():
    assert not paths.within("15.08.02.1001", "15.08.02.100")
    assert paths.within(VILLAGE, "15.08.02.100")


def test_nothing_lies_under_the_empty_path():
    assert not paths.within(VILLAGE, "")


def test_the_range_of_a_path_holds_what_lies_under_it_in_byte_order():
    inside = [VILLAGE, f"{VILLAGE}.g01", f"{VILLAGE}.z03"]
    outside = ["15.08.02.100.2011", "15.08.02.100.200", "15.08.02.100"]
    assert [p for p in inside + outside if VILLAGE <= p < paths.end_of(VILLAGE)] == inside


def test_ancestors_come_nearest_first():
    assert list(paths.ancestors("15.08.02")) == ["15.08.02", "15.08", "15"]


def test_the_common_path_of_two_villages_is_their_town():
    assert paths.common([VILLAGE, "15.08.02.100.202.g01"]) == "15.08.02.100"
    assert paths.common([]) == ""


@pytest.mark.parametrize("text", ["", "15..08", "15.08.02.100.201/..", "15.08.02.100.201.x", "a.b", "15.08.2"])
def test_what_is_no_path_is_seen(text):
    assert not paths.is_path(text)
