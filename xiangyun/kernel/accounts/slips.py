"""The QR code on a villager's slip."""

from __future__ import annotations

import io

import segno


def qr_svg(text: str) -> str:
    """A QR code as SVG without a size of its own: paper and page decide. Level M survives a fold."""
    out = io.BytesIO()
    segno.make(text, error="m", micro=False).save(out, kind="svg", xmldecl=False, omitsize=True, border=2)
    return out.getvalue().decode()
