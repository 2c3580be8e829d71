"""A figure that two rooms hold, since the lower one may not ask the upper."""

from xiangyun.kernel.devices import rules
from xiangyun.kernel.telemetry.rules import flooding


def test_a_page_says_of_a_cut_what_the_doors_do() -> None:
    assert rules.CUT_FOR == flooding.CUT_FOR
