"""What this box was told: the environment over `$XIANGYUN_HOME/xiangyun.toml`, and every path that follows from it."""

import ipaddress
import os
import secrets
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

ROLES = ("xy_owner", "xy_app", "xy_ingest")
TLS_MODES = ("internal", "files", "acme")
EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104 - compared with, never bound to by default

# sockaddr_un holds 107 bytes and a terminator; beyond it PostgreSQL, Granian and Caddy each fail in a way of their own.
SOCKET_PATH_BYTES = 107
SECRET_BYTES = 32
LONGEST_SOCKET = "run/pg/.s.PGSQL.5432.lock"

_TRUE = frozenset(("1", "true", "yes", "on"))
_FALSE = frozenset(("", "0", "false", "no", "off"))


class Unfit(Exception):
    """The box cannot run like this; both sentences say what to do, `zh` for the people it serves first."""

    def __init__(self, *, zh: str, en: str) -> None:
        super().__init__(en)
        self.zh = zh
        self.en = en


@dataclass(frozen=True, kw_only=True, slots=True)
class Config:
    """One box: where it lives, where it listens, what it leans on."""

    home: Path
    port: int = 8000
    mqtt_port: int = 1883
    bind: str = "127.0.0.1"
    tls: str = ""
    """Empty on loopback; else `internal`, `files` or `acme`."""
    host: str = ""
    """The name people type; needed by `acme`, written into our own certificate otherwise."""
    database_url: str = ""
    nats_url: str = ""
    demo: bool = False
    demo_days: int = 0
    """By how many days a demo plays a later (or, below 0, an earlier) day."""
    backup: str = ""
    """Where backups go: a folder, or `s3://key:secret@host:port/bucket/prefix`; empty for nowhere."""
    backup_keep: str = "7 4 6"
    """How many of the last days, weeks and months keep a backup."""
    private_hosts: tuple[str, ...] = ()
    """Hosts of our own network (`10.3.0.5:8090`, `sms.lan`) that the box may call, without TLS if it must be."""

    @classmethod
    def load(cls, environ: Mapping[str, str] | None = None) -> "Config":
        """Read the settings once; nothing is written.

        Refuses: Unfit, for a value nobody can use or a home whose sockets no kernel would take.
        """
        env = os.environ if environ is None else environ
        home = Path(env.get("XIANGYUN_HOME") or ".xiangyun").expanduser().resolve()
        _check_length(home)
        told = _Told(env, home / "xiangyun.toml")

        bind = told.text("XIANGYUN_BIND", "bind", "127.0.0.1")
        beyond = not is_loopback(bind)
        tls = told.text("XIANGYUN_TLS", "tls", "internal" if beyond else "")
        if tls and tls not in TLS_MODES:
            raise Unfit(
                zh=f"XIANGYUN_TLS 不能是“{tls}”，请改为 internal、files 或 acme。",
                en=f"XIANGYUN_TLS cannot be “{tls}”: use internal, files or acme.",
            )
        host = told.text("XIANGYUN_HOST", "host", "")
        # Demo passwords are printed on the wall: never where a neighbour's phone can reach them.
        demo = told.flag("XIANGYUN_DEMO", "demo") and not beyond
        if tls == "acme" and not host:
            raise Unfit(
                zh="用 acme 证书需要一个公网域名，请设置 XIANGYUN_HOST。",
                en="acme certificates need a public name: set XIANGYUN_HOST.",
            )
        return cls(
            home=home,
            port=told.port("XIANGYUN_PORT", "port", 8000),
            mqtt_port=told.port("XIANGYUN_MQTT_PORT", "mqtt_port", 8883 if tls else 1883),
            bind=bind,
            tls=tls,
            host=host,
            database_url=told.text("DATABASE_URL", "database_url", ""),
            nats_url=told.text("NATS_URL", "nats_url", ""),
            demo=demo,
            demo_days=told.days("XIANGYUN_DEMO_DAYS", "demo_days") if demo else 0,
            backup=told.text("XIANGYUN_BACKUP", "backup", ""),
            backup_keep=told.text("XIANGYUN_BACKUP_KEEP", "backup_keep", "7 4 6"),
            private_hosts=tuple(told.text("XIANGYUN_PRIVATE_HOSTS", "private_hosts", "").lower().split()),
        )

    @property
    def is_public(self) -> bool:
        """Whether machines other than this one can reach the box."""
        return not is_loopback(self.bind)

    @property
    def url(self) -> str:
        """The address a person on this machine types."""
        scheme = "https" if self.tls else "http"
        name = self.host or ("127.0.0.1" if self.bind in EVERYWHERE else self.bind)
        name = f"[{name}]" if ":" in name else name
        shown = "" if self.port == (443 if self.tls else 80) else f":{self.port}"
        return f"{scheme}://{name}{shown}"

    @property
    def pg(self) -> Path:
        return self.home / "pg"

    @property
    def run(self) -> Path:
        """Where the unix sockets and pid files stand."""
        return self.home / "run"

    @property
    def pg_socket(self) -> Path:
        """The folder of PostgreSQL's socket: its own, because under root it belongs to another uid."""
        return self.run / "pg"

    @property
    def web_socket(self) -> Path:
        return self.run / "web.sock"

    @property
    def live_socket(self) -> Path:
        return self.run / "live.sock"

    @property
    def ingest_socket(self) -> Path:
        return self.run / "ingest.sock"

    @property
    def logs(self) -> Path:
        return self.home / "logs"

    @property
    def nats(self) -> Path:
        return self.home / "nats"

    @property
    def caddy(self) -> Path:
        return self.home / "caddy"

    @property
    def secrets(self) -> Path:
        return self.home / "secrets"

    @property
    def certificates(self) -> Path:
        """`cert.pem`, `key.pem` and, for `internal`, `ca.crt`."""
        return self.home / "tls"

    @property
    def files(self) -> Path:
        return self.home / "files"

    @property
    def copies(self) -> Path:
        """Restorable copies made before a newer version migrates."""
        return self.home / "copies"

    @property
    def backup_notes(self) -> Path:
        """What the box knows of its backups: their state, the chain of its WAL, what of its files is safe."""
        return self.home / "backup"

    @property
    def version_file(self) -> Path:
        return self.home / "version"

    def recovery_secret(self) -> bytes:
        """What everything sealed on this box hangs on, 32 random bytes: printed as the recovery sheet, never in the
        database and never in a backup."""
        return bytes.fromhex(self._kept("recovery", secrets.token_hex))

    def secret(self, name: str) -> str:
        """A random word that only this box knows: made at the first call, the same ever after."""
        return self._kept(name, secrets.token_urlsafe)

    def _kept(self, name: str, make: Callable[[int], str]) -> str:
        path = self.secrets / name
        try:
            return path.read_text(encoding="ascii").strip()
        except FileNotFoundError:
            pass
        private_folder(self.secrets)
        draft = self.secrets / f".{name}.{os.getpid()}.{secrets.token_hex(4)}"
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="ascii") as out:
            out.write(make(SECRET_BYTES) + "\n")
            out.flush()
            os.fsync(out.fileno())
        try:
            # link() fails where another process was first: both then read the same word.
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
        return path.read_text(encoding="ascii").strip()

    def dsn(self, role: str, dbname: str = "xiangyun") -> dict[str, str]:
        """Keyword arguments for `psycopg.connect`: SCRAM over the unix socket, or the external server's address."""
        if role not in ROLES:
            raise ValueError(f"no such database role: {role}")
        if not self.database_url:
            return {
                "host": str(self.pg_socket),
                "port": "5432",
                "dbname": dbname,
                "user": role,
                "password": self.secret(role),
            }
        return {**self.external_dsn(), "user": role, **self._external_password(role)}

    def conninfo(self, role: str, dbname: str = "xiangyun") -> str:
        """The same as one libpq string."""
        return " ".join(f"{key}='{_quoted(value)}'" for key, value in self.dsn(role, dbname).items())

    def external_dsn(self) -> dict[str, str]:
        """DATABASE_URL taken apart, with the login it names (the one that makes our roles)."""
        parts = urlsplit(self.database_url)
        found = {
            "host": unquote(parts.hostname or ""),
            "port": str(parts.port or 5432),
            "dbname": unquote(parts.path.lstrip("/")) or "xiangyun",
            "user": unquote(parts.username or ""),
            "password": unquote(parts.password or ""),
        }
        return {key: value for key, value in {**found, **dict(parse_qsl(parts.query))}.items() if value}

    def _external_password(self, role: str) -> dict[str, str]:
        named = self.external_dsn()
        if named.get("user") == role and "password" in named:
            return {"password": named["password"]}
        return {"password": self.secret(role)}

    def broker(self, user: str) -> dict[str, str]:
        """Where NATS listens for our own processes and as whom: `ingest` pulls, `app` sends commands down."""
        if self.nats_url:
            # A broker that includes our users.conf knows us as our own does; else its URL carries a login.
            ours = {} if "@" in self.nats_url else {"user": user, "password": self.secret(f"nats_{user}")}
            return {"servers": self.nats_url, **ours}
        try:
            port = (self.nats / "port").read_text(encoding="ascii").strip()
        except FileNotFoundError:
            port = "4222"
        return {"servers": f"nats://127.0.0.1:{port}", "user": user, "password": self.secret(f"nats_{user}")}


def is_loopback(bind: str) -> bool:
    """Whether an address to listen on stays inside this machine."""
    if bind == "localhost":
        return True
    try:
        return ipaddress.ip_address(bind).is_loopback
    except ValueError:
        return False


def private_folder(path: Path) -> Path:
    """Make a folder of ours that nobody else may enter; one that stands already is left as it is."""
    if not path.is_dir():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.mkdir(mode=0o700, exist_ok=True)
    return path


def _quoted(value: str) -> str:
    return value.replace("\\", "\\\\").replace("'", "\\'")


def _check_length(home: Path) -> None:
    too_many = len(os.fsencode(home / LONGEST_SOCKET)) - SOCKET_PATH_BYTES
    if too_many > 0:
        raise Unfit(
            zh=f"数据目录的路径太长了 {too_many} 个字节，请把 XIANGYUN_HOME 设到短一些的地方，例如 /srv/xiangyun。",
            en=f"The data folder's path is {too_many} bytes too long: set XIANGYUN_HOME to a shorter one such as"
            " /srv/xiangyun.",
        )


class _Told:
    """The two places a setting may stand in; the environment wins."""

    def __init__(self, env: Mapping[str, str], file: Path) -> None:
        self._env = env
        try:
            self._file = tomllib.loads(file.read_text(encoding="utf-8"))
        except FileNotFoundError:
            self._file = {}
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
            raise Unfit(
                zh=f"设置文件 {file} 读不懂（{fault}），请改正后再启动。",
                en=f"The settings file {file} cannot be read ({fault}): mend it and start again.",
            ) from None

    def text(self, variable: str, key: str, default: str) -> str:
        value = self._env.get(variable, "")
        return value or str(self._file.get(key, "")) or default

    def flag(self, variable: str, key: str) -> bool:
        value = (self._env[variable] if variable in self._env else str(self._file.get(key, ""))).strip().lower()
        if value not in _TRUE | _FALSE:
            raise Unfit(zh=f"{variable} 只能是 1 或 0。", en=f"{variable} must be 1 or 0.")
        return value in _TRUE

    def days(self, variable: str, key: str) -> int:
        value = self.text(variable, key, "0")
        if not (value.isascii() and value.removeprefix("-").isdigit() and len(value) < 6):
            raise Unfit(zh=f"{variable} 应是天数，例如 30 或 -30。", en=f"{variable} must be days, as 30 or -30.")
        return int(value)

    def port(self, variable: str, key: str, default: int) -> int:
        value = self.text(variable, key, str(default))
        if not (value.isascii() and value.isdigit() and 0 < int(value) < 65_536):
            raise Unfit(
                zh=f"{variable} 应是 1 到 65535 之间的端口号，现在是“{value}”。",
                en=f"{variable} must be a port from 1 to 65535; it is “{value}”.",
            )
        return int(value)
