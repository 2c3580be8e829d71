"""The recovery sheet once more, for who stands at the machine."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from xiangyun.entry.management import sheet, speech


class Command(BaseCommand):
    """`xiangyun recovery`."""

    help = "Print the recovery sheet"

    def handle(self, *args: Any, **options: Any) -> None:
        for line in sheet.lines(speech.language()):
            self.stdout.write(line)
