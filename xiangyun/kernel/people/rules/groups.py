"""Facts of people and homes by the group that shares a source, and which code list each takes: plain values."""

from __future__ import annotations

from datetime import timedelta

# Group → its facts, by the names they have on the wire.
OF_RESIDENT = {
    "identity": ("name", "is_protected", "document", "id_no", "sex", "born_on", "ethnicity"),
    "contact": ("phone", "bank_card"),
    "status": (
        "education",
        "marriage",
        "political",
        "occupation",
        "hukou",
        "away_since",
        "away_to",
        "insurance",
    ),
    "health": ("health",),
}
GROUP_OF = {fact: group for group, facts in OF_RESIDENT.items() for fact in facts}
RESIDENT_FACTS = tuple(GROUP_OF)

HOME_FACTS = (
    "number",
    "group",
    "grid",
    "kind",
    "address",
    "point",
    "house_size_m2",
    "safety_grade",
    "water",
    "toilet",
    "heating",
    "has_broadband",
    "machines",
)

PLOT_FACTS = (
    "code",
    "name",
    "kind",
    "size_mu",
    "is_irrigated",
    "crop",
    "contract_from",
    "contract_until",
    "transferred_to",
    "transfer_until",
)

# A household's income of a year, in fen.
AMOUNTS = ("wage", "business", "property", "transfer", "cost")

FIRST_YEAR = 1990

# Shown masked wherever they are shown; a value with mask characters is never written.
MASKED = frozenset(("name", "id_no", "phone", "bank_card", "address"))
# Never shown at all until they are revealed.
HIDDEN = frozenset(("health", "amounts", "note", "kind_sealed"))

# Fact → the code list it takes its value from.
LISTS_OF_RESIDENT = {
    "document": "document",
    "sex": "sex",
    "ethnicity": "ethnicity",
    "education": "education",
    "marriage": "marriage",
    "political": "political",
    "hukou": "hukou",
    "insurance": "insurance",
}
LISTS_OF_HOME = {
    "kind": "household_kind",
    "safety_grade": "safety_grade",
    "water": "water",
    "toilet": "toilet",
    "heating": "heating",
}
LISTS_OF_PLOT = {"kind": "land_kind"}

# Papers that carry a citizen's ID number (GA/T 2000.156): the number decides sex and birth date.
CITIZEN_PAPERS = ("111", "112", "113")

CHECK_EVERY = timedelta(days=90)
"""Whoever visits a home once a quarter says what changed, or that nothing did."""

DIED = "died"
"""How the membership of somebody ends who dies: code list membership_ends."""

OPEN, WELFARE, SEALED = 0, 1, 2
"""Who may know of a mark of special care: the village's staff, welfare staff, nobody without a reason."""
