"""The broker: who gets in, what they may say, and that nothing acknowledged meets nobody."""

import asyncio
import contextlib
import time
from collections.abc import Iterator

import aiomqtt
import nats as client
import pytest

from tests.live_broker import HASHED, SECRET, Broker, a_config
from xiangyun.box import nats


@pytest.fixture
def broker(tmp_path_factory) -> Iterator[Broker]:
    made = Broker(a_config(tmp_path_factory.mktemp("n")))
    try:
        yield made
    finally:
        made.close()


async def until(check, wait_s: float = 5.0) -> float:
    began = time.monotonic()
    while not await check():
        assert time.monotonic() - began < wait_s, "not seen in time"
        await asyncio.sleep(0.02)
    return time.monotonic() - began


def test_a_device_that_publishes_from_the_first_second_loses_nothing(broker):
    async def play() -> None:
        sent = 0

        async def device() -> None:
            nonlocal sent
            while sent < 50:
                with contextlib.suppress(aiomqtt.MqttError):
                    async with broker.device("dev1") as link:
                        while sent < 50:
                            await link.publish("up/dev1", b'{"a":1}', qos=1)
                            sent += 1
                await asyncio.sleep(0.02)

        eager = asyncio.create_task(device())
        await nats.open_gate(broker.config)
        broker.let_in("dev1")
        await asyncio.wait_for(eager, 20)
        assert await broker.waiting() == 50

    asyncio.run(play())


CANARY = b"kanarienvogel-7341"


def unsealed(conf: str) -> str:
    """The broker as it was before its store was sealed."""
    return "".join(line for line in conf.splitlines(True) if not line.lstrip().startswith(("cipher:", "key:")))


def kept_by(config, spoil, *, waits: int) -> bool:
    """One message is sent and nobody takes it: whether it stands in plain in the broker's store."""
    broker = Broker(config, spoil=spoil)

    async def play() -> None:
        await nats.open_gate(config)
        broker.let_in("dev1")
        await until(lambda: broker.connected("dev1"))
        async with broker.device("dev1") as link:
            await link.publish("up/dev1", CANARY, qos=1)
        assert await broker.waiting() == waits

    try:
        asyncio.run(play())
    finally:
        broker.close()
    files = [path for path in (config.nats / "store").rglob("*") if path.is_file()]
    assert files
    return any(CANARY in path.read_bytes() for path in files)


def test_what_the_broker_keeps_is_sealed_and_a_store_of_before_is_taken_over(tmp_path):
    config = a_config(tmp_path)
    assert kept_by(config, unsealed, waits=1), "without the seal it is found"
    assert not kept_by(config, str, waits=2), "what waited is sealed too, and nothing is lost"
    assert not kept_by(config, str, waits=3)


def test_a_device_speaks_and_hears_for_itself_alone(broker):
    async def play() -> None:
        await nats.open_gate(broker.config)
        broker.let_in("dev1", "dev2")
        await until(lambda: broker.connected("dev1"))
        async with broker.device("dev1") as link:
            # Acknowledged by MQTT 3.1.1's rules, and dropped.
            await link.publish("up/dev2", b"{}", qos=1)
            await link.subscribe("down/dev2")
            await link.subscribe("down/dev1")
            town = await client.connect(**broker.config.broker("app"))
            await town.publish("down.dev2", b"for another")
            await town.publish("down.dev1", b"for me")
            await town.drain()
            heard = await asyncio.wait_for(anext(aiter(link.messages)), 5)
            assert (str(heard.topic), heard.payload) == ("down/dev1", b"for me")
        assert await broker.waiting() == 0

    asyncio.run(play())


def test_a_wrong_secret_and_an_internal_user_stay_outside(broker):
    async def play() -> None:
        await nats.open_gate(broker.config)
        broker.let_in("dev1")
        await until(lambda: broker.connected("dev1"))
        for user, secret in (("dev1", "wrong"), ("nobody", SECRET), ("ingest", broker.config.secret("nats_ingest"))):
            with pytest.raises(aiomqtt.MqttError):
                async with broker.device(user, secret):
                    pass

    asyncio.run(play())


def test_revocation_cuts_the_live_connection_and_nobody_else(broker):
    async def play() -> None:
        await nats.open_gate(broker.config)
        broker.let_in("dev1", "dev2")
        await until(lambda: broker.connected("dev1"))
        async with broker.device("dev2") as kept:
            async with contextlib.AsyncExitStack() as stack:
                cut = await stack.enter_async_context(broker.device("dev1"))
                began = time.monotonic()
                broker.let_in("dev2")
                with pytest.raises(aiomqtt.MqttError):
                    async for _ in cut.messages:
                        pass
                assert time.monotonic() - began < 5
                with contextlib.suppress(aiomqtt.MqttError):
                    await stack.aclose()
            assert not await broker.connected("dev1")
            await kept.publish("up/dev2", b"{}", qos=1)

    asyncio.run(play())


def test_a_key_that_would_widen_a_permission_is_never_written(broker):
    nats.write_users(broker.config, [nats.DeviceUser(key="a.>", hashed=HASHED)])
    assert "a.>" not in (broker.config.nats / "users.conf").read_text(encoding="utf-8")
