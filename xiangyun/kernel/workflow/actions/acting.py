"""What every act on a matter has in common: the matter is held, the act is open to this person, notices go out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from xiangyun.base.errors import NotAllowed, NotFound, WrongState
from xiangyun.kernel.access.rules import Actor
from xiangyun.kernel.notify import actions as notify
from xiangyun.kernel.notify.rules import Urgency
from xiangyun.kernel.workflow import queries, registry
from xiangyun.kernel.workflow.models import Clock, Matter
from xiangyun.kernel.workflow.rules import Act, MatterKind
from xiangyun.kernel.workflow.rules.kinds import Standing, refusal


@dataclass(frozen=True, slots=True)
class Held:
    """A matter held until the transaction ends, its kind, and how it stands for who acts."""

    matter: Matter
    kind: MatterKind
    standing: Standing

    @property
    def clock(self) -> Clock:
        """The running clock, for acts that need one."""
        assert self.matter.clock is not None
        return self.matter.clock


def hold(matter_id: UUID, act: Act, by: Actor) -> Held:
    """The matter, if this act on it is open to `by` now. Refuses: NotFound, NotAllowed, WrongState."""
    if by.account_id is None and by.kind != "system":
        raise NotAllowed("base.not_allowed")
    found = queries.matters_for(by).select_for_update(of=("self",)).pick(matter_id)
    # Read again once it is held: whoever had to wait would else judge by what stood there before.
    matter = Matter.objects.select_related("clock").get(pk=found.pk)
    kind = registry.matter_kind(matter.kind)
    standing = queries.standings([matter], by)[matter.pk]
    why = refusal(kind, act, standing, lambda ability: by.may(ability, matter.area_path))
    if why == "not_allowed":
        raise NotAllowed("base.not_allowed")
    if why is not None:
        code = f"workflow.{why}_{act}" if why == "not_now" else f"workflow.{why}"
        if act == Act.REOPEN and why == "closed":
            code = "workflow.not_closed"
        raise WrongState(code, number=matter.number)
    return Held(matter=matter, kind=kind, standing=standing)


def see(matter_id: UUID, by: Actor) -> Matter:
    """A matter that exists for `by`, held. Refuses: NotFound."""
    if by.account_id is None:
        raise NotFound
    found = queries.matters_for(by).select_for_update(of=("self",)).pick(matter_id)
    return Matter.objects.select_related("clock").get(pk=found.pk)


# By the severity of a matter: how soon whoever is asked must hear of it. What is less grave waits for its reader.
HURRY = {1: Urgency.NOW, 2: Urgency.SOON}


def tell(
    matter: Matter,
    accounts: Iterable[UUID | None],
    code: str,
    at: datetime,
    *,
    urgency: Urgency = Urgency.PLAIN,
    **params: Any,
) -> None:
    """Put a notice about a matter into some inboxes; a sealed one is called by its number alone."""
    for account in dict.fromkeys(accounts):
        if account is not None:
            notify.tell(
                account=account,
                area=matter.area_path,
                code=code,
                params={"number": matter.number, "title": title_of(matter), **params},
                subject=("matter", matter.pk),
                at=at,
                urgency=urgency,
            )


def title_of(matter: Matter) -> dict[str, Any]:
    """A matter's title as a sentence inside a notice."""
    if matter.is_sealed:
        return {"code": "workflow.sealed_title", "params": {}, "place": matter.area_path}
    return {"code": matter.title_code, "params": matter.title_params, "place": matter.area_path}
