"""What goes with a service that is deleted: images that nothing else uses, their containers, their laid out files."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable

from jupyter_mlops.errors import InUseError, NotFoundError, UnreadableError
from jupyter_mlops.operations import containers
from jupyter_mlops.records import ImageRecord, Progress
from jupyter_mlops.registry import images, operations
from jupyter_mlops.services.process import leavings
from jupyter_mlops.services.process.machine import MachineFolder
from jupyter_mlops.storage import Store

__all__ = ["forget_cache", "forget_images", "records_of"]


def records_of(store: Store, names: Iterable[str]) -> list[ImageRecord]:
    """Those of these images that are there."""
    found = []
    for name in sorted(set(names)):
        with contextlib.suppress(NotFoundError):
            found.append(images.get(store, name))
    return found


def forget_images(
    store: Store, records: Iterable[ImageRecord], engine: str | None, progress: Progress, *, named: bool
) -> None:
    """Remove the images that deployments made on their way, and with `named` those that were built by name.

    What another service uses stays, and so does what another version wrote; both are said. In `engine` their
    renderings go as well.
    """
    for image in records:
        if not named and not _made_on_the_way(store, image):
            continue
        try:
            images.delete(store, image)
        except NotFoundError:
            continue
        except InUseError as error:
            if named:
                progress.log(error.what)
            continue
        except UnreadableError as error:
            progress.log(f"image {image.id} stays: {error.message}")
            continue
        progress.log(f"image {image.id} is removed with it")
        containers.forget_login(store, image)
        if engine is not None:
            containers.forget(store, image, progress, kind=engine)


def _made_on_the_way(store: Store, image: ImageRecord) -> bool:
    with contextlib.suppress(NotFoundError):
        return image.operation is not None and operations.get(store, image.operation).kind != "build"
    return False


def forget_cache(store: Store, records: Iterable[ImageRecord]) -> None:
    """Remove the files of these images that were laid out on this machine to make containers of them."""
    machine = MachineFolder(store.id)
    with leavings.guarded(machine):
        leavings.collect(machine, leavings.Uses(frozenset(record.digest for record in records), frozenset()))
