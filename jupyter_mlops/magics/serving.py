"""The magics that deploy, change, ask and watch services."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from jupyter_mlops.errors import UsageError
from jupyter_mlops.magics.keys import Keys
from jupyter_mlops.magics.making import inference_config
from jupyter_mlops.magics.session import Call
from jupyter_mlops.records import ServiceOptions
from jupyter_mlops.views import live, monitoring, plans
from jupyter_mlops.views.progress import shown
from jupyter_mlops.views.screen import Screen
from jupyter_mlops.views.verbs import service_option_names

if TYPE_CHECKING:
    from jupyter_mlops.sdk.requests import TestResult
    from jupyter_mlops.sdk.webservice import Webservice
    from jupyter_mlops.views.asking import Asked

__all__ = [
    "deploy",
    "monitor",
    "service_keys",
    "service_logs",
    "start_service",
    "test_service",
    "update_service",
]


def _service(call: Call) -> Webservice:
    from jupyter_mlops.sdk.webservice import Webservice

    return Webservice(call.workspace, call.given.name)


def _options(call: Call) -> dict[str, Any]:
    """The options of the target that were given, as `ServiceOptions` names them."""
    given = {key: value for key, value in call.given.options.items() if key in service_option_names()}
    if "cors_origins" in given:
        given["cors_origins"] = tuple(given["cors_origins"])
    if "env" in call.given.options:
        given["environment_variables"] = call.given.pairs("env")
    return given


# ── deploying ──


def deploy(call: Call) -> Webservice | None:
    """`%deploy`; with `--plan` it only shows what would be done."""
    from jupyter_mlops.sdk.deployment import deploy as sdk_deploy
    from jupyter_mlops.sdk.deployment_options import DeploymentConfiguration

    given, screen = call.given, Screen()
    if not given.get("model") and not given.get("script") and given.get("image") is None:
        raise UsageError("nothing to deploy: no model, script or image", hint=f"for example {given.verb.example}")
    configuration = DeploymentConfiguration(
        options=replace(ServiceOptions(), **_options(call)),
        description=given.get("description"),
        tags=given.pairs("tag"),
        properties=given.pairs("property"),
    )
    wanted: dict[str, Any] = {
        "inference_config": inference_config(call),
        "image": given.get("image"),
        "deployment_config": configuration,
        "deployment_target": given.get("target"),
        "overwrite": bool(given.get("overwrite")),
    }
    if given.get("plan"):
        _show_plan(call, wanted)
        return None
    with shown(f"prepare {given.name}", screen):
        service = sdk_deploy(call.workspace, given.name, call.references("model"), cell=call.number, **wanted)
    return _followed(call, service, screen)


def _show_plan(call: Call, wanted: dict[str, Any]) -> None:
    from jupyter_mlops.sdk.webservice import Webservice

    plan = Webservice.plan(call.workspace, call.given.name, call.references("model"), **wanted)
    plans.show(call.given.name, plan, Screen())


def _followed(call: Call, service: Webservice, screen: Screen) -> Webservice:
    operation = service.operation
    if operation is not None and not call.given.get("no_wait"):
        live.follow(operation, screen)
    return service


def update_service(call: Call) -> Webservice:
    """`%update_service`."""
    given, service, screen = call.given, _service(call), Screen()
    if len(given.options) == 0:
        raise UsageError("nothing to update", hint=f"for example {given.verb.example}")
    if "to_revision" in given.options:
        _roll_back(call, service)
        return _followed(call, service, screen)
    if given.get("reload"):
        return _reload(call, service, screen)
    _relabel(call, service)
    changes: dict[str, Any] = {
        "image": given.get("image"),
        "models": call.references("model") or None,
        "inference_config": inference_config(call),
        **_options(call),
    }
    if all(value is None for value in changes.values()):
        return service
    with shown(f"prepare {given.name}", screen):
        service.update(**changes)
    return _followed(call, service, screen)


def _roll_back(call: Call, service: Webservice) -> None:
    others = sorted(set(call.given.options) - {"to_revision", "no_wait"})
    if others:
        raise UsageError(
            f"--to-revision goes back to a revision as it was; --{others[0].replace('_', '-')} would change it",
            hint="do one after the other",
        )
    service.roll_back(call.given.get("to_revision"))


def _reload(call: Call, service: Webservice, screen: Screen) -> Webservice:
    from jupyter_mlops.sdk.webservice import LocalWebservice

    others = sorted(set(call.given.options) - {"reload", "script", "entry_script", "source_directory"})
    if others:
        raise UsageError(
            f"--reload changes the script alone, and --{others[0].replace('_', '-')} something else",
            hint="do one after the other",
        )
    if not isinstance(service, LocalWebservice):
        raise UsageError(f"a service on the target {service.target!r} is not reloaded", hint="leave --reload out")
    with shown(f"reload {service.name}", screen):
        service.reload(inference_config=inference_config(call))
    return service


def _relabel(call: Call, service: Webservice) -> None:
    given = call.given
    if "remove_tag" in given.options:
        service.remove_tags(given.get("remove_tag"))
    if "tag" in given.options:
        service.add_tags(given.pairs("tag"))
    if "property" in given.options:
        service.add_properties(given.pairs("property"))
    if "description" in given.options:
        service.update(description=given.get("description"))


def start_service(call: Call) -> Webservice:
    """`%start_service`."""
    service = _service(call)
    with shown(f"start {service.name}"):
        service.start()
    return service


# ── asking ──


def test_service(call: Call) -> Asked:
    """`%test_service`; without data it sends the example that the script was captured with."""
    from jupyter_mlops.views.asking import Asked

    service = _service(call)
    return Asked.of(_answer(call, service), service)


def _answer(call: Call, service: Webservice) -> TestResult:
    given = call.given
    if "data" in given.options and "json" in given.options:
        raise UsageError("--data and --json are both the request", hint="leave one out")
    if "json" in given.options:
        return service.test(body=given.get("json"))
    if "data" in given.options:
        return service.test(call.value("data"))
    return service.test(body=_recorded_example(service))


def _recorded_example(service: Webservice) -> str:
    image = service.image
    example = None if image is None else image.manifest.sample_input
    if example is None:
        raise UsageError(
            f"no request to send: service {service.name!r} was made without an example",
            hint=f"%test_service {service.name} --data VAR, or --json '…'",
        )
    return example


def service_logs(call: Call) -> None:
    """`%service_logs`: prints; an interrupt ends `--follow` and is no error."""
    service = _service(call)
    follow = bool(call.given.get("follow"))
    try:
        for line in service.logs(follow=follow, lines=call.given.get("lines", 100)):
            print(line, flush=follow)
    except KeyboardInterrupt:
        if not follow:
            raise


def service_keys(call: Call) -> Keys:
    """`%service_keys`: returned, never shown."""
    service, which = _service(call), call.given.get("regenerate")
    if which is not None:
        service.regen_key(which.capitalize())
    primary, secondary = service.get_keys()
    return Keys(service.name, primary, secondary, regenerated=which)


def monitor(call: Call) -> None:
    """`%monitor`: returns at once, and goes on drawing."""
    given = call.given
    if given.get("stop"):
        if not monitoring.stop(given.name):
            raise UsageError(f"{given.name!r} is not being watched", hint=f"%monitor {given.name}")
        return
    monitoring.monitor(_service(call), given.get("window", 300.0), endless=bool(given.get("live")))
