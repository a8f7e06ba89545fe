"""Docker: what a change costs, and what a request costs: `python bench/containers.py [--rounds N] [--output FILE]`.

Runs in a workspace and on a base image of its own, in the engine that `docker` uses, and removes what it made. Each
figure stands beside what it is held against, measured in the same run. `python bench/run.py` runs it after the peers.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tarfile
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

MODEL_MB = 200
_SECONDS = 3.0
_CONNECTIONS = 16
_PARTS = ("first_build", "changes", "requests")
_KEY = "bench-key"
_BODY = json.dumps({"data": [[1.0, 2.0, 3.0, 4.0, 5.0], [5.0, 4.0, 3.0, 2.0, 1.0]]})
_IMPORTS = "import json, pandas, sklearn.linear_model"
_FEW_IMPORTS = "import json"
SCRIPT = """\
IMPORTS


def init():
    CHANGE


def run(data):
    return [sum(row) for row in json.loads(data)["data"]]
"""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--output", help="write the table there, as Markdown")
    parser.add_argument("--only", help=f"some of: {', '.join(_PARTS)}")
    given = parser.parse_args()
    text = report(given.rounds, given.only.split(",") if given.only else _PARTS)
    if text is None:
        return 1
    print("\n" + text)
    if given.output:
        Path(given.output).write_text(text + "\n")
    return 0


def report(rounds: int, parts: Sequence[str] = _PARTS) -> str | None:
    """The table; None when no engine answers."""
    from jupyter_mlops.docker_client import connect
    from jupyter_mlops.errors import MlopsError

    try:
        client = connect(timeout=600)
    except MlopsError as error:
        print(f"Docker is left out: {error.message}")
        return None
    with tempfile.TemporaryDirectory(prefix="bench-docker-", dir=os.environ.get("TMPDIR")) as folder:
        bench = Bench(client, Path(folder))
        with bench.own_base():
            lines = [line for part in parts for line in getattr(bench, part)(rounds)]
    head = (
        f"Measured {datetime.now(UTC):%Y-%m-%d %H:%M} UTC on {platform.machine()}, {os.cpu_count()} cores, Docker"
        f" {client.version()['Version']}, Python {platform.python_version()}, load average {os.getloadavg()[0]:.1f};"
        f" medians of {rounds} rounds."
    )
    table = ["| what | measured | held against | ratio | bar |", "| --- | ---: | --- | ---: | ---: |"]
    return "\n".join([head, "", *table, *lines])


class Bench:
    """One run: a workspace, a machine folder and a base image of its own, so that every layer is new to the engine."""

    def __init__(self, client: Any, folder: Path):
        self._client = client
        self.folder = folder
        os.environ["JUPYTER_MLOPS_WORKSPACE"] = str(folder / "workspace")
        os.environ["JUPYTER_MLOPS_STATE"] = str(folder / "state")
        self._base = ""
        from jupyter_mlops import Workspace

        self._workspace = Workspace()

    @contextmanager
    def own_base(self) -> Iterator[None]:
        try:
            self.fresh_base()
            yield
        finally:
            self._remove_images()

    def fresh_base(self) -> None:
        """A base that no layer was ever built upon: the default one with one file more."""
        from jupyter_mlops.images.engines.docker import DockerEngine

        os.environ.pop("JUPYTER_MLOPS_BASE_IMAGE", None)
        reference = DockerEngine().base(None, platform.python_version()).reference
        container = self._client.containers.create(reference, command=["true"])
        packed = io.BytesIO()
        with tarfile.open(fileobj=packed, mode="w") as tar:
            content = os.urandom(16).hex().encode()
            about = tarfile.TarInfo("bench")
            about.size = len(content)
            tar.addfile(about, io.BytesIO(content))
        container.put_archive("/etc", packed.getvalue())
        self._remove_images()
        self._base = f"jupyter-mlops/bench-base:{os.getpid()}"
        container.commit("jupyter-mlops/bench-base", str(os.getpid()))
        container.remove()
        os.environ["JUPYTER_MLOPS_BASE_IMAGE"] = self._base

    def _remove_images(self) -> None:
        if not self._base:
            return
        from jupyter_mlops.images.container import LABEL

        wanted = {"label": f"org.opencontainers.image.base.name={self._base}"}
        for image in self._client.images.list(filters=wanted):
            if image.labels.get(f"{LABEL}.workspace"):
                self._client.images.remove(image.id, force=True)
        self._client.images.remove(self._base, force=True)

    # ── the first build ──

    def first_build(self, rounds: int) -> list[str]:
        """scikit-learn and pandas, both sides with an empty cache of uv; the base is there on both sides."""
        ours: list[float] = []
        plain: list[float] = []
        compiled: list[float] = []
        for number in range(rounds):
            self.fresh_base()
            image = self._image(f"first-{number}")
            listed = self.folder / "lock.txt"
            listed.write_text("".join(f"{line}\n" for line in image.environment))
            for times, work in (
                (ours, partial(getattr, image, "location")),
                (plain, partial(self._uv, listed)),
                (compiled, partial(self._uv, listed, "--compile-bytecode")),
            ):
                with self._empty_cache():
                    times.append(_seconds(work))
            print(
                f"first build: {ours[-1]:.1f} s, uv {plain[-1]:.1f} s, with bytecode {compiled[-1]:.1f} s", flush=True
            )
        both = f"{_median(compiled):.1f} s (without bytecode {_median(plain):.1f} s)"
        row = _row(
            "first build with scikit-learn and pandas",
            f"{_median(ours):.1f} s",
            f"`uv pip install --compile-bytecode` of the same lock: {both}",
            f"{_ratio(ours, compiled):.2f} (without bytecode {_ratio(ours, plain):.2f})",
            "≤ 1.3",
        )
        return [row]

    def _image(self, name: str) -> Any:
        from jupyter_mlops import Image

        image = Image.create(self._workspace, name, [], self._script("pass"))
        image.wait_for_creation()
        return image

    def _script(self, change: str, imports: str = _IMPORTS) -> Any:
        from jupyter_mlops import InferenceConfig

        path = self.folder / "score.py"
        path.write_text(SCRIPT.replace("IMPORTS", imports).replace("CHANGE", change))
        return InferenceConfig(entry_script=str(path))

    def _uv(self, listed: Path, *options: str) -> None:
        from jupyter_mlops.installers import uv_command, uv_environment

        target = self.folder / "target"
        command = [*uv_command(), "pip", "install", "-q", "--no-deps", "--target", str(target), "-r", str(listed)]
        subprocess.run([*command, "--python", sys.executable, *options], env=uv_environment(), check=True)
        shutil.rmtree(target)

    @contextmanager
    def _empty_cache(self) -> Iterator[None]:
        before = os.environ.get("UV_CACHE_DIR")
        with tempfile.TemporaryDirectory(dir=self.folder) as cache:
            os.environ["UV_CACHE_DIR"] = cache
            yield
        os.environ.pop("UV_CACHE_DIR")
        if before is not None:
            os.environ["UV_CACHE_DIR"] = before

    # ── changes of a service that runs ──

    def changes(self, rounds: int) -> list[str]:
        """A changed script against its imports, a changed model against hashing and copying it."""
        with self._deployed(_IMPORTS) as service:
            rows = [self._changed_script(service, rounds), self._changed_model(service, rounds, _IMPORTS)]
        with self._deployed(_FEW_IMPORTS) as service:
            return [*rows, self._changed_model(service, rounds, _FEW_IMPORTS)]

    @contextmanager
    def _deployed(self, imports: str) -> Iterator[Any]:
        from jupyter_mlops import LocalWebservice, Model

        script, configuration = self._script("pass", imports), LocalWebservice.deploy_configuration()
        service = Model.deploy(self._workspace, "bench", [self._model()], script, configuration)
        service.wait_for_deployment()
        assert service.target == "docker"
        try:
            yield service
        finally:
            service.delete()

    def _changed_script(self, service: Any, rounds: int) -> str:
        took: list[float] = []
        imports: list[float] = []
        for number in range(rounds):
            config = self._script(f"print({number})")
            took.append(_seconds(partial(_updated, service, inference_config=config)))
            imports.append(_seconds(partial(self._imports, service, _IMPORTS)))
            print(f"changed script: {took[-1]:.2f} s, its imports {imports[-1]:.2f} s", flush=True)
            _say_stages(service)
        beyond = statistics.median(a - b for a, b in zip(took, imports, strict=True))
        against = f"its imports in the service's container {_median(imports):.1f} s"
        return _row("changed script, live by update", f"{_median(took):.1f} s", against, f"+ {beyond:.1f} s", "+ 3 s")

    def _imports(self, service: Any, imports: str) -> None:
        """What the script imports, in a new Python beside the replica's own."""
        wanted = {"label": ["org.jupyter-mlops.role=worker", f"org.jupyter-mlops.service={service.name}"]}
        (worker,) = self._client.containers.list(filters=wanted)
        code, said = worker.exec_run(["/opt/mlops/env/bin/python", "-I", "-c", imports])
        assert code == 0, said

    def _changed_model(self, service: Any, rounds: int, script_imports: str) -> str:
        registered: list[float] = []
        took: list[float] = []
        copied: list[float] = []
        imports: list[float] = []
        for _ in range(rounds):
            path = self._model_file()
            copied.append(_seconds(partial(_hash_and_copy, path)))
            begun = time.perf_counter()
            model = self._registered(path)
            registered.append(time.perf_counter() - begun)
            took.append(_seconds(partial(_updated, service, models=[model])))
            imports.append(_seconds(partial(self._imports, service, script_imports)))
            print(
                f"changed model of {MODEL_MB} MB: {took[-1]:.2f} s after {registered[-1]:.2f} s of registering;"
                f" hashed and copied in {copied[-1]:.2f} s",
                flush=True,
            )
            _say_stages(service)
        beyond = statistics.median(a - b for a, b in zip(took, copied, strict=True))
        against = f"hashing and copying it {_median(copied):.1f} s"
        of_which = f"+ {beyond:.1f} s, of which its script's imports are {_median(imports):.1f} s"
        registering = f"registered in {_median(registered):.1f} s"
        what = f"changed model of {MODEL_MB} MB, live by update ({registering}); its script: `{script_imports}`"
        return _row(what, f"{_median(took):.1f} s", against, of_which, "+ 3 s")

    def _model(self) -> Any:
        return self._registered(self._model_file())

    def _model_file(self) -> Path:
        path = self.folder / "model.bin"
        with path.open("wb") as file:
            for _ in range(MODEL_MB):
                file.write(os.urandom(1 << 20))
        return path

    def _registered(self, path: Path) -> Any:
        from jupyter_mlops import Model

        return Model.register(self._workspace, str(path), "weights")

    # ── requests ──

    def requests(self, rounds: int) -> list[str]:
        """Through our service, and through one container of the same image that serves alone; one core for each."""
        from jupyter_mlops import LocalWebservice, Model

        service = Model.deploy(
            self._workspace, "bench", [], self._script("pass"), LocalWebservice.deploy_configuration()
        )
        service.wait_for_deployment()
        bare = self._bare(service.image.location)
        try:
            ours: list[dict[str, Any]] = []
            alone: list[dict[str, Any]] = []
            bare_port = int(self._client.api.port(bare.id, 5001)[0]["HostPort"])
            places = (
                (ours, urlsplit(service.scoring_uri).port, service.get_keys()[0]),
                (alone, bare_port, _KEY),
            )
            for number in range(rounds):
                for measured, port, key in places if number % 2 else places[::-1]:  # neither is always the second
                    measured.append(_load(port, key))
                print(f"requests/s: {ours[-1]['rate']:.0f}, bare container {alone[-1]['rate']:.0f}", flush=True)
        finally:
            bare.remove(force=True)
            service.delete()
        rates = [[one["rate"] for one in measured] for measured in (ours, alone)]
        late = [[one["p99_ms"] for one in measured] for measured in (ours, alone)]
        return [
            _row(
                f"requests, {_CONNECTIONS} connections",
                f"{_median(rates[0]):,.0f} /s (p99 {_median(late[0]):.1f} ms)",
                f"a bare container of the same server {_median(rates[1]):,.0f} /s (p99 {_median(late[1]):.1f} ms)",
                f"{_ratio(rates[0], rates[1]):.2f}",
                "≥ 0.9",
            )
        ]

    def _bare(self, image: str) -> Any:
        """As `docker run -p 127.0.0.1::5001` would, with a key."""
        container = self._client.containers.create(
            image, ports={"5001/tcp": ("127.0.0.1", None)}, environment={"JUPYTER_MLOPS_KEYS_DIR": "/bench-keys"}
        )
        packed = io.BytesIO()
        with tarfile.open(fileobj=packed, mode="w") as tar:
            about = tarfile.TarInfo("bench-keys/primary")
            about.size, about.mode = len(_KEY), 0o444
            tar.addfile(about, io.BytesIO(_KEY.encode()))
        container.put_archive("/", packed.getvalue())
        container.start()
        container.reload()
        port = int(self._client.api.port(container.id, 5001)[0]["HostPort"])
        _until_it_answers(port)
        return container


def _updated(service: Any, **changes: Any) -> None:
    service.update(**changes)
    service.wait_for_deployment()


def _say_stages(service: Any) -> None:
    """Where the time went, by the operation's own events."""
    events = list(service.operation.events())
    begun = events[0].time
    for event in events:
        print(f"    {(event.time - begun).total_seconds():6.2f} s  {event.message.splitlines()[0][:100]}", flush=True)


def _hash_and_copy(path: Path) -> None:
    """As `sha256sum` and `cp`, to the disk."""
    with path.open("rb") as file:
        hashlib.file_digest(file, "sha256")
    copy = path.with_suffix(".copy")
    shutil.copyfile(path, copy)
    with copy.open("rb+") as file:
        os.fsync(file.fileno())
    copy.unlink()


def _load(port: int, key: str) -> dict[str, Any]:
    request = (
        f"POST /score HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\n"
        f"Authorization: Bearer {key}\r\nContent-Length: {len(_BODY)}\r\n\r\n{_BODY}"
    )
    client = [sys.executable, str(Path(__file__).with_name("client.py")), "127.0.0.1", str(port)]
    done = subprocess.run(
        [*client, str(_CONNECTIONS), str(_SECONDS)], input=request.encode(), capture_output=True, check=True
    )
    result: dict[str, Any] = json.loads(done.stdout)
    if not result["requests"] or result["failures"]:
        raise SystemExit(f"port {port}: {result}")
    return result | {"rate": result["requests"] / result["seconds"]}


def _until_it_answers(port: int) -> None:
    end = time.monotonic() + 60
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    headers = {"Authorization": f"Bearer {_KEY}", "Content-Type": "application/json"}
    request = urllib.request.Request(f"http://127.0.0.1:{port}/score", _BODY.encode(), headers)
    while time.monotonic() < end:
        try:
            opener.open(request, timeout=10).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise SystemExit("the bare container does not answer")


def _seconds(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def _median(values: Sequence[float]) -> float:
    return statistics.median(values)


def _ratio(ours: Sequence[float], theirs: Sequence[float]) -> float:
    return statistics.median(a / b for a, b in zip(ours, theirs, strict=True))


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    sys.exit(main())
