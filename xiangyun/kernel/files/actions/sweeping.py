"""What nothing needs any more is taken away: expired files and uploads, contents nobody holds, files no row names."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from xiangyun.kernel.files import queries, rules
from xiangyun.kernel.files.actions.files import emptied
from xiangyun.kernel.files.models import Attachment, Blob, Upload
from xiangyun.kernel.files.shelf import shelf
from xiangyun.kernel.vault import queries as vault

AT_ONCE = 500


@transaction.atomic
def sweep(*, town: str, at: datetime) -> int:
    """One round through a town, inside its scope; returns how much went.

    A file goes only after the commit of what makes it needless: a crash in between leaves a file that no row names,
    which the next round finds.
    """
    for attachment in Attachment.objects.living().filter(expires_at__lte=at).select_for_update()[:AT_ONCE]:
        emptied(attachment, at)
    expired = list(Upload.objects.filter(expires_at__lte=at).select_for_update()[:AT_ONCE])
    gone = [name for upload in expired for name, _ in upload.pieces]
    Upload.objects.filter(pk__in=[upload.pk for upload in expired]).delete()

    # Locked first, then asked again: what was given to somebody while we waited for the lock stays.
    locked = [blob.pk for blob in queries.unused_blobs(at).select_for_update(skip_locked=True)[:AT_ONCE]]
    unused = list(queries.unused_blobs(at).filter(pk__in=locked))
    Blob.objects.filter(pk__in=[blob.pk for blob in unused]).delete()
    gone += [blob.shelf_name for blob in unused]

    gone += _orphans(vault.town_id(vault.tenant_of(town)), at)
    transaction.on_commit(lambda: shelf().delete(gone))
    return len(gone)


def _orphans(town: UUID, at: datetime) -> list[str]:
    """Files of the town that no row names, older than any transaction that could still write one."""
    old = list(shelf().names(town=town, until=at - rules.ORPHAN_AGE))
    known = queries.names_in_use() if old else set()
    return [name for name in old if name not in known]
