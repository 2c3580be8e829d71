"""People of the demo village and town that most tests of matters need."""

import pytest

from xiangyun.kernel.workflow.tests.factories import VILLAGE, a_person


@pytest.fixture
def secretary():
    return a_person("village_secretary", VILLAGE)


@pytest.fixture
def clerk():
    return a_person("clerk")
