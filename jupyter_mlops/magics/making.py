"""The magics that make models, scripts and images."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_mlops.errors import UsageError
from jupyter_mlops.magics.namespace import thing
from jupyter_mlops.magics.session import Call
from jupyter_mlops.views import live, plans
from jupyter_mlops.views.progress import BytesProgress, shown
from jupyter_mlops.views.screen import Screen

if TYPE_CHECKING:
    from jupyter_mlops.sdk.image import Image
    from jupyter_mlops.sdk.inference import InferenceConfig
    from jupyter_mlops.sdk.model import Model
    from jupyter_mlops.sdk.script import Script

__all__ = ["build_image", "inference_config", "register_model", "score_script"]


def register_model(call: Call) -> Model:
    """`%register_model`."""
    from jupyter_mlops.sdk.model import Model

    given = call.given
    what = thing(given.name, call.shell.user_ns, "%register_model")
    sample = {"sample": call.value("sample")} if "sample" in given.options else {}
    source: dict[str, Any] = {"model": what.value} if what.path is None else {"model_path": what.path}
    with shown(f"register {given.get('name')}") as progress:
        return Model.register(
            call.workspace,
            model_name=given.get("name"),
            tags=given.pairs("tag"),
            properties=given.pairs("property"),
            description=given.get("description"),
            version_tag=given.get("version_tag"),
            model_framework=given.get("framework"),
            model_framework_version=given.get("framework_version"),
            sha256=given.get("sha256"),
            progress=BytesProgress(progress, _size(what.path)),
            cell=call.number,
            **source,
            **sample,
        )


def _size(path: str | None) -> int | None:
    """Bytes of a file or folder; None for what is not on this machine's disk."""
    if path is None or not Path(path).exists():
        return None
    root = Path(path)
    return (
        root.stat().st_size
        if root.is_file()
        else sum(part.stat().st_size for part in root.rglob("*") if part.is_file())
    )


def score_script(call: Call) -> Script:
    """`%%score_script`: the cell is captured and proven, not run."""
    from jupyter_mlops.sdk.script import Script

    given = call.given
    if call.cell is None:
        raise UsageError(
            "%%score_script takes a cell: init() and run(data) stand below it", hint=f"for example {given.verb.example}"
        )
    examples = {key: call.value(key) for key in ("input", "output") if key in given.options}
    with shown(f"prove {given.name}") as progress:
        script = Script.capture(
            call.workspace,
            given.name,
            f"\n{call.cell}",  # the line of the magic itself: tracebacks then count lines as the editor does
            call.shell.user_ns,
            models=call.references("model"),
            cell=call.number,
            history=_other_cells(call),
            inference_config=_environment(call),
            environment_variables=given.pairs("env"),
            progress=progress,
            **examples,
        )
    call.shell.user_ns[_variable(given.name)] = script
    return script


def _other_cells(call: Call) -> list[str]:
    """What was run before this cell, newest last, as Python (magics are calls in it)."""
    manager: Any = call.shell.history_manager
    return [] if manager is None else [text for text in manager.input_hist_parsed[:-1] if text]


def _variable(name: str) -> str:
    return re.sub(r"\W", "_", name)


def _environment(call: Call) -> InferenceConfig | None:
    from jupyter_mlops.sdk.inference import InferenceConfig

    given = call.given
    if "conda_file" not in given.options and not given.get("relax_env"):
        return None
    return InferenceConfig(conda_file=given.get("conda_file"), relax_env=bool(given.get("relax_env")))


INFERENCE = (
    *("entry_script", "source_directory", "conda_file", "relax_env"),
    *("base_image", "base_image_registry", "extra_docker_file_steps", "enable_gpu", "cuda_version"),
)
"""The options that are `InferenceConfig`'s of the same name."""


def inference_config(call: Call) -> InferenceConfig | None:
    """What answers the requests; None when nothing was said (a model's framework brings a script then)."""
    from jupyter_mlops.sdk.inference import InferenceConfig
    from jupyter_mlops.sdk.script import Script

    given = call.given
    said: dict[str, Any] = {key: given.options[key] for key in INFERENCE if key in given.options}
    script = given.get("script")
    if script is not None and script.endswith(".py"):
        said.setdefault("entry_script", script)
    elif script is not None:
        said["script"] = Script(call.workspace, script)
    return InferenceConfig(**said) if said else None


def build_image(call: Call) -> Image | None:
    """`%build_image`; with `--plan` it only shows what would be made."""
    from jupyter_mlops.sdk.image import Image

    given, screen = call.given, Screen()
    wanted = given.name, call.references("model"), inference_config(call)
    if given.get("plan"):
        plans.show(given.name, Image.plan(call.workspace, *wanted), screen)
        return None
    with shown(f"prepare {given.name}", screen):
        image = Image.build(
            call.workspace,
            *wanted,
            tags=given.pairs("tag"),
            properties=given.pairs("property"),
            description=given.get("description"),
            cell=call.number,
        )
    if image.operation is not None and not given.get("no_wait"):
        live.follow(image.operation, screen)
    return image
