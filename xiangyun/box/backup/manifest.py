"""What one backup consists of, and what its restore must come out as: sealed like everything else on a target."""

import io
import json
import re
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import BinaryIO

from pyrage import x25519

from xiangyun.box.backup import keys, sealed
from xiangyun.box.backup.bundles import Kept
from xiangyun.box.backup.sealed import Broken
from xiangyun.box.backup.targets import Missing, Target
from xiangyun.entry.settings.config import Unfit

FORMAT = 1

_NAME = re.compile(r"backups/(\d{8}T\d{6}Z)/manifest\.zst\.age")


@dataclass(frozen=True, slots=True)
class Part:
    """One sealed object of a backup: its bytes as they lie on the target, and how many there were before."""

    name: str
    size: int
    sha256: str
    plain_size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """One backup. `tables` hold the state of the ledger at the restore point `point` (ending at `point_lsn`)."""

    format: int = FORMAT
    id: str
    version: str
    made_at: datetime
    took_s: float
    parts: dict[str, Part]
    files: dict[str, Kept]
    writer: str = ""
    bundles: int = 0
    postgres: int = 0
    timeline: int = 0
    chain: str = ""
    start_lsn: int = 0
    point: str = ""
    point_lsn: int = 0
    tables: dict[str, str] = field(default_factory=dict)

    @property
    def has_database(self) -> bool:
        """False where the ledger is on a server of somebody else."""
        return "base" in self.parts

    @property
    def bytes(self) -> int:
        return sum(one.size for one in self.parts.values())

    @property
    def named_bundles(self) -> list[str]:
        """Where its files lie."""
        return sorted({one.bundle for one in self.files.values()})


def new_id(at: datetime) -> str:
    """A backup is called after its instant."""
    return at.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def at_of(backup_id: str) -> datetime:
    """That instant."""
    return datetime.strptime(backup_id, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)


def is_id(text: str) -> bool:
    """Whether somebody names a backup rather than a place."""
    return re.fullmatch(r"\d{8}T\d{6}Z", text) is not None


def part_name(backup_id: str, part: str) -> str:
    """Where a part lies."""
    return f"backups/{backup_id}/{part}.zst.age"


def ids(target: Target) -> list[str]:
    """Every whole backup on a target, oldest first: one without a manifest never came to its end."""
    found = (_NAME.fullmatch(item.name) for item in target.items("backups/"))
    return sorted(one[1] for one in found if one)


def write(target: Target, told: Manifest, to: x25519.Recipient) -> None:
    """The last act of a backup."""
    name = part_name(told.id, "manifest")
    text = json.dumps({**asdict(told), "made_at": told.made_at.isoformat()}, ensure_ascii=False).encode()

    def write_to(sink: BinaryIO) -> None:
        sealed.seal(io.BytesIO(text), sink, to, name)

    target.put(name, write_to)


def read(target: Target, backup_id: str, by: x25519.Identity) -> Manifest:
    """What a backup says of itself.

    Refuses: Unfit, where there is none, it was changed, or a newer program wrote it.
    """
    name = part_name(backup_id, "manifest")
    text = io.BytesIO()
    try:
        with target.open(name) as source:
            sealed.unseal(source, text, by, name)
        told = json.loads(text.getvalue())
        if told["format"] > FORMAT:
            raise Unfit(
                zh=f"备份 {backup_id} 是更新版本的程序（{told['version']}）做的：请用新版程序恢复。",
                en=f"The backup {backup_id} was made by a newer program ({told['version']}): restore with that.",
            )
        told["made_at"] = datetime.fromisoformat(told["made_at"])
        told["parts"] = {key: Part(**one) for key, one in told["parts"].items()}
        told["files"] = {path: Kept(**one) for path, one in told["files"].items()}
        return Manifest(**told)
    except Missing:
        raise Unfit(
            zh=f"{target.shown} 里没有备份 {backup_id}：用 xiangyun backup list 看看有哪些。",
            en=f"There is no backup {backup_id} in {target.shown}: `xiangyun backup list` names those there are.",
        ) from None
    except Broken as fault:
        if fault.is_foreign:
            raise keys.wrong_key(f" {target.shown} {backup_id}") from None
        raise Damaged([f"{name}: {fault}"]) from None
    except (KeyError, TypeError, ValueError) as fault:
        raise Damaged([f"{name}: {type(fault).__name__}"]) from None


class Damaged(Unfit):
    """A backup that cannot be trusted: `what` names each object of it that is broken or missing."""

    def __init__(self, what: list[str]) -> None:
        super().__init__(
            zh=f"备份损坏，不能用：{'；'.join(what)}。",
            en=f"The backup is broken and cannot be used: {'; '.join(what)}.",
        )
        self.what = what
