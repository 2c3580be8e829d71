"""Embedded NATS: its configuration, the order in which devices are let in, and who may speak."""

import asyncio
import re
import socket
import ssl
import struct
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import nats
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy, RetentionPolicy, StorageType, StreamConfig
from nats.js.errors import NotFoundError

from xiangyun.box import programs
from xiangyun.entry.settings.config import Config, Unfit, private_folder

STREAM = "$MQTT_msgs"
DURABLE = "ingest"
UPLINKS = "$MQTT.msgs.up.>"

# The web process and the worker send commands down and look whether the broker is well; they read nothing.
APP_MAY = (
    'publish: ["down.>", "$MQTT.msgs.down.>", "$JS.API.INFO", "$JS.API.STREAM.INFO.>", "$JS.API.CONSUMER.INFO.>"],'
    ' subscribe: ["_INBOX.>"]'
)
_KEY = re.compile(r"[A-Za-z0-9_-]{1,64}")
_SYNC = re.compile(r"^\s*sync_interval\s*[:=]\s*\"?([\w.]+)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class DeviceUser:
    """One device the broker lets in: `hashed` is bcrypt (cost 4 is enough for a random secret of 128 bits)."""

    key: str
    hashed: str


def command(config: Config) -> list[str]:
    """The command line of the server."""
    return [str(programs.beside_python("nats-server")), "-c", str(_conf(config))]


def write_config(config: Config) -> None:
    """Write the configuration; device users are kept out until the gate has opened.

    Refuses: Unfit, when somebody has set the file to forget what was acknowledged.
    """
    check_safe(config)
    private_folder(config.nats)
    port = _internal_port(config)
    tls = ""
    if config.tls:
        cert, key = config.certificates / "cert.pem", config.certificates / "key.pem"
        tls = f"\n  tls {{ cert_file: {_text(cert)}, key_file: {_text(key)}, timeout: 20 }}"
    _put(
        _conf(config),
        f"""# Written at every start.
server_name: xiangyun
listen: "127.0.0.1:{port}"
max_payload: 1MB
jetstream {{
  store_dir: {_text(config.nats / "store")}
  # The default syncs every two minutes and loses acknowledged data in a power cut.
  sync_interval: always
  # What devices sent stands sealed on the disk too; a store of before is sealed at the first start.
  cipher: aes
  key: {_text(config.secret("nats_store"))}
  max_memory_store: 64MB
  max_file_store: 8GB
}}
mqtt {{
  host: {_text(config.bind)}
  port: {config.mqtt_port}
  ack_wait: "10s"
  max_ack_pending: 1000
  # How long a device's session may take to be found and kept. The default of 5 s turns away those who wait their turn
  # when all devices come back at once, and their next tries keep the others waiting.
  js_api_timeout: "30s"{tls}
}}
authorization {{
  # The default of 2 s refuses many when all devices come back at once.
  timeout: 20
  include "users.conf"
}}
""",
    )
    write_users(config, ())


def write_users(config: Config, devices: Iterable[DeviceUser], *, gate: bool = False) -> bool:
    """Write who may connect; true when that differs from what stood there. The server must be told to reload.

    A broker of somebody else includes this file in its `authorization`.
    """
    lines = [
        _user("ingest", config.secret("nats_ingest"), "STANDARD", ""),
        _user("app", config.secret("nats_app"), "STANDARD", APP_MAY),
    ]
    if gate:
        lines.append(_user("gate", config.secret("nats_gate"), "MQTT", 'publish: {deny: ">"}'))
    lines += [_device_line(device) for device in devices if _KEY.fullmatch(device.key)]
    return _put(_users(config), "users = [\n" + "\n".join(lines) + "\n]\n")


def write_first_users(config: Config) -> None:
    """Write the file a broker of somebody else includes, once: it outlives our starts, and so does that broker."""
    private_folder(config.nats)
    if not _users(config).is_file():
        write_users(config, ())


async def open_gate(config: Config, wait_s: float = 30.0) -> None:
    """See that the stream of MQTT messages and our durable stand, so that no acknowledged message meets nobody.

    The stream keeps only what somebody is waiting for and is made by the first MQTT client: so that client is us.
    Call with the users file written for the gate; afterwards write the devices and reload.
    """
    deadline = asyncio.get_running_loop().time() + wait_s
    while True:
        try:
            if not await has_durable(config, make=True):
                if not config.nats_url:
                    await asyncio.to_thread(_knock, config)
                continue
        except (OSError, nats.errors.Error, TimeoutError) as fault:
            if asyncio.get_running_loop().time() > deadline:
                raise Unfit(
                    zh=f"消息服务 NATS 没有准备好（{fault}），请查看 {config.logs / 'nats.log'}。",
                    en=f"The broker NATS did not get ready ({fault}): see {config.logs / 'nats.log'}.",
                ) from None
            await asyncio.sleep(0.05)
        else:
            return


async def has_durable(config: Config, *, make: bool = False) -> bool:
    """Whether uplinks are kept for ingest; false when the stream itself does not exist yet."""
    link = await nats.connect(
        **config.broker("ingest"),
        connect_timeout=2,
        allow_reconnect=False,
        max_reconnect_attempts=1,
        reconnect_time_wait=0.05,
        error_cb=_quiet,
    )
    try:
        stream = link.jetstream(timeout=5)
        try:
            await stream.stream_info(STREAM)
        except NotFoundError:
            if not (make and config.nats_url):
                return False
            # Where the MQTT door of another's broker stands we are not told: the stream is made as it would make it.
            await stream.add_stream(
                StreamConfig(
                    name=STREAM,
                    subjects=["$MQTT.msgs.>"],
                    retention=RetentionPolicy.INTEREST,
                    storage=StorageType.FILE,
                )
            )
        try:
            await stream.consumer_info(STREAM, DURABLE)
        except NotFoundError:
            if not make:
                return False
            await stream.add_consumer(
                STREAM,
                ConsumerConfig(
                    durable_name=DURABLE,
                    filter_subject=UPLINKS,
                    deliver_policy=DeliverPolicy.ALL,
                    # Each by itself: "all up to here" would acknowledge what a killed puller fetched and never stored.
                    ack_policy=AckPolicy.EXPLICIT,
                    ack_wait=10,
                    max_ack_pending=20_000,
                ),
            )
        return True
    finally:
        with suppress(nats.errors.Error, OSError):
            await link.close()


async def _quiet(_: Exception) -> None:
    """A server that is not up yet is no news."""


def _knock(config: Config) -> None:
    """One MQTT 3.1.1 connect and goodbye, by hand: it makes the server create its streams."""
    user, password = b"gate", config.secret("nats_gate").encode()
    body = b"".join((_mqtt(b"MQTT"), b"\x04\xc2\x00\x1e", _mqtt(b"xiangyun-gate"), _mqtt(user), _mqtt(password)))
    host = "127.0.0.1" if config.bind == "0.0.0.0" else "::1" if config.bind == "::" else config.bind  # noqa: S104
    with socket.create_connection((host, config.mqtt_port), timeout=5) as plain:
        wire = _over_tls(plain) if config.tls else plain
        wire.sendall(b"\x10" + bytes((len(body),)) + body)
        answer = wire.recv(4)
        wire.sendall(b"\xe0\x00")
    if answer[:1] != b"\x20" or answer[3:4] != b"\x00":
        raise OSError(f"MQTT answered {answer.hex() or 'nothing'}")


def _over_tls(plain: socket.socket) -> ssl.SSLSocket:
    # Our own listener on this machine: there is nobody to mistake it for.
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context.wrap_socket(plain)


def _mqtt(text: bytes) -> bytes:
    return struct.pack(">H", len(text)) + text


def _device_line(device: DeviceUser) -> str:
    key = device.key
    own = f'publish: ["up.{key}"], subscribe: ["down.{key}", "down.{key}.>", "$MQTT.sub.>"]'
    return _user(key, device.hashed, "MQTT", own)


def _user(name: str, password: str, door: str, may: str) -> str:
    permissions = f", permissions: {{{may}}}" if may else ""
    who = f"user: {_text(name)}, password: {_text(password)}"
    return f'  {{{who}, allowed_connection_types: ["{door}"]{permissions}}},'


def check_safe(config: Config) -> None:
    """Refuses: Unfit, when the configuration on disk would forget what was acknowledged."""
    try:
        found = _SYNC.search(_conf(config).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return
    if found is None or found[1] != "always":
        value = found[1] if found else "unset"
        raise Unfit(
            zh=f"{_conf(config)} 里的 sync_interval 是 {value}，断电会丢失已确认的数据：请改回 always 再启动。",
            en=f"sync_interval in {_conf(config)} is {value}, so a power cut would lose acknowledged data:"
            " set it back to always and start again.",
        )


def _internal_port(config: Config) -> int:
    """A loopback port for our own processes: the one of last time when it is still free."""
    file = config.nats / "port"
    try:
        wanted = int(file.read_text(encoding="ascii"))
    except (FileNotFoundError, ValueError):
        wanted = 0
    for candidate in (wanted, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", candidate))
            except OSError:
                continue
            port = int(probe.getsockname()[1])
        _put(file, f"{port}\n")
        return port
    raise Unfit(zh="本机没有空闲端口了。", en="This machine has no free port left.")


def _conf(config: Config) -> Path:
    return config.nats / "nats.conf"


def _users(config: Config) -> Path:
    return config.nats / "users.conf"


def _text(value: object) -> str:
    return '"' + str(value).replace("\\", "\\\\").replace('"', '\\"') + '"'


def _put(path: Path, text: str) -> bool:
    if path.is_file() and path.read_text(encoding="utf-8") == text:
        return False
    draft = path.with_name(path.name + ".new")
    draft.touch(mode=0o600)
    draft.write_text(text, encoding="utf-8")
    draft.replace(path)
    return True
