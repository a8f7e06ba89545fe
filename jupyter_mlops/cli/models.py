"""`jupyter mlops model …`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_mlops.cli.output import print_json, print_one, print_table
from jupyter_mlops.cli.parser import Verbs, add_options
from jupyter_mlops.errors import UsageError

if TYPE_CHECKING:
    from jupyter_mlops.sdk.inference import InferenceConfig
    from jupyter_mlops.sdk.model import Model
    from jupyter_mlops.sdk.workspace import Workspace

__all__ = ["add_to", "inference_config", "workspace_of"]

_COLUMNS = ("name", "version", "framework", "size", "tags", "created")


def add_to(groups: Any) -> None:
    verbs = Verbs(groups, "model", "register, find and deploy models")

    verb = verbs.add("register", _register, "a file, a folder or a URL becomes the next version of a model")
    source = verb.add_mutually_exclusive_group(required=True)
    source.add_argument("--model-path", "--path", "-p", metavar="PATH", help="a file, a folder or a URL")
    source.add_argument("--asset-path", metavar="PATH", help="the path of a run's output (with --run-id)")
    add_options(verb, "register_model")
    verb.add_argument("--run-id", metavar="ID", help="the run that made it")
    verb.add_argument("--experiment-name", metavar="NAME", help="the run's experiment")

    verb = verbs.add("list", _list, "models, newest first")
    verb.add_argument("--name", "-n", help="versions of this one alone")
    add_options(verb, "models")

    _one(verbs.add("show", _show, "all about one model"))
    verb = _one(verbs.add("download", _download, "the model's files"))
    verb.add_argument("--target-dir", default=".", metavar="FOLDER")
    verb.add_argument("--overwrite", action="store_true", help="replace what lies there")

    verb = _one(verbs.add("update", _update, "tags, properties, description"))
    add_options(verb, "update_service", only=("tag", "remove-tag", "property", "description"))

    _one(verbs.add("delete", _delete, "a model that no image and no service uses"))

    verb = verbs.add("deploy", _deploy, "a service: new, or replaced without downtime when it is there")
    verb.add_argument("--name", "-n", required=True, help="the service")
    add_inference_file(verb)
    verb.add_argument("--deploy-config-file", "--dc", "-dc", metavar="FILE", help="a deploymentconfig.json")
    add_options(verb, "deploy", without=("overwrite",))
    verb.add_argument("--overwrite", action="store_true", help="as it is anyway: deploy is an upsert")
    verb.add_argument("--no-overwrite", action="store_true", help="fail when the name is taken")


def _one(verb: argparse.ArgumentParser) -> argparse.ArgumentParser:
    verb.add_argument("--model-id", "--name", "-i", "-n", required=True, metavar="N[:V]")
    return verb


def add_inference_file(verb: argparse.ArgumentParser) -> None:
    """The file beside whose keys the single options stand."""
    verb.add_argument("--inference-config-file", "--ic", "-ic", metavar="FILE", help="an inferenceconfig.json")


def workspace_of(options: argparse.Namespace) -> Workspace:
    """The workspace that was asked for, or the user's own."""
    from jupyter_mlops.sdk.workspace import Workspace

    return Workspace(options.workspace) if options.workspace else Workspace()


def inference_config(workspace: Workspace, options: argparse.Namespace) -> InferenceConfig | None:
    """What answers the requests; None when nothing was said (a script is made for the model then)."""
    from jupyter_mlops.cli.configuration import read_inference
    from jupyter_mlops.sdk.inference import InferenceConfig

    said = {
        "entry_script": options.entry_script,
        "source_directory": options.source_directory,
        "conda_file": options.conda_file,
        "base_image": options.base_image,
        "base_image_registry": options.base_image_registry,
        "extra_docker_file_steps": options.extra_docker_file_steps,
        "enable_gpu": options.enable_gpu or None,
        "cuda_version": options.cuda_version,
    }
    keywords: dict[str, Any] = {key: value for key, value in said.items() if value is not None}
    if options.inference_config_file is not None:
        keywords = read_inference(Path(options.inference_config_file)) | keywords
    if options.script is not None:
        keywords |= _named_script(workspace, options.script)
    if not keywords and not options.relax_env:
        return None
    return InferenceConfig(**keywords, relax_env=options.relax_env)


def _named_script(workspace: Workspace, text: str) -> dict[str, Any]:
    """`--script` takes the name of a captured script, or the path of a file."""
    from jupyter_mlops.sdk.script import Script

    return {"entry_script": text} if text.endswith(".py") else {"script": Script(workspace, text)}


def _register(options: argparse.Namespace) -> None:
    workspace = workspace_of(options)
    from jupyter_mlops.sdk.model import Model

    if options.asset_path is not None and options.run_id is None:
        raise UsageError("--asset-path is the path of a run's output", hint="add --run-id, or use --path for a file")
    if options.run_id is not None and options.asset_path is not None:
        model = _run_of(workspace, options).register_model(
            model_name=options.name,
            model_path=options.asset_path,
            tags=dict(options.tag),
            properties=dict(options.property),
            model_framework=options.framework,
            model_framework_version=options.framework_version,
            description=options.description,
        )
    else:
        model = Model.register(
            workspace,
            model_path=options.model_path,
            model_name=options.name,
            tags=dict(options.tag),
            properties=dict(options.property),
            description=options.description,
            model_framework=options.framework,
            model_framework_version=options.framework_version,
            version_tag=options.version_tag,
            sha256=options.sha256,
        )
    _print(options, model)


def _run_of(workspace: Workspace, options: argparse.Namespace) -> Any:
    from jupyter_mlops.sdk.experiment import Experiment, Run

    if options.experiment_name is None:
        raise UsageError("--run-id needs --experiment-name too")
    return Run(Experiment(workspace, options.experiment_name), options.run_id)


def _list(options: argparse.Namespace) -> None:
    from jupyter_mlops.sdk.model import Model

    found = Model.list(
        workspace_of(options),
        name=options.name,
        tags=options.tag,
        properties=options.property,
        run_id=options.run_id,
        latest=options.latest,
        framework=options.framework,
        limit=options.limit,
    )
    if options.output == "json":
        print_json([model.serialize() for model in found])
        return
    empty = "no model is registered: jupyter mlops model register -n NAME -p PATH"
    print_table([_row(model) for model in found], _COLUMNS, empty=empty)


def _row(model: Model) -> dict[str, Any]:
    from jupyter_mlops.views.words import bytes_of

    return {
        "name": model.name,
        "version": model.version,
        "framework": model.framework,
        "size": bytes_of(model.size),
        "tags": model.tags,
        "created": f"{model.created_time:%Y-%m-%d %H:%M}",
    }


def _model(options: argparse.Namespace) -> Model:
    from jupyter_mlops.sdk.model import Model

    return Model(workspace_of(options), options.model_id)


def _print(options: argparse.Namespace, model: Model) -> None:
    if options.output == "json":
        print_json(model.serialize())
    else:
        print_one(model.serialize())


def _show(options: argparse.Namespace) -> None:
    _print(options, _model(options))


def _download(options: argparse.Namespace) -> None:
    path = _model(options).download(options.target_dir, exist_ok=options.overwrite)
    if options.output == "json":
        print_json({"path": str(path)})
    else:
        print(path)


def _update(options: argparse.Namespace) -> None:
    model = _model(options)
    if options.description is not None:
        model.update(description=options.description)
    if options.remove_tag:
        model.remove_tags(options.remove_tag)
    if options.tag:
        model.add_tags(dict(options.tag))
    if options.property:
        model.add_properties(dict(options.property))
    _print(options, model)


def _delete(options: argparse.Namespace) -> None:
    model = _model(options)
    model.delete()
    print(f"model {model.id} is deleted; its number is not used again", file=sys.stderr)


def _deploy(options: argparse.Namespace) -> int:
    from jupyter_mlops.cli.services import deploy

    return deploy(options)
