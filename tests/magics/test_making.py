"""What a magic's options mean to the SDK."""

from __future__ import annotations

from pathlib import Path

import pytest
from IPython.core.interactiveshell import InteractiveShell

from jupyter_mlops.magics.making import inference_config
from jupyter_mlops.magics.parse import parse
from jupyter_mlops.magics.session import Call
from jupyter_mlops.sdk.container_base import ContainerBase
from jupyter_mlops.views.verbs import verb


@pytest.mark.parametrize("name", ["build_image", "deploy", "update_service"])
def test_what_a_container_stands_on_is_said_as_in_the_sdk(shell: InteractiveShell, name: str) -> None:
    Path("steps.txt").write_text("RUN true\n")
    line = "svc --base-image team/base:1 --base-image-registry r.example.org --extra-docker-file-steps steps.txt"
    config = inference_config(Call(shell, parse(verb(name), line)))
    assert config is not None
    base = config.container_base()
    assert (base.image, base.steps) == ("team/base:1", "RUN true\n")
    assert base.registry is not None
    assert base.registry.reference("team/base:1") == "r.example.org/team/base:1"
    on_gpu = inference_config(Call(shell, parse(verb(name), "svc --enable-gpu --cuda-version 11.8")))
    assert on_gpu is not None
    assert on_gpu.container_base() == ContainerBase(gpu=True, cuda="11.8")
