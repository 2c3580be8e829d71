"""`xiangyun doctor`: the check-up, in words for somebody who is no programmer."""

import argparse
import os
import shutil
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

import psycopg
import segno
from rich.console import Console

from xiangyun.box import authority, caddy, child, home, nats, ports, postgres, programs, version
from xiangyun.box.cli import letters, standing
from xiangyun.box.speech import say, span
from xiangyun.entry.settings.config import Config, Unfit

GIB = 1024**3
FEWEST_SYNCS_PER_S = 100
SYNC_TRIAL_S = 0.5


class Grade(StrEnum):
    """How a finding is shown."""

    GOOD = "good"
    WATCH = "watch"
    BAD = "bad"


MARKS = {Grade.GOOD: "[green]✓[/]", Grade.WATCH: "[yellow]![/]", Grade.BAD: "[red]✗[/]"}


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the doctor: how it is and, if it is not well, what to do."""

    grade: Grade
    sentence: str


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]", common: argparse.ArgumentParser) -> None:
    """Tell argparse."""
    text = say("体检：这台机器能不能稳妥地运行，哪里要改", "a check-up: can this machine be trusted, and what to mend")
    parser = commands.add_parser("doctor", parents=[common], help=text, description=text)
    parser.set_defaults(run=doctor)


def doctor(config: Config, _: argparse.Namespace) -> int:
    """Print every finding; 0 when nothing is bad."""
    console = Console(highlight=False, soft_wrap=True)
    worst = False
    for finding in findings(config):
        console.print(f"{MARKS[finding.grade]} {finding.sentence}")
        worst = worst or finding.grade is Grade.BAD
    if config.tls == "internal":
        _authority_page(config, console)
    console.print(
        say("有需要处理的问题，见上面带 ✗ 的行。", "Something needs mending: see the lines with ✗.")
        if worst
        else say("没有发现必须处理的问题。", "Nothing that must be mended.")
    )
    return 1 if worst else 0


def findings(config: Config) -> Iterator[Finding]:
    """The check-up, line by line; each check stands by itself and writes nothing that stays."""
    yield _tools()
    try:
        home.prepare(config)
    except Unfit as trouble:
        yield Finding(Grade.BAD, say(trouble.zh, trouble.en))
        return
    if not config.database_url:
        yield _postgres_user(config)
    yield from _version(config)
    yield _disk_room(config)
    yield _disk_speed(config)
    yield _memory()
    yield _ports(config)
    yield _clock(config)
    yield _site()
    yield from _safety(config)
    yield from letters_kept(config)
    yield from unknown_years(config)
    yield from backups(config)
    if config.tls:
        yield _certificate(config)
    if config.tls == "internal" and not authority.speaks_for_host(config):
        yield _former_authority(config)


def _tools() -> Finding:
    try:
        postgres.binaries()
        programs.beside_python("nats-server")
        programs.beside_python("caddy")
    except Unfit as trouble:
        return Finding(Grade.BAD, say(trouble.zh, trouble.en))
    python = sys.version.split()[0]
    return Finding(Grade.GOOD, say(f"程序齐全（Python {python}）。", f"All programs are there (Python {python})."))


def _postgres_user(config: Config) -> Finding:
    try:
        way = postgres.identity_of(config).way
    except Unfit as trouble:
        return Finding(Grade.BAD, say(trouble.zh, trouble.en))
    sentences = {
        child.Way.PLAIN: say("数据库以当前用户运行。", "The database runs as this user."),
        child.Way.NAMESPACE: say("数据库在用户命名空间里运行。", "The database runs in a user namespace."),
        child.Way.DEDICATED: say("数据库以专用账号运行。", "The database runs under a uid of its own."),
    }
    return Finding(Grade.GOOD, sentences[way])


def _version(config: Config) -> Iterator[Finding]:
    try:
        version.check(config)
    except Unfit as trouble:
        yield Finding(Grade.BAD, say(trouble.zh, trouble.en))


def _disk_room(config: Config) -> Finding:
    free = shutil.disk_usage(config.home).free / GIB
    if free < 1:
        return Finding(
            Grade.BAD,
            say(f"磁盘只剩 {free:.1f} GB：请尽快腾出空间。", f"Only {free:.1f} GB of disk is left: make room soon."),
        )
    if free < 10:
        return Finding(
            Grade.WATCH,
            say(
                f"磁盘剩 {free:.0f} GB，够用一阵，建议留 10 GB 以上。",
                f"{free:.0f} GB of disk is left; 10 or more is better.",
            ),
        )
    return Finding(Grade.GOOD, say(f"磁盘剩 {free:.0f} GB。", f"{free:.0f} GB of disk is free."))


def _disk_speed(config: Config) -> Finding:
    """How often a second this disk can promise that bytes will outlive a power cut."""
    trial = config.run / "sync-trial"
    handle = os.open(trial, os.O_WRONLY | os.O_CREAT, 0o600)
    times, until = 0, time.monotonic() + SYNC_TRIAL_S
    try:
        while time.monotonic() < until:
            os.pwrite(handle, b"\0" * 4096, 0)
            os.fdatasync(handle)
            times += 1
    finally:
        os.close(handle)
        trial.unlink(missing_ok=True)
    rate = int(times / SYNC_TRIAL_S)
    if rate < FEWEST_SYNCS_PER_S:
        return Finding(
            Grade.WATCH,
            say(
                f"磁盘每秒只能落盘 {rate} 次，设备一多会跟不上：建议换成固态硬盘。",
                f"This disk syncs only {rate} times a second, too few for many devices: use a solid-state disk.",
            ),
        )
    return Finding(Grade.GOOD, say(f"磁盘每秒可落盘 {rate} 次。", f"The disk syncs {rate} times a second."))


def _memory() -> Finding:
    lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
    known = {line.split(":")[0]: int(line.split()[1]) for line in lines if line.endswith("kB")}
    free = known.get("MemAvailable", 0) / 1024**2
    if free < 1:
        return Finding(
            Grade.WATCH,
            say(
                f"可用内存 {free:.1f} GB，偏少：整套系统约需 0.9 GB。",
                f"{free:.1f} GB of memory is free; the box needs about 0.9.",
            ),
        )
    return Finding(Grade.GOOD, say(f"可用内存 {free:.1f} GB。", f"{free:.1f} GB of memory is free."))


def _ports(config: Config) -> Finding:
    ours = [config.port] if config.nats_url else [config.port, config.mqtt_port]
    zh, en = "、".join(map(str, ours)), " and ".join(map(str, ours))
    if home.is_held(config):
        return Finding(Grade.GOOD, say(f"正在运行，乡云使用的端口：{zh}。", f"Running; its ports: {en}."))
    try:
        ports.check(config)
    except Unfit as trouble:
        return Finding(Grade.BAD, say(trouble.zh, trouble.en))
    return Finding(Grade.GOOD, say(f"端口空闲：{zh}。", f"Free ports: {en}."))


def _clock(config: Config) -> Finding:
    newest = max((one.stat().st_mtime for one in config.home.iterdir()), default=0.0)
    behind = newest - time.time()
    if behind > 60:
        return Finding(
            Grade.BAD,
            say(
                f"本机时间比上次运行时还早 {span(behind)}：请先校准时钟。",
                f"The clock is {span(behind)} behind the last run: set it right first.",
            ),
        )
    now = datetime.now().astimezone().strftime("%Y-%m-%d %H:%M %z")
    return Finding(
        Grade.GOOD, say(f"本机时间 {now}，请对一下表。", f"The clock says {now}: compare it with your watch.")
    )


def _site() -> Finding:
    try:
        caddy.check_site()
    except Unfit as trouble:
        return Finding(Grade.BAD, say(trouble.zh, trouble.en))
    return Finding(Grade.GOOD, say("页面文件齐全。", "The pages are built."))


def _safety(config: Config) -> Iterator[Finding]:
    if not home.is_held(config):
        return
    try:
        postgres.assert_safe(config)
        if not config.nats_url:
            nats.check_safe(config)
    except Unfit as trouble:
        yield Finding(Grade.BAD, say(trouble.zh, trouble.en))
    except psycopg.Error:
        yield Finding(Grade.BAD, say("数据库没有回应。", "The database does not answer."))
    else:
        if config.nats_url:
            yield _their_broker()
            return
        yield Finding(
            Grade.GOOD,
            say("数据库和消息服务的断电保护都开着。", "Database and broker are set to survive a power cut."),
        )


def _their_broker() -> Finding:
    return Finding(
        Grade.WATCH,
        say(
            "数据库的断电保护开着；消息服务是您自己的，这里看不到：请确认它的 sync_interval 是 always。",
            "The database is set to survive a power cut; the broker is your own and cannot be seen from here: see that"
            " its sync_interval is always.",
        ),
    )


def letters_kept(config: Config) -> Iterator[Finding]:
    """Messages that found no place, of a box that runs; nothing where there are none."""
    if not home.is_held(config):
        return
    try:
        for kept in letters.waiting(config):
            yield Finding(Grade.WATCH, kept.sentence)
    except (psycopg.Error, OSError):
        # Said already: the database does not answer.
        return


UNSURE = """
SELECT unsure_year, count(*) FROM workflow_clock WHERE ended_at IS NULL AND unsure_year IS NOT NULL
 GROUP BY 1 ORDER BY 1
"""


def unknown_years(config: Config) -> Iterator[Finding]:
    """Years whose holidays nobody has told the box, where limits were counted without them."""
    try:
        with psycopg.connect(config.conninfo("xy_owner"), connect_timeout=5) as link:
            found = link.execute(UNSURE).fetchall()
    except (psycopg.Error, OSError):
        return
    for year, n in found:
        yield Finding(
            Grade.WATCH,
            say(
                f"{year} 年的放假安排还没有录入：{n} 件事的期限是按周一到周五估的，可能不准。请按国务院的通知录入。",
                f"The holidays of {year} are not known: the limits of {n} matters were counted Monday to Friday and may"
                " be wrong. Enter the State Council's notice.",
            ),
        )


def backups(config: Config) -> Iterator[Finding]:
    """What a dead disk would cost now, and when a restore was last proven."""
    for one in standing.standing(config, datetime.now(UTC)):
        yield Finding(Grade.GOOD if one.is_well else Grade.BAD if one.is_bad else Grade.WATCH, one.sentence)


def _certificate(config: Config) -> Finding:
    if config.tls == "files":
        try:
            authority.prepare(config)
        except Unfit as trouble:
            return Finding(Grade.BAD, say(trouble.zh, trouble.en))
    until = authority.expires_at(config)
    if until is None:
        return Finding(Grade.WATCH, say("证书会在第一次启动时生成。", "The certificate is made at the first start."))
    days = (until - datetime.now(UTC)).days
    grade = Grade.GOOD if days > 14 else Grade.BAD
    return Finding(grade, say(f"证书还有 {days} 天到期。", f"The certificate is good for {days} more days."))


def _former_authority(config: Config) -> Finding:
    file = config.certificates / "ca.crt"
    return Finding(
        Grade.BAD,
        say(
            f"本机的证书机构建得早，不能替 {config.host} 作保：请停止乡云，删掉 {file}，再启动，并让手机重新信任本机。",
            f"This box's authority is older than the name {config.host} and cannot vouch for it: stop Xiangyun, delete"
            f" {file}, start again, and make the phones trust the box anew.",
        ),
    )


def _authority_page(config: Config, console: Console) -> None:
    """How staff phones come to trust this box: one code to scan, three steps."""
    name = config.host or authority.addresses(config)[0]
    where = f"https://{name}:{config.port}/ca.crt"
    console.print(say("\n[bold]让工作人员的手机信任本机[/]", "\n[bold]Make staff phones trust this box[/]"))
    segno.make(where, error="m").terminal(compact=True)
    console.print(where)
    console.print(
        say(
            "1. 手机连上同一网络，扫码下载证书（浏览器会先提示不安全，这一次选择继续）。\n"
            "2. 安卓：设置 → 安全 → 安装证书 → CA 证书；苹果：设置 → 已下载描述文件 → 安装，"
            "再到 通用 → 关于本机 → 证书信任设置 打开它。\n"
            f"3. 打开 {config.url if config.host else where.removesuffix('/ca.crt')} ，地址栏不再提示不安全就好了。",
            "1. Join the same network and scan the code to fetch the certificate (the browser warns once; go on).\n"
            "2. Android: Settings → Security → Install a certificate → CA certificate. iPhone: Settings → Profile"
            " Downloaded → Install, then General → About → Certificate Trust Settings.\n"
            f"3. Open {where.removesuffix('/ca.crt')}: no warning is left.",
        )
    )
