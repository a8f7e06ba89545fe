"""What a surface calls: record the operation, start its runner, return at once."""

from __future__ import annotations

import getpass
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from jupyter_mlops.errors import MlopsError, NameTakenError, NotFoundError, OperationError
from jupyter_mlops.operations import environments, follow, registering, secrets, set_aside
from jupyter_mlops.operations.deployment import ImageParts, Request
from jupyter_mlops.operations.liveness import lock_path, take
from jupyter_mlops.operations.registering import Registration
from jupyter_mlops.operations.targets import target_for, target_of_kind
from jupyter_mlops.operations.work import STAGES
from jupyter_mlops.records import (
    ManifestBase,
    OperationKind,
    OperationRecord,
    Provenance,
    ServiceOptions,
    ServiceRecord,
)
from jupyter_mlops.registry import images, names, operations, services
from jupyter_mlops.storage import Store

__all__ = ["build_environment", "build_image", "cancel", "delete_service", "deploy", "register_model", "update"]


def build_image(
    store: Store,
    name: str,
    parts: ImageParts,
    *,
    description: str | None = None,
    tags: dict[str, str] | None = None,
    properties: dict[str, str] | None = None,
    interpreter: str,
    provenance: Provenance,
) -> OperationRecord:
    """Prove the script and freeze the parts as the next version of an image."""
    names.check_image_name(name)
    arguments = {
        "name": name,
        "parts": asdict(parts),
        "description": description,
        "tags": tags or {},
        "properties": properties or {},
        "interpreter": interpreter,
        "provenance": asdict(provenance),
    }
    return _begin(store, "build", f"image/{name}", arguments)


def build_environment(
    store: Store,
    name: str,
    lock: str,
    base: ManifestBase | None,
    *,
    run: str | None = None,
    provenance: Provenance,
) -> OperationRecord:
    """Make the base and the packages of an environment (`lock` is a digest) in the Docker engine; `run` names it."""
    arguments = {
        "name": name,
        "lock": lock,
        "base": None if base is None else asdict(base),
        "run": run,
        "provenance": asdict(provenance),
    }
    return _begin(store, "build", f"environment/{name}", arguments, stages=environments.STAGES)


def deploy(store: Store, request: Request) -> OperationRecord:
    """Bring a service up under a new name.

    Raises `NameTakenError` when the name is taken by a service that was up, unless `request.overwrite` (then it
    becomes an update), `UnsupportedError` for an option that the target cannot honour, `BusyError` when another
    operation is at work on the name.
    """
    names.check_service_name(request.service)
    target_of_kind(store, request.target, request.target_name).check(request.options)
    known = _find(store, request.service)
    if known is not None and known.revision is not None:
        if not request.overwrite:
            raise NameTakenError(
                f"a service named {known.name!r} is there already",
                hint=f"%update_service {known.name} … replaces it without downtime; --overwrite does the same here",
            )
        return _redeploy(store, known, request)
    hidden = replace(request, options=secrets.hide(store.id, request.options))
    try:
        return _begin(
            store, "deploy", f"service/{hidden.service}", {"request": hidden.to_dict()}, lambda: _claim(store, hidden)
        )
    except MlopsError:
        secrets.forget(store.id, [hidden.options])
        raise


def _find(store: Store, name: str) -> ServiceRecord | None:
    try:
        return services.get(store, name)
    except NotFoundError:
        return None


def _claim(store: Store, request: Request) -> None:
    """Make the name the request's; what a deployment that failed before left under it goes first."""
    known = _find(store, request.service)
    if known is not None:
        target_for(store, known).delete(known.name)
        services.delete(store, known.name)
    now = datetime.now(UTC)
    services.create(
        store,
        ServiceRecord(
            name=request.service,
            target=request.target,
            target_name=request.target_name,
            host=socket.gethostname(),
            interpreter=request.interpreter,
            revision=None,
            description=request.description,
            tags=request.tags,
            properties=request.properties,
            provenance=request.provenance,
            created=now,
            updated=now,
        ),
    )


def _redeploy(store: Store, known: ServiceRecord, request: Request) -> OperationRecord:
    parts = request.parts
    return update(
        store,
        known.name,
        image=request.image,
        models=None if parts is None else parts.models,
        script=None if parts is None else parts.script,
        lock=None if parts is None else parts.lock,
        base="keep" if parts is None else parts.base,
        options=request.options,
        provenance=request.provenance,
    )


def update(
    store: Store,
    service: str,
    *,
    image: str | None = None,
    models: tuple[str, ...] | None = None,
    script: str | None = None,
    lock: str | None = None,
    base: ManifestBase | Literal["keep"] | None = "keep",
    options: ServiceOptions | None = None,
    revision: int | None = None,
    provenance: Provenance,
) -> OperationRecord:
    """Replace what a service runs without downtime; what is not given stays.

    `image` is `name:version`; `models` are `name:version`; `script` and `lock` are digests; `base` None is the
    default base; `revision` goes back to
    an old one. Raises `NotFoundError`, `UnsupportedError`, `BusyError`.
    """
    known = services.get(store, service)
    if image is not None:
        images.get(store, image)
    if options is not None:
        target_of_kind(store, known.target, known.target_name).check(options)
    hidden = None if options is None else secrets.hide(store.id, options)
    arguments = {
        "service": service,
        "image": image,
        "models": None if models is None else list(models),
        "script": script,
        "lock": lock,
        "base": asdict(base) if isinstance(base, ManifestBase) else base,
        "options": None if hidden is None else asdict(hidden),
        "revision": revision,
        "provenance": asdict(provenance),
    }
    return _begin(store, "update", f"service/{service}", arguments)


def delete_service(
    store: Store, service: str, *, delete_cache: bool = True, delete_image: bool = False, delete_volume: bool = True
) -> OperationRecord:
    """Stop a service and remove all that it made: `Webservice.delete` says what the three are."""
    services.get(store, service)
    arguments = {
        "service": service,
        "delete_cache": delete_cache,
        "delete_image": delete_image,
        "delete_volume": delete_volume,
    }
    return _begin(store, "delete", f"service/{service}", arguments)


def register_model(store: Store, registration: Registration, *, set_aside_as: str | None = None) -> OperationRecord:
    """Files, a URL, or what a kernel captured (and set aside under that word) as the next version of a name.

    Raises `InvalidNameError`, `BusyError` while another operation registers the name, `NotFoundError` for a word that
    means nothing on this machine.
    """
    names.check_model_name(registration.name)
    token = registering.set_down(store, registration, set_aside_as)
    try:
        # A URL may hold a key: the database has the word for the folder alone.
        arguments = {"name": registration.name, "folder": token}
        return _begin(store, "register", f"model/{registration.name}", arguments)
    except BaseException:
        if set_aside_as is None:  # what a kernel captured may be registered a little later
            set_aside.forget(store.id, token)
        raise


def cancel(store: Store, operation_id: str) -> OperationRecord:
    """Ask the runner to stop. Raises `OperationError` when the operation is over already."""
    record = follow.check(store, operations.get(store, operation_id))
    if record.state in follow.ENDED:
        raise OperationError(f"operation {operation_id} is over: {record.state}", hint="%operations lists what runs")
    return operations.request_cancel(store, operation_id)


def _begin(
    store: Store,
    kind: OperationKind,
    subject: str,
    arguments: dict[str, Any],
    prepare: Callable[[], None] = lambda: None,
    stages: tuple[str, ...] | None = None,
) -> OperationRecord:
    """Record the operation (which keeps others off its subject), do what must be done first, start the runner.

    Its lock is held before it can be seen: whoever looks at it before the runner is there finds nobody dead.
    """
    follow.sweep(store, subject=subject)
    operation_id = operations.new_id()
    path = lock_path(store.id, operation_id)
    with take(path) as lock:
        try:
            record = operations.start(
                store, kind, subject, stages or STAGES[kind], arguments,
                user=getpass.getuser(), host=socket.gethostname(), id=operation_id,
            )  # fmt: skip
        except BaseException:
            path.unlink()
            raise
        try:
            prepare()
            _spawn(store, record.id, lock)
        except BaseException as error:
            told = error if isinstance(error, MlopsError) else OperationError(f"the {kind} did not start: {error!r}")
            operations.finish(store, record.id, "Failed", error=told.to_dict())
            raise
    return record


def _spawn(store: Store, operation_id: str, lock: int) -> None:
    """Start the runner in a session of its own; it inherits the held lock and outlives whoever asked."""
    log = lock_path(store.id, operation_id).with_suffix(".log")
    with open(log, "ab", opener=lambda path, flags: os.open(path, flags, 0o600)) as output:
        runner = subprocess.Popen(
            [sys.executable, "-m", "jupyter_mlops.operations", operation_id, "--lock", str(lock)],
            cwd=Path("/"),
            env={**os.environ, "JUPYTER_MLOPS_WORKSPACE": store.location},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            pass_fds=(lock,),
            start_new_session=True,
        )
    # Reap it when it ends, so that a long-lived kernel collects no zombies.
    threading.Thread(target=runner.wait, name=f"operation {operation_id}", daemon=True).start()
