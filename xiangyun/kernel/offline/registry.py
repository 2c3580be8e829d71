"""What can be written without signal, and what the village pack holds; plugs declare it while the house starts."""

from __future__ import annotations

from xiangyun.base.offline import Form, Section

_forms: dict[str, Form] = {}
_sections: dict[str, Section] = {}


def declare_form(form: Form) -> None:
    """Add a form. Refuses: a code declared twice."""
    if _forms.get(form.code, form) != form:
        raise ValueError(f"{form.code} is declared twice")
    _forms[form.code] = form


def declare_section(section: Section) -> None:
    """Add a list to the pack. Refuses: a code declared twice."""
    if _sections.get(section.code, section) != section:
        raise ValueError(f"{section.code} is declared twice")
    _sections[section.code] = section


def form(code: str) -> Form | None:
    """The form of this code; None for one that nobody declares (any more)."""
    return _forms.get(code)


def forms() -> list[Form]:
    """All, in the order they were declared."""
    return list(_forms.values())


def sections() -> list[Section]:
    """All, in the order they were declared."""
    return list(_sections.values())
