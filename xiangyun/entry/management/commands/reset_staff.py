"""A one-time link for somebody who cannot come in any more, made at the box itself."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from xiangyun.base import clock
from xiangyun.entry.management import speech, towns


class Command(BaseCommand):
    """`xiangyun staff reset --account chen.min`."""

    help = "End an account's password and sessions and print a one-time link"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--account", required=True, help="the name they sign in with")

    def handle(self, *args: Any, account: str, **options: Any) -> None:
        with speech.refusals():
            name, link = towns.reset_staff(account=account, at=clock.now())
        self.stdout.write(speech.say("entry.staff_reset", name=name))
        self.stdout.write(link)
