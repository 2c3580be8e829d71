"""A further town for this box, and a link for its first administrator."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from xiangyun.base import clock, paths
from xiangyun.entry.management import speech, towns


class Command(BaseCommand):
    """`xiangyun town add --area 150802101000`."""

    help = "Have this box serve a further town"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--area", required=True, help="12-digit code or dotted path of the town")
        parser.add_argument("--name", default="", help="what people call the first administrator")

    def handle(self, *args: Any, area: str, name: str, **options: Any) -> None:
        path = speech.path(area)
        if paths.town_of(path) != path:
            raise CommandError(speech.say("org.no_such_town", code=area))
        with speech.refusals():
            place = towns.begin(path, at=clock.now())
            self.stdout.write(speech.say("entry.town_added", place=place))
            if not towns.is_begun(path):
                for line in towns.first_link(path, name=name, at=clock.now()):
                    self.stdout.write(line)
