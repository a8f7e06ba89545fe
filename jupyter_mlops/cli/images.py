"""`jupyter mlops image …`."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, Any

from jupyter_mlops.cli.models import add_inference_file, inference_config, workspace_of
from jupyter_mlops.cli.output import print_json, print_one, print_table
from jupyter_mlops.cli.parser import Verbs, add_options

if TYPE_CHECKING:
    from jupyter_mlops.sdk.image import Image

__all__ = ["add_to"]

_COLUMNS = ("name", "version", "models", "state", "tags", "created")


def add_to(groups: Any) -> None:
    verbs = Verbs(groups, "image", "models, script and locked environment, frozen together")

    verb = verbs.add("list", _list, "images, newest first")
    verb.add_argument("--name", "--image-name", "-n", help="versions of this one alone")
    add_options(verb, "images")

    verb = verbs.add("build", _build, "prove the script and freeze the next version of an image")
    verb.add_argument("--name", "--image-name", "-n", required=True)
    add_inference_file(verb)
    add_options(verb, "build_image")

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

    name, colon, _ = (options.model or "").partition(":")
    found = Image.list(
        workspace_of(options),
        image_name=options.name,
        model_name=None if colon else name or None,
        model_id=options.model if colon else None,
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
            "models": image.model_ids,
            "state": image.creation_state,
            "tags": image.tags,
            "created": f"{image.created_time:%Y-%m-%d %H:%M}",
        }
        for image in found
    ]
    print_table(rows, _COLUMNS, empty="no image: jupyter mlops image build -n NAME -m MODEL")


def _build(options: argparse.Namespace) -> None:
    from jupyter_mlops.cli.services import tell
    from jupyter_mlops.sdk.image import Image

    workspace = workspace_of(options)
    wanted = options.name, options.model, inference_config(workspace, options)
    if options.plan:
        print(Image.plan(workspace, *wanted))
        return
    image = Image.build(
        workspace,
        *wanted,
        tags=dict(options.tag),
        properties=dict(options.property),
        description=options.description,
    )
    operation = image.operation
    if operation is not None and options.no_wait:
        print(f"begun: jupyter mlops operation show {operation.id} --follow", file=sys.stderr)
        return
    if operation is not None:
        operation.wait(on_event=tell)
    _print(options, image)


def _show(options: argparse.Namespace) -> None:
    _print(options, _image(options))


def _delete(options: argparse.Namespace) -> None:
    image = _image(options)
    image.delete()
    print(f"image {image.id} is deleted; its number is not used again", file=sys.stderr)
