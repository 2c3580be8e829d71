"""Where the way out leads, and where it does not."""

import socket
import threading
import time

import pytest

from xiangyun.base import outside
from xiangyun.base.outside import Call, Unanswered, Unreached


def called(url, **how):
    return outside.ask(Call("GET", url, {}), **how)


@pytest.fixture
def host():
    """Something on this machine that nobody has any reason to call; it counts who does."""
    callers = []
    with socket.create_server(("127.0.0.1", 0)) as door:

        def listen():
            while True:
                try:
                    line, _ = door.accept()
                except OSError:
                    return
                callers.append(line.recv(1000))
                line.sendall(b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 2\r\n\r\nno")
                line.close()

        threading.Thread(target=listen, daemon=True).start()
        yield door.getsockname()[1], callers


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "gopher://127.0.0.1/",
        "https://",
        "//example.cn/",
        "https://user@example.cn/",
        "https://example.cn@127.0.0.1/",
        "https://[::1/",
        "https://example.cn:99999/",
        "sms.example.cn",
    ],
)
def test_what_is_no_address_of_ours_is_not_called(url):
    with pytest.raises(Unreached, match="no_address"):
        called(url)


def test_plain_http_is_for_named_hosts_only():
    with pytest.raises(Unreached, match="not_https"):
        called("http://sms.example.cn/")


@pytest.mark.parametrize(
    "name",
    [
        "127.0.0.1",
        "localhost",
        "0.0.0.0",
        "10.0.0.1",
        "172.16.3.4",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "224.0.0.1",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[fe80::1]",
        "[fd00::1]",
        "[2002:7f00:1::]",
        "2130706433",
        "0x7f000001",
        "127.1",
    ],
)
def test_a_private_host_is_not_called_by_any_of_its_names(name):
    with pytest.raises(Unreached, match=r"private_host|no_such_host|no_address"):
        called(f"https://{name}/", patience_s=1)


def test_a_name_that_leads_into_a_private_network_is_not_called(monkeypatch, host):
    port, callers = host
    honest = socket.getaddrinfo

    def getaddrinfo(name, *told, **more):
        return honest("127.0.0.1" if name == "sms.example.cn" else name, *told, **more)

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    with pytest.raises(Unreached, match="private_host"):
        called(f"https://sms.example.cn:{port}/")
    assert callers == []


def test_a_name_of_which_one_answer_is_private_is_not_called(monkeypatch):
    found = [(2, 1, 6, "", ("93.184.216.34", 443)), (2, 1, 6, "", ("10.0.0.1", 443))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_a, **_k: found)
    with pytest.raises(Unreached, match="private_host"):
        called("https://sms.example.cn/")


def test_a_named_host_is_called_and_a_redirection_is_an_answer(host):
    port, callers = host
    answer = called(f"http://127.0.0.1:{port}/a?b=1", private=(f"127.0.0.1:{port}",))
    assert (answer.status, answer.body) == (302, b"no")
    assert callers[0].startswith(b"GET /a?b=1 HTTP/1.1\r\n")
    assert len(callers) == 1


def test_another_port_of_a_named_host_is_not_named(host):
    port, callers = host
    with pytest.raises(Unreached, match="not_https"):
        called(f"http://127.0.0.1:{port}/", private=("127.0.0.1:1",))
    assert callers == []


def test_a_header_that_would_be_two_is_not_sent(host):
    port, callers = host
    call = Call("GET", f"http://127.0.0.1:{port}/", {"X-A": "1\r\nX-B: 2"})
    with pytest.raises(Unreached, match="unfit_request"):
        outside.ask(call, private=("127.0.0.1",))
    time.sleep(0.1)
    assert [one for one in callers if one] == []


def test_nobody_there_is_told_from_no_answer(host):
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    with pytest.raises(Unreached, match="no_line"):
        called(f"http://127.0.0.1:{port}/", private=("127.0.0.1",))


@pytest.mark.parametrize("drip", [b"", b"HTTP/1.1 200 OK\r\n"])
def test_nothing_takes_longer_than_it_was_given(drip):
    with socket.create_server(("127.0.0.1", 0)) as door:

        def slowly():
            line, _ = door.accept()
            with line:
                line.recv(1000)
                try:
                    line.sendall(drip)
                    for _ in range(100):
                        line.sendall(b"X: 1\r\n" if drip else b"")
                        time.sleep(0.05)
                except OSError:
                    return

        threading.Thread(target=slowly, daemon=True).start()
        began = time.monotonic()
        with pytest.raises(Unanswered):
            called(f"http://127.0.0.1:{door.getsockname()[1]}/", private=("127.0.0.1",), patience_s=0.5)
        assert time.monotonic() - began < 2
