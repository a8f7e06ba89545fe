"""A worker from its first frame to its exit code: configure, check, import, init, READY, serve."""

from __future__ import annotations

import argparse
import json
import os
import socket
import sys
import time
import traceback
from typing import Any

from jupyter_mlops.scoring.wire import Kind, frame
from jupyter_mlops.scoring.worker.channel import Channel
from jupyter_mlops.scoring.worker.inputs import InputMode, StringInput
from jupyter_mlops.scoring.worker.loop import Loop, Slots
from jupyter_mlops.scoring.worker.script import Failure, Script, load, prepare

__all__ = ["main"]


def main(argv: list[str]) -> int:
    """Run one worker; returns its exit code."""
    parser = argparse.ArgumentParser(prog="worker")
    parser.add_argument("--fd", type=int, required=True)
    parser.add_argument("--slots-fd", type=int)
    options = parser.parse_args(argv)
    os.set_inheritable(options.fd, False)
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8", errors="backslashreplace", line_buffering=True)  # type: ignore[union-attr]
    channel = Channel(socket.socket(fileno=options.fd))
    frames = channel.read()
    if not frames:
        return 0
    revision = json.loads(frames[0][1])
    started = time.perf_counter()
    try:
        script, mode = _load(revision)
    except Failure as failure:
        return _fail(channel, failure, 3)
    ready = _ready(script, mode, (time.perf_counter() - started) * 1000)
    channel.send(frame(Kind.READY, json.dumps(ready).encode()))
    return Loop(channel, script.peeled.function, mode, Slots(options.slots_fd)).serve()


def _load(revision: dict[str, Any]) -> tuple[Script, InputMode]:
    script = load(prepare(revision))
    try:
        script.init()
    except BaseException as error:
        raise Failure("init", f"{type(error).__name__}: {error}") from error
    return script, _mode(script)


def _mode(script: Script) -> InputMode:
    if script.peeled.decorated:
        from jupyter_mlops.scoring.worker.schema.input import SchemaInput

        return SchemaInput(script.parameters, script.peeled.layers)
    return StringInput(script.parameters[0].name)


def _ready(script: Script, mode: InputMode, milliseconds: float) -> dict[str, Any]:
    return {
        "mode": mode.name,
        "needs_head": mode.needs_head,
        "parameters": [each.name for each in script.parameters],
        "batch": None,
        "threads": 1,
        "swagger": {},
        "swagger_errors": {},
        "warnings": [],
        "sources": [],
        "pid": os.getpid(),
        "init_ms": milliseconds,
    }


def _fail(channel: Channel, failure: Failure, code: int) -> int:
    cause = failure.__cause__
    text = "".join(traceback.format_exception(cause)) if cause is not None else failure.message
    print(text, file=sys.stderr, flush=True)
    report = {
        "where": failure.where,
        "message": failure.message,
        "traceback": text,
        "exit_code": code,
        "signal": None,
        "tail": None,
    }
    channel.send(frame(Kind.FAILED, json.dumps(report).encode()))
    return code
