"""A broker by itself, as the box runs it: for tests that need no database."""

import contextlib
import signal
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path

import aiomqtt
import bcrypt
import nats as client

from xiangyun.box import home, nats
from xiangyun.entry.settings.config import Config

SECRET = "a-secret"
HASHED = bcrypt.hashpw(SECRET.encode(), bcrypt.gensalt(4)).decode()


def a_config(folder: Path) -> Config:
    """A home in `folder` with a device port nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    return Config.load({"XIANGYUN_HOME": str(folder), "XIANGYUN_MQTT_PORT": str(port)})


class Broker:
    """A NATS of its own and the gate before it."""

    def __init__(self, config: Config, *, spoil: Callable[[str], str] = str) -> None:
        """`spoil` changes the configuration, for controls that must go red."""
        self.config = config
        home.prepare(config)
        nats.write_config(config)
        nats.write_users(config, (), gate=True)
        file = config.nats / "nats.conf"
        file.write_text(spoil(file.read_text(encoding="utf-8")), encoding="utf-8")
        self.log = (config.logs / "nats.log").open("ab")
        self.process = subprocess.Popen(nats.command(config), stdout=self.log, stderr=self.log, start_new_session=True)

    def let_in(self, *keys: str) -> None:
        nats.write_users(self.config, [nats.DeviceUser(key=key, hashed=HASHED) for key in keys])
        self.process.send_signal(signal.SIGHUP)

    def close(self) -> None:
        self.process.terminate()
        self.process.wait(10)
        self.log.close()

    def device(self, key: str, secret: str = SECRET) -> aiomqtt.Client:
        return aiomqtt.Client("127.0.0.1", self.config.mqtt_port, username=key, password=secret, timeout=5)

    async def connected(self, key: str) -> bool:
        with contextlib.suppress(aiomqtt.MqttError):
            async with self.device(key):
                return True
        return False

    async def waiting(self) -> int:
        link = await client.connect(**self.config.broker("ingest"))
        found = await link.jetstream().consumer_info(nats.STREAM, nats.DURABLE)
        await link.close()
        return int(found.num_pending or 0)
