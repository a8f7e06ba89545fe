"""The target `process`: deploy, look, start again, delete."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Callable, Iterator
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any, ClassVar

from jupyter_mlops.errors import MlopsError, NotFoundError, ServiceError, StorageError
from jupyter_mlops.records import LineOrigin, Progress, ServiceOptions, ServiceSpec, ServiceStatus
from jupyter_mlops.services.log_pages import LogPage
from jupyter_mlops.services.process import keys, leavings, log_pages, logs, reloading, revision
from jupyter_mlops.services.process.candidate import bring_up
from jupyter_mlops.services.process.control import ControlDoor, NotAnswering
from jupyter_mlops.services.process.front import Front
from jupyter_mlops.services.process.interpreter import fallback_command
from jupyter_mlops.services.process.launch import FrontSettings
from jupyter_mlops.services.process.machine import MachineFolder, ServiceFolder, disk_errors
from jupyter_mlops.services.process.status import failure_document, silent, status_of
from jupyter_mlops.services.target import (
    Capabilities,
    NewScript,
    ProbeAnswer,
    Silent,
    check_values,
    options_schema,
    refuse_unknown_options,
)

__all__ = ["ProcessTarget"]

_REFUSED = {
    "cpu_cores": "a process shares the machine's; use workers=N, or --target docker",
    "memory_gb": "a process shares the machine's memory; use --target docker",
    "gpu_cores": "a process sees the machine's GPUs; choose with environment_variables CUDA_VISIBLE_DEVICES",
    "replicas": "a process service is one front; use workers=N",
    "enable_app_insights": "use /metrics, or %monitor",
}
_HONOURED = frozenset(option.name for option in fields(ServiceOptions)) - _REFUSED.keys()

_DRAIN_S = 10.0


class ProcessTarget:
    """Services as processes of this machine, of one workspace."""

    kind: ClassVar[str] = "process"

    def __init__(self, workspace_id: str, configuration: dict[str, Any]) -> None:
        self._machine = MachineFolder(workspace_id)
        self._host = str(configuration.get("host", "127.0.0.1"))

    def capabilities(self) -> Capabilities:
        return Capabilities(_HONOURED, options_schema(_HONOURED))

    def check(self, options: ServiceOptions) -> None:
        refuse_unknown_options(self.kind, options, _HONOURED, _REFUSED)
        check_values(options)

    def names(self) -> list[str]:
        return self._machine.names()

    # ── bringing up ──

    def deploy(self, spec: ServiceSpec, progress: Progress, check: Callable[[ProbeAnswer], None]) -> ServiceStatus:
        self.check(spec.options)
        folder = self._machine.service(spec.service)
        with folder.exclusive(f"deploy of revision {spec.revision}"):
            folder.make()
            if not folder.collected.exists():  # of a service of this name that was deleted without its data
                _keep(self._machine.root / "collected" / spec.service, folder.collected)
            settings, front = self._settings(spec.options), Front(folder)
            is_new = self._keep(folder, spec)
            reloaded = folder.read("reloaded.json") is not None
            if is_new or reloaded or not front.serves_well(spec.revision) or front.differs(settings):
                self._bring_up_own(folder, spec.revision, settings, progress, check)
            self._settled(folder, spec.revision)
        return self.status(spec.service)

    def reload(self, name: str, new: NewScript, progress: Progress, check: Callable[[ProbeAnswer], None]) -> None:
        folder = self._there(name)
        with folder.exclusive("reload"):
            reloading.reload(folder, new, progress, check)

    def start(self, name: str) -> ServiceStatus:
        folder = self._there(name)
        with folder.exclusive("start"):
            desired = folder.read("desired.json")
            if desired is None:
                raise ServiceError(
                    f"service {name!r} was never up", hint=f"deploy it again: %deploy {name} --overwrite …"
                )
            number = int(desired["revision"])
            if not Front(folder).serves_well(number):
                self._bring_up(folder, number, None, Silent(), None)
            self._settled(folder, number)
        return self.status(name)

    def _settings(self, options: ServiceOptions) -> FrontSettings:
        return FrontSettings(
            host=options.host or self._host,
            port=options.port or 0,
            auth_enabled=options.auth_enabled,
            ssl_cert_file=_absolute(options.ssl_cert_file),
            ssl_key_file=_absolute(options.ssl_key_file),
        )

    def _keep(self, folder: ServiceFolder, spec: ServiceSpec) -> bool:
        """Write the revision down, so that it can come up again with no workspace in reach; whether it is another."""
        fallback = fallback_command(Path(spec.content), self._machine, spec.interpreter)
        document = revision.document(spec, fallback=fallback, collected=folder.collected)
        with leavings.guarded(self._machine):
            if not Path(spec.content).is_dir():
                raise StorageError("the image's files are gone", where=spec.content, hint="deploy it again")
            name = f"revisions/{spec.revision}.json"
            lines = [asdict(line) for line in spec.lines]
            new = {"image": spec.image, "lock": spec.lock.digest, "document": document, "lines": lines}
            if folder.read(name) == new:
                return False
            folder.write(name, new)
            return True

    def _bring_up_own(
        self,
        folder: ServiceFolder,
        number: int,
        settings: FrontSettings,
        progress: Progress,
        check: Callable[[ProbeAnswer], None],
    ) -> None:
        """With the image's own script, whatever was reloaded."""
        aside = folder.read("reloaded.json")
        folder.remove("reloaded.json")
        try:
            self._bring_up(folder, number, settings, progress, check)
        except BaseException:
            if aside is not None:
                folder.write("reloaded.json", aside)
            raise
        reloading.forget(folder)

    def _bring_up(
        self,
        folder: ServiceFolder,
        number: int,
        settings: FrontSettings | None,
        progress: Progress,
        check: Callable[[ProbeAnswer], None] | None,
    ) -> None:
        """Candidate, check, switch. When that fails, what was serving serves on; a front with nothing to serve ends."""
        front = Front(folder)
        kept = reloading.kept(folder, number)
        if kept is None:
            raise NotFoundError(
                f"service {folder.name!r} has no revision {number} on this machine", hint="deploy it again"
            )
        lines = [LineOrigin(**line) for line in kept["lines"]]
        try:
            for line in front.ensure(settings):
                progress.log(line)
            bring_up(front.door(), kept["document"], lines, progress, check)
            if settings is not None and front.differs(settings):
                progress.log("the address or the security of the service changes: requests are refused for a moment")
                front.stop(_DRAIN_S)
                front.ensure(settings)
                bring_up(front.door(), kept["document"], lines, progress, None)
        except BaseException as error:
            self._back_out(folder, front, number, error)
            raise

    def _settled(self, folder: ServiceFolder, number: int) -> None:
        """The revision serves: it is the one to start after a reboot."""
        folder.write("desired.json", {"revision": number})
        folder.remove("failure.json")

    def _back_out(self, folder: ServiceFolder, front: Front, number: int, error: BaseException) -> None:
        try:
            seen = front.look()
        except NotAnswering:  # it lives and is late: what it serves, if it ever served, it goes on serving
            if folder.read("desired.json") is not None:
                return
            seen = None
        if seen is not None and seen["revision"] is not None:
            with contextlib.suppress(ServiceError):
                front.door().discard()
            return
        front.stop(0)
        if isinstance(error, MlopsError):
            with contextlib.suppress(StorageError):
                folder.write("failure.json", failure_document(number, error))

    # ── looking ──

    def _there(self, name: str) -> ServiceFolder:
        folder = self._machine.service(name)
        if not folder.exists():
            known = ", ".join(self.names()) or "none"
            raise NotFoundError(f"no service {name!r} runs on this machine", hint=f"there are: {known}")
        return folder

    def status(self, name: str) -> ServiceStatus:
        folder = self._there(name)
        try:
            return status_of(folder, Front(folder).look())
        except NotAnswering as error:
            return silent(folder, error)

    def logs(self, name: str, lines: int = 100, follow: bool = False) -> Iterator[str]:
        folder = self._there(name)
        front = Front(folder)
        if front.lives():
            with contextlib.suppress(NotAnswering):  # a front that hangs has said in its log what it could
                front.door().wait_for_log()
        if follow and folder.log.exists():
            return logs.follow(folder.log, lines, front.lives)
        return iter(logs.tail(folder.log, lines))

    def log_page(self, name: str, cursor: str | None, lines: int) -> LogPage:
        folder = self._there(name)
        front = Front(folder)
        lives = front.lives()
        if lives:
            with contextlib.suppress(NotAnswering):
                front.door().wait_for_log()
        return log_pages.read(folder.log, cursor, lines, ended=not lives)

    def metrics(self, name: str) -> str:
        return self._door(name).text("/metrics")

    def swagger(self, name: str, version: str = "2") -> dict[str, Any]:
        """The service's schema document, with no key needed."""
        import json

        found: dict[str, Any] = json.loads(self._door(name).text(f"/swagger.json?version={version}"))
        return found

    def collected(self, name: str, folder: Path) -> None:
        source = self._there(name).collected
        if source.is_dir():
            with disk_errors(folder):
                shutil.copytree(source, folder, dirs_exist_ok=True)

    def _door(self, name: str) -> ControlDoor:
        front = Front(self._there(name))
        if not front.lives():
            raise NotAnswering(f"service {name!r} is not running", hint=f"Webservice(ws, {name!r}).start()")
        return front.door()

    # ── keys ──

    def keys(self, name: str) -> tuple[str, str]:
        return keys.read(self._keys(name))

    def regenerate_key(self, name: str, key: str) -> str:
        return keys.write(self._keys(name), key)

    def set_key(self, name: str, key: str, value: str) -> None:
        keys.write(self._keys(name), key, value)

    def _keys(self, name: str) -> Path:
        folder = self._there(name)
        settings = Front(folder).settings()
        if settings is not None and not settings.auth_enabled:
            raise ServiceError(f"service {name!r} has no keys: auth_enabled=False")
        return folder.keys

    # ── ending ──

    def delete(self, name: str, *, keep_data: bool = False, keep_cache: bool = False) -> None:
        folder = self._machine.service(name)
        if not folder.exists():
            return
        with folder.exclusive("delete"):
            front = Front(folder)
            front.stop(_DRAIN_S)
            front.forget()
            with leavings.guarded(self._machine), disk_errors(folder.path):
                left = leavings.uses(folder)
                aside = folder.path.with_name(f".{name}.deleted")
                shutil.rmtree(aside, ignore_errors=True)
                folder.path.rename(aside)
                if keep_data:
                    _keep(aside / "collected", self._machine.root / "collected" / name)
                shutil.rmtree(aside)
                if not keep_cache:
                    leavings.collect(self._machine, left)


def _absolute(path: str | None) -> str | None:
    """A front runs in a folder of its own."""
    return None if path is None else str(Path(path).expanduser().absolute())


def _keep(collected: Path, at: Path) -> None:
    """What a service collected, for the next one of its name."""
    if collected.is_dir():
        at.parent.mkdir(mode=0o700, exist_ok=True)
        shutil.rmtree(at, ignore_errors=True)
        collected.rename(at)
