"""Each profile has its page, and the page tells every metric, unit and range as the table does."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from xiangyun.kernel.devices.registry import each_profile, profile_of

PAGES = Path(__file__).parents[4] / "docs" / "devices"
PROFILES = [profile.code for profile in each_profile()]


@pytest.mark.parametrize("code", PROFILES)
def test_a_page_names_every_metric(code):
    page = (PAGES / f"{code}.md").read_text(encoding="utf-8")
    missing = [metric.code for metric in profile_of(code).metrics if f"`{metric.code}`" not in page]
    assert missing == []
    assert f"[{code}.md]({code}.md)" in (PAGES / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("code", PROFILES)
def test_a_pages_payload_is_understood(code):
    page = (PAGES / f"{code}.md").read_text(encoding="utf-8")
    payload = json.loads(re.search(r"```json\n(.*?)```", page, re.DOTALL)[1])
    profile = profile_of(code)
    for metric, value in payload["values"].items():
        found = profile.metric(metric)
        assert found is not None
        assert found.low <= value <= found.high
    assert set(payload["values"]) == {metric.code for metric in profile.metrics}
