"""Write the API's description for the front end's generated types; `--check` only says whether it is current."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

FILE = Path("web/shared/api/openapi.json")


class Command(BaseCommand):
    """`python -m django export_openapi [--check]`, from the project's folder."""

    help = "Write web/shared/api/openapi.json"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="fail if the file is not what the code says")

    def handle(self, *args: Any, check: bool = False, **options: Any) -> None:
        from xiangyun.entry.http import api

        text = json.dumps(api.get_openapi_schema(), ensure_ascii=False, indent=1, sort_keys=True) + "\n"
        if not check:
            FILE.write_text(text, encoding="utf-8")
        elif not FILE.exists() or FILE.read_text(encoding="utf-8") != text:
            raise CommandError(f"{FILE} is not what the code says: run `python -m django export_openapi`")
