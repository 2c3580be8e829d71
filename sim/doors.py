"""The two public doors a pretend device knows: HTTP for what is past, MQTT for what happens."""

from __future__ import annotations

import http.client
import json
import os
import ssl
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from sim.seasons import Moment

BATCH = 500
PATIENCE_S = 60.0


class Refused(Exception):
    """The box said no, or was not there for too long."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where the box listens."""

    url: str
    mqtt_host: str
    mqtt_port: int

    @classmethod
    def of_this_machine(cls) -> Address:
        """From the same settings the box was started with."""
        port = os.environ.get("XIANGYUN_PORT") or "8000"
        mqtt_port = int(os.environ.get("XIANGYUN_MQTT_PORT") or 1883)
        return cls(url=f"http://127.0.0.1:{port}", mqtt_host="127.0.0.1", mqtt_port=mqtt_port)


@dataclass(frozen=True, slots=True)
class Credential:
    """What one device was given when it was registered."""

    key: str
    secret: str


def as_record(moment: Moment) -> dict[str, Any]:
    """The wire form of one moment: ts in milliseconds since the epoch."""
    return {"ts": round(moment.at.timestamp() * 1000), "values": moment.values}


class Http:
    """One kept connection to `POST /ingest/<key>`; a box that is restarting is waited for."""

    def __init__(self, address: Address, credential: Credential) -> None:
        self._where = urlsplit(address.url)
        self._credential = credential
        self._link: http.client.HTTPConnection | None = None

    def send(self, moments: Sequence[Moment]) -> dict[str, Any]:
        """One batch, stored when this returns; sent again it changes nothing. Refuses: Refused."""
        body = json.dumps([as_record(moment) for moment in moments]).encode()
        headers = {"Authorization": f"Bearer {self._credential.secret}", "Content-Type": "application/json"}
        deadline = time.monotonic() + PATIENCE_S
        while True:
            try:
                link = self._connected()
                link.request("POST", f"/ingest/{self._credential.key}", body, headers)
                answer = link.getresponse()
                text = answer.read()
            except (OSError, http.client.HTTPException) as fault:
                self.close()
                status, text = 503, str(fault).encode()
            else:
                status = answer.status
            if status == 200:
                stored: dict[str, Any] = json.loads(text)
                return stored
            if status < 500 and status != 429:
                raise Refused(f"{status} {text.decode(errors='replace')[:300]}")
            if time.monotonic() > deadline:
                raise Refused(f"no answer for {PATIENCE_S:.0f} s: {text.decode(errors='replace')[:200]}")
            time.sleep(0.5)

    def close(self) -> None:
        """Let go of the connection."""
        if self._link is not None:
            self._link.close()
            self._link = None

    def _connected(self) -> http.client.HTTPConnection:
        if self._link is None:
            host, port = self._where.hostname or "127.0.0.1", self._where.port
            if self._where.scheme == "https":
                self._link = http.client.HTTPSConnection(host, port, timeout=30, context=ssl.create_default_context())
            else:
                self._link = http.client.HTTPConnection(host, port, timeout=30)
        return self._link


class Mqtt:
    """One MQTT 3.1.1 session; QoS 1, and what was not acknowledged is sent again after a lost line."""

    def __init__(self, address: Address, credential: Credential) -> None:
        self._topic = f"up/{credential.key}"
        self._refusal: str | None = None
        self._up = threading.Event()
        self._client = paho.Client(
            CallbackAPIVersion.VERSION2,
            client_id=f"sim-{credential.key}",
            clean_session=False,
            protocol=paho.MQTTv311,
        )
        self._client.username_pw_set(credential.key, credential.secret)
        self._client.on_connect = self._answered
        self._client.on_disconnect = lambda *_: self._up.clear()
        self._client.reconnect_delay_set(min_delay=1, max_delay=10)
        self._client.connect_async(address.mqtt_host, address.mqtt_port, keepalive=30)
        self._client.loop_start()

    def send(self, moments: Sequence[Moment]) -> None:
        """Publish and wait until the broker has it on disk. Refuses: Refused."""
        records = [as_record(moment) for moment in moments]
        if not self._up.wait(PATIENCE_S):
            raise Refused(self._refusal or f"the broker did not answer for {PATIENCE_S:.0f} s")
        body = json.dumps(records[0] if len(records) == 1 else records)
        told = self._client.publish(self._topic, body, qos=1)
        told.wait_for_publish(PATIENCE_S)
        if not told.is_published():
            raise Refused(f"not acknowledged within {PATIENCE_S:.0f} s")

    def close(self) -> None:
        """Say goodbye."""
        self._client.disconnect()
        self._client.loop_stop()

    def _answered(self, _client: Any, _userdata: Any, _flags: Any, reason: Any, _properties: Any = None) -> None:
        if reason.is_failure:
            self._refusal = f"the broker refused: {reason}"
        else:
            self._up.set()
