"""How a process of the box is born: in a session of its own, dying with its parent, and PostgreSQL never as root."""

import ctypes
import functools
import os
import pwd
import signal
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from xiangyun.entry.settings.config import Unfit

_PR_SET_PDEATHSIG = 1
_PR_SET_SECUREBITS = 28
_PR_CAP_AMBIENT = 47
_PR_CAP_AMBIENT_RAISE = 2
_SECBIT_NO_SETUID_FIXUP = 1 << 2
_CLONE_NEWUSER = 0x10000000
_CAP_DAC_READ_SEARCH = 2
_CAPABILITY_VERSION_3 = 0x20080522

# PostgreSQL looks its own user up in passwd; these stand in every one.
_KNOWN_USERS = ("postgres", "daemon", "nobody")

_libc = ctypes.CDLL(None, use_errno=True)


class Way(StrEnum):
    """How PostgreSQL gets a user that is not root."""

    PLAIN = "plain"
    NAMESPACE = "namespace"
    DEDICATED = "dedicated"


@dataclass(frozen=True, slots=True)
class Identity:
    """Whom PostgreSQL runs as: `uid` as the file system sees it, `peer` as PostgreSQL sees us on its socket."""

    way: Way
    uid: int
    gid: int
    peer: str
    inner_uid: int
    inner_gid: int


def birth(*, on_orphan: signal.Signals = signal.SIGKILL, identity: Identity | None = None) -> Callable[[], None]:
    """A `preexec_fn`: the child gets `on_orphan` when the thread that made it ends, and becomes `identity`."""
    parent = os.getpid()

    def before_exec() -> None:
        if identity is not None and identity.way is Way.NAMESPACE:
            _enter_namespace(identity)
        elif identity is not None and identity.way is Way.DEDICATED:
            _become(identity)
        # Last: a change of credentials clears it.
        die_with_parent(on_orphan, parent)

    return before_exec


def die_with_parent(by: signal.Signals, parent: int) -> None:
    """Have the kernel send `by` to this process when `parent` ends; leave at once if it has ended already."""
    _prctl(_PR_SET_PDEATHSIG, by)
    if os.getppid() != parent:
        os._exit(1)


@functools.cache
def postgres_identity(*reach: Path) -> Identity:
    """The first way that works here and gets to the folders of `reach`: as we are, in a user namespace, under a uid of
    its own.

    Refuses: Unfit, where root is allowed neither of the two.
    """
    uid, gid = os.geteuid(), os.getegid()
    own_name = _name_of(uid)
    if uid != 0 and own_name is not None:
        return Identity(Way.PLAIN, uid, gid, own_name, uid, gid)

    known = _known_user()
    if known is not None:
        inside = Identity(Way.NAMESPACE, uid, gid, known.pw_name, known.pw_uid, known.pw_gid)
        if _is_possible(inside, reach):
            return inside
        if uid == 0:
            dedicated = Identity(
                Way.DEDICATED, known.pw_uid, known.pw_gid, own_name or "root", known.pw_uid, known.pw_gid
            )
            if _is_possible(dedicated, reach):
                return dedicated
    raise Unfit(
        zh="PostgreSQL 不能以 root 身份运行，而这台机器既不允许用户命名空间，也不允许换用专用账号："
        "请用普通用户启动乡云，源码和数据目录也归它所有。",
        en="PostgreSQL must not run as root, and this machine allows neither a user namespace nor a dedicated uid:"
        " start Xiangyun as an ordinary user who owns the source and the data folder.",
    )


def _is_possible(identity: Identity, reach: tuple[Path, ...]) -> bool:
    """Tried by a child: in a namespace even root stays outside a closed folder of somebody else."""
    try:
        done = subprocess.run(
            ["/bin/sh", "-c", 'for folder; do cd "$folder" || exit 1; done', "sh", *reach],
            preexec_fn=birth(identity=identity),
            stdin=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=False,
        )
    except (OSError, subprocess.SubprocessError):
        return False
    return done.returncode == 0


def _known_user() -> pwd.struct_passwd | None:
    for name in _KNOWN_USERS:
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    return None


def _name_of(uid: int) -> str | None:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return None


def _enter_namespace(identity: Identity) -> None:
    if _libc.unshare(_CLONE_NEWUSER) != 0:
        raise OSError(ctypes.get_errno(), "unshare")
    _write("/proc/self/setgroups", "deny")
    _write("/proc/self/uid_map", f"{identity.inner_uid} {identity.uid} 1")
    _write("/proc/self/gid_map", f"{identity.inner_gid} {identity.gid} 1")


def _become(identity: Identity) -> None:
    """Another uid that may still walk through folders closed to it, and nothing more."""
    _prctl(_PR_SET_SECUREBITS, _SECBIT_NO_SETUID_FIXUP)
    os.setgroups([])
    os.setresgid(identity.gid, identity.gid, identity.gid)
    os.setresuid(identity.uid, identity.uid, identity.uid)
    mask = 1 << _CAP_DAC_READ_SEARCH
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)
    # effective, permitted, inheritable for capabilities 0-31, then for 32-63
    sets = (ctypes.c_uint32 * 6)(mask, mask, mask, 0, 0, 0)
    if _libc.capset(header, sets) != 0:
        raise OSError(ctypes.get_errno(), "capset")
    _prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_RAISE, _CAP_DAC_READ_SEARCH)


def _prctl(option: int, value: int, third: int = 0) -> None:
    arguments = [ctypes.c_ulong(number) for number in (value, third, 0, 0)]
    if _libc.prctl(option, *arguments) != 0:
        raise OSError(ctypes.get_errno(), f"prctl {option}")


def _write(path: str, text: str) -> None:
    handle = os.open(path, os.O_WRONLY)
    try:
        os.write(handle, text.encode("ascii"))
    finally:
        os.close(handle)
