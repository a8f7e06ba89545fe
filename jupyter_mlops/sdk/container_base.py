"""What an `InferenceConfig` or an `Environment` asks a container to stand on, as an image's manifest says it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_mlops.errors import UsageError
from jupyter_mlops.records import ManifestBase
from jupyter_mlops.sdk.container_registry import ContainerRegistry
from jupyter_mlops.sdk.notices import tell_once

if TYPE_CHECKING:
    from jupyter_mlops.storage import Store

__all__ = ["ContainerBase", "docker_text"]

_INSTRUCTION = re.compile(
    r"(?i)^\s*(FROM|RUN|ENV|COPY|ADD|ARG|LABEL|USER|WORKDIR|SHELL|EXPOSE|VOLUME|STOPSIGNAL|ONBUILD|#)\s+\S"
)


def docker_text(given: str, what: str, folders: Sequence[str | Path] = (".",)) -> str:
    """Lines of a Dockerfile: `given` itself, or what is in the file of that name below one of the folders.

    Raises `UsageError` for a file that is not there.
    """
    if "\n" in given or _INSTRUCTION.match(given):
        return given
    places = [Path(folder).expanduser() / Path(given).expanduser() for folder in folders]
    for place in places:
        if place.is_file():
            try:
                return place.read_text(encoding="utf-8")
            except (OSError, UnicodeDecodeError) as error:
                raise UsageError(f"{what} cannot be read: {error}", where=str(place)) from error
    raise UsageError(f"no such file for {what}", where=" or ".join(dict.fromkeys(map(str, places))))


@dataclass(frozen=True, kw_only=True)
class ContainerBase:
    """What was asked for; nothing of it: the default base. `steps` with a `FROM` are a whole Dockerfile."""

    image: str | None = None
    registry: ContainerRegistry | None = None
    dockerfile: str | None = None
    steps: str | None = None
    gpu: bool = False
    cuda: str | None = None

    def over(self, below: ContainerBase) -> ContainerBase:
        """This one, and of `below` what it does not say. Raises `UsageError` for what both say."""
        for name in ("image", "dockerfile", "steps"):
            if getattr(self, name) and getattr(below, name):
                raise UsageError(
                    f"the base's {name} is said twice, by the configuration and by its environment",
                    hint="give one of them",
                )
        return ContainerBase(
            image=self.image or below.image,
            registry=self.registry or below.registry,
            dockerfile=self.dockerfile or below.dockerfile,
            steps=self.steps or below.steps,
            gpu=self.gpu or below.gpu,
            cuda=self.cuda or below.cuda,
        )

    def manifest(self, store: Store, python: str) -> ManifestBase | None:
        """As the manifest says it, for this Python version; a login is kept on this machine.

        Raises `UsageError` for what does not fit together, and for a GPU base that nobody has.
        """
        base = self._checked(python)
        if base is None:
            return None
        self.keep_login(store)
        return base

    def keep_login(self, store: Store) -> None:
        """Keep the user name and password, if any, on this machine, for whoever fetches the base later."""
        from jupyter_mlops.images import own_base
        from jupyter_mlops.operations import secrets

        known = self.registry
        if known is not None and known.username and known.password:
            registry = own_base.registry_of(known.reference(self.image or "image"))
            secrets.keep_login(store.id, registry, known.username, known.password)

    def _checked(self, python: str) -> ManifestBase | None:
        from jupyter_mlops.images import own_base

        dockerfile, steps = self.dockerfile or "", self.steps or ""
        if own_base.is_dockerfile(steps):
            dockerfile, steps = (steps, "") if not dockerfile else (dockerfile, steps)
        if dockerfile and not own_base.is_dockerfile(dockerfile):
            raise UsageError(
                "the Dockerfile begins from no image (FROM)", hint="give its lines as steps of a base_image"
            )
        if own_base.is_dockerfile(steps) or (dockerfile and self.image):
            raise UsageError(
                "a Dockerfile (FROM) and a base image say the same thing twice",
                hint="give base_image and steps without FROM, or the Dockerfile alone",
            )
        if self.registry is not None and not (self.image or dockerfile):
            raise UsageError("base_image_registry says where base_image lies", hint="give base_image too")
        if self.cuda and not self.gpu:
            raise UsageError("cuda_version chooses a GPU base", hint="give enable_gpu=True too")
        if self.cuda and (self.image or dockerfile):
            raise UsageError("cuda_version and base_image choose the base twice", hint="give one of them")
        if self.image:
            reference = self.image if self.registry is None else self.registry.reference(self.image)
            return ManifestBase(reference=reference, steps=steps)
        if dockerfile:
            return ManifestBase(dockerfile=dockerfile, steps=steps)
        if self.gpu:
            tell_once(own_base.LICENCE)
            base = own_base.gpu_base(python, self.cuda)
            return replace(base, steps="\n".join(part for part in (base.steps, steps) if part))
        return ManifestBase(steps=steps) if steps.strip() else None
