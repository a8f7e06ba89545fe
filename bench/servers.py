"""Ours and the peers: how each is installed, started, asked. One worker each, the same model, the same two rows."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

__all__ = ["KEY", "PEERS", "ROWS", "Server", "environment", "install", "make_model"]

ROOT = Path(__file__).parents[1]
PEERS_FOLDER = ROOT / "bench" / "peers"
VENVS = ROOT / ".venv" / "bench"
ROWS = [[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0], [10.0, 9.0, 8.0, 7.0, 6.0, 5.0, 4.0, 3.0, 2.0, 1.0]]
KEY = "bench-key"
_AZURE = json.dumps({"data": ROWS})
_V2 = json.dumps({"inputs": [{"name": "data", "shape": [2, 10], "datatype": "FP64", "data": ROWS}]})


@dataclass(frozen=True)
class Server:
    """`command(port, folder)` starts it; `path` and `body` are asked; `requirements` go into its venv (None: ours)."""

    name: str
    requirements: tuple[str, ...] | None
    command: Callable[[int, Path], list[str]]
    path: str = "/score"
    body: str = _AZURE

    @property
    def python(self) -> str:
        return sys.executable if self.requirements is None else str(VENVS / self.name.split()[0] / "bin" / "python")

    def tool(self, name: str) -> str:
        return str(Path(self.python).with_name(name))

    def request(self) -> bytes:
        """The bytes of one request."""
        return (
            f"POST {self.path} HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\n"
            f"Authorization: Bearer {KEY}\r\nContent-Length: {len(self.body)}\r\n\r\n{self.body}"
        ).encode()


def _ours(*options: str) -> Callable[[int, Path], list[str]]:
    script = str(PEERS_FOLDER / "score.py")
    base = [sys.executable, "-m", "jupyter_mlops.scoring", "--entry-script", script, "--wait-ms", "5000"]
    return lambda port, _: [*base, "--port", str(port), *options]


def _granian(app: str) -> Callable[[int, Path], list[str]]:
    tool = str(VENVS / "granian" / "bin" / "granian")
    options = ["--interface", "rsgi", "--workers", "1", "--no-ws", "--log-level", "error"]
    return lambda port, _: [tool, *options, "--port", str(port), f"{app}:app"]


def _azmlinfsrv(port: int, _: Path) -> list[str]:
    tool = VENVS / "azmlinfsrv" / "bin" / "azmlinfsrv"
    return [
        str(tool),
        "--entry_script",
        str(PEERS_FOLDER / "score.py"),
        "--port",
        str(port),
        "--health_port",
        str(port),
    ]


def _mlserver(port: int, folder: Path) -> list[str]:
    place = folder / f"mlserver-{port}"
    place.mkdir()
    settings = {"http_port": port, "grpc_port": port + 1000, "metrics_port": port + 2000, "parallel_workers": 0}
    (place / "settings.json").write_text(json.dumps(settings | {"debug": False}))
    model = {"name": "ridge", "implementation": "mlserver_sklearn.SKLearnModel"}
    model_settings = model | {"parameters": {"uri": str(folder / "model.joblib")}}
    (place / "model-settings.json").write_text(json.dumps(model_settings))
    return [str(VENVS / "mlserver" / "bin" / "mlserver"), "start", str(place)]


def _mlflow(port: int, folder: Path) -> list[str]:
    python = str(VENVS / "mlflow" / "bin" / "python")
    save = (
        "import joblib, mlflow.sklearn, sys; "
        "mlflow.sklearn.save_model(joblib.load(sys.argv[1]), sys.argv[2], serialization_format='cloudpickle')"
    )
    place = folder / f"mlflow-{port}"
    subprocess.run([python, "-c", save, str(folder / "model.pkl"), str(place)], check=True, capture_output=True)
    serve = ["models", "serve", "-m", str(place), "-p", str(port), "-w", "1", "--env-manager", "local"]
    return [python, "-m", "mlflow", *serve]


def _bentoml(port: int, _: Path) -> list[str]:
    return [str(VENVS / "bentoml" / "bin" / "bentoml"), "serve", "bento_service:Ridge", "--port", str(port)]


_GRANIAN = ("granian", "orjson", "scikit-learn", "uvloop")
PEERS = {
    server.name: server
    for server in (
        Server("ours", None, _ours()),
        Server("ours batched", None, _ours("--batch")),
        Server("granian predict", _GRANIAN, _granian("granian_predict")),
        Server("granian constant", _GRANIAN, _granian("granian_constant")),
        Server(
            "azmlinfsrv",
            ("azureml-inference-server-http", "inference-schema", "scikit-learn", "setuptools"),
            _azmlinfsrv,
        ),
        Server("mlserver", ("mlserver", "mlserver-sklearn"), _mlserver, "/v2/models/ridge/infer", _V2),
        Server("mlflow", ("mlflow", "scikit-learn"), _mlflow, "/invocations", json.dumps({"inputs": ROWS})),
        Server("bentoml", ("bentoml", "scikit-learn"), _bentoml),
    )
}


def install(server: Server) -> None:
    """Its venv, unless it is there."""
    if server.requirements is None or Path(server.python).exists():
        return
    venv = str(Path(server.python).parents[1])
    uv = str(Path(sys.executable).with_name("uv"))
    subprocess.run([uv, "venv", "-q", "-p", sys.executable, venv], check=True)
    subprocess.run([uv, "pip", "install", "-q", "-p", server.python, *server.requirements], check=True)


def make_model(folder: Path) -> None:
    """A Ridge on the diabetes data, as every server here reads it."""
    import joblib
    from sklearn.datasets import load_diabetes
    from sklearn.linear_model import Ridge

    features, target = load_diabetes(return_X_y=True)
    model = Ridge().fit(features, target)
    for name in ("model.pkl", "model.joblib"):
        joblib.dump(model, folder / name)
    keys = folder / "keys"
    keys.mkdir()
    (keys / "primary").write_text(KEY)


def environment(server: Server, folder: Path) -> dict[str, str]:
    """One thread for BLAS: a server has one core here."""
    return os.environ | {
        "PATH": f"{Path(server.python).parent}{os.pathsep}{os.environ['PATH']}",
        "AZUREML_MODEL_DIR": str(folder),
        "JUPYTER_MLOPS_KEYS_DIR": str(folder / "keys"),
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "BENTOML_DO_NOT_TRACK": "True",
        "MLFLOW_DISABLE_ENV_CREATION": "true",
        "PYTHONWARNINGS": "ignore",
    }
