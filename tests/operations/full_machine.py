"""A service in Docker whose machine folder has no room left, line by line (a folder with `score.py` in it, to work in).

python -m tests.operations.full_machine FOLDER; the state folder is what it fills.
"""

from __future__ import annotations

import contextlib
import os
import sys
from importlib.metadata import version
from pathlib import Path

from jupyter_mlops import Environment, InferenceConfig, Model, Webservice, Workspace
from jupyter_mlops.errors import MlopsError
from jupyter_mlops.sdk.webservice import LocalWebservice


def filled(folder: Path) -> Path:
    """The file that takes all the room there is."""
    filler = folder / "filler"
    with filler.open("wb", buffering=0) as stream:
        try:
            while stream.write(bytes(1 << 16)):
                pass
        except OSError:
            return filler
    raise AssertionError("there is no end to it")


def update(service: Webservice) -> str:
    """With a package that its image has not."""
    environment = Environment("more")
    environment.requirements = (f"packaging=={version('packaging')}",)
    try:
        service.update(inference_config=InferenceConfig("score.py", environment=environment), wait=True)
    except MlopsError as error:
        return f"{type(error).__name__}: {error.message}"
    return "updated"


def main(folder: str) -> None:
    """Everything, one after the other."""
    os.chdir(folder)
    Path("factor.txt").write_text("2")
    with Workspace() as ws:
        model = Model.register(ws, "factor.txt", "factor")
        config, local = InferenceConfig("score.py"), LocalWebservice.deploy_configuration()
        service = Model.deploy(ws, "crowded", [model], config, local)
        try:
            service.wait_for_deployment()
            filler = filled(Path(os.environ["JUPYTER_MLOPS_STATE"]))
            print(update(service))
            print(service.run('{"data": [3]}'), service.state)
            filler.unlink()
            print(update(service))
            print(service.run('{"data": [3]}'), service.state)
        finally:
            with contextlib.suppress(MlopsError):
                service.wait_for_deployment()
            service.delete()


if __name__ == "__main__":
    main(sys.argv[1])
