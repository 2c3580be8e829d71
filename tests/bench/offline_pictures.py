"""Small pictures and signatures of what a phone wrote, sent as the app sends them: one request each, five at once."""

from __future__ import annotations

import hashlib
import io
import random
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from PIL import Image, ImageDraw, ImageFilter

from tests.live_box import Person

AT_ONCE = 5
SMALL_BYTES = 12 * 1024
"""The most a small picture may weigh (web/shared/offline/photos.ts); those made here weigh nearly that."""
SAID_BY_CHROME = {
    "User-Agent": "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 "
    "Mobile Safari/537.36",
    "Accept": "*/*",
    "Accept-Encoding": "gzip, deflate, br, zstd",
    "Origin": "https://xiangyun.example.cn",
    "Referer": "https://xiangyun.example.cn/app/outbox",
    "sec-ch-ua": '"Chromium";v="142", "Google Chrome";v="142", "Not_A Brand";v="99"',
    "sec-ch-ua-mobile": "?1",
    "sec-ch-ua-platform": '"Android"',
    "Sec-Fetch-Dest": "empty",
    "Sec-Fetch-Mode": "cors",
    "Sec-Fetch-Site": "same-origin",
}
"""A browser says more with each request than a test does; on a thin line it counts."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A file as the phone holds it."""

    role: str
    media_type: str
    content: bytes

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()

    def announced(self) -> dict[str, object]:
        """As it stands in the item."""
        group = 1 if self.role == "small" else None
        said = {"sha256": self.sha256, "role": self.role, "media_type": self.media_type}
        return {**said, "size": len(self.content), "group": group}


def a_small(chance: random.Random) -> Taken:
    """A yard full of detail, 640 dots wide, as heavy as a small picture may be."""
    picture = Image.effect_noise((640, 480), 60).filter(ImageFilter.GaussianBlur(1.4)).convert("RGB")
    paper = ImageDraw.Draw(picture)
    for _ in range(12):
        left, top = chance.randrange(560), chance.randrange(400)
        colour = tuple(chance.randrange(256) for _ in "rgb")
        paper.rectangle((left, top, left + chance.randrange(20, 80), top + chance.randrange(20, 80)), fill=colour)
    best = b""
    lightest, heaviest = 0, 100
    while lightest < heaviest:
        quality = (lightest + heaviest + 1) // 2
        made = io.BytesIO()
        picture.save(made, "WEBP", quality=quality, method=2)
        if made.tell() <= SMALL_BYTES:
            best, lightest = made.getvalue(), quality
        else:
            heaviest = quality - 1
    assert len(best) > SMALL_BYTES * 0.8, len(best)
    return Taken("small", "image/webp", best)


def a_signature(chance: random.Random) -> Taken:
    """Three signs with a finger, as large as the pad of the app makes them, drawn twice as fine and made smaller."""
    sheet = Image.new("L", (1800, 756), 255)
    paper = ImageDraw.Draw(sheet)
    for sign in range(3):
        for _ in range(7):
            x, y = 150 + 550 * sign + chance.randrange(300), 100 + chance.randrange(500)
            line = [(x, y)]
            for _ in range(6):
                x, y = x + chance.randrange(-50, 60), y + chance.randrange(-40, 45)
                line.append((x, y))
            paper.line(line, fill=20, width=12, joint="curve")
    made = io.BytesIO()
    sheet.resize((900, 378), Image.Resampling.BOX).convert("RGB").save(made, "WEBP", quality=80)
    return Taken("signature", "image/webp", made.getvalue())


def send_files(person: Person, files: Sequence[tuple[str, Taken]]) -> None:
    """Each file of an item (its id), over as many connections as the app uses; signatures first."""
    ordered = sorted(files, key=lambda one: one[1].role != "signature")
    with ThreadPoolExecutor(AT_ONCE) as several:
        list(several.map(lambda one: _send(person, *one), ordered))


def _send(person: Person, item: str, file: Taken) -> None:
    answer = person.put(
        f"/api/offline/items/{item}/files/{file.sha256}",
        params={"role": file.role},
        content=file.content,
        headers={**SAID_BY_CHROME, "Content-Type": "application/octet-stream"},
    )
    assert answer.status_code == 200, answer.text
    told = {"sha256": file.sha256, "state": "kept", "size": len(file.content)}
    assert answer.json() == told, answer.text
