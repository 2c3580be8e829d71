"""Whether the ports people and devices will knock at are ours to take."""

import errno
import socket

from xiangyun.entry.settings.config import Config, Unfit


def check(config: Config) -> None:
    """Try the ports before anything is started.

    Refuses: Unfit, for a port that is taken, closed to us, or an address this machine does not have.
    """
    _try(config.bind, config.port, "XIANGYUN_PORT")
    if not config.nats_url:
        _try(config.bind, config.mqtt_port, "XIANGYUN_MQTT_PORT")


def _try(bind: str, port: int, variable: str) -> None:
    family = socket.AF_INET6 if ":" in bind else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((bind, port))
            probe.listen(1)
        except PermissionError:
            raise Unfit(
                zh=f"普通用户不能使用端口 {port}：请把 {variable} 设成 1024 以上的端口。",
                en=f"Port {port} is closed to ordinary users: set {variable} to one above 1024.",
            ) from None
        except OSError as fault:
            if fault.errno == errno.EADDRINUSE:
                raise Unfit(
                    zh=f"端口 {port} 已被别的程序占用：请关掉那个程序，或把 {variable} 设成别的端口再启动。",
                    en=f"Port {port} is taken by another program: stop that program or set {variable} to another port.",
                ) from None
            raise Unfit(
                zh=f"这台机器没有地址 {bind}：请把 XIANGYUN_BIND 设成本机地址、0.0.0.0 或 127.0.0.1。",
                en=f"This machine has no address {bind}: set XIANGYUN_BIND to one it has, to 0.0.0.0 or to 127.0.0.1.",
            ) from None
