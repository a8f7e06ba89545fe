"""What can be asked of a service that is there: how it is, what it says, what it answers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

from jupyter_mlops.errors import MlopsError, NotFoundError, ServiceError, UnsupportedError, UsageError
from jupyter_mlops.records import RevisionRecord, ServiceOptions, ServiceRecord, ServiceStatus
from jupyter_mlops.sdk.deployment_options import told_options
from jupyter_mlops.sdk.listing import line

if TYPE_CHECKING:
    from jupyter_mlops.sdk.image import Image
    from jupyter_mlops.sdk.model import Model
    from jupyter_mlops.sdk.operation import Operation
    from jupyter_mlops.sdk.requests import TestResult
    from jupyter_mlops.sdk.script import Script
    from jupyter_mlops.sdk.workspace import Workspace
    from jupyter_mlops.services.target import Target

__all__ = ["LOCAL_TARGETS", "DeployedService", "Revision"]

LOCAL_TARGETS = ("process", "docker")
"""The kinds of target that run services on this machine."""


class Revision(RevisionRecord):
    """One immutable spec of a service: `number`, `image` (`name:version`), `options`, `provenance`, `created`."""

    def __repr__(self) -> str:
        created, options = f"{self.created:%F %T}", told_options(self.options)
        return line("Revision", number=self.number, image=self.image, created=created, options=options)


class DeployedService:
    """The half of `Webservice` that changes nothing but keys. Properties read the workspace and the target anew."""

    workspace: Workspace
    _record: ServiceRecord
    _operation: Operation | None

    # ── what it is ──

    @property
    def record(self) -> ServiceRecord:
        """As the workspace has it now. Raises `NotFoundError` when it was deleted."""
        from jupyter_mlops.registry import services

        self._record = services.get(self.workspace.store, self._record.name)
        return self._record

    @property
    def name(self) -> str:
        return self._record.name

    @property
    def target(self) -> str:
        """The attached target's name, or the kind: `process`."""
        return self._record.target_name or self._record.target

    @property
    def compute_type(self) -> str:
        """`Local` for a service of this machine, else the kind of target."""
        return "Local" if self._record.target in LOCAL_TARGETS else self._record.target

    @property
    def description(self) -> str | None:
        return self.record.description

    @property
    def tags(self) -> dict[str, str]:
        return dict(self.record.tags)

    @property
    def properties(self) -> dict[str, str]:
        return dict(self.record.properties)

    @property
    def created_time(self) -> datetime:
        """UTC."""
        return self._record.created

    @property
    def updated_time(self) -> datetime:
        """UTC."""
        return self.record.updated

    @property
    def created_by(self) -> str:
        return self._record.provenance.user

    @property
    def revision(self) -> int | None:
        """The number of the revision that is wanted; None until one was ready."""
        return self.record.revision

    @property
    def revisions(self) -> list[Revision]:
        """Every revision that was made, oldest first."""
        from jupyter_mlops.registry import services

        return [Revision(**vars(record)) for record in services.revisions(self.workspace.store, self.name)]

    @property
    def options(self) -> ServiceOptions:
        """Of the revision that is wanted, or of the one that is being made."""
        current = self._revision
        if current is not None:
            return current.options
        operation = self.operation
        if operation is None or "request" not in operation._last.arguments:
            return ServiceOptions()
        from jupyter_mlops.operations.deployment import options_from_dict

        return options_from_dict(operation._last.arguments["request"]["options"])

    @property
    def auth_enabled(self) -> bool:
        return self.options.auth_enabled

    @property
    def image(self) -> Image | None:
        """The image of the revision that is wanted; None until one was ready."""
        from jupyter_mlops.sdk.image import Image

        current = self._revision
        return None if current is None else Image(self.workspace, id=current.image)

    @property
    def image_id(self) -> str | None:
        current = self._revision
        return None if current is None else current.image

    @property
    def models(self) -> list[Model]:
        image = self.image
        return [] if image is None else image.models

    @property
    def script(self) -> Script | None:
        image = self.image
        return None if image is None else image.script

    @property
    def operation(self) -> Operation | None:
        """The last operation on it: the one this object began, or the newest."""
        from jupyter_mlops.sdk.operation import Operation

        newest = Operation.list(self.workspace, subject=f"service/{self.name}", limit=1)
        return newest[0] if newest else self._operation

    @property
    def _revision(self) -> RevisionRecord | None:
        wanted = self.revision
        return next((revision for revision in self.revisions if revision.number == wanted), None)

    # ── how it is ──

    @property
    def status(self) -> ServiceStatus:
        """What the target sees now; until a first revision was ready, how its deployment is going."""
        record = self.record
        if record.revision is None:
            return self._first_deployment()
        target = self._target(record)
        try:
            return target.status(record.name)
        except NotFoundError as error:  # its machine folder was wiped
            return ServiceStatus(state="Failed", revision=record.revision, error=f"{error.what}; deploy it again")

    @property
    def state(self) -> str:
        """`Transitioning`, `Healthy`, `Unhealthy`, `Unschedulable` or `Failed`."""
        return self.status.state

    @property
    def error(self) -> MlopsError | None:
        """Why it is not Healthy, or why the last operation on it failed; None when all is well."""
        status = self.status
        if status.error is not None:
            return ServiceError(status.error, details=status.details)
        operation = self.operation
        return None if operation is None else operation.error

    @property
    def scoring_uri(self) -> str | None:
        """Where to POST; None until a revision was ready."""
        return self.status.scoring_uri

    @property
    def swagger_uri(self) -> str | None:
        """Where the schema is; None until a revision was ready."""
        return self.status.swagger_uri

    def update_deployment_state(self) -> None:
        """Nothing to do: every property is read anew (Azure's objects had to be refreshed)."""

    def _first_deployment(self) -> ServiceStatus:
        operation = self.operation
        if operation is None or operation.state in ("Queued", "Running"):
            return ServiceStatus(state="Transitioning")
        error = operation.error
        return ServiceStatus(
            state="Failed",
            error=f"its deployment ended as {operation.state}" if error is None else error.message,
            details=None if error is None else error.details,
        )

    def _target(self, record: ServiceRecord | None = None) -> Target:
        from jupyter_mlops.operations.targets import target_for

        return target_for(self.workspace.store, record or self.record)

    def wait_for_deployment(self, show_output: bool = False, timeout_sec: float | None = None) -> None:
        """Return when the last deployment or update succeeded; `show_output` prints stages and log as they happen.

        Raises what made it fail (`ProofError`, `ServiceError`, … with the script's own traceback), `OperationError`
        when it was cancelled or interrupted, `TimeoutError` after `timeout_sec` seconds (it goes on).
        """
        operation = self.operation
        if operation is not None:
            operation.wait(show_output=show_output, timeout=timeout_sec)
        if show_output:
            status = self.status
            print(f"Service {self.name} is {status.state} at {status.scoring_uri}")

    # ── logs, keys, metrics ──

    def get_logs(self, num_lines: int = 5000, init: bool = False, raw: bool = False) -> str:
        """The last lines of what the service and its script said; of a service that never came up, its deployment's."""
        if init:
            raise UnsupportedError("there is no init container here", hint=f"%service_logs {self.name}")
        return "\n".join(self.logs(lines=num_lines))

    def logs(self, follow: bool = False, lines: int = 100) -> Iterator[str]:
        """The last lines, then (`follow`) those to come, each without its line break."""
        record = self.record
        told = False
        try:
            for text in self._target(record).logs(record.name, lines=lines, follow=follow):
                told = True
                yield text.rstrip("\n")
        except NotFoundError:
            pass  # it never came so far as to have a log of its own
        operation = self.operation
        if not told and operation is not None:
            yield from operation.log[-lines:]

    def get_keys(self) -> tuple[str, str]:
        """The primary and the secondary key. Raises `ServiceError` when it has none (`auth_enabled=False`)."""
        if not self.auth_enabled:
            raise ServiceError(f"service {self.name!r} has no keys", hint="it was deployed with auth_enabled=False")
        return self._target().keys(self.name)

    def regen_key(self, key: str, set_key: str | None = None) -> None:
        """Make a new `"Primary"` or `"Secondary"` key (or take `set_key`), without downtime.

        When this returns the new key is in force and the old one is refused.
        """
        from jupyter_mlops.sdk.requests import use_key

        which = key.lower()
        if which not in ("primary", "secondary"):
            raise UsageError(f"no key is called {key!r}", hint='"Primary" or "Secondary"')
        new = set_key
        if new is None:
            new = self._target().regenerate_key(self.name, which)
        else:
            self._target().set_key(self.name, which, new)
        use_key(self, new)

    def get_token(self) -> None:
        """Tokens of Azure: not served. Raises `UnsupportedError`."""
        raise UnsupportedError("tokens are not served", hint="service.get_keys()")

    def metrics(self) -> str:
        """Its `/metrics`, in Prometheus' text format."""
        return self._target().metrics(self.name)

    # ── asking it ──

    def run(self, input_data: object) -> Any:
        """Send a request and return the parsed answer (text, when it is not JSON).

        `input_data` is the body (text, bytes, or a dictionary as JSON), or the data itself (a frame, an array, a
        list), which goes under the parameter's name of the script's schema, else under `data`.
        Raises `ServiceError` with the service's own message when the answer is no success.
        """
        from jupyter_mlops.sdk.requests import answered

        return answered(self, self.test(input_data))

    def test(self, data: object = None, *, body: str | bytes | None = None) -> TestResult:
        """Send `data` (as `run` does) or a `body` as it is, and return the answer with its status and milliseconds,
        whatever they are; for a refused request also the schema that was wanted.

        Raises `ServiceError` when the service cannot be reached.
        """
        from jupyter_mlops.sdk.requests import send

        return send(self, data if body is None else body)

    def request_schema(self) -> dict[str, Any]:
        """The schema of a request's body, from its own OpenAPI document; empty when there is none to be had."""
        from jupyter_mlops.sdk.requests import request_schema

        return request_schema(self)

    # ── telling it ──

    def serialize(self) -> dict[str, Any]:
        """As JSON, without keys. The state is None for a service that another machine runs (`error` says which)."""
        status, elsewhere = None, None
        try:
            status = self.status
        except ServiceError as error:
            elsewhere = error.message
        return {
            "auth_enabled": self.auth_enabled,
            "compute_type": self.compute_type,
            "created": self.created_time.isoformat(),
            "created_by": self.created_by,
            "description": self.description,
            "differs": status and status.differs,
            "error": status.error if status else elsewhere,
            "image": self.image_id,
            "models": [model.id for model in self.models],
            "name": self.name,
            "properties": self.properties,
            "revision": self.revision,
            "scoring_uri": status and status.scoring_uri,
            "state": status and status.state,
            "swagger_uri": status and status.swagger_uri,
            "tags": self.tags,
            "target": self.target,
            "updated": self.updated_time.isoformat(),
        }

    def __repr__(self) -> str:
        try:
            status = self.status
        except NotFoundError:
            return line(type(self).__name__, name=self.name, state="deleted")
        except ServiceError as error:  # another machine runs it
            return line(type(self).__name__, name=self.name, target=self.target, error=error.what)
        return line(
            type(self).__name__,
            name=self.name,
            state=status.state,
            target=self.target,
            revision=self._record.revision,
            scoring_uri=status.scoring_uri,
            tags=dict(self._record.tags),
            differs=status.differs,
            error=status.error,
        )

    def __eq__(self, other: object) -> bool:
        return isinstance(other, DeployedService) and (other.workspace, other.name) == (self.workspace, self.name)

    def __hash__(self) -> int:
        return hash(self.name)
