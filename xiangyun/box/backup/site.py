"""Where this box's backups go and what seals them, put together once."""

import hmac
import secrets as chance
from dataclasses import dataclass

from pyrage import x25519

from xiangyun.box.backup import keys, notes, targets
from xiangyun.box.backup.targets import Marker, Target
from xiangyun.entry.settings.config import Config, Unfit

KNOWN = "targets.json"


@dataclass(frozen=True, slots=True)
class Site:
    """One box and one target that is its own."""

    config: Config
    target: Target
    id: str
    secret: bytes

    @property
    def to(self) -> x25519.Recipient:
        return keys.recipient(self.secret)

    @property
    def by(self) -> x25519.Identity:
        return keys.identity(self.secret)


def of(config: Config, where: str = "", *, is_new: bool = False) -> Site:
    """The target of the settings, or `where`; with `is_new` another disk may stand in the place of the one we know.

    Refuses: Unfit, where none is set or it is another box's; Away, when it cannot be reached.
    """
    if not (where or config.backup):
        raise Unfit(
            zh='还没有设置备份的目的地：请在 xiangyun.toml 里写 backup = "/挂载的盘/乡云备份"，或设 XIANGYUN_BACKUP。',
            en='No backup target is set: write backup = "/mounted/disk/folder" into xiangyun.toml or set'
            " XIANGYUN_BACKUP.",
        )
    target = targets.at(where or config.backup)
    secret = config.recovery_secret()
    known = notes.read(config, KNOWN)
    found = _joined(target, secret, "" if is_new else str(known.get(target.shown, "")))
    if known.get(target.shown) != found:
        notes.write(config, KNOWN, {**known, target.shown: found})
    return Site(config, target, found, secret)


def foreign(target: Target, config: Config, secret: bytes) -> Site:
    """A target somebody wants to read with a secret in their hand.

    Refuses: Unfit, when nothing of ours is there or the secret is another box's.
    """
    told = targets.read_marker(target)
    if told is None:
        raise Unfit(
            zh=f"{target.shown} 里没有乡云的备份。",
            en=f"There are no backups of Xiangyun in {target.shown}.",
        )
    if told.box != keys.mark(secret):
        raise keys.wrong_key(f" {target.shown} ")
    return Site(config, target, _checked(target, told, secret), secret)


def _joined(target: Target, secret: bytes, known_id: str) -> str:
    """The id of a target that is ours; a new one gets its marker."""
    told = targets.read_marker(target)
    if told is None:
        if known_id:
            raise targets.Away(
                zh=f"{target.shown} 不是原来那个备份盘（没有标记）：请插上原来的盘；要改用新盘，"
                "请运行 xiangyun backup --new-target。",
                en=f"{target.shown} is not the disk backups went to (its marker is missing): plug that one in, or take"
                " this one with `xiangyun backup --new-target`.",
            )
        fresh = chance.token_hex(8)
        told = Marker(fresh, keys.mark(secret), keys.marker_seal(secret, fresh))
        targets.write_marker(target, told)
    if told.box != keys.mark(secret):
        raise Unfit(
            zh=f"{target.shown} 里是另一套乡云的备份：请换一个文件夹、桶或前缀。",
            en=f"{target.shown} holds the backups of another box: use another folder, bucket or prefix.",
        )
    return _checked(target, told, secret)


def _checked(target: Target, told: Marker, secret: bytes) -> str:
    if not hmac.compare_digest(told.seal, keys.marker_seal(secret, told.id)):
        raise targets.broken_marker(target)
    return told.id
