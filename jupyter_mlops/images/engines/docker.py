"""Images in a Docker engine."""

from __future__ import annotations

import base64
import io
import json
import re
import tarfile
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

from jupyter_mlops.docker_client import connect, ends_with_its_layers, engine_errors
from jupyter_mlops.errors import ImageError, InUseError, ServiceError
from jupyter_mlops.images.base_image import BaseImage, Credentials, default_bases
from jupyter_mlops.images.build_network import build_arguments
from jupyter_mlops.images.container import LABEL
from jupyter_mlops.images.engine import Built, Login, Ours, Renderable
from jupyter_mlops.images.engines.docker_bases import DockerBases
from jupyter_mlops.images.engines.docker_load import Known, Load
from jupyter_mlops.images.engines.docker_ours import ours
from jupyter_mlops.images.engines.docker_whole import base_layers
from jupyter_mlops.records import ManifestBase, Progress

__all__ = ["DockerEngine"]


class DockerEngine:
    """The engine that `docker_client.connect` finds, asked for when it is first needed."""

    kind: ClassVar[str] = "docker"

    @cached_property
    def _client(self) -> Any:
        return connect()

    def raw(self) -> Any:
        return self._client

    # ── bases ──

    def base(self, reference: str | None, python: str, credentials: Credentials | None = None) -> BaseImage:
        return self._bases.default((reference,) if reference else default_bases(python), python, credentials)

    def own_base(
        self, wanted: ManifestBase, python: str, login: Login, progress: Progress
    ) -> tuple[ManifestBase, BaseImage]:
        return self._bases.own(wanted, python, login, progress)

    def base_ids(self, wanted: ManifestBase, python: str) -> set[str]:
        return self._bases.ids(wanted, python)

    def own_base_there(self, wanted: ManifestBase, python: str) -> BaseImage | None:
        return self._bases.own_there(wanted, python)

    @property
    def _bases(self) -> DockerBases:
        return DockerBases(self._client, self.build)

    def has(self, reference: str) -> bool:
        from docker.errors import ImageNotFound

        with engine_errors("look for an image"):
            try:
                self._client.images.get(reference)
            except ImageNotFound:
                return False
        return True

    # ── making ──

    def sizes(self, base: BaseImage, keys: Sequence[str]) -> list[int | None]:
        with engine_errors("list its images"):
            images = self._client.images.list(filters={"label": f"{LABEL}.layers"})
            best: list[int | None] = []
            for image in images:
                layers = _layers(image.labels)
                if tuple(image.attrs["RootFS"]["Layers"][: -len(layers)]) != base.diff_ids:
                    continue
                same = [layer["key"] == key for layer, key in zip(layers, keys, strict=False)]
                common = same.index(False) if False in same else len(same)
                if common > len(best):
                    newest_first = [entry["Size"] for entry in image.history()]
                    best = newest_first[: len(layers)][::-1][:common]
        return [*best, *[None] * (len(keys) - len(best))]

    def find(self, container: Renderable) -> Built | None:
        with engine_errors("list its images"):
            found = self._client.images.list(filters={"label": f"{LABEL}.identity={container.identity}"})
        for image in found:
            if container.tag not in image.tags:
                image.tag(container.tag)
            return Built(id=image.id, tag=container.tag, layers=_layers(image.labels))
        return None

    def load(self, container: Renderable, scratch: Path, progress: Progress, *, anew: bool = False) -> Built:
        loading = Load(container, {} if anew else self._known(container.base), scratch, progress)
        try:
            self._load(loading.archive())
        except (ImageError, ServiceError) as refusal:
            progress.log(f"the engine takes no part of an image, so all of it is sent ({refusal.what})")
            again = scratch / "whole"
            again.mkdir()
            self._load(loading.whole(base_layers(self._client, container.base, again), again))
        progress.log(f"container image {container.tag}; new in it: {', '.join(loading.made) or 'nothing'}")
        with engine_errors("find the image that was loaded"):
            image = self._client.images.get(container.tag)
        return Built(id=image.id, tag=container.tag, layers=tuple(loading.records), made=loading.made)

    def _load(self, chunks: Iterator[bytes]) -> None:
        with engine_errors("load the image"):
            for said in self._client.api.load_image(chunks, quiet=True):
                if "error" in said:
                    raise ImageError(f"the Docker engine refused the image: {said['error']}")

    def _known(self, base: BaseImage) -> Known:
        with engine_errors("list its images"):
            images = self._client.images.list(filters={"label": f"{LABEL}.layers"})
        known = {}
        for image in images:
            layers = _layers(image.labels)
            if tuple(image.attrs["RootFS"]["Layers"][: -len(layers)]) != base.diff_ids:
                continue
            for number, layer in enumerate(layers):
                known[tuple(one["diff_id"] for one in layers[:number]), layer["key"]] = layer
        return known

    def build(self, context: Path, tag: str, progress: Progress) -> Built:
        """With BuildKit, which mounts; its trace is told as the build's log."""
        api = self._client.api
        with tempfile.TemporaryFile() as packed, engine_errors("build the image"):
            with tarfile.open(fileobj=packed, mode="w", format=tarfile.GNU_FORMAT) as tar:
                for path in sorted(context.iterdir()):
                    tar.add(path, path.name)
            packed.seek(0)
            answer = api._post(
                api._url("/build"),
                params={"version": "2", "t": tag, "forcerm": "1", "buildargs": json.dumps(build_arguments())},
                data=packed,
                headers={"Content-Type": "application/x-tar"},
                stream=True,
            )
            api._raise_for_status(answer)
            said = what = ""
            for line in api._stream_helper(answer, decode=True):  # to its end: it is closed then
                if "errorDetail" in line:
                    what = line["errorDetail"]["message"]
                if line.get("id") == "moby.buildkit.trace":
                    told = _printable(base64.b64decode(line["aux"]))
                    said += told
                    for text in told.splitlines():
                        progress.log(text)
            if what:
                raise ImageError(f"the build failed: {what.splitlines()[0]}", details=f"{said[-4000:]}\n{what}")
            return Built(id=self._client.images.get(tag).id, tag=tag)

    # ── moving and keeping ──

    def push(self, built: str, reference: str, progress: Progress, credentials: Credentials | None = None) -> str:
        name, tag = _split(reference)
        digest = ""
        with engine_errors(f"push to {reference}"):
            self._client.images.get(built).tag(name, tag)
            for said in self._client.api.push(name, tag=tag, auth_config=_login(credentials), stream=True, decode=True):
                if "error" in said:
                    raise ImageError(f"the registry refused {reference}: {said['error']}", hint=_refusal(said["error"]))
                digest = (said.get("aux") or {}).get("Digest", digest)
                if said.get("status") and not said.get("progressDetail"):
                    progress.log(f"{said.get('id', '')} {said['status']}".strip())
        return digest

    def pull(self, reference: str, progress: Progress, credentials: Credentials | None = None) -> str:
        name, tag = _split(reference)
        with engine_errors(f"pull {reference}"):
            for said in self._client.api.pull(name, tag=tag, auth_config=_login(credentials), stream=True, decode=True):
                if "error" in said:
                    raise ImageError(f"the registry refused {reference}: {said['error']}", hint=_refusal(said["error"]))
                if said.get("status") and not said.get("progressDetail"):
                    progress.log(f"{said.get('id', '')} {said['status']}".strip())
            return str(self._client.images.get(f"{name}:{tag}").id)

    def labels(self, image: str) -> dict[str, str]:
        with engine_errors("look at the image"):
            return dict(self._client.images.get(image).labels)

    def images(self, digest: str | None = None) -> list[Built]:
        label = f"{LABEL}.image" if digest is None else f"{LABEL}.image={digest}"
        with engine_errors("list its images"):
            found = self._client.images.list(filters={"label": label})
        return [
            Built(id=image.id, tag=next(iter(image.tags), image.short_id), layers=_layers(image.labels))
            for image in found
            if ends_with_its_layers(image, f"{LABEL}.layers")
        ]

    def ours(self) -> list[Ours]:
        return list(ours(self._client))

    def remove(self, image: str) -> None:
        from docker.errors import APIError, ImageNotFound

        try:
            for tag in self._client.images.get(image).tags:
                self._client.images.remove(tag)
            self._client.images.remove(image)
        except ImageNotFound:
            return
        except APIError as error:
            if error.status_code == 409:
                raise InUseError(f"a container runs the image {image}", details=str(error.explanation)) from error
            with engine_errors("remove the image"):
                raise

    def save(self, image: str, file: Path) -> None:
        with engine_errors("save the image"), file.open("wb") as output:
            for chunk in self._client.images.get(image).save(named=True):
                output.write(chunk)

    def files(self, image: str) -> tarfile.TarFile:
        """An image as a docker-archive in memory, for tests of small ones."""
        return tarfile.open(fileobj=io.BytesIO(b"".join(self._client.images.get(image).save())))


def _printable(trace: bytes) -> str:
    """The readable words of a BuildKit trace (protobuf: https://github.com/moby/buildkit, control.proto)."""
    words = re.findall(rb"[\x20-\x7e\n]{12,}", trace)
    return "".join(
        f"{word.decode().strip()}\n" for word in words if not re.fullmatch(rb"\s*G?sha256:[0-9a-f]{64}.*", word)
    )


def _layers(labels: Mapping[str, str]) -> tuple[dict[str, str], ...]:
    return tuple(json.loads(labels.get(f"{LABEL}.layers", "[]")))


def _split(reference: str) -> tuple[str, str]:
    """`registry:5000/name:tag` → name with registry, and tag."""
    name, colon, tag = reference.rpartition(":")
    return (name, tag) if colon and "/" not in tag else (reference, "latest")


def _login(credentials: Credentials | None) -> dict[str, str] | None:
    return None if credentials is None else {"username": credentials.username, "password": credentials.password}


def _refusal(said: str) -> str | None:
    if "unauthorized" in said or "no basic auth" in said or "authentication" in said:
        return "give username and password"
    return None
