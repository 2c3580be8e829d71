"""What was photographed or recorded on either side of a conflict."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from xiangyun.kernel.access.rules import Actor
from xiangyun.kernel.files import rules as file_rules
from xiangyun.kernel.files.models import Attachment
from xiangyun.kernel.offline import rules
from xiangyun.kernel.offline.models import Conflict, Item, ItemFile

VISIT = timedelta(minutes=10)
"""What one phone wrote of one thing in this time was written standing before it."""


class Sides(NamedTuple):
    """Files of the phone's side and of the other one."""

    mine: list[UUID]
    theirs: list[UUID]


def of_sides(rows: Sequence[Conflict], theirs_at: Mapping[UUID, datetime | None], by: Actor) -> dict[UUID, Sides]:
    """Files of both sides of conflicts (with their item); `theirs_at` is when the other side was written down. Of
    theirs those that `by` may see; what was typed in at a desk has none."""
    about = defaultdict(list)
    subjects = {row.subject_id for row in rows}
    for item in Item.objects.filter(subject_id__in=subjects, state__in=rules.IN).order_by("came_at", "seq"):
        about[item.subject_kind, item.subject_id].append(item)
    of_item = _files([item for several in about.values() for item in several])
    found = {}
    for row in rows:
        several = about[row.subject_kind, row.subject_id]
        others = [one for one in several if one.phone_id != row.item.phone_id]
        at = theirs_at[row.pk]
        found[row.pk] = Sides(
            _of_visits(several, [row.item], of_item),
            _of_visits(others, [one for one in others if at is not None and one.settled_at == at], of_item),
        )
    seen = Attachment.objects.visible_to(by, file_rules.SEE)
    shown = set(seen.filter(pk__in=[pk for one in found.values() for pk in one.theirs]).values_list("pk", flat=True))
    return {pk: Sides(one.mine, [file for file in one.theirs if file in shown]) for pk, one in found.items()}


def _of_visits(several: Iterable[Item], told: Sequence[Item], of_item: Mapping[UUID, list[UUID]]) -> list[UUID]:
    """Files of these items and of what the same phone wrote with them."""
    return [file for one in several if any(_together(one, item) for item in told) for file in of_item.get(one.pk, [])]


def _together(one: Item, other: Item) -> bool:
    if one.phone_id != other.phone_id:
        return False
    if one.made_at is None or other.made_at is None:
        return one.pk == other.pk
    return abs(one.made_at - other.made_at) <= VISIT


def _files(items: Sequence[Item]) -> dict[UUID, list[UUID]]:
    """Attachments of each item in their order; of a photo the original where it came, else the small picture."""
    found: dict[UUID, dict[object, UUID]] = defaultdict(dict)
    kept = ItemFile.objects.filter(item__in=[one.pk for one in items], attachment__isnull=False).order_by("num")
    for row in kept:
        photo = row.group if row.group is not None else row.pk
        if row.role == "original" or photo not in found[row.item_id]:
            found[row.item_id][photo] = row.attachment_id
    return {item: list(photos.values()) for item, photos in found.items()}
