"""`jupyter mlops image …`."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, Any

from jupyter_mlops.cli.models import add_inference, inference_config, workspace_of
from jupyter_mlops.cli.output import print_json, print_one, print_table
from jupyter_mlops.cli.parser import Verbs, pairs, tag_filters

if TYPE_CHECKING:
    from jupyter_mlops.sdk.image import Image

__all__ = ["add_to"]

_COLUMNS = ("name", "version", "models", "state", "tags", "created")


def add_to(groups: Any) -> None:
    verbs = Verbs(groups, "image", "models, script and locked environment, frozen together")

    verb = verbs.add("list", _list, "images, newest first")
    verb.add_argument("--image-name", "--name", "-n")
    verb.add_argument("--model-name")
    verb.add_argument("--model-id", metavar="N:V")
    verb.add_argument("--tag", "-t", type=tag_filters, action="append", default=[], metavar="K[=V]")
    verb.add_argument("--property", type=tag_filters, action="append", default=[], metavar="K[=V]")

    verb = verbs.add("build", _build, "prove the script and freeze the next version of an image")
    verb.add_argument("--image-name", "--name", "-n", required=True)
    verb.add_argument("--model", "-m", action="append", default=[], metavar="N[:V]")
    add_inference(verb)
    verb.add_argument("--description", "-d")
    verb.add_argument("--tag", "-t", type=pairs, action="append", default=[], metavar="K=V")
    verb.add_argument("--property", type=pairs, action="append", default=[], metavar="K=V")

    _one(verbs.add("show", _show, "all about one image"))
    _one(verbs.add("delete", _delete, "an image that no service uses"))


def _one(verb: argparse.ArgumentParser) -> argparse.ArgumentParser:
    verb.add_argument("--image-id", "--name", "-i", "-n", required=True, metavar="N[:V]")
    return verb


def _image(options: argparse.Namespace) -> Image:
    from jupyter_mlops.sdk.image import Image

    return Image(workspace_of(options), options.image_id)


def _print(options: argparse.Namespace, image: Image) -> None:
    if options.output == "json":
        print_json(image.serialize())
    else:
        print_one(image.serialize())


def _list(options: argparse.Namespace) -> None:
    from jupyter_mlops.sdk.image import Image

    found = Image.list(
        workspace_of(options),
        image_name=options.image_name,
        model_name=options.model_name,
        model_id=options.model_id,
        tags=options.tag,
        properties=options.property,
    )
    if options.output == "json":
        print_json([image.serialize() for image in found])
        return
    rows = [
        {
            "name": image.name,
            "version": image.version,
            "models": [model.id for model in image.models],
            "state": image.creation_state,
            "tags": image.tags,
            "created": f"{image.created_time:%Y-%m-%d %H:%M}",
        }
        for image in found
    ]
    print_table(rows, _COLUMNS, empty="no image: jupyter mlops image build -n NAME -m MODEL")


def _build(options: argparse.Namespace) -> None:
    from jupyter_mlops.sdk.image import Image
    from jupyter_mlops.sdk.model import Model

    workspace = workspace_of(options)
    image = Image.build(
        workspace,
        options.image_name,
        [Model(workspace, reference) for reference in options.model],
        inference_config(workspace, options),
        tags=dict(options.tag),
        properties=dict(options.property),
        description=options.description,
    )
    operation = image.operation
    if operation is not None:
        for event in operation.follow():
            if event.kind in ("stage", "log"):
                print(f"  {event.message}", file=sys.stderr, flush=True)
    image.wait_for_creation()
    _print(options, image)


def _show(options: argparse.Namespace) -> None:
    _print(options, _image(options))


def _delete(options: argparse.Namespace) -> None:
    image = _image(options)
    image.delete()
    print(f"image {image.id} is deleted; its number is not used again", file=sys.stderr)
