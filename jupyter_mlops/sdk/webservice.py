"""`Webservice` and the classes of the places where one can run."""

from __future__ import annotations

import builtins
from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any, ClassVar, Self, cast

from jupyter_mlops.errors import NotFoundError, ServiceError, UsageError
from jupyter_mlops.records import ServiceOptions, ServiceRecord
from jupyter_mlops.sdk.deployed_service import LOCAL_TARGETS, DeployedService
from jupyter_mlops.sdk.deployment_options import (
    DeploymentConfiguration,
    docker_configuration,
    local_configuration,
    process_configuration,
)
from jupyter_mlops.sdk.filters import Wanted, pairs, text_values
from jupyter_mlops.sdk.unserved import AciWebservice, AksWebservice, IotWebservice

if TYPE_CHECKING:
    from jupyter_mlops.operations.plan import Plan
    from jupyter_mlops.sdk.image import Image, ImageConfiguration
    from jupyter_mlops.sdk.inference import InferenceConfig
    from jupyter_mlops.sdk.model import Model
    from jupyter_mlops.sdk.operation import Operation
    from jupyter_mlops.sdk.workspace import Workspace

__all__ = [
    "AciWebservice",
    "AksWebservice",
    "DeploymentConfiguration",
    "DockerWebservice",
    "IotWebservice",
    "LocalWebservice",
    "ProcessWebservice",
    "Webservice",
]


class Webservice(DeployedService):
    """A service: a name on a target, and the revision that is wanted.

    `Webservice(workspace, "diabetes")` finds it (as the class of its target); `Model.deploy` makes one. Properties
    read the workspace and the target anew. Raises `NotFoundError`.
    """

    targets: ClassVar[tuple[str, ...]] = ()
    """The kinds of target whose services are of this class; empty: all."""

    def __new__(cls, workspace: Workspace, name: str) -> Self:
        from jupyter_mlops.registry import services

        record = services.get(workspace.store, name)
        if cls.targets and record.target not in cls.targets:
            raise NotFoundError(
                f"service {name!r} runs on the target {record.target!r}, which is not a {cls.__name__}",
                hint=f"Webservice(ws, {name!r})",
            )
        return cls._of(workspace, record)

    @classmethod
    def _of(cls, workspace: Workspace, record: ServiceRecord, operation: Operation | None = None) -> Self:
        own = {"process": ProcessWebservice, "docker": DockerWebservice}.get(record.target, cls)
        chosen = own if issubclass(own, cls) else cls
        made = cast(Self, object.__new__(chosen))
        made.workspace, made._record, made._operation = workspace, record, operation
        return made

    # ── finding them ──

    @classmethod
    def list(
        cls,
        workspace: Workspace,
        compute_type: str | None = None,
        image_name: str | None = None,
        image_id: str | None = None,
        model_name: str | None = None,
        model_id: str | None = None,
        tags: Wanted = None,
        properties: Wanted = None,
        image_digest: str | None = None,
        *,
        name: str | None = None,
        part: str | None = None,
        by_name: bool = False,
        limit: int | None = None,
        offset: int = 0,
    ) -> builtins.list[Self]:
        """The services that have all that is asked for, newest first or `by_name`; at most `limit`, after the first
        `offset`. `part` is looked for in the names, capitals or not.

        `compute_type` is `Local` (this class of target: process and docker), a kind of target, or an attached one's
        name; `tags` as `["k2", ["k", "v"]]`.
        """
        from jupyter_mlops.registry import services

        found = services.search(
            workspace.store,
            name=name,
            part=part,
            kinds=cls.targets or None,
            targets=_targets_of(compute_type),
            by_name=by_name,
            model_name=model_name,
            model_id=model_id,
            image_name=image_name,
            image_id=image_id,
            tags=pairs(tags),
            image_digest=image_digest,
            properties=pairs(properties, "properties"),
            limit=limit,
            offset=offset,
        )
        return [cls._of(workspace, record) for record in found]

    # ── making them ──

    @staticmethod
    def deploy_from_image(
        workspace: Workspace,
        name: str,
        image: Image | str,
        deployment_config: DeploymentConfiguration | None = None,
        deployment_target: object = None,
        overwrite: bool = False,
    ) -> Webservice:
        """Bring an image up. Returns at once. Raises `NameTakenError`, `UnsupportedError`."""
        from jupyter_mlops.sdk.deployment import deploy

        return deploy(
            workspace,
            name,
            (),
            image=image,
            deployment_config=deployment_config,
            deployment_target=deployment_target,
            overwrite=overwrite,
        )

    @staticmethod
    def deploy_from_model(
        workspace: Workspace,
        name: str,
        models: Sequence[Model | str],
        image_config: ImageConfiguration | InferenceConfig,
        deployment_config: DeploymentConfiguration | None = None,
        deployment_target: object = None,
        overwrite: bool = False,
    ) -> Webservice:
        """Bring models up with the script of an image configuration. Returns at once."""
        from jupyter_mlops.sdk.deployment import deploy
        from jupyter_mlops.sdk.image import as_inference_config

        with as_inference_config(image_config) as inference_config:
            return deploy(
                workspace,
                name,
                models,
                inference_config=inference_config,
                deployment_config=deployment_config,
                deployment_target=deployment_target,
                overwrite=overwrite,
            )

    @staticmethod
    def deploy(
        workspace: Workspace,
        name: str,
        model_paths: Sequence[str],
        image_config: ImageConfiguration | InferenceConfig,
        deployment_config: DeploymentConfiguration | None = None,
        deployment_target: object = None,
        overwrite: bool = False,
    ) -> Webservice:
        """Register each path as a model of its file's name, then `deploy_from_model`."""
        from jupyter_mlops.sdk.model import Model

        models = [Model.register(workspace, path) for path in model_paths]
        return Webservice.deploy_from_model(
            workspace, name, models, image_config, deployment_config, deployment_target, overwrite
        )

    @staticmethod
    def plan(
        workspace: Workspace,
        name: str,
        models: Sequence[Model | str] = (),
        inference_config: InferenceConfig | None = None,
        deployment_config: DeploymentConfiguration | None = None,
        deployment_target: object = None,
        overwrite: bool = False,
        *,
        image: Image | str | None = None,
    ) -> Plan:
        """What `Model.deploy` (or `deploy_from_image`) would do, with no service made or changed.

        Raises what the deployment itself would raise before it starts.
        """
        from jupyter_mlops.operations.plan import plan_deploy
        from jupyter_mlops.sdk.deployment import request_for

        request = request_for(
            workspace,
            name,
            models,
            inference_config=inference_config,
            image=image,
            deployment_config=deployment_config,
            deployment_target=deployment_target,
            overwrite=overwrite,
        )
        return plan_deploy(workspace.store, request)

    # ── changing it ──

    def update(
        self,
        image: Image | str | None = None,
        tags: Mapping[str, object] | None = None,
        properties: Mapping[str, object] | None = None,
        description: str | None = None,
        models: Sequence[Model | str] | None = None,
        inference_config: InferenceConfig | None = None,
        deployment_config: DeploymentConfiguration | None = None,
        *,
        wait: bool = False,
        **options: Any,
    ) -> None:
        """Replace what is given, without downtime; what is not given stays.

        `models` alone: the script stays, and a model takes the place of the one of its name. `tags` replace all
        tags, `properties` are added. `options` are those of `deploy_configuration`. Returns at once (unless `wait`):
        `wait_for_deployment()` follows; if the new revision does not become healthy, the old one stays.
        Raises `UsageError`, `NotFoundError`, `UnsupportedError`, `BusyError`.
        """
        from jupyter_mlops.sdk.deployment import update

        new_options = self._new_options(deployment_config, options)
        labels = (tags, properties, description)
        if all(part is None for part in (image, models, inference_config, new_options, *labels)):
            raise UsageError("nothing to update", hint=f"Webservice(ws, {self.name!r}).update(models=[new_model])")
        if any(part is not None for part in labels):
            self._label(tags, properties, description)
        if any(part is not None for part in (image, models, inference_config, new_options)):
            self._operation = update(self, image, models, inference_config, new_options)
            if wait:
                self._operation.wait()

    def _new_options(
        self, deployment_config: DeploymentConfiguration | None, given: Mapping[str, Any]
    ) -> ServiceOptions | None:
        known = {field.name for field in fields(ServiceOptions)}
        unknown = sorted(set(given) - known)
        if unknown:
            raise UsageError(f"no option is called {unknown[0]!r}", hint=f"options: {', '.join(sorted(known))}")
        base = self.options if deployment_config is None else deployment_config.options
        wanted = replace(base, **given)
        return None if wanted == self.options else wanted

    def _label(
        self, tags: Mapping[str, object] | None, properties: Mapping[str, object] | None, description: str | None
    ) -> None:
        from jupyter_mlops.registry import services

        self._record = services.update(
            self.workspace.store,
            self.name,
            tags=None if tags is None else text_values(tags),
            properties=None if properties is None else text_values(properties),
            description=description,
        )

    def add_tags(self, tags: Mapping[str, object]) -> None:
        """Add tags, or change their values."""
        from jupyter_mlops.registry import services

        self._record = services.add_tags(self.workspace.store, self.name, text_values(tags))

    def remove_tags(self, tags: Sequence[str] | str) -> None:
        """Remove tags by key."""
        from jupyter_mlops.registry import services

        self._record = services.remove_tags(self.workspace.store, self.name, tags)

    def add_properties(self, properties: Mapping[str, object]) -> None:
        """Add properties; one that is there never changes."""
        self._label(None, properties, None)

    def roll_back(self, revision: int | None = None, *, wait: bool = False) -> None:
        """Go back to a revision (default: the one made before the current), without downtime."""
        from jupyter_mlops.sdk.deployment import roll_back

        self._operation = roll_back(self, revision)
        if wait:
            self._operation.wait()

    def start(self) -> None:
        """Bring it up again after the machine was restarted or it was stopped."""
        record = self.record
        if record.revision is None:
            raise ServiceError(f"service {self.name!r} never came up", hint="deploy it again")
        self._target(record).start(record.name)

    def delete(self, delete_cache: bool = True, delete_image: bool = False, delete_volume: bool = True) -> None:
        """Stop it and remove all that it made: processes or containers, keys, logs. Returns when it is gone.

        `delete_cache`: also the files and environments that were laid out on this machine to run it or to make its
        containers. `delete_image`: also the images that were built by name and that nothing else uses, in the
        workspace and in the engine; those that its deployments made go in any case. `delete_volume`: also what its
        script collected (`collect_model_data`); kept, it is that of the next service of this name.
        """
        from jupyter_mlops.sdk.deployment import delete

        delete(self, delete_cache=delete_cache, delete_image=delete_image, delete_volume=delete_volume)


class LocalWebservice(Webservice):
    """A service of this machine: Docker where an engine answers, processes otherwise; decided once, when it is made."""

    targets: ClassVar[tuple[str, ...]] = LOCAL_TARGETS

    @staticmethod
    def deploy_configuration(port: int | None = None, *, hot_reload: bool = False) -> DeploymentConfiguration:
        """On this machine; `port` None takes a free one. `hot_reload` allows `reload()`."""
        return local_configuration(port, hot_reload=hot_reload)

    @property
    def port(self) -> int | None:
        """Where it listens; None until a revision was ready."""
        from urllib.parse import urlsplit

        uri = self.scoring_uri
        return None if uri is None else urlsplit(uri).port

    def reload(self, wait: bool = False, *, inference_config: InferenceConfig | None = None) -> None:
        """Serve the script as it is now, without an image, a revision or a lost request; models and packages stay.

        The script is that of `inference_config`; without one the files that the service was deployed from are read
        again, and of a captured cell the newest of its name is taken. It answers the sample before it gets traffic.
        From then on the state says that it differs from its image, until the next update. Returns when it serves;
        `wait` is Azure's.

        Raises `UsageError` for a service that was not deployed with `hot_reload=True`, `ServiceError` or `ProofError`
        for a script that fails: the one before goes on serving.
        """
        from jupyter_mlops.sdk.reloading import reload

        reload(self, inference_config)

    def download_collected(self, target_dir: str = ".") -> builtins.list[str]:
        """Copy what the script collected (`collect_model_data=True`) into a folder; the paths of the CSV files.

        `<target_dir>/<model>/<designation>/<year>/<month>/<day>/….csv`.
        """
        from pathlib import Path

        folder = Path(target_dir).expanduser()
        record = self.record
        self._target(record).collected(record.name, folder)
        return sorted(str(path) for path in folder.rglob("*.csv"))


class ProcessWebservice(LocalWebservice):
    """A service in processes of this machine, without a container."""

    targets: ClassVar[tuple[str, ...]] = ("process",)

    deploy_configuration = staticmethod(process_configuration)


class DockerWebservice(LocalWebservice):
    """A service in containers of a Docker engine."""

    targets: ClassVar[tuple[str, ...]] = ("docker",)

    deploy_configuration = staticmethod(docker_configuration)


def _targets_of(compute_type: str | None) -> tuple[str, ...] | None:
    if compute_type is None:
        return None
    return LOCAL_TARGETS if compute_type.lower() == "local" else (compute_type, compute_type.lower())
