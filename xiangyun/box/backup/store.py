"""An S3-compatible store as a backup target."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import BinaryIO
from urllib.parse import parse_qs, unquote, urlsplit

import minio
import urllib3
from minio.error import MinioException, S3Error

from xiangyun.box.backup import sealed
from xiangyun.box.backup.targets import Away, Item, Missing
from xiangyun.entry.settings.config import Unfit

PART_BYTES = 16 * 1024 * 1024


class Store:
    """A bucket of an S3-compatible store."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        bucket, _, prefix = parts.path.strip("/").partition("/")
        asked = {key: values[-1] for key, values in parse_qs(parts.query).items()}
        if not (parts.hostname and bucket and parts.username and parts.password):
            raise Unfit(
                zh="XIANGYUN_BACKUP 的 S3 地址应写成 s3://账号:密钥@主机:端口/桶/前缀。",
                en="XIANGYUN_BACKUP for an S3 store is written s3://key:secret@host:port/bucket/prefix.",
            )
        self._place = parts.hostname + (f":{parts.port}" if parts.port else "")
        self._bucket, self._prefix = bucket, f"{prefix}/" if prefix else ""
        self._client = minio.Minio(
            self._place,
            access_key=unquote(parts.username),
            secret_key=unquote(parts.password),
            secure=asked.get("tls", "1") != "0",
            region=asked.get("region", "us-east-1"),
            http_client=urllib3.PoolManager(
                timeout=urllib3.Timeout(connect=5, read=60),
                retries=urllib3.Retry(total=2, backoff_factor=0.2, status_forcelist=[500, 502, 503, 504]),
            ),
        )

    @property
    def shown(self) -> str:
        return f"s3://{self._place}/{self._bucket}/{self._prefix}"

    def put(self, name: str, write: Callable[[BinaryIO], None]) -> None:
        with self._faults(), sealed.flowing(write) as source:
            self._client.put_object(
                self._bucket, self._prefix + name, source, -1, part_size=PART_BYTES, num_parallel_uploads=1
            )

    @contextmanager
    def open(self, name: str) -> Iterator[sealed.Readable]:
        with self._faults():
            try:
                answer = self._client.get_object(self._bucket, self._prefix + name)
            except S3Error as fault:
                if fault.code in ("NoSuchKey", "NoSuchObject"):
                    raise Missing(name) from None
                raise
        try:
            yield answer
        except urllib3.exceptions.HTTPError as fault:
            raise self._away(fault) from None
        finally:
            answer.close()
            answer.release_conn()

    def items(self, prefix: str) -> Iterator[Item]:
        with self._faults():
            found = list(self._client.list_objects(self._bucket, self._prefix + prefix, recursive=True))
        for one in sorted(found, key=lambda one: str(one.object_name)):
            yield Item(str(one.object_name).removeprefix(self._prefix), int(one.size or 0))

    def remove(self, name: str) -> None:
        with self._faults():
            self._client.remove_object(self._bucket, self._prefix + name)

    @contextmanager
    def _faults(self) -> Iterator[None]:
        try:
            yield
        except (MinioException, urllib3.exceptions.HTTPError, OSError) as fault:
            raise self._away(fault) from None

    def _away(self, fault: Exception) -> Away:
        words = getattr(fault, "code", "") or type(fault).__name__
        return Away(
            zh=f"备份的目的地 {self.shown} 用不了（{words}）：请检查网络、地址、账号和桶。",
            en=f"The backup target {self.shown} cannot be used ({words}): check network, address, login and bucket.",
        )
