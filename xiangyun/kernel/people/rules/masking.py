"""How a personal field is shown without being opened, and how a shown mask is recognised when it comes back.

Names keep the surname and one star for each hidden character: 张*, 张**, 欧阳**, 乌****. Mongolian names have no
surname: their first character stays.
"""

from __future__ import annotations

import re
import unicodedata

from xiangyun.kernel.people.rules.surnames import COMPOUND

HIDDEN = "*"
LAST_SHOWN = 4

# Characters that only a mask has. A middle dot (·) belongs to names and is none of them.
_MASKS = re.compile(r"[*＊∗﹡✱⁎●○◯■□▇█◆◇※…]")
# Runs: an x is also the last character of an ID number and a letter of names.
_RUNS = re.compile(r"[xX×ｘＸ]{3,}|(?<=[\d\u4e00-\u9fff])[xX×ｘＸ]{2,}|[xX×ｘＸ]{2,}(?=[\d\u4e00-\u9fff])|[#＃]{2,}")
# A bullet between two characters is a clerk's dot in 阿拉坦•乌拉; anywhere else it hides something.
_BULLETS = re.compile(r"(?<![^\W\d_])•|•(?![^\W\d_])")


# None of them without one of these signs, and most texts have none.
_SIGNS = re.compile(f"{_MASKS.pattern[:-1]}xX×ｘＸ#＃•]")


def mask_name(name: str) -> str:
    """张建国 → 张**."""
    shown = 2 if len(name) > 2 and name[:2] in COMPOUND else 1
    return HIDDEN if len(name) < 2 else name[:shown] + HIDDEN * (len(name) - shown)


def mask_id_number(number: str) -> str:
    """The last four: **************0014. Also for other papers; what is no longer than that is hidden whole."""
    return _last(number)


def hide(number: str) -> str:
    """Nothing but that there is one: ******************."""
    return HIDDEN * len(number)


def mask_phone(number: str) -> str:
    """138****1234; of a landline the last four."""
    is_mobile = len(number) == 11 and number.startswith("1")
    return f"{number[:3]}{HIDDEN * 4}{number[-LAST_SHOWN:]}" if is_mobile else _last(number)


def mask_bank_card(number: str) -> str:
    """The last four, behind as many stars as there are other digits."""
    return _last(number)


def mask_address(village: str) -> str:
    """As far as the village: 迎丰村…"""
    return f"{village}…"


def has_mask(text: str) -> bool:
    """Whether something in the text hides something: such a value is never written back."""
    if not _SIGNS.search(text):
        return False
    return bool(_MASKS.search(text) or _RUNS.search(text) or _BULLETS.search(unicodedata.normalize("NFC", text)))


def _last(number: str) -> str:
    hidden = len(number) - LAST_SHOWN
    return hide(number) if hidden <= 0 else HIDDEN * hidden + number[-LAST_SHOWN:]
