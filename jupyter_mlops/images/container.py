"""The container rendering of an image: its layers, its configuration, and the layer manifest that is the truth.

    base │ packages │ scoring server │ one layer a model │ script

What changes most lies on top: an engine knows a layer only together with those below it, so that under a changed model
nothing else has to be made again. Each layer has a key, the digest of all that goes into it; one whose key an engine
knows is neither made nor sent again.

    /opt/mlops/env       the script's environment: a venv of the base's Python, with the lock's packages alone
    /opt/mlops/server    the scoring server, in a venv of its own
    /opt/mlops/image     as `layout` says, plus container.json (the layer manifest) and revision.json
    /var/azureml-app     where Azure ML had the app; a link
    /run/mlops           what the containers of one service share
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Any

from jupyter_mlops.images import layout
from jupyter_mlops.images.base_image import BaseImage
from jupyter_mlops.images.inputs import Inputs, server_files, server_requirements, server_tree
from jupyter_mlops.images.installing import install, site
from jupyter_mlops.images.layers import Entry, Layer, blob_entries, folder, link, parents
from jupyter_mlops.images.unpack import Blobs, fetch_wheels
from jupyter_mlops.records import (
    EnvironmentLock,
    ImageManifest,
    ManifestModel,
    Progress,
    Provenance,
    canonical_json,
    digest_of,
)

__all__ = [
    "ENVIRONMENT",
    "FRONT_USER",
    "GROUP",
    "IMAGE",
    "LABEL",
    "SERVER",
    "WORKER_USER",
    "Container",
    "LayerRecord",
    "Part",
    "Recipe",
    "container",
    "environment_parts",
    "model_key",
]

IMAGE = "opt/mlops/image"
ENVIRONMENT = "opt/mlops/env"
SERVER = "opt/mlops/server"
RUN = "run/mlops"
LABEL = "org.jupyter-mlops"
FRONT_USER, WORKER_USER, GROUP = 10001, 10002, 10000
"""A worker runs the user's code: it can neither read the keys nor reach the control door."""
PORT = 5001

_FORMAT = 1

LayerRecord = dict[str, str]
"""`{"name", "key", "diff_id"}`."""


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """All that a container image is made of. `blobs` have what the manifest names."""

    name: str
    """`name:version`."""
    manifest: ImageManifest
    lock: EnvironmentLock
    blobs: Blobs
    revision: Mapping[str, Any]
    """What a container that nobody gives a revision serves; paths as in the image."""
    provenance: Provenance | None = None
    created: datetime | None = None
    workspace: str = ""
    """Its id: so that what nobody knows any more can be found and removed."""
    inputs: Inputs | None = None
    """What was noted at the first rendering; None: what the index and this machine have now."""


@dataclass(frozen=True)
class Part:
    """A layer to be. `make(scratch, progress)` makes it when nobody has it; what it reads may lie in `scratch`.

    `about(below)` are the entries that say which layers lie below: known when those were made.
    """

    name: str
    key: str
    make: Callable[[Path, Progress], Layer]
    about: Callable[[Sequence[LayerRecord]], Sequence[Entry]] = lambda _: ()


@dataclass(frozen=True)
class Container:
    """A container image to be: `identity` is the digest of all that decides over its bytes."""

    recipe: Recipe
    base: BaseImage
    parts: tuple[Part, ...]

    @property
    def identity(self) -> str:
        created = None if self.recipe.created is None else self.recipe.created.isoformat()
        keys = [part.key for part in self.parts]
        return digest_of([self.base.id, keys, self.recipe.name, created, self.recipe.workspace])

    @property
    def tag(self) -> str:
        name, _, version = self.recipe.name.partition(":")
        return f"jupyter-mlops/{name}:{version or 1}-{self.identity[:8]}"

    def labels(self, layers: Sequence[LayerRecord]) -> dict[str, str]:
        """The OCI labels: the layer manifest, and what an engine is searched by."""
        document = layer_manifest(self.recipe, self.base, layers)
        return {
            f"{LABEL}.identity": self.identity,
            f"{LABEL}.workspace": self.recipe.workspace,
            f"{LABEL}.image": self.recipe.manifest.digest,
            f"{LABEL}.layers": canonical_json(list(layers)).decode(),
            f"{LABEL}.manifest": canonical_json(document).decode(),
            "org.opencontainers.image.title": self.recipe.name,
            "org.opencontainers.image.base.name": self.base.reference,
            "org.opencontainers.image.base.digest": self.base.id,
        }

    def configuration(self, layers: Sequence[LayerRecord]) -> bytes:
        """The image's configuration (OCI image-spec), whose digest is the image's id."""
        created = (self.recipe.created or datetime(1970, 1, 1)).strftime("%Y-%m-%dT%H:%M:%SZ")
        history = [{"created": created, "created_by": f"base {self.base.reference}"} for _ in self.base.diff_ids]
        history += [{"created": created, "created_by": f"jupyter_mlops {layer['name']}"} for layer in layers]
        return canonical_json(
            {
                "architecture": self.base.architecture,
                "os": self.base.os,
                "created": created,
                "config": {
                    "User": f"{WORKER_USER}:{GROUP}",
                    "Env": list(self.base.environment) or ["PATH=/usr/local/bin:/usr/bin:/bin"],
                    "Cmd": command(),
                    "WorkingDir": f"/{IMAGE}/{layout.APP}",
                    "ExposedPorts": {f"{PORT}/tcp": {}},
                    "StopSignal": "SIGTERM",
                    "Labels": self.labels(layers),
                },
                "rootfs": {"type": "layers", "diff_ids": [*self.base.diff_ids, *(one["diff_id"] for one in layers)]},
                "history": history,
            }
        )


def command() -> list[str]:
    """What a container does by itself: serve the image, with the keys that JUPYTER_MLOPS_KEYS_DIR says."""
    serve = ["--revision", f"/{IMAGE}/revision.json", "--host", "0.0.0.0", "--port", str(PORT)]
    return [f"/{SERVER}/bin/python", "-P", "-m", "jupyter_mlops.scoring", *serve]


def layer_manifest(recipe: Recipe, base: BaseImage, layers: Sequence[LayerRecord]) -> dict[str, Any]:
    """What is in the image and where it came from; in it as /opt/mlops/image/container.json and as a label."""
    origin = recipe.provenance
    return {
        "format": _FORMAT,
        "name": recipe.name,
        "digest": recipe.manifest.digest,
        "models": [asdict(model) for model in recipe.manifest.models],
        "script": asdict(recipe.manifest.script),
        "environment": {
            "lock": recipe.manifest.lock,
            "packages": [f"{package.name}=={package.version}" for package in recipe.lock.packages],
        },
        "scoring": recipe.manifest.scoring,
        "server": server_requirements()
        if recipe.inputs is None
        else [f"{pin.name}=={pin.version}" for pin in recipe.inputs.server],
        "base": {"reference": base.reference, "id": base.id, "python": base.python, "machine": base.machine},
        "layers": list(layers),
        "origin": None
        if origin is None
        else {"notebook": origin.notebook, "cell": origin.cell, "git_commit": origin.git_commit, "user": origin.user},
    }


# ── its layers ──


def container(recipe: Recipe, base: BaseImage) -> Container:
    """The container image of a recipe on a base."""
    return Container(
        recipe,
        base,
        (
            *environment_parts(recipe.lock, recipe.blobs, base, recipe.inputs),
            *(_model(recipe, model) for model in recipe.manifest.models),
            _script(recipe, base),
        ),
    )


def _key(kind: str, *of: object) -> str:
    return digest_of([_FORMAT, kind, *of])


def _venv(root: str, base: BaseImage) -> list[Entry]:
    """An environment of the base's Python, with no program but that."""
    settings = f"home = {PurePosixPath(base.python_path).parent}\ninclude-system-site-packages = false\n"
    packages = f"{root}/{site(base)}"
    return [
        *parents([f"{packages}/x", f"{root}/bin/x"]),
        link(f"{root}/bin/python", base.python_path),
        Entry(path=f"{root}/pyvenv.cfg", mode=0o444, content=f"{settings}version = {base.python}\n".encode()),
    ]


def environment_parts(
    lock: EnvironmentLock, blobs: Blobs, base: BaseImage, inputs: Inputs | None = None
) -> tuple[Part, ...]:
    """The layers below those of any one image: packages and scoring server. `blobs` have what no index serves;
    without `inputs` the index and this machine say what goes in.
    """
    return (_packages(lock, blobs, base, inputs), _server(base, inputs))


def _packages(lock: EnvironmentLock, blobs: Blobs, base: BaseImage, inputs: Inputs | None) -> Part:
    plain = [f"{package.name}=={package.version}" for package in lock.packages]
    requirements = plain if inputs is None else inputs.requirements(lock)
    hashes = () if inputs is None else (requirements,)
    key = _key("packages", lock.digest, base.python, base.python_path, base.platform, *hashes)

    def make(scratch: Path, progress: Progress) -> Layer:
        at = f"{ENVIRONMENT}/{site(base)}"
        progress.log(f"packages: {len(lock.packages)} of the lock, for Python {base.minor} on {base.platform}")
        wheels = scratch / "wheels"
        for wheel, _ in fetch_wheels(lock.wheels, blobs, wheels):
            progress.log(f"wheel {wheel}")
        files = install(requirements, [wheels, *_kept(inputs)], scratch / "packages", at, base, progress)
        return Layer.of("packages", key, (*_venv(ENVIRONMENT, base), *files))

    return Part("packages", key, make)


def model_key(model: ManifestModel) -> str:
    """The key of a model's layer."""
    return _key("model", model.name, model.version, model.digest)


def _model(recipe: Recipe, model: ManifestModel) -> Part:
    name = f"model {model.name}:{model.version}"
    key = model_key(model)

    def make(scratch: Path, progress: Progress) -> Layer:
        progress.log(name)
        return Layer.of(name, key, _tree(recipe.blobs, model.digest, f"{IMAGE}/{layout.model_folder(model)}", scratch))

    return Part(name, key, make)


def _kept(inputs: Inputs | None) -> list[Path]:
    return [] if inputs is None or inputs.wheels is None else [inputs.wheels]


def _server(base: BaseImage, inputs: Inputs | None) -> Part:
    tree = server_tree() if inputs is None else inputs.server_files
    files = server_files() if inputs is None else [(one.path, inputs.server_folder / one.path) for one in tree.entries]
    requirements = server_requirements() if inputs is None else [pin.requirement for pin in inputs.server]
    key = _key("server", tree.digest, requirements, base.python, base.python_path, base.platform)

    def make(scratch: Path, progress: Progress) -> Layer:
        progress.log("scoring server")
        at = f"{SERVER}/{site(base)}"
        home = scratch / "server"
        for name, path in files:
            (home / name).parent.mkdir(parents=True, exist_ok=True)
            (home / name).write_bytes(path.read_bytes())
        installed = install(requirements, _kept(inputs), home, at, base, progress)
        return Layer.of("scoring server", key, (*_venv(SERVER, base), *installed, *_places()))

    return Part("scoring server", key, make)


def _places() -> list[Entry]:
    """What volumes are mounted over; a new volume takes owner and mode from here."""
    return [
        *parents([f"{RUN}/x", "var/x", f"{IMAGE}/{layout.MODELS}/x"]),
        folder(f"{RUN}/front", 0o700, FRONT_USER, GROUP),
        folder(f"{RUN}/sockets", 0o750, WORKER_USER, GROUP),
        link("var/azureml-app", f"/{IMAGE}/{layout.APP}"),
    ]


def _script(recipe: Recipe, base: BaseImage) -> Part:
    origin = recipe.provenance
    key = _key(
        "script",
        recipe.manifest.digest,
        recipe.name,
        base.id,
        dict(recipe.revision),
        None if origin is None else asdict(origin),
    )

    def make(scratch: Path, progress: Progress) -> Layer:
        progress.log(f"script {recipe.manifest.script.name}")
        at = f"{IMAGE}/{layout.source_folder(recipe.manifest.script)}"
        documents = {
            layout.LOCK: recipe.blobs.get_bytes(recipe.manifest.lock),
            layout.MANIFEST: canonical_json(recipe.manifest.document()),
            "revision.json": canonical_json(dict(recipe.revision)),
        }
        named = (_document(name, text) for name, text in sorted(documents.items()))
        return Layer.of("script", key, (*_tree(recipe.blobs, recipe.manifest.script.digest, at, scratch), *named))

    def about(below: Sequence[LayerRecord]) -> Sequence[Entry]:
        text = json.dumps(layer_manifest(recipe, base, below), indent=1, sort_keys=True)
        return (_document("container.json", text.encode()),)

    return Part("script", key, make, about)


def _document(name: str, text: bytes) -> Entry:
    return Entry(path=f"{IMAGE}/{name}", mode=0o444, content=text)


def _tree(blobs: Blobs, digest: str, at: str, scratch: Path) -> list[Entry]:
    """The files of a tree as entries below `at`: read from where they are kept, and copied nowhere on this machine."""
    found = blob_entries(blobs.get_tree(digest), at, lambda sha256: blobs.file(sha256, scratch))
    return [*parents([f"{at}/x"]), *found]
