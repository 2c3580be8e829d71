from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from xiangyun.kernel.workflow import rules
from xiangyun.kernel.workflow.rules import Holder, OnDuty

TOWN, VILLAGE = "15.08.02.100", "15.08.02.100.201"
A, B, C, D = (UUID(int=n) for n in range(1, 5))


def test_numbers_are_what_people_say_on_the_phone():
    assert rules.number("农业", 11, 24, 1) == "农业-1124-01"
    assert rules.number("农业", 1, 4, 100) == "农业-0104-100"


def test_the_nearest_roster_is_asked_first_by_rank():
    roster = [OnDuty(A, TOWN, "officer", 2), OnDuty(B, TOWN, "officer", 1), OnDuty(C, VILLAGE, "place", 1)]
    assert rules.line_up(VILLAGE, roster, []) == [C, B, A]


def test_the_leader_is_asked_last_even_with_the_best_rank():
    roster = [OnDuty(A, TOWN, "leader", 1), OnDuty(B, TOWN, "officer", 9)]
    assert rules.line_up(VILLAGE, roster, [Holder(D, TOWN, "town_leader")]) == [B, A, D]


def test_without_a_roster_the_holders_of_posts_stand_in():
    held = [
        Holder(A, TOWN, "town_admin"),
        Holder(B, TOWN, "town_leader"),
        Holder(C, VILLAGE, "village_secretary"),
        Holder(D, TOWN, "duty_officer"),
    ]
    assert rules.line_up(VILLAGE, [], held) == [D, C, A, B]


def test_somebody_on_duty_elsewhere_is_not_asked():
    roster = [OnDuty(A, "15.08.02.101", "officer", 1), OnDuty(B, f"{TOWN}.202", "place", 1)]
    assert rules.line_up(VILLAGE, roster, []) == []


@given(st.lists(st.sampled_from([A, B, C, D])), st.lists(st.sampled_from([A, B, C, D])))
def test_nobody_is_asked_twice(line, asked):
    following = rules.next_after(line, asked)
    assert following is None or following not in asked
    assert (following is None) == (set(line) <= set(asked))


def test_only_the_one_who_has_it_may_finish():
    def moves(**facts):
        return rules.moves_open(
            **{"state": "taken", "is_mine": False, "may_take": True, "may_reassign": False, **facts}
        )

    assert moves(is_mine=True) == ["done", "false_alarm", "return"]
    assert moves() == []
    assert moves(state="open") == ["take"]
    assert moves(state="open", may_reassign=True) == ["take", "reassign"]
    assert moves(state="done", is_mine=True, may_reassign=True) == []
