"""How matters, work, inboxes and duty read to one person."""

from xiangyun.kernel.workflow.answers.reader import Reader, holder, person

__all__ = ["Reader", "holder", "person"]
