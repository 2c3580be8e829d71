"""What the room of the audit adds to the house."""

from xiangyun.kernel.access.rules import Ability
from xiangyun.kernel.audit.api import ROUTER

TITLE = "audit"
ABILITIES = [
    Ability("audit.see_entry", roles=("audit_admin",)),
    Ability("audit.verify_chain", roles=("audit_admin", "security_admin")),
]

__all__ = ["ABILITIES", "ROUTER", "TITLE"]
