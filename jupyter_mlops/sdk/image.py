"""`Image`: models, script and locked environment, frozen together."""

from __future__ import annotations

import builtins
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, NoReturn, Self

from jupyter_mlops.errors import ImageError, MlopsError, NotFoundError, UnsupportedError, UsageError
from jupyter_mlops.records import ImageManifest, ImageRecord, Provenance
from jupyter_mlops.sdk.filters import Wanted, pairs, text_values
from jupyter_mlops.sdk.image_configuration import ImageConfiguration, as_inference_config
from jupyter_mlops.sdk.inference import InferenceConfig
from jupyter_mlops.sdk.listing import line
from jupyter_mlops.sdk.versioned import Versioned

if TYPE_CHECKING:
    from jupyter_mlops.operations.deployment import ImageParts
    from jupyter_mlops.operations.plan import Plan
    from jupyter_mlops.registry.labelled import Labelled
    from jupyter_mlops.sdk.model import Model
    from jupyter_mlops.sdk.operation import Operation
    from jupyter_mlops.sdk.script import Script
    from jupyter_mlops.sdk.workspace import Workspace

__all__ = ["Image", "ImageConfiguration", "as_inference_config"]

_STATES = {"Succeeded": "Succeeded", "Failed": "Failed", "Interrupted": "Failed", "Cancelled": "Canceled"}


class Image(Versioned[ImageRecord]):
    """A frozen image. `Image(workspace, "diabetes")` is the newest of its name; `version`, `id="diabetes:3"`, `tags`
    and `properties` choose another. Raises `NotFoundError`.
    """

    def __init__(
        self,
        workspace: Workspace,
        name: str | None = None,
        id: str | None = None,
        tags: Wanted = None,
        properties: Wanted = None,
        version: int | None = None,
    ):
        from jupyter_mlops.registry import images

        if name is None and id is None:
            raise UsageError("an image is found by name or id", hint='Image(ws, "NAME") or Image(ws, id="NAME:1")')
        self.workspace = workspace
        self._operation: Operation | None = None
        self._name = (id or str(name)).partition(":")[0]
        self._record: ImageRecord | None
        if tags is None and properties is None:
            self._record = images.get(workspace.store, id or str(name), version)
            return
        found = [
            record
            for record in images.search(
                workspace.store, name=self._name, tags=pairs(tags), properties=pairs(properties, "properties")
            )
            if version in (None, record.version) and id in (None, record.id)
        ]
        if not found:
            raise NotFoundError(f"no version of the image {self._name!r} has what was asked for", hint="%images")
        self._record = found[0]

    @classmethod
    def _of(
        cls, workspace: Workspace, name: str, record: ImageRecord | None, operation: Operation | None = None
    ) -> Self:
        made = cls.__new__(cls)
        made.workspace, made._name, made._record, made._operation = workspace, name, record, operation
        return made

    # ── making one ──

    @classmethod
    def create(
        cls,
        workspace: Workspace,
        name: str,
        models: Sequence[Model | str],
        image_config: ImageConfiguration | InferenceConfig | None = None,
    ) -> Self:
        """Prove the script and freeze the next version. Returns at once: `wait_for_creation(show_output=True)`.

        Raises `UsageError`, `CaptureError`, `RequirementError`, `BusyError`.
        """
        with as_inference_config(image_config) as inference_config:
            if not isinstance(image_config, ImageConfiguration):
                return cls.build(workspace, name, models, inference_config)
            return cls.build(
                workspace,
                name,
                models,
                inference_config,
                tags=image_config.tags,
                properties=image_config.properties,
                description=image_config.description,
            )

    @classmethod
    def build(
        cls,
        workspace: Workspace,
        name: str,
        models: Sequence[Model | str] = (),
        inference_config: InferenceConfig | None = None,
        *,
        tags: Mapping[str, object] | None = None,
        properties: Mapping[str, object] | None = None,
        description: str | None = None,
        cell: int | None = None,
    ) -> Self:
        """As `create`, with the labels beside the configuration."""
        from jupyter_mlops.capture.provenance import provenance
        from jupyter_mlops.operations import verbs
        from jupyter_mlops.sdk.operation import Operation

        origin = provenance(cell=cell)
        record = verbs.build_image(
            workspace.store,
            name,
            _parts(workspace, name, models, inference_config, origin),
            description=description or (inference_config.description if inference_config else None),
            tags=text_values(tags),
            properties=text_values(properties),
            interpreter=sys.executable,
            provenance=origin,
        )
        return cls._of(workspace, name, None, Operation._of(workspace, record))

    @classmethod
    def plan(
        cls,
        workspace: Workspace,
        name: str,
        models: Sequence[Model | str] = (),
        inference_config: InferenceConfig | None = None,
    ) -> Plan:
        """What `build` would make, and what its container image would be made of: `lines` and a `dockerfile`.

        No engine is needed; nothing is built or downloaded. Raises what `build` would raise before it starts.
        """
        from jupyter_mlops.capture.provenance import provenance
        from jupyter_mlops.operations.plan import plan_image

        return plan_image(workspace.store, name, _parts(workspace, name, models, inference_config, provenance()))

    def wait_for_creation(self, show_output: bool = False) -> None:
        """Return when it is there; `show_output` prints stages and log as they happen.

        Raises what made it fail (`ProofError` with the script's own traceback, …).
        """
        if self._operation is not None:
            self._operation.wait(show_output=show_output)
        if show_output:
            print(f"Image {self.id}: {self.creation_state}")

    @classmethod
    def list(
        cls,
        workspace: Workspace,
        image_name: str | None = None,
        model_name: str | None = None,
        model_id: str | None = None,
        tags: Wanted = None,
        properties: Wanted = None,
        *,
        part: str | None = None,
        limit: int | None = None,
        offset: int = 0,
    ) -> builtins.list[Self]:
        """The images that have all that is asked for, newest first; at most `limit`, after the first `offset`.

        `tags` as `["k2", ["k", "v"]]`; `part` is looked for in the names, capitals or not.
        """
        from jupyter_mlops.registry import images

        found = images.search(
            workspace.store,
            name=image_name,
            part=part,
            model_name=model_name,
            model_id=model_id,
            tags=pairs(tags),
            properties=pairs(properties, "properties"),
            limit=limit,
            offset=offset,
        )
        return [cls._of(workspace, record.name, record) for record in found]

    # ── what it is ──

    @property
    def record(self) -> ImageRecord:
        """Raises `ImageError` while it is not made, what made it fail when it failed."""
        from jupyter_mlops.registry import images

        if self._record is None:
            operation = self._operation
            if operation is None or operation.state != "Succeeded":
                raise (operation and operation.error) or ImageError(
                    f"image {self._name!r} is not made yet", hint="image.wait_for_creation(show_output=True)"
                )
            self._record = images.get(self.workspace.store, operation.result["image"])
        return self._record

    @property
    def name(self) -> str:
        return self._name

    @staticmethod
    def _labelled() -> Labelled[ImageRecord]:
        from jupyter_mlops.registry import images

        return images.labelled

    @property
    def image_digest(self) -> str:
        """As Azure ML v1 called its digest."""
        return self.digest

    @property
    def manifest(self) -> ImageManifest:
        """All that is in it."""
        return self.record.manifest

    @property
    def models(self) -> builtins.list[Model]:
        from jupyter_mlops.sdk.model import Model

        return [Model(self.workspace, name, version=version) for name, version in self._model_keys]

    @property
    def model_ids(self) -> builtins.list[str]:
        return [f"{name}:{version}" for name, version in self._model_keys]

    @property
    def _model_keys(self) -> builtins.list[tuple[str, int]]:
        return [(model.name, model.version) for model in self.manifest.models]

    @property
    def script(self) -> Script:
        from jupyter_mlops.sdk.script import Script

        return Script(self.workspace, self.manifest.script.digest)

    @property
    def environment(self) -> builtins.list[str]:
        """The packages of its lock, as `name==version`."""
        from jupyter_mlops.registry import locks

        lock = locks.get(self.workspace.store, self.manifest.lock)
        return [f"{package.name}=={package.version}" for package in lock.packages]

    @property
    def operation(self) -> Operation | None:
        """The operation that made it."""
        from jupyter_mlops.sdk.operation import Operation

        if self._operation is None and self._record is not None and self._record.operation is not None:
            self._operation = Operation(self.workspace, self._record.operation)
        return self._operation

    @property
    def creation_state(self) -> str:
        """`Running`, `Succeeded`, `Failed` or `Canceled`."""
        if self._record is not None or self._operation is None:
            return "Succeeded"
        return _STATES.get(self._operation.state, "Running")

    @property
    def creation_error(self) -> MlopsError | None:
        return None if self._record is not None or self._operation is None else self._operation.error

    @property
    def image_build_log(self) -> str:
        """What was said while it was made."""
        operation = self.operation
        return "" if operation is None else "\n".join(operation.log)

    @property
    def image_build_log_uri(self) -> str | None:
        """The build log as a file of this machine (`file://…`); None when no operation made it."""
        from jupyter_mlops.services.process.machine import MachineFolder

        operation = self.operation
        if operation is None:
            return None
        path = MachineFolder(self.workspace.store.id).root / "build-logs" / f"{operation.id}.log"
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.write_text(self.image_build_log + "\n", encoding="utf-8")
        return path.as_uri()

    @property
    def image_location(self) -> str:
        """Its address: the digest of its manifest."""
        return f"sha256:{self.digest}"

    @property
    def base_image(self) -> str | None:
        """What it stands on in a container, as it is frozen: `name@sha256:…`, `name` where no engine said a digest,
        `a Dockerfile`; None: the default base. `image.manifest.base` has all of it.
        """
        from jupyter_mlops.images.own_base import frozen_name

        return None if self.manifest.base is None else frozen_name(self.manifest.base)

    @property
    def used_by(self) -> builtins.list[str]:
        """Services that use it, as `service s`."""
        from jupyter_mlops.registry import images

        return images.users(self.workspace.store, self.record)

    def diff(self, other: Image) -> builtins.list[str]:
        """What changes from this one to the other, one line an item: models, script, each package, server, base."""
        from jupyter_mlops.images import diff
        from jupyter_mlops.operations.inputs import frozen

        return diff(*(frozen(image.workspace.store, image.record) for image in (self, other)))

    # ── its container rendering ──

    @property
    def location(self) -> str:
        """The tag of its container image in the Docker engine, made when it is not there. Raises `ServiceError`."""
        from jupyter_mlops.sdk.container_rendering import render

        return render(self).tag

    def push(self, reference: str, username: str | None = None, password: str | None = None) -> str:
        """Push its container image as `registry/name:tag`; the digest there.

        The credentials go to the engine alone. Raises `ImageError` when the registry refuses.
        """
        from jupyter_mlops.sdk.container_rendering import push

        return push(self, reference, username, password)

    def rebuild(self) -> builtins.list[str]:
        """Make every layer anew from what the workspace keeps; the layers' digests, which are as they were.

        It promises our layers, bit for bit, on the base that is kept: by its digest in a registry, or in the engine.
        The steps of a base are not made anew; where what they made is gone they run again, and may fetch something
        newer, which is said.
        Raises `ImageError` naming a layer that came out otherwise.
        """
        from jupyter_mlops.sdk.container_rendering import rebuild

        return [layer["diff_id"] for layer in rebuild(self).layers]

    def save_context(self, output_directory: str | os.PathLike[str]) -> None:
        """Write its Dockerfile and all that it copies into a new folder; no engine is needed."""
        from pathlib import Path

        from jupyter_mlops.sdk.container_rendering import save_context

        save_context(self, Path(output_directory).expanduser())

    # ── changing it ──

    def update(self, tags: Mapping[str, object] | None = None, description: str | None = None) -> None:
        """Replace all tags, or the description."""
        self._relabel(tags, description)

    def delete(self, delete_container_image: bool = True) -> None:
        """Remove it, and its container image where a Docker engine answers. Raises `InUseError` naming the services
        that use it.

        A container image that some container still runs stays, and is said: `jupyter mlops gc` removes it when that
        container is gone, as it does those in an engine that did not answer. A login for the base's registry goes
        with the last image that stands on it.
        """
        from jupyter_mlops.operations import containers
        from jupyter_mlops.registry import images
        from jupyter_mlops.sdk.container_rendering import Told, warnings_of

        images.delete(self.workspace.store, self.record)
        containers.forget_login(self.workspace.store, self.record)
        if delete_container_image:
            containers.forget(self.workspace.store, self.record, Told(warnings_of))

    def run(self, input_data: object) -> NoReturn:
        """Running a container of it: not served. Raises `UnsupportedError`."""
        raise UnsupportedError(
            "Image.run is not served: an image is run as a service",
            hint=f'Webservice.deploy_from_image(ws, "NAME", ws.images[{self._name!r}])',
        )

    def serialize(self) -> dict[str, Any]:
        """As JSON."""
        record = self.record
        return {
            "base_image": self.base_image,
            "created": record.created.isoformat(),
            "creation_state": self.creation_state,
            "description": record.description,
            "digest": record.digest,
            "environment": record.manifest.lock,
            "id": record.id,
            "models": self.model_ids,
            "name": record.name,
            "operation": record.operation,
            "properties": dict(record.properties),
            "provenance": asdict(record.provenance),
            "python": record.manifest.python,
            "script": record.manifest.script.name,
            "tags": dict(record.tags),
            "version": record.version,
        }

    def __repr__(self) -> str:
        if self.creation_state != "Succeeded":
            return line(type(self).__name__, name=self._name, creation_state=self.creation_state)
        return line(
            type(self).__name__,
            name=self.name,
            version=self.version,
            models=self.model_ids,
            script=self.manifest.script.name,
            tags=self.tags,
            digest=self.digest[:12],
        )

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Image) or {self.creation_state, other.creation_state} != {"Succeeded"}:
            return self is other
        return (other.workspace, other.id) == (self.workspace, self.id)

    def __hash__(self) -> int:
        return hash(self._name)


def _parts(
    workspace: Workspace,
    name: str,
    models: Sequence[Model | str],
    inference_config: InferenceConfig | None,
    origin: Provenance,
) -> ImageParts:
    """What an image is made of, all of it in the workspace."""
    from jupyter_mlops.registry.names import check_image_name
    from jupyter_mlops.sdk.preparation import prepare

    check_image_name(name)
    prepared = prepare(workspace, name, models, inference_config, origin)
    if prepared.environment_variables:
        raise UsageError(
            "an image keeps no environment variables",
            hint="give them when deploying: deploy_configuration(environment_variables={…})",
        )
    return prepared.parts
