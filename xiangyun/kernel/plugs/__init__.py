"""Where rooms and modules are plugged into the house.

A module's `apps.py` calls `plugs.add(PLUG)` from its `plug.py`. A room stands below this one and never
imports it: its `plug.py` holds plain lists, which `open_rooms` reads once every app is loaded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from django.apps import apps as installed

from xiangyun.base import events
from xiangyun.kernel.access import rules as access


@dataclass(frozen=True, slots=True)
class Plug:
    """Everything one room or module adds to the house; each list is handed to the room that owns its type."""

    id: str
    title: str
    router: Any = None
    abilities: tuple[access.Ability, ...] = ()
    matters: tuple[Any, ...] = ()
    categories: tuple[Any, ...] = ()
    work: tuple[Any, ...] = ()
    metrics: tuple[Any, ...] = ()
    alert_rules: tuple[Any, ...] = ()
    figures: tuple[Any, ...] = ()
    subjects: tuple[Any, ...] = ()
    duty: tuple[Any, ...] = ()
    notices: tuple[Any, ...] = ()
    imports: tuple[Any, ...] = ()
    exports: tuple[Any, ...] = ()
    facts: tuple[Any, ...] = ()
    rolls: tuple[Any, ...] = ()
    sealed: tuple[Any, ...] = ()
    offline: tuple[Any, ...] = ()
    offline_pack: tuple[Any, ...] = ()
    rounds: tuple[tuple[str, float, Callable[[str, datetime], None]], ...] = ()
    listens: tuple[tuple[type[Any], Callable[[Any], None]], ...] = field(default=())


# list of a plug → (module, function) that owns its entries; a room that is not installed owns nothing
OWNERS = {
    "matters": ("xiangyun.kernel.workflow.registry", "declare_matter"),
    "categories": ("xiangyun.kernel.workflow.registry", "declare_categories"),
    "work": ("xiangyun.kernel.workflow.registry", "declare_work"),
    "subjects": ("xiangyun.kernel.workflow.registry", "declare_subject"),
    "sealed": ("xiangyun.kernel.vault.registry", "declare_sealed"),
    "metrics": ("xiangyun.kernel.devices.registry", "declare_profile"),
    "alert_rules": ("xiangyun.kernel.alerts.registry", "declare_rule"),
    "figures": ("xiangyun.kernel.figures.registry", "declare_figure"),
    "notices": ("xiangyun.kernel.notify.registry", "declare_notice"),
    "imports": ("xiangyun.kernel.exchange.registry", "declare_import"),
    "exports": ("xiangyun.kernel.exchange.registry", "declare_export"),
    "facts": ("xiangyun.kernel.exchange.registry", "declare_fact"),
    "rolls": ("xiangyun.kernel.exchange.registry", "declare_roll"),
    "offline": ("xiangyun.kernel.offline.registry", "declare_form"),
    "offline_pack": ("xiangyun.kernel.offline.registry", "declare_section"),
}

_plugs: dict[str, Plug] = {}


def add(plug: Plug) -> None:
    """Plug something in: its abilities, lists and handlers go to their owners. Refuses: an id used twice."""
    if plug.id in _plugs:
        raise ValueError(f"{plug.id} is plugged in twice")
    _plugs[plug.id] = plug
    for ability in plug.abilities:
        access.declare(ability)
    for name, (module, function) in OWNERS.items():
        entries = getattr(plug, name)
        if entries:
            declare = getattr(import_module(module), function)
            for entry in entries:
                declare(entry)
    for kind, handler in plug.listens:
        events.listen(kind, handler)


def open_rooms() -> None:
    """Read the `plug.py` of every kernel room: plain lists under the names of `Plug`'s fields, in capitals."""
    for config in installed.get_app_configs():
        room = config.name.rpartition(".")[2]
        if not config.name.startswith("xiangyun.kernel.") or room in _plugs or not find_spec(f"{config.name}.plug"):
            continue
        lists = import_module(f"{config.name}.plug")
        add(
            Plug(
                id=room,
                title=getattr(lists, "TITLE", room),
                router=getattr(lists, "ROUTER", None),
                **{
                    name: tuple(getattr(lists, name.upper(), ()))
                    for name in (
                        "abilities",
                        "matters",
                        "categories",
                        "work",
                        "metrics",
                        "alert_rules",
                        "figures",
                        "subjects",
                        "duty",
                        "notices",
                        "imports",
                        "exports",
                        "facts",
                        "rolls",
                        "sealed",
                        "offline",
                        "offline_pack",
                        "listens",
                    )
                },
            )
        )


def each() -> Iterator[Plug]:
    """Every plug, in the order they came."""
    yield from _plugs.values()
