"""Write the allow-list as it is now: `python -m tests.access.writable`; then read the difference twice.

Endpoint → every field its body takes, nested ones with a dot. What is not here changes nothing.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("writable.json")


def shape(schema: dict[str, Any], whole: dict[str, Any]) -> dict[str, Any]:
    """The object a schema stands for: references followed, null and other kinds beside it left out."""
    if "$ref" in schema:
        return shape(whole["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]], whole)
    for several in ("anyOf", "oneOf", "allOf"):
        for one in schema.get(several, ()):
            if found := shape(one, whole):
                return found
    if schema.get("type") == "array":
        return shape(schema.get("items", {}), whole)
    return schema if schema.get("properties") else {}


def fields(schema: dict[str, Any], whole: dict[str, Any], before: str = "") -> Iterator[str]:
    """Every field of a body."""
    for name, each in shape(schema, whole).get("properties", {}).items():
        yield before + name
        yield from fields(each, whole, f"{before}{name}.")


def bodies() -> Iterator[tuple[str, dict[str, Any], dict[str, Any]]]:
    """Every write that takes a JSON body, with its schema and the whole document."""
    from ninja import NinjaAPI

    from xiangyun.entry.http import api

    whole = NinjaAPI.get_openapi_schema(api)
    for path, operations in whole["paths"].items():
        for method, operation in operations.items():
            content = operation.get("requestBody", {}).get("content", {})
            if "application/json" in content:
                yield f"{method.upper()} {path}", content["application/json"]["schema"], whole


def writable() -> dict[str, list[str]]:
    return {name: sorted(fields(schema, whole)) for name, schema, whole in sorted(bodies(), key=lambda one: one[0])}


def main() -> None:
    """Load the house without a database and write the file."""
    with tempfile.TemporaryDirectory() as home:
        os.environ.update(XIANGYUN_HOME=home, DJANGO_SETTINGS_MODULE="xiangyun.entry.settings")
        import django

        django.setup()
        FILE.write_text(json.dumps(writable(), indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
