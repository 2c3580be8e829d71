"""An account that is closed at the box itself: the way for administrators, whom nobody else may close."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from xiangyun.base import clock
from xiangyun.entry.management import speech, towns


class Command(BaseCommand):
    """`xiangyun staff end --account chen.min`."""

    help = "Close an account: its posts, sessions and links end"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--account", required=True, help="the name they sign in with")

    def handle(self, *args: Any, account: str, **options: Any) -> None:
        with speech.refusals():
            name = towns.end_staff(account=account, at=clock.now())
        self.stdout.write(speech.say("entry.staff_ended", name=name))
