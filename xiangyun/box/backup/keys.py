"""The one key that opens a box's backups: derived from the recovery secret, which is on paper and in no backup."""

import hmac
import re
from collections.abc import Sequence

from mnemonic import Mnemonic
from pyrage import x25519

from xiangyun.base import crypto
from xiangyun.entry.settings.config import SECRET_BYTES, Unfit

LANGUAGES = ("chinese_simplified", "english")
HUMAN_PART = "age-secret-key-"

_HEX = re.compile(rf"[0-9a-f]{{{SECRET_BYTES * 2}}}")
_HAN = re.compile("[㐀-鿿]")
_CHARSET = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_GENERATOR = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)


def identity(secret: bytes) -> x25519.Identity:
    """What opens a backup (age, X25519)."""
    return x25519.Identity.from_str(identity_text(secret))


def recipient(secret: bytes) -> x25519.Recipient:
    """What a backup is sealed to. It never leaves the box: whoever does not hold the secret can forge no backup."""
    return identity(secret).to_public()


def identity_text(secret: bytes) -> str:
    """`AGE-SECRET-KEY-1…`: any 32 bytes are an X25519 scalar, so the derived key is taken as it is."""
    return _bech32(HUMAN_PART, crypto.derive(secret, "backup")).upper()


def mark(secret: bytes) -> str:
    """What tells the targets of one box from those of another without telling the secret."""
    return crypto.derive(secret, "backup target", 8).hex()


def marker_seal(secret: bytes, target_id: str) -> str:
    """What only the box could have written beside a target's id."""
    return hmac.digest(crypto.derive(secret, "backup marker"), target_id.encode(), "sha256").hex()


def read_secret(text: str) -> bytes:
    """The recovery secret as people hold it: 64 hex digits, or 24 words in Chinese or English, numbered or not.

    Refuses: Unfit, for anything else; a wrong word is noticed by the checksum in the words.
    """
    plain = text.strip().lower()
    if _HEX.fullmatch(plain):
        return bytes.fromhex(plain)
    words = _HAN.findall(plain) or [one for one in re.split(r"[\s,.、]+", plain) if one and not one.isdigit()]
    for language in LANGUAGES:
        try:
            return bytes(Mnemonic(language).to_entropy(words))
        except (ValueError, LookupError):
            continue
    raise Unfit(
        zh=f"这不是恢复密钥：应是恢复单上的 24 个字（或 24 个英文单词），现在读到 {len(words)} 个；"
        "请对照恢复单逐字核对。",
        en=f"This is not a recovery secret: it should be the 24 words of the recovery sheet, and {len(words)} were"
        " read; compare word by word.",
    )


def wrong_key(where: str) -> Unfit:
    """The sentence for a backup that our secret does not open."""
    return Unfit(
        zh=f"恢复密钥打不开{where}：它不是这套系统的恢复单，请换用正确的那一张。",
        en=f"The recovery secret does not open {where}: it belongs to another box; use the right sheet.",
    )


def _bech32(human: str, data: bytes) -> str:
    """BIP-173, without its limit of 90 characters."""
    values = _in_fives(data)
    spread = [ord(one) >> 5 for one in human] + [0] + [ord(one) & 31 for one in human]
    told = _polymod([*spread, *values, 0, 0, 0, 0, 0, 0]) ^ 1
    check = [(told >> 5 * (5 - place)) & 31 for place in range(6)]
    return f"{human}1{''.join(_CHARSET[one] for one in (*values, *check))}"


def _in_fives(data: bytes) -> list[int]:
    """Bytes as groups of five bits, the last filled up with zeros."""
    bits = len(data) * 8
    short = -bits % 5
    number = int.from_bytes(data, "big") << short
    return [(number >> place) & 31 for place in range(bits + short - 5, -1, -5)]


def _polymod(values: Sequence[int]) -> int:
    check = 1
    for value in values:
        top = check >> 25
        check = (check & 0x1FFFFFF) << 5 ^ value
        for place, generator in enumerate(_GENERATOR):
            check ^= generator if (top >> place) & 1 else 0
    return check
