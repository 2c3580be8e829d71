"""What the box notes about its backups, below `backup/` in its home: small JSON files, replaced whole."""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from xiangyun.entry.settings.config import Config, Unfit, private_folder

STATE = "state.json"


def read(config: Config, name: str) -> dict[str, Any]:
    """One note; empty where there is none, or a power cut left half of one."""
    try:
        told = json.loads((config.backup_notes / name).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    return told if isinstance(told, dict) else {}


def write(config: Config, name: str, told: dict[str, Any]) -> None:
    """Replace one note."""
    place = private_folder(config.backup_notes) / name
    draft = place.with_name(f"{name}.{os.getpid()}")
    draft.write_text(json.dumps(told, ensure_ascii=False), encoding="utf-8")
    draft.replace(place)


def state(config: Config) -> dict[str, Any]:
    """How the backups stand, for `status` and the desk; no secret and nothing personal in it.

    `target`: where they go. `safe_until`: everything committed before is on it; `checked_at`: when that was last tried.
    `trouble` {zh, en, since}: why it does not go on. `backup` {id, chain, made_at, bytes, rows, tables, files, took_s}:
    the last one; `backup_trouble` {zh, en, at}: why a later one was not made. `proven` {id, at, until, tables, took_s}:
    the last restore that came out equal; `drill_trouble` {zh, en, at}: why a later one did not.
    """
    return read(config, STATE)


def note(config: Config, **changes: Any) -> None:
    """Change some entries of the state; None takes one away."""
    with _locked(config, "state.lock"):
        told = {**state(config), **changes}
        write(config, STATE, {key: value for key, value in told.items() if value is not None})


def trouble(fault: Unfit, at: datetime, former: dict[str, Any] | None) -> dict[str, str]:
    """A refusal as it is noted; `since` stays while it is the same one."""
    is_same = former is not None and former.get("en") == fault.en
    return {"zh": fault.zh, "en": fault.en, "since": former["since"] if is_same and former else at.isoformat()}


@contextmanager
def alone(config: Config, name: str) -> Iterator[None]:
    """Hold one kind of work for this process.

    Refuses: Unfit, while another process does it.
    """
    with _locked(config, f"{name}.lock", wait=False):
        yield


@contextmanager
def in_turn(config: Config, name: str) -> Iterator[None]:
    """The same, waiting for the other."""
    with _locked(config, f"{name}.lock"):
        yield


@contextmanager
def _locked(config: Config, name: str, *, wait: bool = True) -> Iterator[None]:
    handle = os.open(private_folder(config.backup_notes) / name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            raise Unfit(
                zh="另一次备份或演练正在进行，请等它做完。",
                en="Another backup or drill is going on: wait for it to finish.",
            ) from None
        yield
    finally:
        os.close(handle)
