"""A worker from its first frame to its exit code: configure, check, import, init, READY, serve."""

from __future__ import annotations

import argparse
import faulthandler
import gc
import inspect
import json
import os
import socket
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from jupyter_mlops.scoring.wire import Kind, frame
from jupyter_mlops.scoring.worker import isolation, old_imports
from jupyter_mlops.scoring.worker.batching import Batcher
from jupyter_mlops.scoring.worker.channel import Channel
from jupyter_mlops.scoring.worker.inputs import InputMode, StringInput
from jupyter_mlops.scoring.worker.loop import Loop, Slots
from jupyter_mlops.scoring.worker.outbox import Watcher
from jupyter_mlops.scoring.worker.parent import end_with_parent
from jupyter_mlops.scoring.worker.schema.layers import inner_code
from jupyter_mlops.scoring.worker.scorer import Scorer
from jupyter_mlops.scoring.worker.script import Failure, Script, load, pickle_by_value, prepare
from jupyter_mlops.scoring.worker.served.batch import BATCH
from jupyter_mlops.scoring.worker.swagger import documents
from jupyter_mlops.scoring.worker.tracebacks import text_of

__all__ = ["main"]

_TREE_LINES = 200
_NOT_SATISFIED = 4
_SCRIPT_FAILED = 3


class _Loaded(NamedTuple):
    script: Script
    mode: InputMode
    batch: dict[str, float] | None
    warnings: list[str]


def main(argv: list[str]) -> int:
    """Run one worker; returns its exit code."""
    parser = argparse.ArgumentParser(prog="worker")
    parser.add_argument("--fd", type=int, required=True, help="the socket to the front")
    parser.add_argument("--slots-fd", type=int, help="a file of 4 bytes a thread, see loop.py")
    parser.add_argument("--forks-fd", type=int, help="be a template: this socket asks for workers, see template.py")
    options = parser.parse_args(argv)
    faulthandler.enable()  # a segmentation fault says where it was
    end_with_parent()
    os.set_inheritable(options.fd, False)  # what the script starts must not keep the front waiting
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8", errors="backslashreplace", line_buffering=True)  # type: ignore[union-attr]
    channel = Channel(socket.socket(fileno=options.fd))
    frames = channel.read()
    if not frames:
        return 0
    channel.unread(frames[1:])
    revision = json.loads(frames[0][1])
    if options.forks_fd is not None:
        os.set_inheritable(options.forks_fd, False)
        return _preload(channel, revision, socket.socket(fileno=options.forks_fd))
    return _serve(channel, revision, options.slots_fd)


def _serve(channel: Channel, revision: dict[str, Any], slots: int | None) -> int:
    watcher = Watcher()
    watcher.start()
    try:
        loaded, ready = _load_and_describe(channel, revision)
    except Failure as failure:
        return _fail(channel, failure)
    gc.freeze()  # what is loaded stays: no collection has to walk through the model again
    return _run(channel, revision, slots, watcher, loaded, ready)


def _preload(channel: Channel, revision: dict[str, Any], forks: socket.socket) -> int:
    """The template, and from `serve` on each of the workers that it forks."""
    from jupyter_mlops.scoring.worker.template import Template, rehearse

    try:
        loaded, ready = _load_and_describe(channel, revision)
    except Failure as failure:
        return _fail(channel, failure)
    gc.collect()  # what is left is the model's: a collection in a worker would write to the pages of all of it
    gc.freeze()
    rehearse()
    channel.send(frame(Kind.READY, json.dumps(ready).encode()))
    forked = Template(channel, forks).serve()
    if forked is None:
        return 0
    frames = forked.channel.read()
    if not frames:
        return 0
    forked.channel.unread(frames[1:])  # the first is the revision, which we have
    watcher = Watcher()
    watcher.start()
    own = ready | {"pid": os.getpid(), "warnings": [*ready["warnings"], *forked.warnings]}
    return _run(forked.channel, revision, forked.slots, watcher, loaded, own)


def _run(
    channel: Channel,
    revision: dict[str, Any],
    slots: int | None,
    watcher: Watcher,
    loaded: _Loaded,
    ready: dict[str, Any],
) -> int:
    threads = int(revision.get("threads") or 1)
    peeled, batch = loaded.script.peeled, loaded.batch
    scorer = Scorer(peeled.function, loaded.mode, None if peeled.whole else inner_code(loaded.script.run))
    batcher = Batcher(scorer, int(batch["max_size"])) if batch else None
    loop = Loop(channel, scorer, batcher, Slots(slots, threads), watcher, threads)
    channel.send(frame(Kind.READY, json.dumps(ready).encode()))
    return loop.serve()


# ── loading ──


def _load_and_describe(channel: Channel, revision: dict[str, Any]) -> tuple[_Loaded, dict[str, Any]]:
    """What was loaded, and what READY says of it. Raises Failure."""
    started = time.perf_counter()
    loaded = _load(channel, revision)
    return loaded, _ready(loaded, revision, (time.perf_counter() - started) * 1000)


def _load(channel: Channel, revision: dict[str, Any]) -> _Loaded:
    """Raises Failure."""
    lock = isolation.read_lock(revision.get("lock")) if revision.get("isolated", True) else None
    if lock is not None:
        isolation.check(lock)
    entry = prepare(revision)
    if lock is not None:
        isolation.install(lock, _own_folders(revision, entry))
    old_imports.install()
    channel.send(frame(Kind.STAGE, b"import"))
    gc.disable()  # modules are no garbage: looking for some costs a large import a tenth of its time
    try:
        script = load(entry)
    finally:
        gc.enable()
    channel.send(frame(Kind.STAGE, b"init"))
    _init(script)
    pickle_by_value()
    warnings: list[str] = []
    return _Loaded(script, _mode(script, revision), _batch(script, revision, warnings), warnings)


def _own_folders(revision: dict[str, Any], entry: Path) -> list[Path]:
    root = Path(os.environ["AML_APP_ROOT"])
    source = revision.get("source_directory")
    return list(dict.fromkeys([entry.parent, *([root / source] if source else []), root]))


def _init(script: Script) -> None:
    try:
        result = script.init()
        if inspect.isawaitable(result):
            from jupyter_mlops.scoring.worker.scorer import wait_for

            wait_for(result)
    except BaseException as error:
        for line in _model_tree():
            print(line)
        raise Failure("init", f"{type(error).__name__}: {error}") from error


def _model_tree() -> Iterator[str]:
    """What lies in the model folder, for the log of a failed init."""
    root = Path(os.environ.get("AZUREML_MODEL_DIR") or "/nowhere")
    if not root.is_dir():
        return
    yield f"AZUREML_MODEL_DIR is {root}, and holds:"
    for number, path in enumerate(sorted(root.rglob("*"))):
        if number == _TREE_LINES:
            yield "  and more"
            return
        yield f"  {path.relative_to(root)}{os.sep if path.is_dir() else ''}"


def _mode(script: Script, revision: dict[str, Any]) -> InputMode:
    first = script.parameters[0].name
    mode: InputMode
    if script.raw:
        from jupyter_mlops.scoring.worker.request import RawInput

        mode = RawInput(first)
    elif script.peeled.decorated:
        from jupyter_mlops.scoring.worker.schema.input import SchemaInput

        mode = SchemaInput(script.parameters, script.peeled.layers)
    else:
        mode = StringInput(first, _signature_check(revision, first))
    if script.wants_headers:
        from jupyter_mlops.scoring.worker.request import WithHeaders

        mode = WithHeaders(mode)
    return mode


def _signature_check(revision: dict[str, Any], parameter: str) -> Any:
    if not revision.get("signature"):
        return None
    from jupyter_mlops.scoring.worker.signature import SignatureCheck

    check = SignatureCheck(revision["signature"], parameter, (revision.get("probe") or {}).get("body"))
    return check.check if check.active else None


def _batch(script: Script, revision: dict[str, Any], warnings: list[str]) -> dict[str, float] | None:
    """The revision's word, or else the decorator's."""
    wanted = revision.get("batch") or getattr(script.run, BATCH, None)
    if not wanted:
        return None
    if script.raw or script.wants_headers or not script.peeled.decorated or not script.peeled.whole:
        warnings.append(
            "batching is off: rows can be joined where run() is decorated with @input_schema,"
            " and has neither @rawhttp nor request_headers"
        )
        return None
    return {"max_size": wanted.get("max_size") or 64, "max_wait_ms": wanted.get("max_wait_ms") or 0}


# ── what the front is told ──


def _ready(loaded: _Loaded, revision: dict[str, Any], milliseconds: float) -> dict[str, Any]:
    script = loaded.script
    described = documents(script, Path(os.environ["AML_APP_ROOT"]))
    streams = inspect.isgeneratorfunction(script.peeled.function) or inspect.isasyncgenfunction(script.peeled.function)
    return {
        "mode": loaded.mode.name,
        "needs_head": loaded.mode.needs_head or streams,
        "parameters": [each.name for each in script.parameters],
        "batch": loaded.batch,
        "threads": int(revision.get("threads") or 1),
        "swagger": described.documents,
        "swagger_errors": described.errors,
        "swagger_files": described.files,
        "warnings": loaded.warnings + described.warnings,
        "sources": _sources(revision),
        "pid": os.getpid(),
        "init_ms": milliseconds,
    }


def _sources(revision: dict[str, Any]) -> list[str]:
    """What to watch for hot reload: the modules of the app, and the models."""
    root = os.environ["AML_APP_ROOT"] + os.sep
    files = {getattr(module, "__file__", None) or "" for module in list(sys.modules.values())}
    own = sorted(file for file in files if file.startswith(root) and f"{os.sep}site-packages{os.sep}" not in file)
    models = [os.environ["AZUREML_MODEL_DIR"]] if revision.get("model_dir") else []
    return own + models


def _fail(channel: Channel, failure: Failure) -> int:
    cause = failure.__cause__
    text = text_of(cause) if cause is not None else failure.message
    code = _NOT_SATISFIED if failure.where == "lock" else _SCRIPT_FAILED
    print(text, file=sys.stderr, flush=True)
    report = {
        "where": failure.where,
        "message": failure.message.replace("\n", " "),
        "traceback": text,
        "exit_code": code,
        "signal": None,
        "tail": None,
    }
    channel.send(frame(Kind.FAILED, json.dumps(report).encode()))
    return code
