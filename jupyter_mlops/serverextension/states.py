"""How services are, asked of all targets at once and never waited for long."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from jupyter_mlops.errors import MlopsError, NotFoundError, ServiceError
from jupyter_mlops.records import ServiceStatus

if TYPE_CHECKING:
    from jupyter_mlops.sdk.webservice import Webservice

__all__ = ["Look", "States"]

_THREADS = 16
_LIMIT_SECONDS = 0.5


@dataclass(frozen=True)
class Look:
    """What a target said; `status` None: not in time, or not at all (`error` says why). `live`: it said it now."""

    status: ServiceStatus | None = None
    error: MlopsError | None = None
    live: bool = False


Key = tuple[str, str]


@dataclass
class States:
    """A target that hangs is asked once, not once a request: whoever asks meanwhile waits for the same answer."""

    limit: float = _LIMIT_SECONDS
    _threads: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(_THREADS, "jupyter_mlops states"))
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _asked: dict[Key, Future[Look]] = field(default_factory=dict)

    def of(self, services: Iterable[Webservice]) -> dict[str, Look]:
        """By name; returns within `limit` seconds."""
        asked = {service.name: self._ask(service) for service in services}
        wait(asked.values(), timeout=self.limit)
        return {name: self._answer(future) for name, future in asked.items()}

    def _ask(self, service: Webservice) -> Future[Look]:
        key = (service.workspace.store.id, service.name)
        with self._lock:
            pending = self._asked.get(key)
            if pending is None:
                pending = self._asked[key] = self._threads.submit(_look, service)
                pending.add_done_callback(lambda _: self._asked.pop(key, None))
            return pending

    @staticmethod
    def _answer(future: Future[Look]) -> Look:
        return future.result() if future.done() else Look()

    def close(self) -> None:
        """Wait for nobody."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def _look(service: Webservice) -> Look:
    try:
        return Look(service.status, live=True)
    except NotFoundError:
        return Look(live=True)  # deleted in this moment
    except MlopsError as error:  # another machine runs it, or it cannot be reached
        return Look(error=error, live=True)
    except Exception as error:  # noqa: BLE001 the fault of a third party's target is its services' alone
        return Look(error=ServiceError(f"its target failed: {type(error).__name__}: {error}"), live=True)
