"""Carries the devices' credentials from the ledger to the broker, the moment they change."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

import psycopg

from xiangyun.box.nats import DeviceUser
from xiangyun.entry.settings.config import Config

log = logging.getLogger("xiangyun.box")

CHANNEL = "xy_devices"
COALESCE_S = 0.2
RETRY_S = 0.5


async def watch(config: Config, apply: Callable[[list[DeviceUser]], Awaitable[None]]) -> None:
    """Hand the whole list to `apply` now and after every change, for ever.

    The first change of a burst is handed over at once, so that a device just registered is not turned away; what
    follows within `COALESCE_S` is one list. A lost connection is made again and the list read anew.
    """
    told = ""
    while True:
        try:
            async with await psycopg.AsyncConnection.connect(
                config.conninfo("xy_ingest"), autocommit=True, application_name="xiangyun-devices"
            ) as connection:
                await connection.execute("LISTEN xy_devices")
                while True:
                    await apply(await read(connection))
                    told = ""
                    await asyncio.sleep(COALESCE_S)
                    await _next_change(connection)
        except (OSError, psycopg.Error) as fault:
            # Said once, not twice a second while PostgreSQL is away.
            if str(fault) != told:
                told = str(fault)
                log.warning("devices cannot be read: %s", told.strip())
            await asyncio.sleep(RETRY_S)


async def read(connection: "psycopg.AsyncConnection[tuple[object, ...]]") -> list[DeviceUser]:
    """Every device that may connect now."""
    cursor = await connection.execute("SELECT key, mqtt_hash FROM xy_door.mqtt_users() ORDER BY key")
    return [DeviceUser(key=str(key), hashed=str(hashed)) for key, hashed in await cursor.fetchall()]


async def _next_change(connection: "psycopg.AsyncConnection[tuple[object, ...]]") -> None:
    async for _ in connection.notifies(stop_after=1):
        pass
    async for _ in connection.notifies(timeout=0):
        pass
