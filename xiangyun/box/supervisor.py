"""The town box as one process tree: what is started when, what happens when something leaves, how all of it stops."""

import asyncio
import json
import logging
import signal
import sys
import time
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime

from xiangyun.box import authority, caddy, child, devices, home, nats, ports, postgres, processes, programs, version
from xiangyun.box.keeper import Keeper
from xiangyun.entry.settings.config import Config, Unfit

log = logging.getLogger("xiangyun.box")

FIRST_LIFE_S = 60.0
HOUSEKEEPING_S = 10.0
CERTIFICATES_S = 3600.0

Progress = Callable[[str, str], None]


class Supervisor:
    """One box from the first process to the last; `run` returns when it was told to stop."""

    def __init__(self, config: Config, *, progress: Progress) -> None:
        self.config = config
        self.keepers: dict[str, Keeper] = {}
        self._progress = progress
        self._stop = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._trouble: Unfit | None = None
        self._devices: list[nats.DeviceUser] | None = None
        self._is_gate_open = asyncio.Event()
        self._is_database_ready = asyncio.Event()

    async def run(self, *, when_up: Callable[[], None]) -> None:
        """Start everything, keep it alive, and stop it at SIGTERM or SIGINT.

        Refuses: Unfit, when it cannot be started; whatever was started is stopped first.
        """
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            loop.add_signal_handler(number, self._stop.set)
        try:
            starting = asyncio.create_task(self._start())
            told = asyncio.create_task(self._stop.wait())
            await asyncio.wait([starting, told], return_when=asyncio.FIRST_COMPLETED)
            if not starting.done():
                starting.cancel()
                return
            await starting
            when_up()
            await self._stop.wait()
        finally:
            await self._stop_all()

    async def _start(self) -> None:
        config = self.config
        self._progress("正在准备数据目录和数据库 …", "preparing the data folder and the database …")
        identity = None
        if not config.database_url:
            identity = postgres.identity_of(config)
            await asyncio.to_thread(postgres.prepare, config)
        if config.tls:
            authority.prepare(config)
        caddy.write_config(config)
        if config.nats_url:
            nats.write_first_users(config)
        else:
            nats.write_config(config)

        hooks = {
            "postgres": (self._before_postgres, self._after_postgres),
            "nats": (self._before_nats, self._after_nats),
        }
        for process in processes.stores(config):
            before, after = hooks.get(process.name, (None, None))
            own = identity if process.name == "postgres" else None
            self._keep(Keeper(config, process, before=before, after=after, identity=own))
        if config.database_url:
            self._after_postgres()
        if config.nats_url:
            self._after_nats()

        await self._reach(self._is_database_ready, "postgres")
        self._progress("正在核对数据表 …", "bringing the tables up to date …")
        await self._upgrade()
        await self._reach(self._is_gate_open, "nats")
        self._spawn(devices.watch(config, self._take_devices))
        self._progress("正在启动各项服务 …", "starting the services …")
        for process in processes.services(config):
            self._keep(Keeper(config, process))
        self._spawn(self._housekeeping())

    def _keep(self, keeper: Keeper) -> None:
        keeper.changed = self._write_state
        self.keepers[keeper.process.name] = keeper
        keeper.start()

    def _spawn(self, work: Coroutine[object, object, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._forget)

    def _forget(self, task: "asyncio.Task[None]") -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            log.error("a task of the supervisor failed", exc_info=task.exception())

    async def _reach(self, milestone: asyncio.Event, name: str) -> None:
        """Wait for a milestone of the start; a store that leaves three times before it is not coming."""
        deadline = time.monotonic() + FIRST_LIFE_S
        while not milestone.is_set():
            keeper = self.keepers.get(name)
            is_lost = keeper is not None and keeper.starts > 2 and keeper.last_exit is not None
            if is_lost or time.monotonic() > deadline:
                raise self._not_starting(name)
            try:
                await asyncio.wait_for(milestone.wait(), 0.2)
            except TimeoutError:
                continue

    def _not_starting(self, name: str) -> Unfit:
        if name == "postgres":
            if self.config.database_url:
                return Unfit(
                    zh="连不上 DATABASE_URL 指定的数据库，请检查地址、账号和网络。",
                    en="The database of DATABASE_URL cannot be reached: check address, login and network.",
                )
            return postgres.not_starting(self.config)
        if self.config.nats_url:
            return Unfit(
                zh="连不上 NATS_URL 指定的消息服务，请检查地址、网络、账号，以及它是否开了 JetStream、"
                f"是否引用了 {self.config.nats / 'users.conf'}。",
                en="The broker of NATS_URL cannot be used: check its address, the network, the login, that it has"
                f" JetStream and that it includes {self.config.nats / 'users.conf'}.",
            )
        file = self.config.logs / f"{name}.log"
        lines = file.read_text(encoding="utf-8", errors="replace").splitlines() if file.is_file() else []
        words = lines[-1].strip() if lines else ""
        return Unfit(
            zh=f"消息服务 NATS 没有启动起来：{words}（完整日志在 {file}）。",
            en=f"The broker NATS did not start: {words} (the whole log is {file}).",
        )

    async def _before_postgres(self) -> None:
        self._is_database_ready.clear()
        await asyncio.to_thread(postgres.clear_leftovers, self.config)

    def _after_postgres(self) -> None:
        self._spawn(self._greet_postgres())

    async def _greet_postgres(self) -> None:
        """Wait for the server, put roles and database right, and wake whoever lost their LISTEN."""
        while not await asyncio.to_thread(postgres.is_ready, self.config):
            keeper = self.keepers.get("postgres")
            if keeper is not None and keeper.pid is None:
                return
            await asyncio.sleep(0.03)
        try:
            await asyncio.to_thread(postgres.bootstrap, self.config)
            await asyncio.to_thread(postgres.assert_safe, self.config)
        except Unfit as trouble:
            self._fail(trouble)
            return
        self._is_database_ready.set()
        for keeper in self.keepers.values():
            if keeper.process.restart_with_postgres and keeper.pid is not None:
                keeper.send(keeper.process.stop_signal)

    async def _before_nats(self) -> None:
        self._is_gate_open.clear()
        nats.write_config(self.config)
        nats.write_users(self.config, (), gate=True)

    def _after_nats(self) -> None:
        self._spawn(self._open_gate())

    async def _open_gate(self) -> None:
        """Only when our durable stands are devices let in."""
        try:
            await nats.open_gate(self.config)
        except Unfit as trouble:
            log.warning("%s", trouble.en)
            if self.config.nats_url:
                self._spawn(self._open_gate())
            else:
                self.keepers["nats"].send(signal.SIGKILL)
            return
        self._is_gate_open.set()
        if self._devices is not None:
            await self._take_devices(self._devices)

    async def _take_devices(self, users: list[nats.DeviceUser]) -> None:
        self._devices = users
        if self._is_gate_open.is_set():
            changed = await asyncio.to_thread(nats.write_users, self.config, users)
            if changed and not self.config.nats_url:
                self.keepers["nats"].send(signal.SIGHUP)

    async def _upgrade(self) -> None:
        """Migrate in a process of its own: Django's memory goes with it."""
        with (self.config.logs / "upgrade.log").open("ab") as file:
            running = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "xiangyun.box.upgrade",
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=file,
                env=programs.environment(self.config),
                start_new_session=True,
                preexec_fn=child.birth(),
            )
            try:
                out, _ = await running.communicate()
            except asyncio.CancelledError:
                running.kill()
                raise
        if running.returncode != 0:
            raise not_upgraded(self.config, out)
        if copy := last_json(out).get("copy"):
            self._progress(
                f"数据已升级到本版本；升级前的副本：{copy}"
                f"（要退回：停止后运行 xiangyun restore-copy {copy}，再装回旧版程序）",
                f"The data was brought to this version; a copy from before: {copy}"
                f" (to go back: stop, xiangyun restore-copy {copy}, then install the former program)",
            )

    async def _housekeeping(self) -> None:
        looked_at = time.monotonic()
        # What Caddy is given by ACME comes when it comes; ours changes once a year.
        pause = HOUSEKEEPING_S if self.config.tls == "acme" else CERTIFICATES_S
        while True:
            await asyncio.sleep(HOUSEKEEPING_S)
            for keeper in self.keepers.values():
                keeper.trim_log()
            if self.config.tls and time.monotonic() - looked_at >= pause:
                looked_at = time.monotonic()
                if await asyncio.to_thread(authority.prepare, self.config):
                    self.keepers["caddy"].send(signal.SIGUSR1)
                    if "nats" in self.keepers:
                        self.keepers["nats"].send(signal.SIGHUP)

    def _fail(self, trouble: Unfit) -> None:
        """A refusal found while the box runs stops it: better silent than forgetful."""
        self._trouble = trouble
        self._stop.set()

    async def _stop_all(self) -> None:
        for task in list(self._tasks):
            task.cancel()
        for names in processes.STOP_ORDER:
            await asyncio.gather(*(self.keepers[name].stop() for name in names if name in self.keepers))
        (self.config.run / "state.json").unlink(missing_ok=True)
        if self._trouble is not None:
            raise self._trouble

    def _write_state(self) -> None:
        """What `status`, `doctor` and the fault tests read."""
        now, clock = time.monotonic(), datetime.now(UTC).timestamp()
        state = {
            name: {
                "pid": keeper.pid,
                "since": clock - (now - keeper.started_at),
                "starts": keeper.starts,
                "last_exit": keeper.last_exit,
            }
            for name, keeper in self.keepers.items()
        }
        draft = self.config.run / "state.json.new"
        try:
            draft.write_text(json.dumps(state), encoding="ascii")
            draft.replace(self.config.run / "state.json")
        except OSError as fault:
            # A full disk must not keep a process from being started again.
            log.warning("the state of the box could not be written: %s", fault.strerror)


def run(config: Config, *, progress: Progress, when_up: Callable[[], None]) -> None:
    """Hold the folder and run a box in it until it is told to stop."""

    async def main() -> None:
        await Supervisor(config, progress=progress).run(when_up=when_up)

    with home.held(config):
        version.check(config)
        caddy.check_site()
        ports.check(config)
        asyncio.run(main())


def not_upgraded(config: Config, out: bytes) -> Unfit:
    """The sentence of an upgrade that failed: its own, else where to look."""
    told, file = last_json(out), config.logs / "upgrade.log"
    return Unfit(
        zh=str(told.get("zh", f"数据表没有升级成功，详情在 {file}。")),
        en=str(told.get("en", f"The tables could not be brought up to date; see {file}.")),
    )


def last_json(out: bytes) -> dict[str, object]:
    lines = out.decode("utf-8", errors="replace").strip().splitlines()
    try:
        told = json.loads(lines[-1]) if lines else {}
    except json.JSONDecodeError:
        return {}
    return told if isinstance(told, dict) else {}
