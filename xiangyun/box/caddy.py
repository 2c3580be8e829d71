"""The front door: the Caddyfile, written from the settings at every start."""

from pathlib import Path

import xiangyun
from xiangyun.box import programs
from xiangyun.entry.settings.config import Config, Unfit

# Built by `npm run build`; a wheel or a clone both have it beside the package.
SHELLS = ("desk", "app", "screen")
SITE = Path(xiangyun.__file__).resolve().parent.parent / "web" / "dist"

POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self';"
    " media-src 'self' blob:; connect-src 'self'; worker-src 'self' blob:; manifest-src 'self'; object-src 'none';"
    " base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)

GLOBAL = """\
# Written at every start.
{{
	admin off
	persist_config off
	skip_install_trust
	# Without it a stop waits for ever while somebody listens to /api/live.
	grace_period 500ms
	auto_https disable_redirects
	storage file_system {storage}
	log {{
		output stderr
		level WARN
		# A device's secret may stand in the path.
		format filter {{
			wrap console
			fields {{
				request>uri delete
				request>headers delete
			}}
		}}
	}}
	servers {{
		protocols h1 h2
{wrappers}	}}
}}
"""

REDIRECT = """\
		listener_wrappers {
			http_redirect
			tls
		}
"""

SITE_BLOCK = """
{address} {{
	bind {bind}
{tls}
	header {{
		?Content-Security-Policy "{policy}"
		X-Content-Type-Options nosniff
		Referrer-Policy same-origin
		Cross-Origin-Opener-Policy same-origin
		Permissions-Policy "camera=(self), microphone=(self), geolocation=(self), payment=(), usb=()"
		-Server
		-Via
		defer
	}}

	handle /api/live {{
		reverse_proxy {live} {{
			flush_interval -1
			lb_try_duration 10s
			lb_try_interval 100ms
			header_up X-Real-IP {{client_ip}}
		}}
	}}

	@ingest path /ingest/* /api/v1/*
	handle @ingest {{
		request_body {{
			max_size 1MB
		}}
		reverse_proxy {ingest} {{
			lb_try_duration 3s
			lb_try_interval 50ms
			header_up X-Real-IP {{client_ip}}
		}}
	}}

	@web path /api /api/* /healthz /readyz
	handle @web {{
		request_body {{
			max_size 12MB
		}}
		reverse_proxy {web} {{
			lb_try_duration 3s
			lb_try_interval 50ms
			header_up X-Real-IP {{client_ip}}
		}}
	}}
{authority}
	handle /assets/* {{
		root * {site}
		header Cache-Control "public, max-age=31536000, immutable"
		file_server {{
			precompressed br zstd gzip
		}}
	}}
{shells}
	handle {{
		root * {site}
		header Cache-Control no-cache
		file_server {{
			precompressed br zstd gzip
		}}
	}}

	handle_errors 413 {{
{too_large}	}}

	handle_errors 502 503 504 {{
		header Retry-After 2
{unavailable}	}}
}}
"""

# What Caddy says by itself, in the reader's language: Chinese, unless English stands before it in what they ask for.
PROBLEM = """\
		header Content-Type application/problem+json
		@english {{
			header_regexp Accept-Language (?i)(^|,)\\s*en\\b
			not header_regexp Accept-Language (?i)(^|,)\\s*zh\\b.*,\\s*en\\b
		}}
		respond @english `{{"type":"about:blank","title":"{title}","status":{status},"detail":"{en}"}}` {status}
		respond `{{"type":"about:blank","title":"{title}","status":{status},"detail":"{zh}"}}` {status}
"""
TOO_LARGE = PROBLEM.format(
    status=413,
    title="Content Too Large",
    zh="提交的内容太大，请分几次提交。",
    en="This is too large: send it in smaller parts.",
)
UNAVAILABLE = PROBLEM.format(
    status=503,
    title="Unavailable",
    zh="系统正在启动，请稍候再试。",
    en="The system is starting: please try again in a moment.",
)

SHELL = """
	@{shell} path /{shell} /{shell}/*
	handle @{shell} {{
		root * {site}
		header Cache-Control no-cache
		try_files {{path}} /{shell}.html
		file_server {{
			precompressed br zstd gzip
		}}
	}}
"""

AUTHORITY = """
	handle /ca.crt {{
		root * {folder}
		header Content-Type application/x-x509-ca-cert
		file_server
	}}
"""


def command(config: Config) -> list[str]:
    """The command line of the server."""
    file = str(config.caddy / "Caddyfile")
    return [str(programs.beside_python("caddy")), "run", "--config", file, "--adapter", "caddyfile"]


def check_site() -> None:
    """Refuses: Unfit, when the pages are not built: nothing but 404 would be served."""
    if not all((SITE / f"{shell}.html").is_file() for shell in SHELLS):
        raise Unfit(
            zh="页面文件还没有生成：请在源码目录运行 make run。",
            en="The pages are not built: run `make run` in the source folder.",
        )


def write_config(config: Config, site: Path = SITE) -> None:
    """Write the Caddyfile; a running Caddy takes it at SIGUSR1."""
    config.caddy.mkdir(mode=0o700, exist_ok=True)
    text = GLOBAL.format(storage=_text(config.caddy), wrappers=REDIRECT if config.tls else "")
    text += SITE_BLOCK.format(
        address=_address(config),
        bind=config.bind,
        tls=_tls(config),
        policy=POLICY,
        live=_unix(config.live_socket),
        ingest=_unix(config.ingest_socket),
        web=_unix(config.web_socket),
        site=_text(site),
        too_large=TOO_LARGE,
        unavailable=UNAVAILABLE,
        shells="".join(SHELL.format(shell=shell, site=_text(site)) for shell in SHELLS),
        authority=AUTHORITY.format(folder=_text(config.certificates)) if config.tls == "internal" else "",
    )
    draft = config.caddy / "Caddyfile.new"
    draft.write_text(text, encoding="utf-8")
    draft.replace(config.caddy / "Caddyfile")


def _address(config: Config) -> str:
    if not config.tls:
        return f"http://:{config.port}"
    name = config.host if config.tls == "acme" else ""
    return f"https://{name}:{config.port}"


def _tls(config: Config) -> str:
    if config.tls in ("internal", "files"):
        cert, key = config.certificates / "cert.pem", config.certificates / "key.pem"
        return f'\ttls {_text(cert)} {_text(key)}\n\theader Strict-Transport-Security "max-age=31536000"\n'
    return ""


def _unix(socket: Path) -> str:
    return _text(f"unix/{socket}")


def _text(path: object) -> str:
    return '"' + str(path).replace("\\", "\\\\").replace('"', '\\"') + '"'
