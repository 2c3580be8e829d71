"""Levels of the tree and how a name from the national list is shortened."""

from __future__ import annotations

SWITCH = "org.switch_module"

LEVELS = ("city", "banner", "town", "village", "group", "grid")

# Level column of the national list → our word (domain brief §1.1).
NATIONAL_LEVEL = {"2": "city", "3": "banner", "4": "town", "5": "village"}

_TAILS = ("村村民委员会", "嘎查村民委员会", "社区居民委员会", "居民委员会", "村民委员会")


def short_name(name: str) -> str:
    """迎丰村村民委员会 → 迎丰村: what people call the place."""
    for tail in _TAILS:
        if name.endswith(tail) and len(name) > len(tail):
            kept = name.removesuffix(tail)
            return kept + {"村村民委员会": "村", "嘎查村民委员会": "嘎查", "社区居民委员会": "社区"}.get(tail, "")
    return name


def level_of(path: str) -> str:
    """The level a path stands at, from its form alone."""
    last = path.rpartition(".")[2]
    if last[:1] == "g":
        return "grid"
    if last[:1] == "z":
        return "group"
    return LEVELS[len(path.split(".")) - 2]
