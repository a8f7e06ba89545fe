"""`jupyter mlops service …`, and the work of `model deploy`."""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_mlops.cli.models import add_inference_file, inference_config, workspace_of
from jupyter_mlops.cli.output import print_json, print_one, print_table
from jupyter_mlops.cli.parser import Verbs, add_options
from jupyter_mlops.errors import UsageError

if TYPE_CHECKING:
    from jupyter_mlops.records import EventRecord
    from jupyter_mlops.sdk.deployment_options import DeploymentConfiguration
    from jupyter_mlops.sdk.inference import InferenceConfig
    from jupyter_mlops.sdk.webservice import Webservice

__all__ = ["add_to", "deploy", "tell"]

_COLUMNS = ("name", "state", "target", "image", "models", "scoring_uri", "differs", "tags")


def add_to(groups: Any) -> None:
    verbs = Verbs(groups, "service", "ask, watch, update and delete services")

    verb = verbs.add("list", _list, "services and their states")
    verb.add_argument("--name", "-n", help="this one alone")
    add_options(verb, "services")

    _one(verbs.add("show", _show, "all about one service"))
    _one(verbs.add("start", _start, "up again, after the machine was restarted"))

    verb = _one(verbs.add("run", _run, "send a request and print the answer"))
    verb.add_argument(
        "--input-data", "-d", required=True, metavar="JSON", help="the body, or @FILE, or @- for standard input"
    )

    verb = _one(verbs.add("update", _update, "replace what it runs, without downtime; what is not given stays"))
    add_inference_file(verb)
    add_options(verb, "update_service")

    verb = _one(verbs.add("delete", _delete, "stop it and remove all that it made"))
    add_options(verb, "delete_service")
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
    from jupyter_mlops.sdk.model import Model
    from jupyter_mlops.sdk.webservice import Webservice

    workspace = workspace_of(options)
    configuration, target = _configuration(options)
    common: dict[str, Any] = {
        "deployment_config": configuration,
        "deployment_target": target,
        "overwrite": not options.no_overwrite,
    }
    inference = inference_config(workspace, options)
    if options.plan:
        print(Webservice.plan(workspace, options.name, options.model, inference, image=options.image, **common))
        return 0
    if options.image is None:
        service = Model.deploy(workspace, options.name, options.model, inference, **common)
    elif options.model or inference is not None:
        raise UsageError("an image has its models and its script", hint="give --image alone, or --model and --script")
    else:
        service = Webservice.deploy_from_image(workspace, options.name, options.image, **common)
    return _finish(options, service)


def _configuration(options: argparse.Namespace) -> tuple[DeploymentConfiguration, str]:
    """The file's settings with the command line's on top, and the kind of target or name of an attached one."""
    from jupyter_mlops.cli.configuration import Deployment, read_deployment
    from jupyter_mlops.sdk.webservice import ProcessWebservice

    file = options.deploy_config_file
    said = read_deployment(Path(file)) if file else Deployment(kind=None, options={})
    configuration = ProcessWebservice.deploy_configuration(
        **(said.options | _service_options(options)),
        tags=dict(options.tag),
        properties=dict(options.property),
        description=options.description,
    )
    # The options are those of any target: the one that is chosen refuses what it cannot honour.
    return replace(configuration, target=None), options.target or said.kind or "process"


def _service_options(options: argparse.Namespace) -> dict[str, Any]:
    """The options of a target that were given on the command line."""
    from jupyter_mlops.views.verbs import service_option_names

    given = {name: value for name in service_option_names() if (value := getattr(options, name, None))}
    if getattr(options, "auth_enabled", None) is False:
        given["auth_enabled"] = False
    if options.env:
        given["environment_variables"] = dict(options.env)
    return given


def _finish(options: argparse.Namespace, service: Webservice) -> int:
    """Follow the work to its end (told on standard error), then print the service."""
    operation = service.operation
    if operation is not None and options.no_wait:
        print(f"begun: jupyter mlops operation show {operation.id} --follow", file=sys.stderr)
    elif operation is not None:
        operation.wait(on_event=tell)
    _print(options, service)
    return 0


def tell(event: EventRecord) -> None:
    """One event of an operation, on standard error."""
    if event.kind == "stage":
        print(f"{event.message} …", file=sys.stderr, flush=True)
    elif event.kind == "log":
        print(f"  {event.message}", file=sys.stderr, flush=True)


def _list(options: argparse.Namespace) -> None:
    from jupyter_mlops.sdk.webservice import Webservice

    name, colon, _ = (options.model or "").partition(":")
    image, image_colon, _ = (options.image or "").partition(":")
    found = Webservice.list(
        workspace_of(options),
        compute_type=options.target,
        image_name=None if image_colon else image or None,
        image_id=options.image if image_colon else None,
        model_name=None if colon else name or None,
        model_id=options.model if colon else None,
        tags=options.tag,
        properties=options.property,
    )
    documents = [service.serialize() for service in found if options.name in (None, service.name)]
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
    result = _service(options).test(body=_text(options.input_data))
    if options.output == "json":
        print_json({"status": result.status, "milliseconds": result.milliseconds, "answer": result.answer})
    elif result.ok:
        print_json(result.answer)
    else:
        print(f"{result.status}: {result.message}", file=sys.stderr)
    return 0 if result.ok else 1


def _update(options: argparse.Namespace) -> int:
    service = _service(options)
    inference = inference_config(service.workspace, options)
    settings = _service_options(options)
    if options.to_revision is not None:
        if options.model or options.image or inference or settings:
            raise UsageError("--to-revision goes back to a revision as it was", hint="give it alone")
        service.roll_back(options.to_revision)
        return _finish(options, service)
    if options.reload:
        _reload(options, service, inference, settings)
        return 0
    if options.remove_tag:
        service.remove_tags(options.remove_tag)
    changes: dict[str, Any] = {
        "image": options.image,
        "models": options.model or None,
        "inference_config": inference,
        "tags": {**service.tags, **dict(options.tag)} if options.tag else None,
        "properties": dict(options.property) or None,
        "description": options.description,
        **settings,
    }
    if any(value is not None for value in changes.values()) or not options.remove_tag:
        service.update(**changes)
    return _finish(options, service)


def _reload(
    options: argparse.Namespace, service: Webservice, inference: InferenceConfig | None, settings: dict[str, Any]
) -> None:
    from jupyter_mlops.sdk.webservice import LocalWebservice

    labels = (options.tag, options.remove_tag, options.property, options.description)
    if options.model or options.image or settings or any(labels):
        raise UsageError("--reload changes the script alone", hint="do one after the other")
    if not isinstance(service, LocalWebservice):
        raise UsageError(f"a service on the target {service.target!r} is not reloaded", hint="leave --reload out")
    service.reload(inference_config=inference)
    _print(options, service)


def _delete(options: argparse.Namespace) -> None:
    _service(options).delete(
        delete_image=options.delete_image,
        delete_cache=options.delete_cache is not False,
        delete_volume=options.delete_volume is not False,
    )
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
