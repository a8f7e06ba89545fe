"""What needs a kernel's environment is done in that kernel's Python: a short-lived process, never this server.

Packages are locked from what is installed around the interpreter that runs, so the interpreter has to be the kernel's;
and whatever a model's file or a script makes Python do, it does not do to the Jupyter server.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jupyter_mlops.errors import (
    InvalidNameError,
    MlopsError,
    NameTakenError,
    OperationError,
    RequirementError,
    UsageError,
    from_dict,
)
from jupyter_mlops.serverextension.asked import Asked
from jupyter_mlops.version import __version__

__all__ = ["Done", "about", "checked", "do"]

_MODULE = "jupyter_mlops.serverextension.work"
_LONGEST_ANSWER = 64 << 20
_SECRETS = ("JUPYTER_TOKEN", "JPY_API_TOKEN", "JUPYTERHUB_API_TOKEN")
_ending: set[asyncio.Task[None]] = set()


class Done(dict[str, Any]):
    """The result, with `notices`: what was worth a word."""


async def do(asked: Asked, action: str, arguments: Mapping[str, Any]) -> Done:
    """Do one of `work`'s actions in the interpreter that the request names, else in the server's own.

    Raises what the action raised there; `RequirementError` when jupyter_mlops is not installed in it.
    """
    interpreter = checked(asked.body.get("interpreter") or asked.query.get("interpreter"))
    notebook = asked.body.get("notebook") or asked.notebook
    folder = asked.running.places.folder_of(notebook)
    workspace = await asked.running.in_thread(lambda: asked.workspace)
    job = {
        "action": action,
        "workspace": workspace.store.location,
        "folder": str(folder),
        "arguments": dict(arguments),
    }
    process = await _start(interpreter, None if notebook is None else asked.running.places.path(notebook))
    answer, said = await _told(process, json.dumps(job))
    if answer is None:
        raise _silent(interpreter, said)
    if "error" in answer:
        raise _placed(from_dict(answer["error"]), asked.body)
    return Done(answer["result"], notices=[*answer["notices"], *_skew(interpreter, answer["version"])])


def _placed(error: MlopsError, body: Mapping[str, Any]) -> MlopsError:
    """With the field of the body that it is about: what an action says of a name does not know where it was typed."""
    about_a_name = isinstance(error, (InvalidNameError, NameTakenError))
    if error.where is None and about_a_name and repr(body.get("name")) in error.what:
        error.where = "body.name"
    return error


_ABOUT = """\
import json, platform
try:
    from jupyter_mlops.version import __version__ as version
except ModuleNotFoundError:
    version = None
print(json.dumps({"python": platform.python_version(), "version": version}))
"""


async def about(asked: Asked) -> dict[str, Any]:
    """Which jupyter_mlops the kernel's Python has, and what to type where it is not the server's.

    Asked of the interpreter itself, of whatever version jupyter_mlops is there, if it is there at all.
    """
    interpreter = checked(asked.body.get("interpreter"))
    process = await _started(interpreter, "-c", _ABOUT)
    said, complaint = await process.communicate()
    try:
        found = json.loads(said)
    except ValueError:
        raise UsageError(
            "is no Python that answers", where=interpreter, details=complaint.decode(errors="replace") or None
        ) from None
    return {"interpreter": interpreter, **found, "server": __version__, **_advice(interpreter, found["version"])}


def _advice(interpreter: str, version: str | None) -> dict[str, str | None]:
    if version == __version__:
        return {"message": None, "hint": None}
    if version is None:
        message = f"jupyter_mlops is not installed in the kernel's Python ({interpreter})"
        return {"message": message, "hint": _install(interpreter, __version__)}
    from packaging.version import Version

    if Version(version) > Version(__version__):
        hint = f"{_install(sys.executable, version)}, then restart the Jupyter server"
    else:
        hint = f"{_install(interpreter, __version__)}, then restart the kernel"
    return {"message": _skewed(interpreter, version), "hint": hint}


def _install(interpreter: str, version: str) -> str:
    return f"{interpreter} -m pip install jupyter-mlops=={version}"


def checked(interpreter: str | None) -> str:
    """The Python to take. Raises `UsageError` for what is none."""
    if interpreter is None:
        return sys.executable
    path = Path(interpreter)
    if not path.is_absolute() or not path.is_file() or not os.access(path, os.X_OK):
        raise UsageError("no Python is there", where=interpreter, hint="interpreter is the kernel's sys.executable")
    return interpreter


async def _start(interpreter: str, notebook: Path | None) -> Process:
    return await _started(
        interpreter, "-m", _MODULE, **({} if notebook is None else {"JPY_SESSION_NAME": str(notebook)})
    )


async def _started(interpreter: str, *arguments: str, **variables: str) -> Process:
    environment = {name: value for name, value in os.environ.items() if name not in _SECRETS} | variables
    try:
        return await asyncio.create_subprocess_exec(
            interpreter, *arguments,
            stdin=PIPE, stdout=PIPE, stderr=PIPE, limit=_LONGEST_ANSWER,
            # Nothing of the folder that the server was started in is imported; `work` goes to the notebook's.
            cwd="/", env=environment, start_new_session=True,
        )  # fmt: skip
    except OSError as error:
        raise UsageError(f"cannot be started: {error.strerror}", where=interpreter) from error


async def _told(process: Process, job: str) -> tuple[dict[str, Any] | None, str]:
    """The one line that it answers; None, and what it said instead, when it does not.

    It may go on after its answer (a deletion waits until the service is gone): nobody waits for that.
    """
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stderr is not None
    said = asyncio.ensure_future(process.stderr.read())
    process.stdin.write(job.encode() + b"\n")
    process.stdin.close()
    line = await process.stdout.readline()
    try:
        answer = json.loads(line)
    except ValueError:
        await process.wait()
        return None, (await said).decode(errors="replace")
    ending = asyncio.create_task(_end(process, said))
    _ending.add(ending)
    ending.add_done_callback(_ending.discard)
    return answer, ""


async def _end(process: Process, said: asyncio.Future[bytes]) -> None:
    await process.wait()
    await said


def _silent(interpreter: str, said: str) -> MlopsError:
    """Why an interpreter gave no answer."""
    last = said.strip().rpartition("\n")[2]
    hint = _install(interpreter, __version__)
    if "No module named" in last and "jupyter_mlops" in last:
        has_another = "serverextension" in last
        what = "is of another version there" if has_another else "is not installed there"
        return RequirementError(f"jupyter_mlops {what}", where=f"the kernel's Python {interpreter}", hint=hint)
    if "No module named" in last:
        return RequirementError(f"jupyter_mlops is not whole there: {last}", where=interpreter, hint=hint)
    return OperationError("the kernel's Python broke off", where=interpreter, details=said or None)


def _skew(interpreter: str, version: str) -> list[str]:
    return [] if version == __version__ else [_skewed(interpreter, version)]


def _skewed(interpreter: str, version: str) -> str:
    return f"jupyter_mlops is {version} in the kernel's Python ({interpreter}) and {__version__} in the Jupyter server"
