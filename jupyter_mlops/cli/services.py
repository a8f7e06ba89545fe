"""`jupyter mlops service …`, and the work of `model deploy`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_mlops.cli.models import add_inference, inference_config, workspace_of
from jupyter_mlops.cli.output import print_json, print_one, print_table
from jupyter_mlops.cli.parser import Verbs, pairs, tag_filters
from jupyter_mlops.errors import UsageError

if TYPE_CHECKING:
    from jupyter_mlops.sdk.webservice import Webservice

__all__ = ["add_to", "deploy"]

_COLUMNS = ("name", "state", "target", "image", "models", "scoring_uri", "tags")


def add_to(groups: Any) -> None:
    verbs = Verbs(groups, "service", "ask, watch, update and delete services")

    verb = verbs.add("list", _list, "services and their states")
    verb.add_argument("--model-name")
    verb.add_argument("--model-id", metavar="N:V")
    verb.add_argument("--image-name")
    verb.add_argument("--image-id", metavar="N:V")
    verb.add_argument("--compute-type", metavar="KIND")
    verb.add_argument("--tag", "-t", type=tag_filters, action="append", default=[], metavar="K[=V]")
    verb.add_argument("--property", type=tag_filters, action="append", default=[], metavar="K[=V]")

    _one(verbs.add("show", _show, "all about one service"))
    _one(verbs.add("start", _start, "up again, after the machine was restarted"))

    verb = _one(verbs.add("run", _run, "send a request and print the answer"))
    verb.add_argument(
        "--input-data", "-d", required=True, metavar="JSON", help="the body, or @FILE, or @- for standard input"
    )

    verb = _one(verbs.add("update", _update, "replace what it runs, without downtime"))
    verb.add_argument("--model", "-m", action="append", default=[], metavar="N[:V]")
    verb.add_argument("--image", metavar="N[:V]")
    verb.add_argument("--to-revision", type=int, metavar="N", help="roll back")
    add_inference(verb)
    verb.add_argument("--add-tag", "--tag", type=pairs, action="append", default=[], metavar="K=V")
    verb.add_argument("--remove-tag", action="append", default=[], metavar="K")
    verb.add_argument("--add-property", "--property", type=pairs, action="append", default=[], metavar="K=V")
    verb.add_argument("--description")
    verb.add_argument("--no-wait", action="store_true", help="return as soon as the work has begun")

    _one(verbs.add("delete", _delete, "stop it and remove all that it made"))
    _one(verbs.add("get-keys", _get_keys, "its keys: these are secrets"))

    verb = _one(verbs.add("regen-key", _regen_key, "a new key in place of one"))
    verb.add_argument("--key", "-k", required=True, choices=("Primary", "Secondary", "primary", "secondary"))
    verb.add_argument("--set-key", metavar="@FILE", help="the new key, from a file or @- (never on the command line)")

    verb = _one(verbs.add("get-logs", _get_logs, "its log"))
    verb.add_argument("--num-lines", "--lines", "-l", type=int, default=5000, metavar="N")
    verb.add_argument("--follow", action="store_true", help="go on as it is written")


def _one(verb: argparse.ArgumentParser) -> argparse.ArgumentParser:
    verb.add_argument("--name", "-n", required=True)
    return verb


def _service(options: argparse.Namespace) -> Webservice:
    from jupyter_mlops.sdk.webservice import Webservice

    return Webservice(workspace_of(options), options.name)


def _print(options: argparse.Namespace, service: Webservice) -> None:
    if options.output == "json":
        print_json(service.serialize())
    else:
        print_one(service.serialize())


def deploy(options: argparse.Namespace) -> int:
    """An upsert: a service that is there is replaced, unless `--no-overwrite`."""
    from jupyter_mlops.cli.configuration import Deployment, read_deployment
    from jupyter_mlops.sdk.model import Model
    from jupyter_mlops.sdk.webservice import ProcessWebservice, Webservice

    if not options.model and options.image is None:
        raise UsageError("nothing to deploy", hint="--model NAME, or --image NAME")
    if options.model and options.image is not None:
        raise UsageError("both --model and --image are given", hint="leave one out: an image has its models")
    workspace = workspace_of(options)
    file = options.deploy_config_file
    said = read_deployment(Path(file)) if file else Deployment(kind=None, options={})
    settings = said.options | ({} if options.port is None else {"port": options.port})
    configuration = ProcessWebservice.deploy_configuration(
        **settings, tags=dict(options.tag), properties=dict(options.property), description=options.description
    )
    target = options.compute_target or said.kind or "process"
    common: dict[str, Any] = {
        "deployment_config": configuration,
        "deployment_target": target,
        "overwrite": not options.no_overwrite,
    }
    if options.image is not None:
        from jupyter_mlops.sdk.image import Image

        image = Image(workspace, options.image)
        if options.plan:
            return _say(Webservice.plan(workspace, options.name, image=image, **common))
        service = Webservice.deploy_from_image(workspace, options.name, image, **common)
    else:
        models = [Model(workspace, reference) for reference in options.model]
        inference = inference_config(workspace, options)
        if options.plan:
            return _say(Webservice.plan(workspace, options.name, models=models, inference_config=inference, **common))
        service = Model.deploy(workspace, options.name, models, inference, **common)
    return _finish(options, service)


def _say(plan: object) -> int:
    print(plan)
    return 0


def _finish(options: argparse.Namespace, service: Webservice) -> int:
    """Follow the work to its end (told on standard error), then print the service."""
    if options.no_wait:
        operation = service.operation
        print(f"begun: jupyter mlops operation show {operation.id if operation else ''}", file=sys.stderr)
    else:
        _wait(service)
    _print(options, service)
    return 0


def _wait(service: Webservice) -> None:
    operation = service.operation
    if operation is None:
        return
    for event in operation.follow():
        if event.kind in ("stage", "log"):
            print(f"  {event.message}" if event.kind == "log" else f"{event.message} …", file=sys.stderr, flush=True)
    operation.wait()


def _list(options: argparse.Namespace) -> None:
    from jupyter_mlops.sdk.webservice import Webservice

    found = Webservice.list(
        workspace_of(options),
        compute_type=options.compute_type,
        image_name=options.image_name,
        image_id=options.image_id,
        model_name=options.model_name,
        model_id=options.model_id,
        tags=options.tag,
        properties=options.property,
    )
    documents = [service.serialize() for service in found]
    if options.output == "json":
        print_json(documents)
        return
    print_table(documents, _COLUMNS, empty="no service: jupyter mlops model deploy -n NAME -m MODEL")


def _show(options: argparse.Namespace) -> None:
    _print(options, _service(options))


def _start(options: argparse.Namespace) -> None:
    service = _service(options)
    service.start()
    _print(options, service)


def _text(argument: str) -> str:
    if not argument.startswith("@"):
        return argument
    if argument == "@-":
        return sys.stdin.read()
    try:
        return Path(argument[1:]).read_text(encoding="utf-8")
    except OSError as error:
        raise UsageError(f"cannot be read: {error.strerror}", where=argument[1:]) from error


def _run(options: argparse.Namespace) -> int:
    result = _service(options).test(_text(options.input_data))
    if options.output == "json":
        print_json({"status": result.status, "milliseconds": result.milliseconds, "answer": result.answer})
    else:
        print(result.body)
    return 0 if result.status < 400 else 1


def _update(options: argparse.Namespace) -> int:
    from jupyter_mlops.sdk.image import Image
    from jupyter_mlops.sdk.model import Model

    service = _service(options)
    workspace = service.workspace
    if options.to_revision is not None:
        if options.model or options.image:
            raise UsageError("--to-revision goes back to a revision as it was", hint="leave --model and --image out")
        service.roll_back(options.to_revision)
        return _finish(options, service)
    if options.remove_tag:
        service.remove_tags(options.remove_tag)
    if options.add_tag:
        service.add_tags(dict(options.add_tag))
    if options.add_property:
        service.add_properties(dict(options.add_property))
    changes: dict[str, Any] = {
        "image": None if options.image is None else Image(workspace, options.image),
        "models": [Model(workspace, reference) for reference in options.model] or None,
        "inference_config": inference_config(workspace, options),
        "description": options.description,
    }
    if any(value is not None for value in changes.values()):
        service.update(**changes)
    return _finish(options, service)


def _delete(options: argparse.Namespace) -> None:
    _service(options).delete()
    print(f"service {options.name} is deleted", file=sys.stderr)


def _get_keys(options: argparse.Namespace) -> None:
    primary, secondary = _service(options).get_keys()
    if options.output == "json":
        print_json({"primaryKey": primary, "secondaryKey": secondary})
    else:
        print_one({"primary": primary, "secondary": secondary})


def _regen_key(options: argparse.Namespace) -> None:
    if options.set_key is not None and not options.set_key.startswith("@"):
        raise UsageError("a key on the command line is seen by everybody on this machine", hint="--set-key @FILE or @-")
    new = None if options.set_key is None else _text(options.set_key).strip()
    _service(options).regen_key(options.key.capitalize(), set_key=new)
    print(f"the {options.key.lower()} key of {options.name} is new: jupyter mlops service get-keys", file=sys.stderr)


def _get_logs(options: argparse.Namespace) -> None:
    service = _service(options)
    if options.follow:
        for line in service.logs(lines=options.num_lines, follow=True):
            print(line, flush=True)
    else:
        print(service.get_logs(options.num_lines))
