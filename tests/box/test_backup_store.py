"""Backups in an S3-compatible store: a real SeaweedFS server from its wheel."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import minio
import pytest
import urllib3

from tests.live_box import free_port
from xiangyun.box import postgres
from xiangyun.box.backup import bundles, make, manifest, restore, site, store, targets, wal
from xiangyun.entry.settings.config import Config, Unfit

pytestmark = pytest.mark.slow

WEED = Path(sys.prefix) / "bin" / "weed"
MAY = ["Admin", "Read", "Write", "List"]


@pytest.fixture(scope="module")
def server(tmp_path_factory) -> Iterator[str]:
    """The store's URL: one login, one bucket."""
    folder = tmp_path_factory.mktemp("weed")
    (folder / "s3.json").write_text(
        json.dumps(
            {"identities": [{"name": "box", "credentials": [{"accessKey": "k", "secretKey": "s/+ 3"}], "actions": MAY}]}
        ),
        encoding="ascii",
    )
    port = free_port()
    names = ("master", "volume", "filer", "master.port.grpc", "volume.port.grpc", "filer.port.grpc", "s3.port.grpc")
    ports = [f"-{name if '.' in name else f'{name}.port'}={free_port()}" for name in names]
    quiet = ["-s3.port.iceberg=0", "-s3.port.lance=0", "-master.volumeSizeLimitMB=64", "-volume.max=50"]
    where = ["-ip.bind=127.0.0.1", "-s3", f"-s3.port={port}", f"-s3.config={folder / 's3.json'}"]
    with (folder / "weed.log").open("ab") as log:
        running = subprocess.Popen(
            [WEED, "server", f"-dir={folder}", "-ip=127.0.0.1", *where, *ports, *quiet],
            stdout=log,
            stderr=log,
        )
    try:
        client = minio.Minio(
            f"127.0.0.1:{port}",
            access_key="k",
            secret_key="s/+ 3",
            secure=False,
            region="us-east-1",
            http_client=urllib3.PoolManager(retries=False),
        )
        deadline = time.monotonic() + 60
        while True:
            try:
                client.make_bucket("town")
                break
            except (minio.error.MinioException, urllib3.exceptions.HTTPError):
                assert running.poll() is None, (folder / "weed.log").read_text("utf-8")[-2000:]
                assert time.monotonic() < deadline, (folder / "weed.log").read_text("utf-8")[-2000:]
                time.sleep(0.2)
        client._http.clear()
        yield f"s3://k:s%2F%2B%203@127.0.0.1:{port}/town/lang?tls=0"
    finally:
        running.kill()
        running.wait(20)


def test_a_store_holds_whole_objects_only(server):
    target = targets.at(server)
    long = bytes(range(256)) * (store.PART_BYTES // 256 * 2 + 5)
    target.put("a/long", lambda sink: sink.write(long))

    def broken(sink):
        sink.write(long)
        raise Unfit(zh="坏", en="the source failed")

    with pytest.raises(Unfit, match="the source failed"):
        target.put("a/half", broken)
    assert [(one.name, one.size) for one in target.items("a/")] == [("a/long", len(long))]
    with target.open("a/long") as source:
        assert source.read() == long
    with pytest.raises(targets.Missing), target.open("a/half"):
        pass
    target.remove("a/long")
    target.remove("a/long")
    assert list(target.items("a/")) == []


@pytest.mark.parametrize(("old", "new"), [("s%2F", "t%2F"), ("/town/", "/city/"), ("127.0.0.1", "127.0.0.2")])
def test_a_store_that_cannot_be_used_is_said_without_its_secret(server, old, new):
    with pytest.raises(targets.Away, match="cannot be used") as seen:
        list(targets.at(server.replace(old, new, 1)).items(""))
    assert "%2F" not in seen.value.en + seen.value.zh
    assert "s/+" not in seen.value.en + seen.value.zh


def test_a_town_comes_back_from_a_store(server, tmp_path_factory, tmp_path):
    config = Config.load({"XIANGYUN_HOME": str(tmp_path_factory.mktemp("b")), "XIANGYUN_BACKUP": server})
    with postgres.running(config):
        here = site.of(config)
        with postgres.superuser(config, postgres.DATABASE) as link:
            link.execute(
                "CREATE TABLE resident AS SELECT n AS id, md5(n::text) AS name FROM generate_series(1, 9000) n"
            )
            chain = wal.current(config, link, here.id)
            wal.ship(config, link, here.target, chain, here.to, wal.flushed(link))
            (config.files / "photo").write_bytes(b"sealed")
            told = make.backup(here, at=datetime.now(UTC))
            link.execute("INSERT INTO resident VALUES (9001, 'later')")
            bundles.sync(config, here.target, here.id, here.to)
            chain = wal.current(config, link, here.id)
            wal.ship(config, link, here.target, chain, here.to, wal.flushed(link))
        assert restore.verify(here).id == told.id
        assert restore.drill(here).tables == 1
    second = Config.load({"XIANGYUN_HOME": str(tmp_path / "n")})
    restore.restore(second, server, here.secret)
    assert (second.files / "photo").read_bytes() == b"sealed"
    with postgres.running(second), postgres.superuser(second, postgres.DATABASE) as link:
        assert link.execute("SELECT count(*), max(name) FILTER (WHERE id = 9001) FROM resident").fetchone() == (
            9001,
            "later",
        )
    target = targets.at(server)
    with target.open(told.parts["base"].name) as source:
        data = bytearray(source.read())
    data[len(data) // 3] ^= 4
    target.put(told.parts["base"].name, lambda sink: sink.write(data))
    with pytest.raises(manifest.Damaged, match=told.parts["base"].name):
        restore.verify(here)
