"""Base images in a Docker engine: found, pulled, built of steps, and asked what they have."""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from platformdirs import user_state_path

from jupyter_mlops.docker_client import engine_errors
from jupyter_mlops.errors import ImageError, RegistryError
from jupyter_mlops.images import own_base
from jupyter_mlops.images.base_image import ASK, BaseImage, Credentials, default_bases, read_answer
from jupyter_mlops.images.build_network import step_files
from jupyter_mlops.images.container import LABEL
from jupyter_mlops.images.engine import Login
from jupyter_mlops.images.engines.docker_lent import lent
from jupyter_mlops.images.lent_files import mounted
from jupyter_mlops.records import ManifestBase, Progress

__all__ = ["DockerBases", "tag_of"]

Build = Callable[[Path, str, Progress], Any]


class _AbsentError(Exception):
    """It is not in the engine."""


class _Untold:
    """A `Progress` of what takes no time."""

    def stage(self, name: str) -> None: ...

    def log(self, line: str) -> None: ...

    def fraction(self, done: float) -> None: ...


def tag_of(key: str) -> str:
    """What a base that is built is called, by the key of `own_base.key`, which its label says in full."""
    return f"jupyter-mlops/base:own-{key[:12]}"


class DockerBases:
    """`build(context, tag, progress)` is the engine's own; None: nothing is pulled and nothing built."""

    def __init__(self, client: Any, build: Build | None):
        self._client = client
        self._build = build

    def default(self, references: Sequence[str], python: str, credentials: Credentials | None) -> BaseImage:
        """The first of these that is there, else the last one, pulled."""
        name, image = self._first(references, lambda _: credentials, None)
        return read_answer(name, self._asked(image, name), image.attrs, python)

    def own(
        self, wanted: ManifestBase, python: str, login: Login, progress: Progress
    ) -> tuple[ManifestBase, BaseImage]:
        """A base that was asked for, frozen by digest, and as it is in the engine, its steps done."""
        if wanted.dockerfile:
            frozen, name, image = wanted, "", self._built(wanted, None, login, progress)
        else:
            frozen, name, image = self._frozen(wanted, python, login, progress)
            if wanted.steps:
                image = self._built(frozen, image, login, progress)
        shown = _tag_of(image) if wanted.dockerfile or wanted.steps else name
        asked = own_base.said(frozen)
        return frozen, replace(read_answer(asked, self._asked(image, asked), image.attrs, python), reference=shown)

    def own_there(self, wanted: ManifestBase, python: str) -> BaseImage | None:
        """The same where all of it is in the engine already; None where something is to be pulled or built."""
        try:
            return DockerBases(self._client, None).own(wanted, python, lambda _: None, _Untold())[1]
        except _AbsentError:
            return None

    def ids(self, wanted: ManifestBase, python: str) -> set[str]:
        """Of the images that make up a base: what it begins from, and what its steps made, as far as they are there."""
        quiet, found = DockerBases(self._client, None), set[str]()
        with contextlib.suppress(_AbsentError, ImageError):
            if wanted.dockerfile:
                found |= {image.id for name in own_base.froms(wanted.dockerfile) if (image := quiet._there(name))}
                found.add(quiet._built(wanted, None, lambda _: None, _Untold()).id)
            else:
                frozen, _, image = quiet._frozen(wanted, python, lambda _: None, _Untold())
                found.add(image.id)
                if wanted.steps:
                    found.add(quiet._built(frozen, image, lambda _: None, _Untold()).id)
        return found

    # ── found or pulled ──

    def _frozen(
        self, wanted: ManifestBase, python: str, login: Login, progress: Progress
    ) -> tuple[ManifestBase, str, Any]:
        """The base with its digest, its name and the image."""
        if wanted.id is not None:
            image = self._there(wanted.id)
            if image is None:
                raise ImageError(
                    f"the base image {wanted.reference} ({wanted.id[7:19]}) is in no registry, and not in this engine",
                    hint="docker load it again, or build the image anew on a base of a registry",
                )
            return wanted, wanted.reference, image
        if wanted.digest is not None:
            at = f"{_repository(wanted.reference)}@{wanted.digest}"
            _, image = self._first((at,), login, progress)
            return wanted, wanted.reference, image
        references = (wanted.reference,) if wanted.reference else default_bases(python)
        name, image = self._first(references, login, progress)
        if f"{LABEL}.identity" in image.labels:
            name, image = self._under(name, image, progress)
        digest = _digest_of(image, name)
        return replace(wanted, reference=name, digest=digest, id=None if digest else image.id), name, image

    def _under(self, name: str, image: Any, progress: Progress) -> tuple[str, Any]:
        """What an image of ours stands on: our layers twice over each other would mix their packages."""
        below, known = (image.labels.get(f"org.opencontainers.image.base.{key}", "") for key in ("name", "digest"))
        found = self._there(known)
        if found is None:
            raise ImageError(
                f"{name} was made here on {below}, which is not in the Docker engine any more",
                hint=f"docker pull {below}, or name it as the base",
            )
        progress.log(f"{name} was made here: its own base {below} is taken")
        return below, found

    def _first(self, references: Sequence[str], login: Login, progress: Progress | None) -> tuple[str, Any]:
        for reference in references:
            image = self._there(reference)
            if image is not None:
                return reference, image
        return references[-1], self._pulled(references[-1], login, progress)

    def _there(self, reference: str) -> Any:
        from docker.errors import ImageNotFound

        with engine_errors("look for the base image"), contextlib.suppress(ImageNotFound):
            return self._client.images.get(reference)
        return None

    def _pulled(self, reference: str, login: Login, progress: Progress | None) -> Any:
        from docker.errors import APIError

        if self._build is None:
            raise _AbsentError(reference)
        known = login(own_base.registry_of(reference))
        auth = None if known is None else {"username": known.username, "password": known.password}
        if progress is not None:
            progress.log(f"pull {reference}")
        error_told = ""
        layers: dict[str, tuple[int, int]] = {}
        try:
            for told in self._client.api.pull(reference, auth_config=auth, stream=True, decode=True):
                error_told = str(told.get("error", error_told))
                if progress is not None:
                    _tell(told, layers, progress)
            if error_told:
                raise _refused(reference, error_told, known)
            return self._client.images.get(reference)
        except APIError as error:
            raise _refused(reference, str(error.explanation or error), known) from error

    # ── built ──

    def _built(self, base: ManifestBase, below: Any, login: Login, progress: Progress) -> Any:
        """A base of our own, made once of these steps on this image and known by both."""
        if below is None:
            ids = [self._first((name,), login, progress)[1].id for name in own_base.froms(base.dockerfile)]
            start = base.dockerfile
        else:
            ids, start = [below.id], f"FROM {self._name(below)}"
        key = own_base.key(base, " ".join(ids))
        with engine_errors("list its images"):
            found = self._client.images.list(filters={"label": f"{LABEL}.base={key}"})
        if found:
            return found[0]
        if self._build is None:
            raise _AbsentError(own_base.said(base))
        progress.log(f"base: {own_base.said(base)}")
        with tempfile.TemporaryDirectory(prefix="jupyter-mlops-base-") as folder:
            text = "\n\n".join([start.strip(), base.steps.strip(), f"LABEL {LABEL}.base={key}"])
            try:
                with lent(self._client, files := step_files()) as image:
                    Path(folder, "Dockerfile").write_text(mounted(f"{text}\n", image, files), encoding="utf-8")
                    made = self._build(Path(folder), tag_of(key), progress)
            except ImageError as error:
                raise ImageError(
                    f"the steps of the base did not build: {_reason(error.what)}",
                    hint="a step sees no file of this machine; it runs as in docker build with an empty context",
                    details=error.details,
                ) from error
        return self._client.images.get(made.id)

    def _name(self, image: Any) -> str:
        """What a build can begin from: one without a name gets one."""
        if not image.tags:
            image.tag("jupyter-mlops/base", f"of-{image.id[7:19]}")
            return f"jupyter-mlops/base:of-{image.id[7:19]}"
        return str(image.tags[0])

    # ── asked ──

    def _asked(self, image: Any, name: str) -> str:
        """What the base says of its Python; it is asked once, and its answer kept in the state folder."""
        state = os.environ.get("JUPYTER_MLOPS_STATE") or user_state_path("jupyter-mlops")
        kept = Path(state, "bases", f"{image.id.replace(':', '-')}.json").expanduser()
        with contextlib.suppress(OSError):
            return kept.read_text()
        said = self._say(image, name)
        with contextlib.suppress(OSError):
            kept.parent.mkdir(parents=True, exist_ok=True)
            kept.write_text(said)
        return said

    def _say(self, image: Any, name: str) -> str:
        from docker.errors import APIError, ContainerError

        question = f"mlops-question-{secrets.token_hex(8)}"
        try:
            with engine_errors(f"run the base image {name}"):
                try:
                    said = self._client.containers.run(
                        image.id,
                        ["-c", ASK],
                        name=question,
                        entrypoint="/bin/sh",
                        remove=True,
                        network_mode="none",
                        labels={f"{LABEL}.role": "question"},
                    )
                except (ContainerError, APIError) as error:
                    raise self._unusable(image, name, str(getattr(error, "explanation", error))) from error
        finally:
            self._remove(question)
        return bytes(said).decode(errors="replace")

    def _remove(self, question: str) -> None:
        """A container that could not be started stays: this one is removed, and nobody else's."""
        from docker.errors import NotFound

        with engine_errors("remove a container"), contextlib.suppress(NotFound):
            self._client.containers.get(question).remove(force=True)

    def _unusable(self, image: Any, name: str, told: str) -> Exception:
        from docker.errors import DockerException

        machine = self._client.version().get("Arch", "")
        made_for = image.attrs.get("Architecture", "")
        if "exec format error" in told:
            return ImageError(
                f"the base image is made for {made_for if made_for != machine else 'another machine'}, "
                f"the Docker engine's machine is {machine}",
                where=name,
                hint=f"give one for {machine}",
                details=told,
            )
        if "/bin/sh" in told:
            return ImageError(
                "the base image has no shell that we can use (/bin/sh)",
                where=name,
                hint="use one that has a shell and a Python, such as python:3.11-slim",
                details=told,
            )
        unknown: Exception = DockerException(told)
        return unknown


def _tell(told: dict[str, Any], layers: dict[str, tuple[int, int]], progress: Progress) -> None:
    """One message of a pull; `layers` are the bytes that came of each, and all of its bytes."""
    detail, status = told.get("progressDetail") or {}, told.get("status")
    if detail.get("total") and status == "Downloading":
        layers[told["id"]] = (detail["current"], detail["total"])
        progress.fraction(sum(came for came, _ in layers.values()) / sum(total for _, total in layers.values()))
    elif status and not detail:
        progress.log(f"{told.get('id', '')} {status}".strip())


def _refused(reference: str, told: str, known: Credentials | None) -> ImageError:
    registry = own_base.registry_of(reference)
    if re.search(r"unauthorized|no basic auth|authentication|denied|incorrect username", told, re.IGNORECASE):
        what = "wants a user name and a password" if known is None else "refuses this user name and password"
        return RegistryError(
            f"the registry {registry} {what} for {reference}",
            hint=f"base_image_registry.username and .password, or docker login {registry}",
            details=told,
        )
    return ImageError(
        f"the base image {reference} is not in the Docker engine, and cannot be pulled",
        hint="scripts/base-image makes one without a registry; or --base-image NAME",
        details=told,
    )


def _reason(what: str) -> str:
    return what.removeprefix("the build failed: ")


def _tag_of(image: Any) -> str:
    return str(next(iter(image.tags), image.id))


def _repository(reference: str) -> str:
    """`registry:5000/name:tag@sha256:…` → `registry:5000/name`."""
    name = reference.partition("@")[0]
    before, colon, tag = name.rpartition(":")
    return before if colon and "/" not in tag else name


def _digest_of(image: Any, reference: str) -> str | None:
    """The digest of the image in the registry of the reference, as far as the engine knows one."""
    wanted = _familiar(_repository(reference))
    for known in image.attrs.get("RepoDigests") or ():
        repository, _, digest = known.partition("@")
        if _familiar(repository) == wanted:
            return str(digest)
    return None


def _familiar(repository: str) -> str:
    return re.sub(r"^(index\.)?docker\.io/(library/)?", "", repository)
