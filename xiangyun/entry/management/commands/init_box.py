"""An empty real box: the area tree, one town or county, a link for its first administrator."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from xiangyun.base import clock
from xiangyun.entry.management import sheet, speech, towns


class Command(BaseCommand):
    """`xiangyun init --area 150802100000`."""

    help = "Make an empty real box and print a one-time link for its first administrator"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--area", required=True, help="12-digit code or dotted path of the town or county")
        parser.add_argument("--name", default="", help="what people call the first administrator")

    def handle(self, *args: Any, area: str, name: str, **options: Any) -> None:
        path = speech.path(area)
        with speech.refusals():
            if towns.is_begun(path):
                raise CommandError(speech.say("entry.already_begun"))
            place = towns.begin(path, at=clock.now())
            self.stdout.write(speech.say("entry.box_begun", place=place))
            for line in towns.first_link(path, name=name, at=clock.now()):
                self.stdout.write(line)
            for line in sheet.lines(speech.language()):
                self.stdout.write(line)
