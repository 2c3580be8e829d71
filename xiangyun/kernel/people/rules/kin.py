"""Who somebody is to the new head of a household, from who they were to the old one (GB/T 4761): plain values."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

# The first digit says it: 0 the head, 1 spouse, 2 son, 3 daughter, 4 grandchild, 5 parent, 6 grandparent, 7 sibling.
HEAD, SPOUSE, SON, DAUGHTER, GRANDCHILD, PARENT, GRANDPARENT, SIBLING = "01234567"
OTHER = "97"
HEADS = ("01", "02")
HEAD = "02"

# (what the new head was to the old one, what somebody was to the old one) → what they are to the new one.
_BECOMES = {
    (SPOUSE, HEAD): "10",
    (SPOUSE, SON): None,
    (SPOUSE, DAUGHTER): None,
    (SPOUSE, GRANDCHILD): None,
    (SPOUSE, PARENT): "50",
    (SON, HEAD): "50",
    (SON, SPOUSE): "50",
    (SON, SON): "70",
    (SON, DAUGHTER): "70",
    (SON, PARENT): "60",
    (PARENT, HEAD): "20",
    (PARENT, SPOUSE): "28",
    (PARENT, PARENT): "10",
    (PARENT, SIBLING): "20",
    (PARENT, SON): "40",
    (PARENT, DAUGHTER): "40",
    (SIBLING, HEAD): "70",
    (SIBLING, PARENT): None,
    (SIBLING, GRANDPARENT): None,
    (SIBLING, SIBLING): "70",
    (GRANDCHILD, HEAD): "60",
    (GRANDCHILD, SPOUSE): "60",
}
OF_A_WOMAN = {"20": "30", "28": "38"}
IN_LAWS = ("28", "38")


def successor(living: Sequence[tuple[str, date | None]]) -> int:
    """Who leads a home whose head is gone and nobody says who leads now, as a place in `living` (their relation to the
    former head, their birth date): the spouse, else the eldest; those of whom no birthday is known come last."""
    order = [(relation[:1] != SPOUSE, born_on or date.max) for relation, born_on in living]
    return order.index(min(order))


def relation_anew(*, of_new_head: str, of_member: str, sex: str) -> str:
    """The relation to the new head; what cannot be known from two codes (a son's child: one's own or a nephew?) is
    "other relative" until somebody says it."""
    led = SON if of_new_head[:1] == DAUGHTER else of_new_head[:1]
    kin = HEAD if of_member in HEADS else of_member[:1]
    if (led, kin) not in _BECOMES or (led != SPOUSE and {of_new_head, of_member} & set(IN_LAWS)):
        return OTHER
    becomes = _BECOMES[led, kin] or of_member
    return OF_A_WOMAN.get(becomes, becomes) if sex == "2" else becomes
