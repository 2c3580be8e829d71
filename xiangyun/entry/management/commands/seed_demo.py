"""The demo's two towns, planted by each room and module; what stands already stays."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import Any

from django.apps import apps
from django.core.management.base import BaseCommand, CommandError

from xiangyun.base import clock, paths
from xiangyun.entry.management import speech, towns
from xiangyun.entry.settings import CONFIG
from xiangyun.kernel.access import doors
from xiangyun.kernel.accounts import seeds as people


class Command(BaseCommand):
    """`XIANGYUN_DEMO=1 python -m django seed_demo`; repeatable."""

    help = "Plant the demo towns"

    def handle(self, *args: Any, **options: Any) -> None:
        if not CONFIG.demo:
            raise CommandError(speech.say("entry.no_demo_here"))
        at = clock.now()
        with speech.refusals():
            for town in people.TOWNS:
                towns.begin(town, at=at)
            for root in people.ABOVE:
                with doors.scoped(root):
                    people.plant_above(root, at)
            # In the order of the house: places before people, people before their devices and shifts.
            seeds = [
                import_module(f"{app.name}.seeds") for app in apps.get_app_configs() if find_spec(f"{app.name}.seeds")
            ]
            for town in people.TOWNS:
                with doors.scoped(town):
                    for room in seeds:
                        room.plant(town, at)
        self.stdout.write(speech.say("entry.demo_planted", towns=len(people.TOWNS), root=paths.common(people.TOWNS)))
