"""Builders of the files."""

from __future__ import annotations

import io
import zipfile
from datetime import UTC, datetime
from typing import Any

from PIL import Image

from xiangyun.kernel.access.rules import Actor
from xiangyun.kernel.accounts.tests import factories as accounts
from xiangyun.kernel.files import actions
from xiangyun.kernel.files.models import Attachment, Upload
from xiangyun.kernel.files.rules import Kind

AT = datetime(2026, 11, 26, 8, tzinfo=UTC)
TOWN, OTHER_TOWN = accounts.TOWN, accounts.OTHER_TOWN
VILLAGE, NEXT_VILLAGE = accounts.VILLAGE, accounts.NEXT_VILLAGE
PDF = b"%PDF-1.7\n1 0 obj<<>>endobj\n%%EOF\n"


def an_attachment(area: str = VILLAGE, **changes: Any) -> Attachment:
    """A paper of somebody; it costs no process, as a picture does."""
    town = ".".join(area.split(".")[:4])
    by: Actor = changes.pop("by", None) or accounts.a_person("clerk", town)
    told = {"content": PDF, "name": "身份证.pdf", "kind": Kind.PAPER, "subject": ("resident", "1"), "at": AT, **changes}
    return actions.store(told.pop("content"), area=area, by=by, **told)


def a_photo(area: str = VILLAGE, **changes: Any) -> Attachment:
    return an_attachment(area, **{"content": a_picture(), "name": "现场.jpg", "kind": Kind.PHOTO, **changes})


def an_upload(area: str = VILLAGE, **changes: Any) -> Upload:
    by: Actor = changes.pop("by", None) or accounts.a_person("clerk", area)
    told = {"name": "材料.pdf", "size": len(PDF), "kind": Kind.PAPER, "sha256": None, "at": AT, **changes}
    return actions.begin_upload(area=area, by=by, **told)


def a_picture(form: str = "JPEG", size: tuple[int, int] = (640, 480), mode: str = "RGB", **saved: Any) -> bytes:
    out = io.BytesIO()
    Image.new(mode, size, "green" if mode != "1" else 1).save(out, form, **saved)
    return out.getvalue()


def a_workbook(*more: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in ("[Content_Types].xml", "xl/workbook.xml", *more):
            archive.writestr(name, "<x/>")
    return out.getvalue()
