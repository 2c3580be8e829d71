"""Streams on their way out and back: compressed (zstandard), then sealed (age); nothing plain ever touches a disk."""

import hashlib
import io
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import BinaryIO, Protocol

import pyrage
import zstandard
from pyrage import x25519
from typing_extensions import Buffer, override

LEVEL = 3
PIECE = 1024 * 1024


class Readable(Protocol):
    """Where bytes come from."""

    def read(self, size: int = -1, /) -> bytes: ...


class Writable(Protocol):
    """Where bytes go."""

    def write(self, data: Buffer, /) -> object: ...


class Broken(Exception):
    """The bytes do not open: changed, cut off, or sealed for somebody else (`is_foreign`)."""

    def __init__(self, words: str, *, is_foreign: bool = False) -> None:
        super().__init__(words)
        self.is_foreign = is_foreign


class Counted:
    """Passes bytes on and knows how many there were, and their SHA-256."""

    def __init__(self, source: Readable) -> None:
        self.size = 0
        self._source = source
        self._hash = hashlib.sha256()

    def read(self, size: int = -1, /) -> bytes:
        piece = self._source.read(size)
        self.size += len(piece)
        self._hash.update(piece)
        return piece

    @property
    def sha256(self) -> str:
        return self._hash.hexdigest()


class Measured:
    """The same on the way out."""

    def __init__(self, sink: Writable) -> None:
        self.size = 0
        self._sink = sink
        self._hash = hashlib.sha256()

    def write(self, data: Buffer, /) -> None:
        self._sink.write(data)
        self.size += memoryview(data).nbytes
        self._hash.update(data)

    @property
    def sha256(self) -> str:
        return self._hash.hexdigest()


class Flow(io.RawIOBase):
    """The reading end of a pipe somebody else writes into; where the writer failed, its end is an error, not an end."""

    def __init__(self, write: Callable[[BinaryIO], None]) -> None:
        self._fault: BaseException | None = None
        self._write = write
        self._end, self._begin = os.pipe()
        self._thread = threading.Thread(target=self._fill, daemon=True)
        self._thread.start()

    @override
    def readable(self) -> bool:
        return True

    @override
    def readinto(self, buffer: Buffer, /) -> int:
        count = os.readv(self._end, [memoryview(buffer)])
        if count == 0:
            self._thread.join()
            if self._fault is not None:
                raise self._fault
        return count

    @override
    def close(self) -> None:
        """Also ends a writer that is not done: it finds nobody at the other end."""
        if not self.closed:
            os.close(self._end)
            self._thread.join()
        super().close()

    def _fill(self) -> None:
        try:
            with os.fdopen(self._begin, "wb", buffering=PIECE) as sink:
                self._write(sink)
        except BaseException as fault:  # noqa: BLE001 - handed to the reader whatever it is
            self._fault = fault


@contextmanager
def flowing(write: Callable[[BinaryIO], None]) -> "Iterator[io.BufferedReader[Flow]]":
    """What `write` writes, as something to read from, while the block lasts."""
    reader = io.BufferedReader(Flow(write), PIECE)
    try:
        yield reader
    finally:
        reader.close()


def seal(source: Readable, sink: Writable, to: x25519.Recipient, name: str) -> None:
    """Everything of `source`, compressed and sealed as the object `name`: in another's place it will not open."""
    begin, end = _End(source=_Titled(source, name)), _End(sink=sink)
    with zstandard.ZstdCompressor(level=LEVEL).stream_reader(begin) as packed:  # type: ignore[arg-type]
        _age(lambda: pyrage.encrypt_io(packed, end, [to]), begin, end)


def unseal(source: Readable, sink: Writable, by: x25519.Identity, name: str) -> None:
    """What `seal` was given. Raises Broken; what was written before that was authentic, but not all."""
    plain = _Untitled(sink, name)
    begin, end = _End(source=source), _End(sink=plain)
    with zstandard.ZstdDecompressor().stream_writer(end, closefd=False) as unpacking:  # type: ignore[arg-type]
        _age(lambda: pyrage.decrypt_io(begin, unpacking, [by]), begin, end)
    if not plain.is_told:
        raise Broken("no name in it")


@contextmanager
def opened(source: Readable, by: x25519.Identity, name: str) -> "Iterator[io.BufferedReader[Flow]]":
    """A sealed stream to read from. Reading raises Broken at the latest where the stream ends."""
    with flowing(lambda sink: unseal(source, sink, by, name)) as plain:
        yield plain


class _Titled:
    """A stream that says first which object it is."""

    def __init__(self, source: Readable, name: str) -> None:
        self._source = source
        self._title = f"{name}\n".encode()

    def read(self, size: int = -1, /) -> bytes:
        if not self._title:
            return self._source.read(size)
        piece, self._title = self._title, b""
        return piece


class _Untitled:
    """Passes on what follows the name, and nothing where it is another's."""

    def __init__(self, sink: Writable, name: str) -> None:
        self.is_told = False
        self._sink = sink
        self._title = f"{name}\n".encode()
        self._seen = b""

    def write(self, data: Buffer, /) -> None:
        if self.is_told:
            self._sink.write(data)
            return
        self._seen += bytes(data)
        if len(self._seen) < len(self._title):
            return
        if not self._seen.startswith(self._title):
            raise Broken("another object stands in its place")
        self.is_told = True
        self._sink.write(self._seen[len(self._title) :])
        self._seen = b""


class _End:
    """One end of a stream: age turns every error into words of its own, so the first one is kept here."""

    def __init__(self, *, source: Readable | None = None, sink: Writable | None = None) -> None:
        self.fault: Exception | None = None
        self._source = source
        self._sink = sink

    def read(self, size: int = -1, /) -> bytes:
        assert self._source is not None
        try:
            return self._source.read(size)
        except Exception as fault:
            self.fault = fault
            raise

    def write(self, data: Buffer, /) -> int:
        assert self._sink is not None
        try:
            self._sink.write(data)
        except Exception as fault:
            self.fault = fault
            raise
        return memoryview(data).nbytes

    def flush(self) -> None:
        """Whoever opened the sink flushes it."""


def _age(work: Callable[[], None], *ends: _End) -> None:
    try:
        work()
    except (pyrage.DecryptError, pyrage.EncryptError, zstandard.ZstdError, OSError) as fault:
        for end in ends:
            if end.fault is not None:
                raise end.fault from None
        raise Broken(str(fault), is_foreign="No matching keys" in str(fault)) from fault


def drain(source: Readable) -> None:
    """Read to the end."""
    while source.read(PIECE):
        pass
