"""The agreement of a mediation as a sheet of paper, to be signed."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

from xiangyun.base import words
from xiangyun.base.errors import WrongState
from xiangyun.base.paper import printed
from xiangyun.kernel.org import queries as org
from xiangyun.modules.grid.models import Mediation
from xiangyun.modules.grid.queries import mediations as queries
from xiangyun.modules.grid.rules.mediation import AgreementForm

TEMPLATE = Path(__file__).resolve().parent.parent / "papers" / "mediation.typ"
SAYS = (
    "parties", "phone", "id_number", "address", "facts", "issues", "liability", "content", "willing", "method",
    "amount", "due", "sign", "fingerprint", "mediator", "recorder", "agreed_on", "seal",
)  # fmt: skip


def agreement_paper(row: Mediation, lang: str) -> bytes:
    """The agreement as one PDF: who, what happened, what was agreed (人民调解法 §29), places for signatures,
    fingerprints and the committee's seal; one by word of mouth as its record (§28, §30). What the house need not know
    (ID numbers, addresses) is left as a line for the hand. Refuses: WrongState (no agreement)."""
    agreed, told = queries.agreement(row), queries.facts(row)
    if agreed is None or row.agreed_on is None:
        raise WrongState("grid.no_agreement", number=row.matter.number)
    parties = [(party, queries.who(party)) for party in queries.parties_of([row])[row.pk]]
    area = org.names([row.area_path])[row.area_path]
    number = row.matter.number
    facts = {
        "title": _say(f"title_{row.form}", lang),
        "number": _say("number", lang, number=number),
        "foot": _say("foot", lang, area=area, number=number),
        "is_written": row.form == AgreementForm.WRITTEN,
        "says": {name: _say(name, lang) for name in SAYS},
        "parties": [
            {"side": _say(f"side_{party.side}", lang), "name": known["name"], "phone": known["phone"]}
            for party, known in parties
        ],
        "facts": told["facts"],
        "issues": told["issues"],
        "liability": agreed["liability"],
        "content": agreed["content"],
        "method": agreed["method"],
        "due": _day(agreed["due_on"] and date.fromisoformat(agreed["due_on"]), lang),
        "amount": "" if row.amount_fen is None else _say("yuan", lang, yuan=f"{Decimal(row.amount_fen) / 100:,.2f}"),
        "effect": _say(f"effect_{row.form}", lang),
        "mediator": row.mediator_name,
        "agreed_on": _day(row.agreed_on, lang),
    }
    return printed(TEMPLATE, facts, gap_note=_say("gap_note", lang))


def _say(name: str, lang: str, **params: object) -> str:
    return words.say(f"grid.paper.{name}", lang, **params)


def _day(day: date | None, lang: str) -> str:
    if day is None:
        return ""
    in_digits = {"month_en": f"{day:%m}", "day_en": f"{day:%d}"}
    return _say("day", lang, year=day.year, month=day.month, day=day.day, **in_digits)
