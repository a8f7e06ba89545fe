"""What can be typed: the one table of verbs, from which all surfaces take the names of options.

Azure's spellings stand beside ours where Azure ML v1 had one. Imports nothing heavy.
"""

from __future__ import annotations

from dataclasses import fields

from jupyter_mlops.records import ServiceOptions
from jupyter_mlops.views.options import Argument, Kind, Option, Verb

__all__ = ["VERBS", "service_option_names", "verb"]


def _model(help: str) -> Option:
    return Option("model", help, metavar="N[:V]", aliases=("-m",), names="model", many=True)


def _of_model(help: str) -> Option:
    return Option("model", help, metavar="N[:V]", aliases=("--model-name", "--model-id"), names="model")


_DESCRIPTION = Option("description", "what it is, in words", aliases=("-d",))
_TAG = Option("tag", "a tag; may change later", "pair", "K=V", ("-t",), many=True)
_PROPERTY = Option("property", "a property; never changes", "pair", "K=V", many=True)
_TAG_FILTER = Option("tag", "those that have the tag", "filter", "K[=V]", ("-t",), many=True)
_PROPERTY_FILTER = Option("property", "those that have the property", "filter", "K[=V]", many=True)
_PLAN = Option("plan", "say what would be done, and do nothing", "flag")
_NO_WAIT = Option("no-wait", "return as soon as the work has begun", "flag")

_SCRIPT: tuple[Option, ...] = (
    Option("script", "a captured script, or the path of an entry script", metavar="S", names="script"),
    Option("entry-script", "the path of an entry script", "path", "FILE", ("--es",)),
    Option("source-directory", "the folder that goes along with the entry script", "path", "FOLDER", ("--sd",)),
    Option("conda-file", "the packages, as a conda environment", "path", "FILE", ("--cf",)),
    Option("relax-env", "take the kernel's version of what cannot be had here, and say so", "flag"),
)
_BASE: tuple[Option, ...] = (
    Option("base-image", "what the container stands on (default: a slim Python)", metavar="IMAGE", aliases=("--bi",)),
    Option("base-image-registry", "where it lies, as an address; `docker login` keeps the password",
           metavar="ADDRESS", aliases=("--ir",)),
    Option("extra-docker-file-steps", "a file with lines of a Dockerfile that run on the base", "path", "FILE",
           ("--ed",)),
    Option("enable-gpu", "a base with CUDA, where no other is given", "flag", aliases=("--eg",)),
    Option("cuda-version", "of that base (default: the newest known)", metavar="V", aliases=("--cv",)),
)  # fmt: skip

_SERVICE_HELP: dict[str, tuple[str, tuple[str, ...]]] = {
    "port": ("where it listens (default: a free port)", ()),
    "host": ("the address that it listens on (default: 127.0.0.1)", ()),
    "auth_enabled": ("whether a request needs a key (default: true)", ("--ae",)),
    "workers": ("processes that run the script", ()),
    "threads": ("threads that run `run` in a worker", ()),
    "preload": ("run `init` once and fork the workers: they share the model's memory", ()),
    "cpu_cores": ("cores", ("--cc",)),
    "memory_gb": ("gigabytes of memory", ("--gb",)),
    "gpu_cores": ("GPUs", ("--gc", "--gpu")),
    "replicas": ("how many of it", ("--num-replicas", "--nr")),
    "batch_max_size": ("rows put together in one call of `run`", ()),
    "batch_max_wait_ms": ("milliseconds a row waits for others", ()),
    "scoring_timeout_ms": ("milliseconds that `run` may take", ("--tm",)),
    "init_timeout_s": ("seconds that `init` may take", ()),
    "replica_max_concurrent_requests": ("requests at once; others wait", ("--rm",)),
    "max_request_wait_time": ("milliseconds that a request may wait", ()),
    "max_body_bytes": ("the largest body of a request", ()),
    "cors_origins": ("an origin whose pages may call it", ("--cors-origin",)),
    "enable_app_insights": ("telemetry to Application Insights", ("--ai",)),
    "collect_model_data": ("keep inputs and outputs", ("--md",)),
    "hot_reload": ("allow --reload: a changed script without an image", ()),
    "ssl_cert_file": ("the certificate", ()),
    "ssl_key_file": ("the certificate's key", ()),
}
_KINDS: dict[str, Kind] = {"int": "integer", "float": "number", "bool": "flag", "str": "text"}


def service_option_names() -> tuple[str, ...]:
    """The options of a target: the fields of `ServiceOptions`."""
    return tuple(field.name for field in fields(ServiceOptions))


def _service_options() -> tuple[Option, ...]:
    """One for each field of `ServiceOptions`, named as it is."""
    types = {field.name: str(field.type).partition(" ")[0] for field in fields(ServiceOptions)}
    made = []
    for name, (help, aliases) in _SERVICE_HELP.items():
        kind: Kind = "boolean" if name == "auth_enabled" else _KINDS.get(types[name], "text")
        kind = "path" if name.endswith("_file") else kind
        metavar = {"boolean": "true|false", "integer": "N", "number": "N", "path": "FILE"}.get(kind)
        made.append(Option(name.replace("_", "-"), help, kind, metavar, aliases, many=name == "cors_origins"))
    made.append(
        Option("env", "a variable of the script's environment", "pair", "K=V", ("--environment-variable",), many=True)
    )
    return tuple(made)


_SERVICE = Argument("NAME", "the service", names="service")
_IMAGE = Option("image", "an image that was built", metavar="N[:V]", names="image")

VERBS: tuple[Verb, ...] = (
    Verb(
        "register_model",
        "a live object, a file, a folder or a URL becomes the next version of a model",
        "%register_model model --name diabetes --sample X_train",
        (Argument("OBJECT_OR_PATH", "a variable, else a file, a folder or a URL", "thing"),),
        (
            Option("name", "the model's name", aliases=("-n", "--model-name"), names="model", required=True),
            Option("sample", "example input: records the signature", "expression", "VAR"),
            Option("version-tag", "a label of this version"),
            _TAG,
            _PROPERTY,
            _DESCRIPTION,
            Option("framework", "its framework, where the object does not say", aliases=("--model-framework",),
                   names="framework"),
            Option("framework-version", "that framework's version", aliases=("--model-framework-version",)),
            Option("sha256", "what the bytes of a file or URL must have"),
        ),
        bare="model",
    ),
    Verb(
        "score_script",
        "the cell, and what it uses from the notebook, becomes a script that stands alone, and is proven",
        "%%score_script score --model diabetes --input X_test[:2]",
        (Argument("NAME", "the script, and the variable that it becomes", names="script"),),
        (
            _model("a registered model that it loads"),
            Option("input", "example of a request's data: the proof sends it", "expression", "VAR"),
            Option("output", "example of the answer: the proof compares with it", "expression", "VAR"),
            _SCRIPT[3],
            _SCRIPT[4],
            Option("env", "a variable of the proof's environment; a service gets its own from %deploy", "pair", "K=V",
                   ("--environment-variable",), many=True),
        ),
        cell=True,
        bare="script",
    ),
    Verb(
        "build_image",
        "models, script and locked environment, frozen as the next version of an image",
        "%build_image diabetes --model diabetes --script score",
        (Argument("NAME", "the image", names="image"),),
        (_model("a registered model"), *_SCRIPT, *_BASE, _PLAN, _TAG, _PROPERTY, _DESCRIPTION, _NO_WAIT),
        bare="image",
    ),
    Verb(
        "deploy",
        "a service; does the steps before it when they are not done",
        "%deploy diabetes --model diabetes --script score",
        (_SERVICE,),
        (
            _model("a registered model"),
            *_SCRIPT,
            *_BASE,
            _IMAGE,
            Option("target", "a kind, or the name of an attached one (default: process)", metavar="T",
                   aliases=("--compute-target", "--ct"), names="target"),
            Option("overwrite", "replace a service of that name, without downtime", "flag"),
            _PLAN,
            _NO_WAIT,
            _TAG,
            _PROPERTY,
            _DESCRIPTION,
            *_service_options(),
        ),
        bare="service",
    ),
    Verb(
        "update_service",
        "replaces what a service runs, without downtime, or rolls back; what is not given stays",
        "%update_service diabetes --model diabetes:2",
        (_SERVICE,),
        (
            _model("takes the place of the model of its name"),
            *_SCRIPT,
            *_BASE,
            _IMAGE,
            Option("to-revision", "go back to a revision", "integer", "N", names="revision"),
            Option("reload", "the script as it is now, without an image (of a service with --hot-reload)", "flag"),
            _NO_WAIT,
            Option("tag", "a tag to add or change", "pair", "K=V", ("-t", "--add-tag"), many=True),
            Option("remove-tag", "a tag to remove", metavar="K", many=True),
            Option("property", "a property to add", "pair", "K=V", ("--add-property",), many=True),
            _DESCRIPTION,
            *_service_options(),
        ),
        bare="service",
    ),
    Verb(
        "start_service",
        "brings a service up again after the machine was restarted",
        "%start_service diabetes",
        (_SERVICE,),
        bare="service",
    ),
    Verb(
        "test_service",
        "sends a request; shows status, time, answer, and the schema it should have had",
        "%test_service diabetes --data X_test[:3]",
        (_SERVICE,),
        (
            Option("data", "the data of the request", "expression", "VAR"),
            Option("json", "the body of the request", "json", "'…'", ("--input-data",)),
        ),
        bare="service",
    ),
    Verb(
        "service_logs",
        "the last lines of a service's log",
        "%service_logs diabetes --lines 50",
        (_SERVICE,),
        (
            Option("lines", "how many (default: 100)", "integer", "N", ("--num-lines", "-l")),
            Option("follow", "go on as it is written, until the cell is interrupted", "flag", aliases=("-f",)),
        ),
        bare="service",
    ),
    Verb(
        "service_keys",
        "the keys of a service, never shown: keys = %service_keys NAME, then keys.primary",
        "keys = %service_keys diabetes",
        (_SERVICE,),
        (Option("regenerate", "make this one new", choices=("primary", "secondary"), aliases=("--regen",)),),
        bare="service",
    ),
    Verb(
        "monitor",
        "state, request rate, latency and errors, live in the cell; the kernel stays free",
        "%monitor diabetes --window 5m",
        (_SERVICE,),
        (
            Option("window", "how long to watch, and how much time is shown (default: 5m)", "duration", "5m"),
            Option("live", "go on beyond the window, until --stop", "flag"),
            Option("stop", "stop watching, and leave the picture", "flag"),
        ),
        bare="service",
    ),
    Verb(
        "models",
        "the models, newest first",
        "%models diabetes --tag stage=test",
        (Argument("NAME", "versions of this one alone", names="model", required=False),),
        (
            _TAG_FILTER,
            _PROPERTY_FILTER,
            Option("framework", "of this framework", aliases=("--model-framework",), names="framework"),
            Option("run-id", "made by this run"),
            Option("latest", "the newest version of each name", "flag"),
            Option("limit", "at most so many (default: 50)", "integer", "N"),
        ),
    ),
    Verb(
        "images",
        "the images, newest first",
        "%images --model diabetes",
        (Argument("NAME", "versions of this one alone", names="image", required=False),),
        (
            _of_model("those that hold the model"),
            _TAG_FILTER,
            _PROPERTY_FILTER,
        ),
    ),
    Verb(
        "services",
        "the services and how they are",
        "%services --model diabetes",
        (Argument("NAME", "this one alone", names="service", required=False),),
        (
            _of_model("those that run the model"),
            Option("image", "those that run the image", metavar="N[:V]", aliases=("--image-name", "--image-id"),
                   names="image"),
            Option("target", "those on the target", metavar="T", aliases=("--compute-type",), names="target"),
            _TAG_FILTER,
            _PROPERTY_FILTER,
        ),
    ),
    Verb(
        "operations",
        "what was and is at work; with an id, follows that one",
        "%operations --cancel 5f3a9c",
        (Argument("ID", "follow this one", names="operation", required=False),),
        (
            Option("cancel", "stop this one", metavar="ID", names="operation"),
            Option("state", "those in the state", choices=(
                "Queued", "Running", "Succeeded", "Failed", "Cancelled", "Interrupted")),
            Option("limit", "at most so many (default: 20)", "integer", "N"),
        ),
    ),
    Verb(
        "delete_service",
        "stops a service and removes all that it made",
        "%delete_service diabetes",
        (_SERVICE,),
        (
            Option("delete-image", "also its images that nothing else uses", "flag"),
            Option("delete-cache", "also what was laid out on this machine for it (default: true)", "boolean",
                   "true|false"),
            Option("delete-volume", "also what its script collected (default: true)", "boolean", "true|false"),
        ),
        bare="service",
    ),
    Verb(
        "delete_image",
        "removes an image that no service uses",
        "%delete_image diabetes:1",
        (Argument("NAME:V", "the image", names="image"),),
        bare="image",
    ),
    Verb(
        "delete_model",
        "removes a model that no image and no service uses",
        "%delete_model diabetes:1",
        (Argument("NAME:V", "the model", names="model"),),
        bare="model",
    ),
    Verb(
        "workspace",
        "which workspace this is, and what is in it; with a folder or URL, goes to that one",
        "%workspace ~/team",
        (Argument("URL", "a folder or a database URL", "path", required=False),),
    ),
)  # fmt: skip


def verb(name: str) -> Verb:
    """The verb of that name. Raises `KeyError`."""
    return next(verb for verb in VERBS if verb.name == name)
