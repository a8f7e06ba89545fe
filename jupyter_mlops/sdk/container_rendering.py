"""What can be done with an image's container rendering: make, push, make again, write its Dockerfile."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_mlops.sdk.listing import line
from jupyter_mlops.sdk.notices import tell_once

if TYPE_CHECKING:
    from jupyter_mlops.images.engine import Built
    from jupyter_mlops.sdk.image import Image

__all__ = ["ModelPackage", "Told", "push", "rebuild", "render", "save_context", "warnings_of"]


class Told:
    """A `Progress` that keeps the lines, and hands each on."""

    def __init__(self, also: Callable[[str], None] | None = None):
        self.lines: list[str] = []
        self._also = also

    def stage(self, name: str) -> None:
        self.log(f"{name} …")

    def log(self, line: str) -> None:
        self.lines.append(line)
        if self._also is not None:
            self._also(line)

    def fraction(self, done: float) -> None:
        """Not told."""


def warnings_of(line: str) -> None:
    """Tell the user of a line that is a warning; for a `Told` that nobody follows."""
    if line.startswith("warning: "):
        tell_once(line.removeprefix("warning: "))


def render(image: Image, told: Told | None = None) -> Built:
    """The container image in the Docker engine, made when it is not there."""
    from jupyter_mlops.operations import containers

    return containers.render_image(image.workspace.store, image.record, told or Told(warnings_of))


def push(image: Image, reference: str, username: str | None, password: str | None) -> str:
    """Push; the digest in the registry. The credentials go to the engine alone."""
    from jupyter_mlops.images.base_image import Credentials
    from jupyter_mlops.operations import containers

    login = None if username is None else Credentials(username=username, password=password or "")
    return containers.push(image.workspace.store, image.record, reference, Told(warnings_of), login)


def rebuild(image: Image) -> Built:
    """Every layer made anew and held against what is there."""
    from jupyter_mlops.operations import containers

    return containers.rebuild(image.workspace.store, image.record, Told(warnings_of))


def save_context(image: Image, folder: Path) -> Path:
    """A build context; needs no engine."""
    from jupyter_mlops.operations import containers

    return containers.save_context(image.workspace.store, image.record, folder)


class ModelPackage:
    """What `Model.package` returns: a container image, or with `generate_dockerfile` a build context."""

    def __init__(self, image: Image, *, generate_dockerfile: bool):
        self.image = image
        self.generates_dockerfile = generate_dockerfile
        self._told = Told()
        self._built: Built | None = None

    @property
    def state(self) -> str:
        """`Running`, `Succeeded`, `Failed` or `Canceled`."""
        return self.image.creation_state

    @property
    def location(self) -> str:
        """The container image's tag in the Docker engine. Raises `ServiceError` when none answers."""
        if self._built is None:
            self.image.wait_for_creation()
            self._built = render(self.image, self._told)
        return self._built.tag

    def wait_for_creation(self, show_output: bool = False) -> None:
        """Return when it is there; `show_output` prints what is being done."""
        self.image.wait_for_creation(show_output=show_output)
        if not self.generates_dockerfile:
            self._told = Told(print if show_output else None)
            self._built = render(self.image, self._told)

    def pull(self) -> str:
        """The container image, in the Docker engine of this machine; its tag."""
        return self.location

    def save(self, output_directory: str) -> None:
        """Write the Dockerfile and all that it copies into a new folder; no engine is needed."""
        self.image.wait_for_creation()
        save_context(self.image, Path(output_directory).expanduser())

    def get_logs(self) -> str:
        """What was said while it was made."""
        return "\n".join([self.image.image_build_log, *self._told.lines])

    def __repr__(self) -> str:
        return line("ModelPackage", image=self.image.name, state=self.state, dockerfile=self.generates_dockerfile)
