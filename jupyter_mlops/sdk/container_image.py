"""`ContainerImage`: an image by the name that Azure ML v1 gave it, and the configuration that it had."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

from jupyter_mlops.errors import UnsupportedError
from jupyter_mlops.sdk.container_base import docker_text
from jupyter_mlops.sdk.container_registry import ContainerRegistry
from jupyter_mlops.sdk.image import Image
from jupyter_mlops.sdk.image_configuration import ImageConfiguration
from jupyter_mlops.sdk.inference import InferenceConfig

__all__ = ["ContainerImage"]


class ContainerImage(Image):
    """An image, by the name that Azure ML v1 gave it. Its container rendering is made when it is first needed
    (`image.location`, a deployment to a target with containers), or by `image.push`.
    """

    @staticmethod
    def image_configuration(
        execution_script: str | os.PathLike[str],
        runtime: str = "python",
        conda_file: str | os.PathLike[str] | None = None,
        docker_file: str | None = None,
        schema_file: str | None = None,
        dependencies: Sequence[str | os.PathLike[str]] | None = None,
        enable_gpu: bool | None = None,
        tags: Mapping[str, object] | None = None,
        properties: Mapping[str, object] | None = None,
        description: str | None = None,
        base_image: str | None = None,
        base_image_registry: object = None,
        cuda_version: str | None = None,
    ) -> ImageConfiguration:
        """A script with `init` and `run`, files and folders that go along (`dependencies`), and a conda file.

        `docker_file` are additional lines of a Dockerfile (text, or the path of a file); the base is said as
        `InferenceConfig` says it. Raises `UnsupportedError` for `schema_file`, `UsageError`.
        """
        if schema_file is not None:
            raise UnsupportedError(
                "schema_file is not served", hint="say the schema in the script: inference_schema's decorators"
            )
        InferenceConfig(runtime=runtime)  # refuses another one by name
        return ImageConfiguration(
            execution_script=os.fspath(execution_script),
            conda_file=None if conda_file is None else os.fspath(conda_file),
            dependencies=tuple(os.fspath(path) for path in dependencies or ()),
            tags=tags,
            properties=properties,
            description=description,
            docker_file=None if docker_file is None else docker_text(docker_file, "docker_file"),
            enable_gpu=bool(enable_gpu),
            base_image=base_image,
            base_image_registry=ContainerRegistry.of(base_image_registry),
            cuda_version=cuda_version,
        )
