"""`Model`: `name:version`, immutable files with mutable tags."""

from __future__ import annotations

import builtins
import os
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from jupyter_mlops.errors import ConflictError, NotFoundError, UnsupportedError, UsageError
from jupyter_mlops.records import CapturedModel, ModelRecord, Provenance, Signature
from jupyter_mlops.sdk.filters import Wanted, pairs, text_values
from jupyter_mlops.sdk.framework import Framework
from jupyter_mlops.sdk.listing import line, size
from jupyter_mlops.sdk.profiling import profiled
from jupyter_mlops.sdk.registration import capture, name_of, refuse_datasets
from jupyter_mlops.sdk.versioned import Versioned

if TYPE_CHECKING:
    from jupyter_mlops.registry.labelled import Labelled
    from jupyter_mlops.sdk.container_rendering import ModelPackage
    from jupyter_mlops.sdk.experiment import Run
    from jupyter_mlops.sdk.inference import InferenceConfig
    from jupyter_mlops.sdk.webservice import DeploymentConfiguration, Webservice
    from jupyter_mlops.sdk.workspace import Workspace

__all__ = ["Model"]


class Model(Versioned[ModelRecord]):
    """A registered model.

    `Model(workspace, "diabetes")` is its newest version; `version`, `id="diabetes:3"`, `tags`, `properties` and
    `run_id` choose another. Raises `NotFoundError`.
    """

    Framework = Framework
    _record: ModelRecord

    def __init__(
        self,
        workspace: Workspace,
        name: str | None = None,
        id: str | None = None,
        tags: Wanted = None,
        properties: Wanted = None,
        version: int | None = None,
        run_id: str | None = None,
        model_framework: str | None = None,
    ):
        from jupyter_mlops.registry import models

        if name is None and id is None:
            raise UsageError("a model is found by name or id", hint='Model(ws, "NAME") or Model(ws, id="NAME:1")')
        self.workspace = workspace
        if tags is None and properties is None and run_id is None and model_framework is None:
            self._record = models.get(workspace.store, id or str(name), version)
            return
        found = [
            record
            for record in models.search(
                workspace.store,
                name=name or str(id).partition(":")[0],
                tags=pairs(tags),
                properties=pairs(properties, "properties"),
                framework=model_framework,
                run_id=run_id,
            )
            if (version is None or record.version == int(version)) and (id is None or record.id == id)
        ]
        if not found:
            raise NotFoundError(
                f"no version of the model {name or id!r} has what was asked for", hint=f"Model.list(ws, {name!r})"
            )
        self._record = found[0]

    @classmethod
    def _of(cls, workspace: Workspace, record: ModelRecord) -> Self:
        made = cls.__new__(cls)
        made.workspace = workspace
        made._record = record
        return made

    # ── making one ──

    @classmethod
    def register(
        cls,
        workspace: Workspace,
        model_path: str | os.PathLike[str] | None = None,
        model_name: str | None = None,
        tags: Mapping[str, object] | None = None,
        properties: Mapping[str, object] | None = None,
        description: str | None = None,
        datasets: object = None,
        model_framework: str | None = None,
        model_framework_version: str | None = None,
        child_paths: Sequence[str] | None = None,
        sample_input_dataset: object = None,
        sample_output_dataset: object = None,
        resource_configuration: object = None,
        *,
        model: object = None,
        sample: object = None,
        version_tag: str | None = None,
        sha256: str | None = None,
        progress: Callable[[int], None] | None = None,
        cell: int | None = None,
    ) -> Self:
        """Register a file, a folder, a URL (`model_path`) or a live object (`model`) as the next version of a name.

        `model_name` defaults to the file's name without its suffix. `child_paths` takes only those files and folders
        of a folder. `sample` (a frame, an array, any JSON value) records the signature and a request example.
        `sha256` is the checksum that a URL's or file's bytes must have. `progress` is called with the bytes done.
        Raises `InvalidNameError`, `CaptureError` (with the path inside the object) and `StorageError`.
        """
        from jupyter_mlops.capture.provenance import provenance

        refuse_datasets(datasets, sample_input_dataset, sample_output_dataset, resource_configuration)
        name = name_of(model_path) if model_name is None else model_name
        with tempfile.TemporaryDirectory(prefix="jupyter-mlops-") as folder:
            captured = capture(
                Path(folder), name, model_path, model, child_paths, sample, sha256, model_framework,
                model_framework_version, progress,
            )  # fmt: skip
            return cls._register(
                workspace,
                name,
                profiled(captured, sample),
                tags=tags,
                properties=properties,
                description=description,
                version_tag=version_tag,
                provenance=provenance(cell=cell),
                progress=progress,
            )

    @classmethod
    def _register(
        cls,
        workspace: Workspace,
        name: str,
        captured: CapturedModel,
        *,
        tags: Mapping[str, object] | None,
        properties: Mapping[str, object] | None,
        description: str | None,
        version_tag: str | None = None,
        run: Run | None = None,
        provenance: Provenance,
        progress: Callable[[int], None] | None = None,
    ) -> Self:
        from jupyter_mlops.registry import models

        record = models.register(
            workspace.store,
            name,
            captured,
            description=description,
            version_tag=version_tag,
            tags=text_values(tags),
            properties=text_values(properties),
            run_id=None if run is None else run.id,
            experiment_name=None if run is None else run.experiment.name,
            provenance=provenance,
            progress=progress,
        )
        return cls._of(workspace, record)

    @classmethod
    def list(
        cls,
        workspace: Workspace,
        name: str | None = None,
        tags: Wanted = None,
        properties: Wanted = None,
        run_id: str | None = None,
        latest: bool = False,
        dataset_id: str | None = None,
        expand: bool = True,
        page_count: int = 255,
        model_framework: str | None = None,
        *,
        framework: str | None = None,
        part: str | None = None,
        limit: int | None = None,
        offset: int = 0,
    ) -> builtins.list[Self]:
        """The models that have all that is asked for, newest first; at most `limit`, after the first `offset`.

        `tags` as `["k2", ["k", "v"]]`; `part` is looked for in the names, capitals or not.
        """
        from jupyter_mlops.registry import models

        if dataset_id is not None:
            raise UnsupportedError("dataset_id: data sets are not served", hint="search by tags or properties")
        found = models.search(
            workspace.store,
            name=name,
            part=part,
            tags=pairs(tags),
            properties=pairs(properties, "properties"),
            framework=framework or model_framework,
            run_id=run_id,
            latest=latest,
            limit=limit,
            offset=offset,
        )
        return [cls._of(workspace, record) for record in found]

    # ── what it is ──

    @property
    def record(self) -> ModelRecord:
        return self._record

    @staticmethod
    def _labelled() -> Labelled[ModelRecord]:
        from jupyter_mlops.registry import models

        return models.labelled

    @property
    def version_tag(self) -> str | None:
        return self._record.version_tag

    @property
    def created_by(self) -> str:
        return self._record.provenance.user

    @property
    def flavor(self) -> str:
        """How it was captured: `sklearn`, `onnx`, `pickle`, `files`, …"""
        return self._record.flavor

    @property
    def framework(self) -> str | None:
        return self._record.framework

    @property
    def framework_version(self) -> str | None:
        return self._record.framework_version

    model_framework = framework
    model_framework_version = framework_version

    @property
    def signature(self) -> Signature | None:
        """Columns, dtypes and shape of the sample it was registered with."""
        return self._record.signature

    @property
    def requirements(self) -> tuple[str, ...]:
        """The distributions that loading it needs."""
        return self._record.requirements

    @property
    def size(self) -> int:
        """Bytes in all."""
        return self._record.size

    @property
    def run_id(self) -> str | None:
        return self._record.run_id

    @property
    def experiment_name(self) -> str | None:
        return self._record.experiment_name

    @property
    def run(self) -> Run | None:
        """The run that registered it."""
        from jupyter_mlops.sdk.experiment import Run

        return None if self.run_id is None else Run.get(self.workspace, self.run_id)

    @property
    def url(self) -> str:
        """Its address: the workspace's id, its name and version."""
        return f"mlops://{self.workspace.store.id}/models/{self.name}/{self.version}"

    @property
    def used_by(self) -> builtins.list[str]:
        """Images and services that use it, as `image n:1`, `service s`."""
        from jupyter_mlops.registry import models

        return models.users(self.workspace.store, self._record)

    def serialize(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "created": self.created_time.isoformat(),
            "created_by": self.created_by,
            "description": self.description,
            "digest": self.digest,
            "experiment_name": self.experiment_name,
            "flavor": self.flavor,
            "framework": self.framework,
            "framework_version": self.framework_version,
            "id": self.id,
            "name": self.name,
            "properties": self.properties,
            "provenance": asdict(self.provenance),
            "requirements": [*self.requirements],
            "run_id": self.run_id,
            "signature": None if self.signature is None else asdict(self.signature),
            "size": self.size,
            "tags": self.tags,
            "url": self.url,
            "version": self.version,
            "version_tag": self.version_tag,
        }

    def __repr__(self) -> str:
        return line(
            "Model",
            name=self.name,
            version=self.version,
            version_tag=self.version_tag,
            framework=self.framework,
            tags=self.tags,
            size=size(self.size),
        )

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Model) and (other.workspace, other.id) == (self.workspace, self.id)

    def __hash__(self) -> int:
        return hash(self.id)

    # ── changing it ──

    def update(
        self,
        tags: Mapping[str, object] | None = None,
        description: str | None = None,
        sample_input_dataset: object = None,
        sample_output_dataset: object = None,
        resource_configuration: object = None,
    ) -> None:
        """Replace all tags, or the description."""
        refuse_datasets(None, sample_input_dataset, sample_output_dataset, resource_configuration)
        self._relabel(tags, description)

    def delete(self) -> None:
        """Remove it. Raises `InUseError`, naming the images and services that use it."""
        from jupyter_mlops.registry import models

        models.delete(self.workspace.store, self._record)

    # ── its files ──

    def download(self, target_dir: str | os.PathLike[str] = ".", exist_ok: bool = False) -> str:
        """Copy its files into `target_dir` and return the path of its file or folder.

        Raises `ConflictError` when it is there already, unless `exist_ok`; `StorageError` for a corrupt file.
        """
        from jupyter_mlops.registry import models

        target = Path(target_dir).expanduser()
        if not exist_ok:
            tops = {entry.path.partition("/")[0] for entry in models.files(self.workspace.store, self._record).entries}
            there = sorted(top for top in tops if (target / top).exists())
            if there:
                raise ConflictError("is there already", where=str(target / there[0]), hint="exist_ok=True replaces it")
        target.mkdir(parents=True, exist_ok=True)
        return str(models.download(self.workspace.store, self._record, target))

    @classmethod
    def get_model_path(cls, model_name: str, version: int | None = None, _workspace: Workspace | None = None) -> str:
        """Where the files of a model are on this machine: in a service those it was deployed with, in a notebook
        those of the workspace (fetched once).

        Raises `NotFoundError`.
        """
        from jupyter_mlops.sdk.local_copies import fetched, in_app_root
        from jupyter_mlops.sdk.workspace import Workspace

        local = in_app_root(model_name, version)
        if local is not None:
            return str(local)
        return str(fetched(cls(_workspace or Workspace(), model_name, version=version)))

    # ── bringing it up ──

    @staticmethod
    def deploy(
        workspace: Workspace,
        name: str,
        models: Sequence[Model | str],
        inference_config: InferenceConfig | None = None,
        deployment_config: DeploymentConfiguration | None = None,
        deployment_target: object = None,
        overwrite: bool = False,
        show_output: bool = False,
    ) -> Webservice:
        """Bring models up as a service and return at once: `service.wait_for_deployment(show_output=True)` follows.

        The script is captured and the environment locked here, in this kernel; a model of a known framework needs no
        `inference_config`. `deployment_config` says where and with which options (default: this machine, no
        container). Raises `NameTakenError` (unless `overwrite`), `UnsupportedError` for an option that the target
        cannot honour, `RequirementError` for a package that cannot be had.
        """
        from jupyter_mlops.sdk.deployment import deploy

        service = deploy(
            workspace,
            name,
            models,
            inference_config=inference_config,
            deployment_config=deployment_config,
            deployment_target=deployment_target,
            overwrite=overwrite,
        )
        if show_output:
            service.wait_for_deployment(show_output=True)
        return service

    @staticmethod
    def package(
        workspace: Workspace,
        models: Sequence[Model | str],
        inference_config: InferenceConfig | None = None,
        generate_dockerfile: bool = False,
        image_name: str | None = None,
        image_label: str | None = None,
    ) -> ModelPackage:
        """A container image of models and a script; with `generate_dockerfile` its Dockerfile and all that it copies.

        Returns at once: `package.wait_for_creation(show_output=True)`, then `package.pull()` or `package.save(folder)`.
        `image_name` is the image's name (default: the first model's). The Dockerfile needs no engine.
        """
        from jupyter_mlops.sdk.container_rendering import ModelPackage
        from jupyter_mlops.sdk.image import Image

        if not models and image_name is None:
            raise UsageError("nothing to package", hint='Model.package(ws, [model], …), or image_name="NAME"')
        first = models[0] if models else ""
        name = image_name or (first if isinstance(first, str) else first.name).partition(":")[0]
        image = Image.build(workspace, name, models, inference_config)
        return ModelPackage(image, generate_dockerfile=generate_dockerfile)

    @staticmethod
    def profile(*arguments: object, **options: object) -> None:
        """Profiling in Azure: not served. Raises `UnsupportedError`."""
        raise UnsupportedError(
            "Model.profile is not served", hint="%monitor NAME shows latency and memory of a service"
        )
