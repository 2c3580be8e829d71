"""Django's settings: everything that differs between boxes comes from `Config`."""

from __future__ import annotations

import os
from datetime import timedelta
from typing import Any

from xiangyun.base import clock
from xiangyun.entry.settings.config import Config

CONFIG = Config.load()
clock.move(timedelta(days=CONFIG.demo_days))

# The ingest process is a role of its own; everything else acts as the application.
ROLE = "xy_ingest" if os.environ.get("XIANGYUN_ROLE") == "ingest" else "xy_app"

SECRET_KEY = CONFIG.secret("django")
DEBUG = False
ALLOWED_HOSTS = ["*"]  # Caddy owns the port; the host name is the box's own business
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"
LANGUAGE_CODE = "zh-hans"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
APPEND_SLASH = False

KERNEL = (
    "geo",
    "access",
    "audit",
    "org",
    "vault",
    "accounts",
    "people",
    "devices",
    "notify",
    "files",
    "telemetry",
    "workflow",
    "exchange",
    "offline",
    "figures",
    "alerts",
)
MODULES = ("agriculture", "grid")
INSTALLED_APPS = [
    "xiangyun.entry",
    *(f"xiangyun.kernel.{room}" for room in KERNEL),
    "xiangyun.kernel.plugs",
    *(f"xiangyun.modules.{module}" for module in MODULES),
]

MIDDLEWARE = ["xiangyun.entry.http.Door"]
ROOT_URLCONF = "xiangyun.entry.http"
WSGI_APPLICATION = "xiangyun.entry.http.application"

DATA_UPLOAD_MAX_MEMORY_SIZE = 12 * 1024 * 1024
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = bool(CONFIG.tls)
CSRF_COOKIE_NAME = "csrftoken"
CSRF_HEADER_NAME = "HTTP_X_CSRFTOKEN"
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_TRUSTED_ORIGINS: list[str] = []
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
USE_X_FORWARDED_HOST = False


def _database(role: str, **options: Any) -> dict[str, Any]:
    dsn = CONFIG.dsn(role)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": dsn.pop("dbname"),
        "USER": dsn.pop("user"),
        "PASSWORD": dsn.pop("password", ""),
        "HOST": dsn.pop("host", ""),
        "PORT": dsn.pop("port", ""),
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {"application_name": role, **dsn, **options},
    }


DATABASES: dict[str, dict[str, Any]] = {
    "default": _database(ROLE),
    # Owns the tables and walks past row-level security: only `migrate` and the tests' set-up use it.
    "owner": {**_database("xy_owner"), "CONN_MAX_AGE": 0, "CONN_HEALTH_CHECKS": False},
}
DATABASE_ROUTERS: list[str] = []

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {"()": "xiangyun.base.numbers.LogLine", "format": "%(asctime)s %(levelname)s %(name)s %(message)s"}
    },
    "handlers": {"out": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["out"], "level": "INFO"},
}
