"""Check every town's audit chain: names the first bad row and the tail that waits for its link."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from xiangyun.base import clock
from xiangyun.entry.management import speech
from xiangyun.entry.settings import CONFIG
from xiangyun.kernel.audit import adapters, queries


class Command(BaseCommand):
    """`xiangyun audit verify`: exit code 0 only if every row is as it was written."""

    help = "Check the audit chains"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--town", help="only this town: 12-digit code or dotted path")

    def handle(self, *args: Any, town: str | None = None, **options: Any) -> None:
        anchors = adapters.kept_heads(CONFIG.home / adapters.FOLDER)
        chains = [speech.path(town)] if town else sorted({*queries.towns(), *anchors})
        if not chains:
            self.stdout.write(speech.say("entry.nothing_audited"))
        is_good = True
        for chain in chains:
            verdict = queries.verify(chain, anchors=anchors)
            is_good = is_good and verdict.is_good
            for line in queries.sentences(verdict, speech.language(), clock.now()):
                self.stdout.write(line)
            if verdict.head:
                self.stdout.write(f"  {verdict.head.seq} {verdict.head.hash}")
        if not is_good:
            raise SystemExit(1)
