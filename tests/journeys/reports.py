"""What a walk through the grid platform needs to find: reports in every hand, made over the API as people make them."""

from __future__ import annotations

import io
from typing import Any

from PIL import Image

from tests.live_box import LiveBox, Person

TOLD = "桥头塌了一块，拖拉机过不去。"
VILLAGE = "15.08.02.100.201"
PLACE = "三组水渠桥头"
POINT = [107.142, 40.912]
RESULT = "填了石料，压平了。"


def a_jpeg(shade: int = 120) -> bytes:
    """A picture as a phone takes one, small."""
    kept = io.BytesIO()
    Image.new("RGB", (640, 480), (shade, 130, 90)).save(kept, "JPEG")
    return kept.getvalue()


def a_photo(by: Person) -> str:
    content = a_jpeg()
    begun = by.post("/api/uploads", json={"name": "road.jpg", "size": len(content), "kind": "photo"})
    upload = begun.raise_for_status().json()["id"]
    binary = {"Content-Type": "application/octet-stream"}
    by.put(f"/api/uploads/{upload}?offset=0", content=content, headers=binary).raise_for_status()
    return str(by.post(f"/api/uploads/{upload}/finish", json={}).raise_for_status().json()["id"])


def told(by: Person, category: str, words: str, **more: Any) -> dict[str, Any]:
    body = {"category": category, "words": words, **more}
    return dict(by.post("/api/grid/reports", json=body).raise_for_status().json())


def made(box: LiveBox) -> dict[str, str]:
    """Ids of a villager's open report with a photo and its like, and of one that is settled."""
    villager, worker = box.as_demo("villager"), box.as_demo("grid_worker")
    mine = told(villager, "road", TOLD, place=PLACE, point=POINT, files=[a_photo(villager)])
    told(worker, "road", "桥头的路塌了，车过不去", point=POINT)
    over = told(villager, "lighting", "村口路灯不亮")
    at = f"/api/grid/reports/{over['id']}"
    worker.post(f"{at}/verify", json={}).raise_for_status()
    judged = {"category": "lighting", "level": "grid", "severity": 3}
    worker.post(f"{at}/classify", json=judged).raise_for_status()
    worker.post(f"{at}/close_here", json={"words": RESULT}).raise_for_status()
    called = {"name": "赵二柱", "phone": "13812341234"}
    told(box.as_demo("clerk"), "canal", "渠漏水", how="phone", area="15.08.02.100.201", caller=called)
    secretary = box.as_demo("village_secretary", VILLAGE)
    [mediation, *_] = secretary.items("/api/grid/mediations")
    [followed, *_] = secretary.items("/api/grid/monitoring")
    return {
        "report": mine["id"], "settled": over["id"], "mediation": mediation["id"], "followed": followed["id"],
    }  # fmt: skip
