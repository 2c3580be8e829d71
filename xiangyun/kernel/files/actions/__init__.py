"""Writes of the files: kept, given to something, taken away; sent piece by piece; swept."""

from xiangyun.kernel.files.actions.files import attach, hand_on, note_download, remove, seal, store
from xiangyun.kernel.files.actions.sweeping import sweep
from xiangyun.kernel.files.actions.uploads import add_piece, begin_upload, finish_upload

__all__ = [
    "add_piece",
    "attach",
    "begin_upload",
    "finish_upload",
    "hand_on",
    "note_download",
    "remove",
    "seal",
    "store",
    "sweep",
]
