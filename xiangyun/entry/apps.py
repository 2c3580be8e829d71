from typing import Any

from django.apps import AppConfig


class EntryConfig(AppConfig):
    """The doors; installed so that their commands are found."""

    name = "xiangyun.entry"
    label = "entry"

    def ready(self) -> None:
        from xiangyun.base import events

        events.send_by(_put)


def _put(event: str, payload: dict[str, Any]) -> None:
    # The job library is 5 MB in each process; most of them never announce anything.
    from xiangyun.entry import jobs

    jobs.put(event, payload)
