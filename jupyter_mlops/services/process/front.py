"""One service's front: whether it lives, its settings, its start and its end."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from pathlib import Path
from time import monotonic
from typing import Any

from jupyter_mlops.errors import ServiceError
from jupyter_mlops.services.process import keys, ports
from jupyter_mlops.services.process.control import ControlDoor, NotAnswering
from jupyter_mlops.services.process.launch import (
    FrontSettings,
    is_locked,
    kill,
    launch,
    wait_for_control,
    wait_unlocked,
)
from jupyter_mlops.services.process.machine import ServiceFolder

__all__ = ["Front"]

_GRACE_S = 5.0
_AGAIN_S = 0.05


class Front:
    """The front of one service, found by its lock and the control socket that `front.json` names."""

    def __init__(self, folder: ServiceFolder):
        self._folder = folder

    def lives(self) -> bool:
        return is_locked(self._folder.lock)

    def door(self) -> ControlDoor:
        """Its control door. Raises `NotAnswering` when it was never started."""
        return ControlDoor(self._control())

    def _control(self) -> Path:
        known = self._folder.read("front.json")
        if known is None:
            raise NotAnswering(f"service {self._folder.name!r} was never started", hint="deploy it")
        return Path(known["control"])

    def look(self) -> dict[str, Any] | None:
        """What it says about itself; None when it does not live. Raises `NotAnswering` when it lives and is stuck."""
        if not self.lives():
            return None
        try:
            return self.door().status()
        except NotAnswering:
            if not self.lives():
                return None
            raise

    def serves_well(self, revision: int) -> bool:
        """Whether this revision has the traffic and answers it."""
        with contextlib.suppress(ServiceError):
            seen = self.look()
            return seen is not None and (seen.get("revision"), seen["state"]) == (revision, "Healthy")
        return False

    def settings(self) -> FrontSettings | None:
        """What it was last started with, its port the one that it got."""
        known = self._folder.read("front.json")
        return None if known is None else FrontSettings(**known["settings"])

    def ensure(self, wanted: FrontSettings | None) -> list[str]:
        """Start it where it does not live, as `wanted` (None: as it was); what a person should know, in lines.

        A port that the system chose is kept from then on. Raises `ServiceError`.
        """
        notes: list[str] = []
        if not self.lives():
            settings, notes = self._port(wanted or self.settings() or FrontSettings())
            self._launch(settings, chosen=wanted.port == 0 if wanted else self._chosen())
        elif wanted is not None and self.differs(wanted):
            self._check_move(wanted)
        self._await()
        return notes

    def differs(self, wanted: FrontSettings) -> bool:
        """Whether it must be started anew to be as wanted. A port of 0 is content with any."""
        known = self.settings()
        return known is not None and known != (wanted if wanted.port else replace(wanted, port=known.port))

    def _check_move(self, wanted: FrontSettings) -> None:
        """A port that it shall move to must be free before anything is done."""
        known = self.settings()
        if wanted.port and known is not None and wanted.port != known.port:
            ports.check_free(wanted.host, wanted.port)

    def _chosen(self) -> bool:
        known = self._folder.read("front.json")
        return known is None or bool(known["chosen"])

    def _port(self, settings: FrontSettings) -> tuple[FrontSettings, list[str]]:
        """The settings with the port to take: the one that was given, else the one it had, else any."""
        known = self.settings()
        if settings.port == 0 and known is not None and known.host == settings.host:
            settings = replace(settings, port=known.port)
        if settings.port == 0:
            return settings, []
        try:
            ports.check_free(settings.host, settings.port)
        except ServiceError as error:
            if known is None or known.port != settings.port or not self._chosen():
                raise
            return replace(settings, port=0), [f"{error.what} meanwhile: the service gets another port"]
        return settings, []

    def _launch(self, settings: FrontSettings, *, chosen: bool) -> None:
        folder, control = self._folder, self._folder.control()
        if settings.auth_enabled:
            keys.make(folder.keys)
        folder.write("front.json", {"control": str(control), "settings": settings.to_dict(), "chosen": chosen})
        launch(folder.path, control, settings, keys=folder.keys, log=folder.log, lock=folder.lock)

    def _await(self) -> None:
        """Until its control door opens; then write down the port that it got."""
        seen = wait_for_control(self._control(), self.lives, self._folder.log)
        known = self._folder.read("front.json") or {}
        if known["settings"]["port"] != seen["port"]:
            self._folder.write("front.json", known | {"settings": known["settings"] | {"port": seen["port"]}})

    def stop(self, drain_s: float) -> None:
        """End it: politely, and when it does not answer by force. Not running is no error.

        Raises `ServiceError` when it cannot be ended.
        """
        if not self.lives():
            return
        until = monotonic() + drain_s + _GRACE_S
        while monotonic() < until:
            try:
                self.door().stop(drain_s)
                break
            except ServiceError:  # it is only just starting, or ending already
                if wait_unlocked(self._folder.lock, _AGAIN_S):
                    return
        if wait_unlocked(self._folder.lock, until - monotonic()):
            return
        kill(self._folder.path, self._folder.lock)
        if not wait_unlocked(self._folder.lock, _GRACE_S):
            raise ServiceError(
                f"the front of {self._folder.name!r} does not end", hint="look for it with ps, end it with kill"
            )

    def forget(self) -> None:
        """Remove its socket, which may lie outside the service's folder."""
        known = self._folder.read("front.json")
        if known is not None:
            control = Path(known["control"])
            control.unlink(missing_ok=True)
            control.with_name(control.name + ".lock").unlink(missing_ok=True)
