"""Where everything is wired: settings → a front that serves, until it is told to stop. Returns the exit code.

Exit codes: 0 stopped, 1 the port, the lock or the keys cannot be had, 2 wrong options, 3 the script does not start,
4 the environment is not the one of the lock.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import resource
import signal
import socket
import ssl
import sys
from collections.abc import Callable, Sequence

from jupyter_mlops.scoring.front.control import ControlApp
from jupyter_mlops.scoring.front.decision import Policy
from jupyter_mlops.scoring.front.dispatch import Dispatcher
from jupyter_mlops.scoring.front.files import FileWatch
from jupyter_mlops.scoring.front.http_limits import HttpLimits
from jupyter_mlops.scoring.front.job import Job
from jupyter_mlops.scoring.front.keys import KeyRing, KeyRingError
from jupyter_mlops.scoring.front.listener import Listener, bind_port, bind_unix
from jupyter_mlops.scoring.front.lock import LockHeldError, hold
from jupyter_mlops.scoring.front.log import Log
from jupyter_mlops.scoring.front.metrics import Gauges, Metrics
from jupyter_mlops.scoring.front.pool import Pool
from jupyter_mlops.scoring.front.public import PublicApp
from jupyter_mlops.scoring.front.settings import Settings, SettingsError, read_settings
from jupyter_mlops.scoring.front.supervisor import Supervisor
from jupyter_mlops.scoring.front.swagger import SchemaDocuments
from jupyter_mlops.scoring.front.tls import TlsFiles
from jupyter_mlops.scoring.wire import RequestFlag

__all__ = ["main"]

_IDLE_SECONDS = 2.0
"""At the end, idle connections get so long for one more request (answered with `Connection: close`)."""
_KEYS_SECONDS = 0.5
_PROBE = int(RequestFlag.PROBE)
_EXIT_SCRIPT = 3
_EXIT_LOCK = 4


def main(arguments: Sequence[str]) -> int:
    """Runs a front to its end."""
    try:
        settings = read_settings(arguments)
    except SettingsError as error:
        print(f"jupyter_mlops.scoring: {error}", file=sys.stderr)
        return 2
    with contextlib.suppress(OSError, ValueError):
        _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        return runner.run(_serve(settings))


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    try:
        import uvloop
    except ImportError:
        return None
    return uvloop.new_event_loop


async def _serve(settings: Settings) -> int:
    log = Log(settings.log_format, file=settings.log_file)
    log.attach(asyncio.get_running_loop().call_later)
    front: Front | None = None
    try:
        front = Front(settings, log)
        await front.open()
        return await front.run()
    except (OSError, KeyRingError, LockHeldError) as error:
        log.error(str(error))  # noqa: TRY400 - one line, no traceback
        return 1
    finally:
        if front is not None:
            await front.close()
        log.close()


class Front:
    """All parts of a front, and its life."""

    def __init__(self, settings: Settings, log: Log):
        self.settings = settings
        self.log = log
        self._loop = asyncio.get_running_loop()
        self._lock: int | None = None
        self._stopping: asyncio.Task[None] | None = None
        self._renewing: asyncio.Task[None] | None = None
        self._stopped = asyncio.Event()
        self._watches: list[FileWatch] = []
        self._address: tuple[str, int] | None = None
        self.keys = KeyRing(settings.keys, changed=self._keys_changed)
        self.dispatcher = Dispatcher(self._count_frame)
        self.metrics = Metrics(self._gauges())
        self.public = PublicApp(self._policy(None), self.dispatcher, self.metrics, log)
        self.supervisor = Supervisor(
            self.dispatcher, log, switched=self._switched, ran=self._count_runs, restarted=self._count_restart
        )
        self.listener = Listener(self.public, HttpLimits())
        control = ControlApp(
            self.supervisor,
            self.dispatcher,
            self.metrics,
            self.public,
            log,
            where=lambda: self._address,
            stop=self._begin_stop,
        )
        self.control = Listener(control, HttpLimits())
        self.public.serves = self._serves
        self.public.draining = lambda: self.listener.draining or self._stopping is not None

    # --- its life

    async def open(self) -> None:
        """Takes lock, port and control socket; raises what main explains."""
        settings = self.settings
        if self.keys.is_open and settings.port is not None:
            self.log.warning("EVERYBODY MAY ASK: keys are off (JUPYTER_MLOPS_AUTH=off)", host=settings.host)
        if settings.control is not None:
            self._lock = hold(settings.control.with_name(settings.control.name + ".lock"))
            settings.control.unlink(missing_ok=True)
            bound = bind_unix(str(settings.control))
            settings.control.chmod(0o600)
            await self.control.start(bound)
        if settings.port is not None:
            await self._open_port(settings.host, settings.port)
        if settings.keys is not None:
            paths = [settings.keys, *(settings.keys / name for name in ("primary", "secondary", "scrape"))]
            self._watches.append(FileWatch(paths, _KEYS_SECONDS, self.keys.look))
        for number in (signal.SIGTERM, signal.SIGINT):
            self._loop.add_signal_handler(number, self._on_signal)

    async def run(self) -> int:
        """Starts the first revision and serves until stopped."""
        if self.settings.revision is not None:
            failure = await self._first(self.settings)
            if failure is not None and self._stopping is None:
                self.supervisor.error = failure
                if self.settings.control is None:
                    return _EXIT_LOCK if failure.get("where") == "lock" else _EXIT_SCRIPT
        gc.collect()
        gc.freeze()  # what lives now lives to the end
        gc.set_threshold(20_000, 20, 50)
        stopped = self._loop.create_task(self._stopped.wait())
        hopeless = self._loop.create_task(self.supervisor.hopeless.wait())
        waits = {stopped} if self.settings.control is not None else {stopped, hopeless}
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        for task in (stopped, hopeless):
            task.cancel()
        return 0 if self._stopped.is_set() else _EXIT_SCRIPT

    async def close(self) -> None:
        """Nothing is left behind: no process, no socket."""
        for watch in self._watches:
            watch.close()
        await self.supervisor.stop(0)
        if self.settings.control is not None and self._lock is not None:
            await self.control.drain(0.2, 1.0)
            self.settings.control.unlink(missing_ok=True)

    async def _first(self, settings: Settings) -> dict[str, object] | None:
        assert settings.revision is not None
        starting = self._loop.create_task(self.supervisor.start(settings.revision))
        stopped = self._loop.create_task(self._stopped.wait())
        await asyncio.wait({starting, stopped}, return_when=asyncio.FIRST_COMPLETED)
        stopped.cancel()
        if not starting.done():
            starting.cancel()
            return None
        return starting.result()

    async def _open_port(self, host: str, port: int) -> None:
        try:
            bound = bind_port(host, port)
        except OSError as error:
            raise OSError(f"{host}:{port} cannot be listened on: {error.strerror or error}") from None
        tls: TlsFiles | None = None
        if self.settings.tls_certificate is not None and self.settings.tls_key is not None:
            tls = TlsFiles(self.settings.tls_certificate, self.settings.tls_key, self.settings.tls_clients)
            self._watches.append(FileWatch(tls.paths, _KEYS_SECONDS, lambda: self._certificate_changed(tls)))
        name = bound.getsockname()
        self._address = (name[0], name[1])
        await self.listener.start(bound, tls.context if tls is not None else None)
        scheme = "https" if tls is not None else "http"
        shown = f"[{name[0]}]" if bound.family == socket.AF_INET6 else name[0]
        self.log.info(f"listening on {scheme}://{shown}:{name[1]}")

    # --- the end

    def _on_signal(self) -> None:
        self._loop.create_task(self._begin_stop(self.settings.drain_seconds))

    async def _begin_stop(self, seconds: float) -> None:
        if self._stopping is None:
            self.log.info("stopping", drain_seconds=seconds)
            self._stopping = self._loop.create_task(self._stop(seconds))

    async def _stop(self, seconds: float) -> None:
        if self.settings.drain_delay:
            await asyncio.sleep(self.settings.drain_delay)
        if self._address is not None:
            await self.listener.drain(_IDLE_SECONDS, seconds)
        self._stopped.set()

    # --- what changes while it runs

    def _switched(self, pool: Pool) -> None:
        revision = pool.revision
        worker = pool.any_ready()
        about = worker.about if worker is not None else None
        self.public.policy = self._policy(pool)
        self.public.limit = int(revision.limits.body_bytes)
        self.public.started = True
        self.listener.memo.clear()
        if about is not None:
            self.public.documents = SchemaDocuments(revision, about)
        number = "" if revision.revision is None else str(revision.revision)
        self.metrics.serve(revision.service, revision.model_label, number, revision.service_version)

    def _policy(self, pool: Pool | None) -> Policy:
        version = self.settings.server_version
        worker = pool.any_ready() if pool is not None else None
        return Policy(
            self.keys,
            mode=worker.about.mode if worker is not None and worker.about is not None else "string",
            cors_origins=pool.revision.cors_origins if pool is not None else (),
            version_line=f"x-ms-server-version: {version}\r\n" if version else "",
            open_metrics=self.settings.open_metrics,
        )

    def _keys_changed(self) -> None:
        self.listener.memo.clear()
        self.log.info("the keys have changed")

    def _certificate_changed(self, tls: TlsFiles) -> None:
        try:
            others = tls.read()
        except OSError as error:
            self.log.warning(f"the renewed certificate cannot be used, the one before stays: {error}")
        else:
            self._renewing = self._loop.create_task(self._renew_certificate(tls.context, others))

    async def _renew_certificate(self, context: ssl.SSLContext, others: bool) -> None:
        await self.listener.renew(context, others=others)
        self.log.info("the certificate has changed")

    def _serves(self) -> bool:
        pool = self.supervisor.active
        return pool is not None and pool.is_ready

    # --- numbers

    def _gauges(self) -> Gauges:
        return Gauges(
            waiting=lambda: len(self.dispatcher.waiting),
            in_flight=lambda: sum(len(one.link.jobs) for pool in self._pools() for one in pool.workers),
            connections=lambda: len(self.listener.connections),
            workers=self._workers_by_state,
            pids=lambda: [one.pid for pool in self._pools() for one in pool.workers if one.attendant is None],
            elsewhere=lambda: dict(
                told for pool in self._pools() for one in pool.workers if (told := one.usage_elsewhere) is not None
            ),
            dropped_lines=lambda: self.log.dropped,
        )

    def _pools(self) -> list[Pool]:
        active = [self.supervisor.active] if self.supervisor.active is not None else []
        return [*active, *self.dispatcher.draining]

    def _workers_by_state(self) -> dict[str, int]:
        counts: dict[str, int] = {"Ready": 0}
        for pool in self._pools():
            for worker in pool.workers:
                counts[str(worker.state)] = counts.get(str(worker.state), 0) + 1
        return counts

    def _count_frame(self, jobs: list[Job], now: float) -> None:
        if not jobs[0].flags & _PROBE:
            self.metrics.traffic.dispatched([now - job.arrived for job in jobs])

    def _count_runs(self, microseconds: list[int]) -> None:
        self.metrics.traffic.ran(microseconds)

    def _count_restart(self) -> None:
        self.metrics.restarts += 1
