"""A file as it stands on the disk: sealed in chunks, each bound to its file, its number and whether it is the last.

So a flipped bit, a chunk cut off, moved within the file or taken from another file is seen. A file has a random key of
its own; the town's key seals that key, in the database.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from xiangyun.base import crypto
from xiangyun.base.crypto import Suite, Tampered

HEAD = b"XYF1"
CHUNK = 1024 * 1024
SEALED_CHUNK = crypto.NONCE + CHUNK + crypto.TAG


@dataclass(frozen=True, slots=True)
class DataKey:
    """The key of one file. `bound` is what the file is (table and id of its row): it opens as nothing else."""

    suite: Suite
    material: bytes
    bound: str

    @classmethod
    def new(cls, suite: Suite, bound: str) -> DataKey:
        return cls(suite, crypto.new_key(suite), bound)

    @classmethod
    def told(cls, text: str, bound: str) -> DataKey:
        """The key out of what `text` made."""
        suite, _, material = text.partition(":")
        return cls(Suite(int(suite)), bytes.fromhex(material), bound)

    @property
    def text(self) -> str:
        """What is sealed with the town's key."""
        return f"{int(self.suite)}:{self.material.hex()}"

    def seal(self, content: bytes) -> Iterator[bytes]:
        """The file's bytes, head first; an empty content is one empty chunk."""
        yield HEAD
        whole = memoryview(content)
        for n, start in enumerate(range(0, max(1, len(content)), CHUNK)):
            is_last = start + CHUNK >= len(content)
            chunk = bytes(whole[start : start + CHUNK])
            yield crypto.seal(self.suite, self.material, chunk, self._context(n, is_last))

    def open(self, file: BinaryIO) -> Iterator[bytes]:
        """The content, chunk by chunk. Raises Tampered at the first chunk that is not what was put there."""
        if file.read(len(HEAD)) != HEAD:
            raise Tampered
        n, chunk = 0, file.read(SEALED_CHUNK)
        is_last = False
        while not is_last:
            following = file.read(SEALED_CHUNK)
            is_last = not following
            yield crypto.open_(self.suite, self.material, chunk, self._context(n, is_last))
            n, chunk = n + 1, following

    def _context(self, n: int, is_last: bool) -> bytes:
        return f"{self.bound}|{int(self.suite)}|{n}|{int(is_last)}".encode()
