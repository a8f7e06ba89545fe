"""`ContainerImage.image_configuration(…)`, and the same as an `InferenceConfig`."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from jupyter_mlops.errors import UsageError
from jupyter_mlops.sdk.container_registry import ContainerRegistry
from jupyter_mlops.sdk.inference import InferenceConfig

__all__ = ["ImageConfiguration", "as_inference_config"]


@dataclass(kw_only=True)
class ImageConfiguration:
    """What `ContainerImage.image_configuration` returns; the base may be said afterwards too, as in v1:
    `configuration.base_image_registry.address = …`."""

    execution_script: str
    conda_file: str | None = None
    dependencies: tuple[str, ...] = ()
    tags: Mapping[str, object] | None = None
    properties: Mapping[str, object] | None = None
    description: str | None = None
    docker_file: str | None = None
    """Lines of a Dockerfile."""
    enable_gpu: bool = False
    base_image: str | None = None
    base_image_registry: object = field(default_factory=ContainerRegistry)
    cuda_version: str | None = None


@contextmanager
def as_inference_config(config: ImageConfiguration | InferenceConfig | None) -> Iterator[InferenceConfig | None]:
    """The same as an `InferenceConfig`; the files of an `ImageConfiguration` lie in one folder meanwhile."""
    if not isinstance(config, ImageConfiguration):
        yield config
        return
    with tempfile.TemporaryDirectory(prefix="jupyter-mlops-") as temporary:
        folder = Path(temporary) / "source"
        folder.mkdir()
        script = _gathered(config.execution_script, folder)
        for dependency in config.dependencies:
            _gathered(dependency, folder)
        conda = None if config.conda_file is None else str(Path(config.conda_file).expanduser().resolve())
        yield InferenceConfig(
            entry_script=script,
            source_directory=folder,
            conda_file=conda,
            description=config.description,
            extra_docker_file_steps=config.docker_file,
            enable_gpu=config.enable_gpu,
            base_image=config.base_image,
            base_image_registry=config.base_image_registry,
            cuda_version=config.cuda_version,
        )


def _gathered(path: str, folder: Path) -> str:
    """Copy a file or folder to where it lies below the working folder, else to its name; returns that."""
    source = Path(path).expanduser()
    if not source.exists():
        raise UsageError("no such file or folder", where=str(source))
    here = Path.cwd()
    inside = source.resolve().relative_to(here) if source.resolve().is_relative_to(here) else Path(source.name)
    target = folder / inside
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target, dirs_exist_ok=True)
    else:
        shutil.copy2(source, target)
    return inside.as_posix()
