"""`Workspace`: where names live."""

from __future__ import annotations

import builtins
import threading
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, NoReturn, Self

from jupyter_mlops.errors import NotFoundError, UsageError, WorkspaceError
from jupyter_mlops.sdk.location import (
    Choice,
    choose,
    data_folder,
    is_url,
    masked,
    read_config,
    write_config,
)
from jupyter_mlops.sdk.notices import not_needed, say_once
from jupyter_mlops.sdk.shelf import Shelf

if TYPE_CHECKING:
    from jupyter_mlops.sdk.compute import ComputeTarget
    from jupyter_mlops.sdk.environment import Environment
    from jupyter_mlops.sdk.experiment import Experiment
    from jupyter_mlops.sdk.image import Image
    from jupyter_mlops.sdk.model import Model
    from jupyter_mlops.sdk.run import Run
    from jupyter_mlops.sdk.webservice import Webservice
    from jupyter_mlops.storage import Store

__all__ = ["Workspace"]

_REGION_NAMES = """
    australiacentral australiaeast australiasoutheast austriaeast belgiumcentral brazilsouth brazilsoutheast
    canadacentral canadaeast centralindia centralus centraluseuap chilecentral chinaeast chinaeast2 chinanorth
    chinanorth2 chinanorth3 eastasia eastus eastus2 eastus2euap francecentral francesouth germanynorth
    germanywestcentral indonesiacentral israelcentral italynorth japaneast japanwest koreacentral koreasouth
    malaysiawest mexicocentral newzealandnorth northcentralus northeurope norwayeast norwaywest polandcentral
    qatarcentral southafricanorth southafricawest southcentralus southeastasia southindia spaincentral
    swedencentral switzerlandnorth switzerlandwest uaecentral uaenorth uksouth ukwest usgovarizona usgovtexas
    usgovvirginia westcentralus westeurope westindia westus westus2 westus3
"""
_REGIONS = frozenset(_REGION_NAMES.split())

_UNSERVED = {
    "datasets": "data sets are not served: read the data in the notebook",
    "datastores": "data stores are not served: read the data in the notebook",
    "delete": "a workspace is its folder or its database: remove that",
    "get_default_compute_target": "services run on this machine with no compute target",
    "get_default_datastore": "data stores are not served: read the data in the notebook",
    "get_default_keyvault": "os.environ, or the keyring package, holds secrets",
    "get_mlflow_tracking_uri": "Experiment(ws, 'NAME').start_logging() keeps metrics",
    "set_default_datastore": "data stores are not served: read the data in the notebook",
    "sync_keys": "there are no keys of a storage account here",
}
"""What Azure's workspaces had and ours have not, with what to do instead."""


class Workspace:
    """One database of names and one root of files, opened when it is first needed.

    `Workspace()` is the one that is meant here: `JUPYTER_MLOPS_WORKSPACE`, or `.mlops/config.yaml` in the working
    folder or above it, or the embedded one in the user's data folder. A folder is made on first use; a database is
    not. `location` is a folder or a database URL and must exist.

    `subscription_id`, `resource_group`, `workspace_name` and `auth` are accepted for scripts that were written for
    Azure and answered by a warning: the workspace that is meant here stands in.
    """

    def __init__(
        self,
        location: str | Path | None = None,
        resource_group: str | None = None,
        workspace_name: str | None = None,
        *,
        subscription_id: str | None = None,
        auth: object = None,
        sku: str | None = None,
    ):
        if resource_group is not None and subscription_id is None:  # Azure's order: subscription, group, name
            subscription_id, location = str(location), None
        not_needed("Workspace", subscription_id=subscription_id, resource_group=resource_group, auth=auth, sku=sku)
        self._choice = choose(location) if workspace_name is None else _standing_in(workspace_name)
        self._opened: Store | None = None
        self._opening = threading.Lock()

    # ── finding one ──

    @classmethod
    def from_config(cls, path: str | Path | None = None, auth: object = None) -> Self:
        """The workspace of a configuration file, or the one that is meant here when no `path` is given.

        `path` is a `.mlops/config.yaml`, the folder that holds one (or is below it), or Azure's `config.json`.
        Raises `WorkspaceError` when there is none.
        """
        not_needed("Workspace.from_config", auth=auth)
        if path is None:
            return cls()
        given = Path(path).expanduser()
        if given.is_dir():
            return cls._chosen(choose(start=given.resolve()))
        if not given.is_file():
            raise WorkspaceError("no such configuration file", where=str(given), hint="ws.write_config() makes one")
        if given.suffix == ".json":
            return cls._chosen(_standing_in(_azure_name(given)))
        return cls._chosen(_of_config(given.resolve()))

    @classmethod
    def create(
        cls,
        name: str,
        location: str | Path | None = None,
        *,
        blob_root: str | None = None,
        exist_ok: bool = False,
        auth: object = None,
        subscription_id: str | None = None,
        resource_group: str | None = None,
        create_resource_group: bool | None = None,
        region: str | None = None,
        sku: str | None = None,
        friendly_name: str | None = None,
        storage_account: object = None,
        key_vault: object = None,
        app_insights: object = None,
        container_registry: object = None,
        show_output: bool = True,
    ) -> Self:
        """Make a workspace.

        `location` is a folder (default: `NAME` in the user's data folder) or a database URL; a database also needs
        `blob_root`, an fsspec URL for its files. Raises `WorkspaceError` when it is there, unless `exist_ok`. What
        only Azure needs is accepted and answered by a warning; so is an Azure region as `location`.
        """
        from jupyter_mlops.storage import create_store

        if isinstance(location, str) and _is_region(location):
            location, region = None, location
        not_needed(
            "Workspace.create",
            auth=auth,
            subscription_id=subscription_id,
            resource_group=resource_group,
            create_resource_group=create_resource_group,
            region=region,
            sku=sku,
            friendly_name=friendly_name,
            storage_account=storage_account,
            key_vault=key_vault,
            app_insights=app_insights,
            container_registry=container_registry,
        )
        place = _named_folder(name) if location is None else choose(location).location
        store = create_store(place, name=name, blob_root=blob_root, exist_ok=exist_ok)
        made = cls._chosen(Choice(place, "Workspace.create", may_create=False))
        made._opened = store
        if show_output:
            print(f"Workspace {store.name} is at {masked(place)}")
        return made

    @classmethod
    def get(
        cls,
        name: str,
        auth: object = None,
        subscription_id: str | None = None,
        resource_group: str | None = None,
        region: str | None = None,
    ) -> Self:
        """The workspace of a name: the one that is meant here when it has that name, or one in the user's data folder.

        With Azure's coordinates, the workspace that is meant here stands in for one that is not here.
        Raises `NotFoundError`.
        """
        azure = not_needed(
            "Workspace.get", auth=auth, subscription_id=subscription_id, resource_group=resource_group, region=region
        )
        if azure:
            return cls._chosen(_standing_in(name))
        return cls._chosen(_named(name))

    @classmethod
    def list(cls, subscription_id: str | None = None, auth: object = None) -> dict[str, builtins.list[Workspace]]:
        """Every workspace in the user's data folder: name to a list of one (Azure's shape)."""
        not_needed("Workspace.list", subscription_id=subscription_id, auth=auth)
        folder = data_folder()
        found = sorted(folder.iterdir()) if folder.is_dir() else []
        return {path.name: [cls(path)] for path in found if (path / "workspace.db").is_file()}

    @classmethod
    def _chosen(cls, choice: Choice) -> Self:
        made = cls.__new__(cls)
        made._choice = choice
        made._opened = None
        made._opening = threading.Lock()
        return made

    # ── what it is ──

    @property
    def store(self) -> Store:
        """The open store; for the other rooms of this package."""
        with self._opening:
            if self._opened is None:
                self._opened = _open(self._choice)
            return self._opened

    @property
    def name(self) -> str:
        return self.store.name

    @property
    def location(self) -> str:
        """Its folder, or its database's URL with the password masked."""
        return masked(self._choice.location)

    @property
    def subscription_id(self) -> str:
        """Empty: there is no subscription."""
        return ""

    @property
    def resource_group(self) -> str:
        """Empty: there is no resource group."""
        return ""

    def get_details(self) -> dict[str, Any]:
        """Name, id, location, and who chose it."""
        return {
            "name": self.name,
            "id": self.store.id,
            "location": self.location,
            "chosen_by": self._choice.source,
        }

    def write_config(self, path: str | Path | None = None, file_name: str | None = None) -> None:
        """Write `.mlops/config.yaml` in `path` (default: the working folder), for `Workspace()` to find."""
        if file_name is not None:
            raise UsageError("the file's name is fixed: .mlops/config.yaml", hint="leave file_name out")
        write_config(Path(path or ".").expanduser().resolve(), self._choice.location, self.name)

    def upgrade(self) -> tuple[str, str]:
        """Bring the database to this program's schema; returns the revisions from and to."""
        from jupyter_mlops.storage import upgrade_store

        self.close()
        return upgrade_store(self._choice.location)

    def close(self) -> None:
        """Let go of the database; the next use opens it again."""
        with self._opening:
            if self._opened is not None:
                self._opened.close()
                self._opened = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __getattr__(self, name: str) -> NoReturn:
        advice = _UNSERVED.get(name)
        told = f"'Workspace' object has no attribute {name!r}"
        raise AttributeError(told if advice is None else f"Workspace.{name} is not served: {advice}")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Workspace) and other._choice.location == self._choice.location

    def __hash__(self) -> int:
        return hash(self._choice.location)

    def __repr__(self) -> str:
        return f"Workspace(location={self.location!r})"

    # ── what is in it ──

    def get_run(self, run_id: str) -> Run:
        """The run of an id. Raises `NotFoundError`."""
        from jupyter_mlops.sdk.run import Run

        return Run.get(self, run_id)

    @property
    def models(self) -> Shelf[Model]:
        """The models, by name (the newest) or `name:version`."""
        from jupyter_mlops.registry import models
        from jupyter_mlops.sdk.model import Model

        return Shelf(lambda: models.names(self.store), lambda name: Model(self, id=name))

    @property
    def images(self) -> Shelf[Image]:
        """The images, by name (the newest) or `name:version`."""
        from jupyter_mlops.registry import images
        from jupyter_mlops.sdk.image import Image

        return Shelf(lambda: images.names(self.store), lambda name: Image(self, id=name))

    @property
    def webservices(self) -> Shelf[Webservice]:
        """The services, by name."""
        from jupyter_mlops.registry import services
        from jupyter_mlops.sdk.webservice import Webservice

        return Shelf(lambda: services.names(self.store), lambda name: Webservice(self, name))

    @property
    def compute_targets(self) -> Shelf[ComputeTarget]:
        """The attached targets, by name."""
        from jupyter_mlops.sdk.compute import ComputeTarget

        return Shelf(
            lambda: [target.name for target in ComputeTarget.list(self)], lambda name: ComputeTarget(self, name)
        )

    @property
    def experiments(self) -> Shelf[Experiment]:
        """The experiments, by name."""
        from jupyter_mlops.sdk.experiment import Experiment

        return Shelf(
            lambda: [experiment.name for experiment in Experiment.list(self)],
            lambda name: Experiment._existing(self, name),
        )

    @property
    def environments(self) -> Shelf[Environment]:
        """The registered environments, by name (the newest) or `name:version`."""
        from jupyter_mlops.sdk.environment import Environment

        return Shelf(lambda: list(Environment.list(self)), lambda name: Environment.get(self, name))


def _open(choice: Choice) -> Store:
    from jupyter_mlops.storage import create_store, open_store

    if choice.may_create and not (Path(choice.location) / "workspace.db").exists():
        return create_store(choice.location, name=Path(choice.location).name or "default")
    return open_store(choice.location)


def _named_folder(name: str) -> str:
    from jupyter_mlops.registry.names import check_model_name

    return str(data_folder() / check_model_name(name))


def _named(name: str) -> Choice:
    meant = choose()
    if is_url(meant.location) or (Path(meant.location) / "workspace.db").exists():
        store = _open(meant)
        found = store.name
        store.close()
        if found == name:
            return meant
    folder = _named_folder(name)
    if (Path(folder) / "workspace.db").exists():
        return Choice(folder, "Workspace.get", may_create=False)
    raise NotFoundError(f"no workspace named {name!r}", hint=f"Workspace.create({name!r}) makes it")


def _standing_in(name: str) -> Choice:
    """The workspace of the name, or, with a warning, the one that is meant here."""
    try:
        return _named(name)
    except NotFoundError:
        meant = choose()
        say_once(
            f"{name!r} is a workspace of Azure; {masked(meant.location)} stands in for it "
            f"(Workspace.create({name!r}) makes one of that name here)",
            stacklevel=4,
        )
        return meant


def _of_config(path: Path) -> Choice:
    location = read_config(path)
    return Choice(location, str(path), may_create=not is_url(location))


def _azure_name(path: Path) -> str:
    import json

    try:
        return str(json.loads(path.read_text(encoding="utf-8"))["workspace_name"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise WorkspaceError("names no workspace_name", where=str(path)) from error


def _is_region(location: str) -> bool:
    """Whether a bare word is the name of an Azure region (`eastus2`, `West Europe`) and of no folder here."""
    return location.replace(" ", "").lower() in _REGIONS and not Path(location).exists()
