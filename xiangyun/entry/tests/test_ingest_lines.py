"""HTTP/1.1 on the door's socket: bodies in pieces, lines that stay, and what is cut off without a word."""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
from pathlib import Path

import pytest
import uvloop

from xiangyun.entry.ingest.lines import MOST_DRAINED, MOST_HEAD, Line

MOST = 1_000
HEAD = b"POST /ingest/k?x=1 HTTP/1.1\r\nHost: box\r\nAuthorization: Bearer s\r\n"


def whole(body, *more):
    return HEAD + b"".join(more) + b"Content-Length: %d\r\n\r\n" % len(body) + body


def echo(line):
    """An answer that tells what was understood."""
    size = -1 if line.body is None else len(line.body)
    line.answer(200, (("x-told", f"{line.method} {line.path} {size}"),), line.headers[b"authorization"])


def speak(*parts, take=echo, pause_s=0.02, ends=True):
    """Send bytes, part by part; all that came back until the other side closed or fell silent."""

    async def scenario():
        with tempfile.TemporaryDirectory(prefix="xl-", dir="/tmp") as folder:
            socket, lines = Path(folder) / "s", set()
            loop = asyncio.get_running_loop()
            server = await loop.create_unix_server(lambda: Line(take, MOST, lines), socket)
            reader, writer = await asyncio.open_unix_connection(socket)
            back = b""
            for part in parts:
                with contextlib.suppress(ConnectionError):
                    if callable(part):
                        part(lines)
                    else:
                        writer.write(part)
                        await writer.drain()
                await asyncio.sleep(pause_s)
            try:
                async with asyncio.timeout(0.2):
                    while data := await reader.read(65536):
                        back += data
                    back += b"<end>"
            except ConnectionError:
                back += b"<cut>"
            except TimeoutError:
                pass
            writer.close()
            server.close()
            await asyncio.sleep(0.01)
            assert not lines
            return back

    return uvloop.run(scenario())


def test_a_request_is_understood_and_its_line_stays():
    back = speak(whole(b"{}"), whole(b"[]"))
    assert back.count(b"HTTP/1.1 200 OK") == back.count(b"x-told: POST /ingest/k 2\r\n") == 2
    assert back.endswith(b"content-length: 8\r\n\r\nBearer s")


def test_a_request_may_come_in_any_pieces():
    request = whole(b"x" * 300)
    pieces = [request[n : n + 40] for n in range(0, len(request), 40)]
    assert b"x-told: POST /ingest/k 300" in speak(*pieces, pause_s=0.001)


def test_a_chunked_body():
    chunked = HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n3\r\nyou\r\n0\r\n\r\n"
    assert b"x-told: POST /ingest/k 8" in speak(chunked)


def test_who_asks_whether_to_go_on_is_told_so():
    head, body = whole(b"{}", b"Expect: 100-continue\r\n").split(b"\r\n\r\n")
    assert speak(head + b"\r\n\r\n").startswith(b"HTTP/1.1 100 Continue\r\n\r\n")
    assert b"HTTP/1.1 200 OK" in speak(head + b"\r\n\r\n", body)


def test_a_body_that_is_too_long_is_read_to_its_end_and_told():
    back = speak(whole(b"x" * (MOST + 1)), whole(b"{}"))
    assert (back.count(b"200 OK"), b"/ingest/k -1" in back, b"/ingest/k 2" in back) == (2, True, True)


def test_a_body_without_end_is_cut_off():
    assert b"200" not in speak(HEAD + b"Content-Length: 99999999\r\n\r\n", *[b"x" * (MOST_DRAINED // 4)] * 5)


@pytest.mark.parametrize(
    "nonsense",
    [b"hello\r\n\r\n", HEAD + b"X: " + b"y" * (2 * MOST_HEAD), HEAD + b"Upgrade: x\r\nConnection: Upgrade\r\n\r\n"],
)
def test_what_is_no_request_is_cut_off(nonsense):
    assert speak(nonsense, b"z").endswith((b"<cut>", b"<end>"))


def test_whoever_sends_on_before_the_answer_is_cut_off():
    waiting = []
    assert speak(whole(b"1") + whole(b"2"), take=waiting.append) in (b"<cut>", b"<end>")
    assert len(waiting) == 1


def test_a_line_that_is_hung_up_first_gets_the_answer_it_is_owed():
    waiting = []

    def hang_up(lines):
        for line in tuple(lines):
            line.hang_up()

    back = speak(whole(b"{}"), hang_up, lambda _: echo(waiting[0]), take=waiting.append)
    assert b"connection: close\r\n" in back
    assert back.endswith(b"Bearer s<end>")
    assert speak(whole(b"{}"), hang_up).endswith(b"<end>")


def test_an_answer_for_whoever_has_left_goes_nowhere():
    waiting = []
    speak(whole(b"{}"), take=waiting.append)
    echo(waiting[0])
