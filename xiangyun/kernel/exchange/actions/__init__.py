"""What people do with tables: bring one in, take it back, send one out, fill a form."""

from xiangyun.kernel.exchange.actions.asking import ask_check, ask_run, ask_undo, cancel, start_import
from xiangyun.kernel.exchange.actions.exports import ask_export
from xiangyun.kernel.exchange.actions.forms import add_form, change_form, fill, retire_form

__all__ = [
    "add_form",
    "ask_check",
    "ask_export",
    "ask_run",
    "ask_undo",
    "cancel",
    "change_form",
    "fill",
    "retire_form",
    "start_import",
]
