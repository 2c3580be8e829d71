"""Messages the broker had acknowledged that found no other place: how many, since when, and what to do about it."""

from dataclasses import dataclass
from datetime import datetime

import psycopg

from xiangyun.box.speech import say
from xiangyun.entry.settings.config import Config

SENDERS_NAMED = 3
COUNTED = """
SELECT reason, count(*), min(received_at), (array_agg(DISTINCT key ORDER BY key))[:%s]
FROM telemetry_letter GROUP BY reason ORDER BY reason DESC
"""


@dataclass(frozen=True, slots=True)
class Letters:
    """Those of one reason: `nobody` (no such device here) or `broken` (a fault of ours)."""

    reason: str
    count: int
    since: datetime
    senders: tuple[str, ...]

    @property
    def sentence(self) -> str:
        """How many, since when, and what to do."""
        day = self.since.astimezone().strftime("%Y-%m-%d %H:%M")
        names = ", ".join(self.senders)
        if self.reason == "nobody":
            return say(
                f"有 {self.count} 条消息（{day} 起）来自本系统不认识的设备（{names}），已原样留存、没有入账："
                "多半是放回了旧的数据，请重新登记这些设备并把新的编号和密钥写进去。",
                f"Messages from devices this box does not know ({names}): {self.count} since {day}, kept whole, counted"
                " nowhere. Most likely older data was put back: register these devices anew and give"
                " them the new key and secret.",
            )
        return say(
            f"有 {self.count} 条消息（{day} 起，{names}）因程序的毛病没有入账，已原样留存："
            "请把 logs 里的 ingest 和 mqtt 日志交给维护乡云的人，不要删数据目录。",
            f"Messages that a fault in the program left out ({names}): {self.count} since {day}, kept whole."
            " Give the ingest and mqtt logs to whoever maintains Xiangyun and keep the data folder.",
        )


def waiting(config: Config) -> list[Letters]:
    """What lies there, by reason; empty when nothing does, or the database has not heard of letters yet."""
    with psycopg.connect(config.conninfo("xy_owner"), connect_timeout=5) as link:
        try:
            rows = link.execute(COUNTED, [SENDERS_NAMED]).fetchall()
        except psycopg.errors.UndefinedTable:
            return []
    return [Letters(reason, count, since, tuple(senders)) for reason, count, since, senders in rows]
