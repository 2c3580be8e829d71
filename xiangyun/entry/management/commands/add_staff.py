"""A member of staff with their first post, and a link to choose a name and a password."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from xiangyun.base import clock
from xiangyun.entry.management import speech, towns


class Command(BaseCommand):
    """`xiangyun staff add --name 陈敏 --role duty_officer --area 150802100000`."""

    help = "Add a member of staff and print their one-time link"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--name", required=True, help="what people call them")
        parser.add_argument("--role", required=True, help="role code, such as clerk")
        parser.add_argument("--area", required=True, help="12-digit code or dotted path")
        parser.add_argument("--phone", default="", help="the post's public duty number")

    def handle(self, *args: Any, name: str, role: str, area: str, phone: str, **options: Any) -> None:
        path = speech.path(area)
        if not towns.is_run_here(path):
            raise CommandError(speech.say("entry.town_not_here", area=area))
        with speech.refusals():
            link = towns.add_staff(name=name, role=role, area=path, duty_phone=phone, at=clock.now())
        self.stdout.write(speech.say("entry.staff_added", name=name.strip()))
        self.stdout.write(link)
