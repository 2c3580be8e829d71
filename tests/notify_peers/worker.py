"""The real worker, in a hurry, that kills itself (`kill -9`) once at the step `XY_DIE_AT` names, if `XY_TRAP` stands.

`XY_CONTROL=unclaimed` takes the claim away on purpose: what is on its way is not committed before it goes.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from xiangyun.entry import worker
from xiangyun.entry.rounds import Round
from xiangyun.kernel.notify import adapters, rules, tasks
from xiangyun.kernel.notify.actions import planning, sending

TRAP = Path(os.environ.get("XY_TRAP", "/nonexistent"))


def die() -> None:
    """`kill -9`, once."""
    if TRAP.exists():
        TRAP.unlink()
        os.kill(os.getpid(), signal.SIGKILL)


def before(home: Any, name: str) -> None:
    """Die before this is done."""
    honest = getattr(home, name)

    def dying(*told: Any, **more: Any) -> Any:
        die()
        return honest(*told, **more)

    setattr(home, name, dying)


def after(home: Any, name: str) -> None:
    """Die once this is done, if it did anything; what it wrote is not committed yet."""
    honest = getattr(home, name)

    def dying(*told: Any, **more: Any) -> Any:
        found = honest(*told, **more)
        if found or name.startswith("note"):
            die()
        return found

    setattr(home, name, dying)


# Where a process can die, in the order of a message's life.
STEPS: dict[str, tuple[Callable[[Any, str], None], Any, str]] = {
    "planned, not committed": (after, planning, "plan"),
    "claimed, not committed": (after, sending, "claim"),
    "claimed": (before, adapters, "send"),
    "answered": (after, adapters, "send"),
    "noted, not committed": (after, sending, "note"),
    "about to ask, not committed": (after, sending, "to_ask"),
    "about to ask": (before, adapters, "ask"),
    "told": (after, adapters, "ask"),
    "told and noted, not committed": (after, sending, "note_asked"),
}
# Where it is the gateway that kills: it has the message, or the question, and has not answered.
AT_GATEWAY = ("arrived", "asked")


def take_the_claim_away() -> None:
    """The red control: a message is marked only after it went."""
    from django.db import transaction

    from xiangyun.kernel.notify.models import Delivery

    claim, note = sending.claim, sending.note

    def claimed(**told: Any) -> Any:
        with transaction.atomic():
            parcels = claim(**told)
            transaction.set_rollback(True)
        return parcels

    def noted(*, parcel: Any, **told: Any) -> None:
        Delivery.objects.filter(pk=parcel.delivery_id).update(state="sending", attempts=parcel.attempt)
        note(parcel=parcel, **told)

    sending.claim, sending.note = claimed, noted  # type: ignore[assignment]


def main() -> None:
    """Hurry, set the trap, work."""
    rules.LEASE, rules.PATIENCE_S = timedelta(seconds=3), 2.0
    rules.ASKED_AFTER = tuple(timedelta(seconds=s) for s in (0.5, 1, 1, 1, 1, 1))
    calls = {"plan": tasks.plan_round, "send": tasks.send_round, "ask": tasks.ask_round}
    worker.OUTSIDE = tuple(Round(name, 0.2, call) for name, call in calls.items())
    if os.environ.get("XY_CONTROL") == "unclaimed":
        take_the_claim_away()
    step = STEPS.get(os.environ.get("XY_DIE_AT", ""))
    if step:
        how, home, name = step
        how(home, name)
    worker.main()


if __name__ == "__main__":
    main()
