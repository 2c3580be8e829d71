"""What can only be checked once every plug is in: names that nobody declared."""

from __future__ import annotations

from typing import Any

from django.core.checks import CheckMessage, Error, register

from xiangyun.base import words
from xiangyun.kernel.access import rules as access
from xiangyun.kernel.workflow import registry
from xiangyun.kernel.workflow.rules import Act, Level, MatterKind, MatterState
from xiangyun.kernel.workflow.rules.kinds import MUST_LEAD


@register
def moves_are_known(**_: Any) -> list[CheckMessage]:
    """Each move of each kind of matter needs a declared ability; where work leads, a move must lead too."""
    faults: list[CheckMessage] = []
    for kind in registry.matter_kinds():
        faults += [
            Error(f"{kind.code}: the move {old} → {new} needs {ability}, which no plug declares", id="workflow.E001")
            for (old, new), ability in kind.moves.items()
            if not access.known(ability)
        ]
        faults += _leads_nowhere(kind)
        faults += _acts_in_vain(kind)
        if f"{kind.code}" not in words.catalogue(words.DEFAULT):
            faults.append(Error(f"{kind.code}: no words say what kind of matter this is", id="workflow.E003"))
        faults += [
            Error(f"{kind.code}: no words say what the state {state} is called", id="workflow.E007")
            for state in sorted(_states(kind) - {one.value for one in MatterState})
            if f"{kind.code}.state_{state}" not in words.catalogue(words.DEFAULT)
        ]
    return faults


def _states(kind: MatterKind) -> set[str]:
    return {str(kind.first)} | {str(state) for move in kind.moves for state in move}


def _leads_nowhere(kind: MatterKind) -> list[CheckMessage]:
    states = _states(kind)
    return [
        Error(f"{kind.code}: {act} leads to {state}, which no move knows", id="workflow.E002")
        for act, state in kind.on.items()
        if state not in states
    ]


def _acts_in_vain(kind: MatterKind) -> list[CheckMessage]:
    """Acts need abilities somebody declares; what closes or opens a matter must lead to such a state."""
    faults: list[CheckMessage] = [
        Error(f"{kind.code}: {act} needs {ability}, which no plug declares", id="workflow.E004")
        for act, ability in {**kind.acts, **{f"close at {level}": one for level, one in kind.closing.items()}}.items()
        if not access.known(ability)
    ]
    faults += [
        Error(f"{kind.code}: {act} must lead to a state that is {'' if closes else 'not '}closed", id="workflow.E005")
        for act, closes in MUST_LEAD.items()
        if act in kind.acts and (kind.target(act) in kind.closed) != closes
    ]
    if unknown := set(kind.acts) - set(Act) | set(kind.levels) - set(Level):
        faults.append(Error(f"{kind.code}: nobody knows {sorted(unknown)}", id="workflow.E006"))
    return faults
