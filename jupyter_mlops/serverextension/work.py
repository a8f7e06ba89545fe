"""`python -m jupyter_mlops.serverextension.work`: one action of the sidebar, done in the interpreter that runs this.

A job comes as a line of JSON on standard input, its answer goes as a line of JSON to standard output: what the magic
of the same name does in a kernel. Imports nothing of Jupyter's server, which a kernel's environment may lack.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import warnings
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from jupyter_mlops.errors import MlopsError, UnsupportedError, UsageError
from jupyter_mlops.version import __version__

if TYPE_CHECKING:
    from jupyter_mlops.sdk.inference import InferenceConfig
    from jupyter_mlops.sdk.operation import Operation
    from jupyter_mlops.sdk.workspace import Workspace

__all__ = ["ACTIONS", "main"]

Arguments = Mapping[str, Any]
Result = dict[str, Any]


def register(workspace: Workspace, given: Arguments) -> Result:
    """A file, a folder, a URL, or what a kernel captured, becomes the next version of a model."""
    from jupyter_mlops.sdk.registration import begin
    from jupyter_mlops.sdk.samples import sample_of

    sample, kind = given.get("sample"), given.get("sample_kind")
    operation = begin(
        workspace,
        given["name"],
        model_path=given.get("model_path"),
        captured=given.get("captured"),
        tags=given.get("tags"),
        properties=given.get("properties"),
        description=given.get("description"),
        version_tag=given.get("version_tag"),
        framework=given.get("framework"),
        framework_version=given.get("framework_version"),
        sha256=given.get("sha256"),
        sample=None if sample is None else sample_of(sample, kind),
    )
    return _begun(operation)


def build(workspace: Workspace, given: Arguments) -> Result:
    """An image."""
    from jupyter_mlops.sdk.image import Image

    image = Image.build(
        workspace,
        given["name"],
        given.get("models") or (),
        _inference(workspace, given),
        tags=given.get("tags"),
        properties=given.get("properties"),
        description=given.get("description"),
    )
    return _begun(image.operation)


def plan(workspace: Workspace, given: Arguments) -> Result:
    """What `deploy` would do."""
    from jupyter_mlops.sdk.webservice import Webservice

    return {"lines": [*Webservice.plan(workspace, given["name"], **_deployment(workspace, given)).lines]}


def deploy(workspace: Workspace, given: Arguments) -> Result:
    """A service."""
    from jupyter_mlops.sdk.deployment import deploy as begin

    return _begun(begin(workspace, given["name"], **_deployment(workspace, given)).operation)


def update(workspace: Workspace, given: Arguments) -> Result:
    """Replace what a service runs."""
    from jupyter_mlops.sdk.webservice import Webservice

    service = Webservice(workspace, given["name"])
    service.update(
        image=given.get("image"),
        models=given.get("models") or None,
        inference_config=_inference(workspace, given),
        **_options(given),
    )
    return _begun(service.operation)


def roll_back(workspace: Workspace, given: Arguments) -> Result:
    """Go back to a revision."""
    from jupyter_mlops.sdk.webservice import Webservice

    service = Webservice(workspace, given["name"])
    service.roll_back(given.get("revision"))
    return _begun(service.operation)


def start(workspace: Workspace, given: Arguments) -> Result:
    """Bring a service up again."""
    from jupyter_mlops.sdk.webservice import Webservice

    Webservice(workspace, given["name"]).start()
    return {}


def reload(workspace: Workspace, given: Arguments) -> Result:
    """The script as it is now, into a service as it runs."""
    from jupyter_mlops.sdk.webservice import Webservice

    service = Webservice(workspace, given["name"])
    reload_it = getattr(service, "reload", None)
    if reload_it is None:
        raise UnsupportedError(
            f"service {service.name!r} runs on {service.target!r}, which reloads no script",
            hint=f"%update_service {service.name} --script …",
        )
    reload_it(inference_config=_inference(workspace, given))
    return {}


def delete(workspace: Workspace, given: Arguments) -> Result:
    """Begin the deletion of a service; this process waits until it is gone, for its images go after it."""
    from jupyter_mlops.sdk.operation import Operation
    from jupyter_mlops.sdk.webservice import Webservice

    service = Webservice(workspace, given["name"])
    known = {operation.id for operation in Operation.list(workspace, subject=f"service/{service.name}")}
    thread = _Deletion(service.delete, delete_image=bool(given.get("delete_image")))
    thread.start()
    while True:
        thread.join(0.02)
        found = Operation.list(workspace, subject=f"service/{service.name}", limit=1)
        if found and found[0].id not in known:
            return _begun(found[0])
        if not thread.is_alive():
            raise thread.error or UsageError(f"service {service.name!r} was deleted by somebody else")


class _Deletion(threading.Thread):
    """Not a daemon: the process ends when the service and its images are gone."""

    def __init__(self, delete: Callable[..., None], *, delete_image: bool):
        super().__init__(name="deletion")
        self.error: MlopsError | None = None
        self._delete = delete
        self._delete_image = delete_image

    def run(self) -> None:
        try:
            self._delete(delete_image=self._delete_image)
        except MlopsError as error:  # told by the operation, or by `delete` above
            self.error = error


ACTIONS: dict[str, Callable[[Workspace, Arguments], Result]] = {
    action.__name__: action for action in (register, build, plan, deploy, update, roll_back, start, reload, delete)
}


# ── the pieces ──


def _deployment(workspace: Workspace, given: Arguments) -> dict[str, Any]:
    from jupyter_mlops.records import ServiceOptions
    from jupyter_mlops.sdk.deployment_options import DeploymentConfiguration

    configuration = DeploymentConfiguration(
        options=replace(ServiceOptions(), **_options(given)),
        description=given.get("description"),
        tags=given.get("tags") or {},
        properties=given.get("properties") or {},
    )
    return {
        "models": given.get("models") or (),
        "image": given.get("image"),
        "inference_config": _inference(workspace, given),
        "deployment_config": configuration,
        "deployment_target": given.get("target"),
        "overwrite": bool(given.get("overwrite")),
    }


def _options(given: Arguments) -> dict[str, Any]:
    """Those that are set, as `ServiceOptions` has them."""
    from dataclasses import fields

    from jupyter_mlops.records import ServiceOptions

    options = {key: value for key, value in (given.get("options") or {}).items() if value is not None}
    known = {field.name for field in fields(ServiceOptions)}
    unknown = sorted(set(options) - known)
    if unknown:
        raise UsageError(f"no option is called {unknown[0]!r}", hint=f"options: {', '.join(sorted(known))}")
    if "cors_origins" in options:
        options["cors_origins"] = tuple(options["cors_origins"])
    return options


_INFERENCE = (
    *("entry_script", "source_directory", "conda_file", "relax_env"),
    *("base_image", "extra_docker_file_steps", "enable_gpu", "cuda_version"),
)
"""What is `InferenceConfig`'s of the same name."""


def _inference(workspace: Workspace, given: Arguments) -> InferenceConfig | None:
    """What answers the requests; None when nothing was said: a model's framework brings a script then."""
    from jupyter_mlops.sdk.environment import Environment
    from jupyter_mlops.sdk.inference import InferenceConfig
    from jupyter_mlops.sdk.script import Script

    said: dict[str, Any] = {key: given[key] for key in _INFERENCE if given.get(key)}
    if given.get("script"):
        said["script"] = Script(workspace, given["script"])
    if given.get("environment"):
        said["environment"] = Environment.get(workspace, given["environment"])
    return InferenceConfig(**said) if said else None


def _begun(operation: Operation | None) -> Result:
    assert operation is not None, "what was begun has an operation"
    return {"operation": operation.serialize()}


# ── the process ──


class _Notices:
    """What is printed while an action is done: `sdk` says once what a person should know."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def write(self, text: str) -> int:
        self.lines += [line for line in text.splitlines() if line.strip()]
        return len(text)

    def flush(self) -> None:
        """Nothing to flush."""


def _done(job: Mapping[str, Any]) -> dict[str, Any]:
    from jupyter_mlops.sdk.workspace import Workspace

    notices = _Notices()
    sys.stdout = notices
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("ignore")
        warnings.simplefilter("always", UserWarning)
        try:
            os.chdir(job["folder"])
            result = ACTIONS[job["action"]](Workspace(job["workspace"]), job["arguments"])
        except MlopsError as error:
            return {"error": error.to_dict(), "version": __version__}
    told = [str(warning.message) for warning in warned if warning.category is UserWarning]
    return {"result": result, "notices": [*told, *notices.lines], "version": __version__}


def main() -> int:
    """Read a job, do it, answer. What is no `MlopsError` ends in a traceback on standard error."""
    answers = sys.stdout
    answer = _done(json.loads(sys.stdin.readline()))
    answers.write(json.dumps(answer, default=str) + "\n")
    answers.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
