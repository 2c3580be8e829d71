"""The key a town receives with."""

from __future__ import annotations

from datetime import datetime

from xiangyun.base import ids
from xiangyun.kernel.offline import envelopes
from xiangyun.kernel.offline.models import ReceivingKey
from xiangyun.kernel.vault import actions as vault
from xiangyun.kernel.vault import queries as vault_queries

PLACE = ("offline_receivingkey", "private_sealed")


def receiving_key(area: str, *, at: datetime) -> ReceivingKey:
    """The key to which phones of the town of `area` seal now; the first who asks makes it."""
    tenant = vault_queries.tenant_of(area)
    keys = ReceivingKey.objects.filter(area_path=tenant).order_by("-num")
    found = keys.first()
    if found:
        return found
    ring = vault.sealing_ring(tenant, at=at)
    public, private = envelopes.new_pair()
    pk = ids.uuid7()
    drafted = ReceivingKey(
        pk=pk,
        area_path=tenant,
        town_id=ring.key.town_id,
        num=1,
        public=public,
        private_sealed=ring.seal(private.hex(), *PLACE, pk),
        made_at=at,
    )
    ReceivingKey.objects.bulk_create([drafted], ignore_conflicts=True)
    return keys.get()
