"""What is particular to processes: daemons, locks, ports, kills."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from importlib import metadata
from pathlib import Path

import psutil
import pytest

from jupyter_mlops.errors import BusyError, ProofError, ServiceError, StorageError
from jupyter_mlops.records import LockedPackage, ServiceOptions, ServiceSpec
from jupyter_mlops.services.client import score
from jupyter_mlops.services.process import keys
from jupyter_mlops.services.process.launch import FrontSettings, is_locked, launch
from jupyter_mlops.services.process.machine import MachineFolder
from jupyter_mlops.services.process.target import ProcessTarget
from jupyter_mlops.services.proof import check_answer
from tests.contracts.target_benches import pids
from tests.fixtures.ports import free_port
from tests.services.specs import DOUBLE, WORKSPACE, Said, accept

NAME = "doubler"
SpecOf = Callable[..., ServiceSpec]


@pytest.fixture
def target() -> Iterator[ProcessTarget]:
    target = ProcessTarget(WORKSPACE, {})
    yield target
    for name in target.names():
        target.delete(name)


def answers(target: ProcessTarget, body: str = '{"data": [1]}') -> bytes:
    uri = target.status(NAME).scoring_uri
    assert uri is not None
    return score(uri, target.keys(NAME)[0], body).body


def gone(pid: int) -> None:
    """Wait until a process that is not ours has ended."""
    with contextlib.suppress(psutil.NoSuchProcess):
        process = psutil.Process(pid)
        until(lambda: not process.is_running() or process.status() == psutil.STATUS_ZOMBIE)


def until(condition: Callable[[], bool]) -> None:
    """Ask again until it holds; the test's own time limit is the limit."""
    pause = threading.Event()
    while not condition():
        pause.wait(0.02)


def deployer(spec: ServiceSpec, tmp_path: Path) -> subprocess.Popen[str]:
    """Another process that deploys the spec."""
    import pickle

    (tmp_path / "spec.pickle").write_bytes(pickle.dumps(spec))
    program = f"""
import pathlib, pickle
from jupyter_mlops.services.process.target import ProcessTarget
from jupyter_mlops.services.proof import check_answer
from tests.services.specs import Said, accept
class Loud(Said):
    def log(self, line):
        print(line, flush=True)
spec = pickle.loads(pathlib.Path({str(tmp_path / "spec.pickle")!r}).read_bytes())
print(ProcessTarget({WORKSPACE!r}, {{}}).deploy(spec, Loud(), accept).state, flush=True)
"""
    root = Path(__file__).parents[3]
    return subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True, cwd=root)


# ── daemons ──


def test_a_service_outlives_whoever_deployed_it_and_is_nobodys_child(
    target: ProcessTarget, spec_of: SpecOf, tmp_path: Path
) -> None:
    with deployer(spec_of(DOUBLE), tmp_path) as process:
        said, _ = process.communicate(timeout=60)
    assert said.splitlines()[-1] == "Healthy"
    front = psutil.Process(pids(NAME)[0])
    assert os.getpid() not in [parent.pid for parent in front.parents()]
    assert os.getsid(front.pid) not in (os.getsid(0), process.pid)
    assert answers(target) == b"[2]"


def test_no_key_is_on_a_command_line_or_in_an_environment(
    target: ProcessTarget, spec_of: SpecOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MY_CLOUD_TOKEN", "a-token-of-the-notebook-server")
    target.deploy(
        spec_of(DOUBLE, options=ServiceOptions(environment_variables={"OF_THE_SCRIPT": "here"})), Said(), accept
    )
    secrets = {*target.keys(NAME), "a-token-of-the-notebook-server"}
    for pid in pids(NAME):
        process = psutil.Process(pid)
        told = [*process.cmdline(), *process.environ().values()]
        assert not any(secret in text for secret in secrets for text in told)
    assert psutil.Process(pids(NAME)[1]).environ()["OF_THE_SCRIPT"] == "here"


def test_the_script_runs_away_from_where_it_was_deployed(
    target: ProcessTarget, spec_of: SpecOf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "beside_the_notebook.py").write_text("")
    monkeypatch.chdir(tmp_path)
    script = "def init():\n    import beside_the_notebook\n\ndef run(data):\n    return 1\n"
    with pytest.raises(ServiceError, match="No module named 'beside_the_notebook'"):
        target.deploy(spec_of(script), Said(), accept)


# ── kills ──


def test_workers_die_with_a_front_that_was_killed(target: ProcessTarget, spec_of: SpecOf) -> None:
    target.deploy(spec_of(DOUBLE, options=ServiceOptions(workers=2)), Said(), accept)
    front, *workers = pids(NAME)
    assert len(workers) == 2
    os.kill(front, signal.SIGKILL)
    for pid in (front, *workers):
        gone(pid)


def test_a_worker_that_was_killed_is_replaced(target: ProcessTarget, spec_of: SpecOf) -> None:
    target.deploy(spec_of(DOUBLE), Said(), accept)
    front, worker = pids(NAME)
    os.kill(worker, signal.SIGKILL)
    until(lambda: worker not in pids(NAME) and target.status(NAME).state == "Healthy")
    assert pids(NAME)[0] == front
    assert answers(target) == b"[2]"


@pytest.mark.slow
def test_a_service_whose_workers_keep_crashing_says_why(target: ProcessTarget, spec_of: SpecOf, tmp_path: Path) -> None:
    flag = tmp_path / "broken"
    script = DOUBLE.replace(
        "    global factor\n",
        f"    import os\n    global factor\n    if os.path.exists({str(flag)!r}):\n"
        "        raise OSError('it vanished')\n",
    )
    target.deploy(spec_of(script), Said(), accept)
    flag.touch()
    os.kill(pids(NAME)[1], signal.SIGKILL)
    until(lambda: target.status(NAME).state == "Failed")
    status = target.status(NAME)
    assert "OSError: it vanished" in str(status.error)
    assert "raise OSError('it vanished')" in str(status.details)
    flag.unlink()
    assert target.start(NAME).state == "Healthy"
    assert answers(target) == b"[2]"


def test_a_start_that_fails_says_why_and_how_to_try_again(
    target: ProcessTarget, spec_of: SpecOf, tmp_path: Path
) -> None:
    flag = tmp_path / "mounted"
    flag.touch()
    script = DOUBLE.replace("    global factor\n", f"    open({str(flag)!r}).close()\n    global factor\n")
    target.deploy(spec_of(script), Said(), accept)
    running = pids(NAME)
    os.kill(running[0], signal.SIGKILL)
    for pid in running:
        gone(pid)
    flag.unlink()
    with pytest.raises(ServiceError, match="FileNotFoundError"):
        target.start(NAME)
    status = target.status(NAME)
    assert (status.state, status.revision) == ("Failed", 1)
    assert "FileNotFoundError" in str(status.error)
    assert "start() starts revision 1 again" in str(status.error)
    flag.touch()
    assert target.start(NAME).state == "Healthy"


def test_a_deploy_that_was_killed_can_be_done_again(target: ProcessTarget, spec_of: SpecOf, tmp_path: Path) -> None:
    hanging = "import time\n\ndef init():\n    time.sleep(600)\n\ndef run(data):\n    return 1\n"
    with deployer(spec_of(hanging), tmp_path) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if line == "worker: init\n":
                break
        assert target.status(NAME).state == "Transitioning"
        process.kill()
    until(lambda: not MachineFolder(WORKSPACE).service(NAME).busy())
    status = target.status(NAME)
    assert status.state == "Failed"
    assert "interrupted; deploy it again" in str(status.error)
    target.deploy(spec_of(DOUBLE, revision=2), Said(), accept)
    assert answers(target) == b"[2]"


def test_a_cancelled_deploy_leaves_no_process(target: ProcessTarget, spec_of: SpecOf) -> None:
    class Cancelled(BaseException):
        pass

    class Cancel(Said):
        def log(self, line: str) -> None:
            super().log(line)
            if line == "worker: init":
                raise Cancelled

    said = Cancel()
    with pytest.raises(Cancelled):
        target.deploy(spec_of("import time\n\ndef init():\n    time.sleep(600)\n\ndef run(data): ...\n"), said, accept)
    assert target.status(NAME).state == "Failed"
    assert not MachineFolder(WORKSPACE).service(NAME).path.joinpath("control.sock").exists()
    assert [process for process in psutil.process_iter(["cmdline"]) if _is_of_this_test(process)] == []


def _is_of_this_test(process: psutil.Process) -> bool:
    known = MachineFolder(WORKSPACE).service(NAME).read("front.json")
    assert known is not None
    return known["control"] in (process.info["cmdline"] or [])


# ── two at once ──


def test_the_second_of_two_deploys_is_told_of_the_first(target: ProcessTarget, spec_of: SpecOf) -> None:
    started, let_go = threading.Event(), threading.Event()

    def hold(_: object) -> None:
        started.set()
        assert let_go.wait(60)

    first = threading.Thread(target=target.deploy, args=(spec_of(DOUBLE), Said(), hold))
    first.start()
    assert started.wait(60)
    try:
        with pytest.raises(BusyError, match=r"deploy of revision 1 by process \d+ since"):
            target.deploy(spec_of(DOUBLE, revision=2), Said(), accept)
        with pytest.raises(BusyError, match="deploy of revision 1"):
            target.delete(NAME)
    finally:
        let_go.set()
        first.join()
    assert target.status(NAME).revision == 1


# ── ports ──


def test_a_port_that_is_taken_is_one_line(target: ProcessTarget, spec_of: SpecOf) -> None:
    port = free_port()
    taken = pytest.raises(ServiceError, match=rf"port {port} is taken.*--port")
    with socket.create_server(("127.0.0.1", port)), taken:
        target.deploy(spec_of(DOUBLE, options=ServiceOptions(port=port)), Said(), accept)
    assert "is taken" in str(target.status(NAME).error)
    status = target.deploy(spec_of(DOUBLE, options=ServiceOptions(port=port)), Said(), accept)
    assert status.scoring_uri == f"http://127.0.0.1:{port}/score"


def killed_with_its_port_taken(target: ProcessTarget, spec_of: SpecOf) -> tuple[int, socket.socket]:
    """The revision that served, and who has its port now: again where others of this machine were quicker."""
    for revision in itertools.count(1):
        status = target.deploy(spec_of(DOUBLE, revision=revision), Said(), accept)
        front, worker = pids(NAME)
        os.kill(front, signal.SIGKILL)
        gone(front)
        gone(worker)
        port = int(str(status.scoring_uri).rpartition(":")[2].partition("/")[0])
        with contextlib.suppress(OSError):
            return revision, socket.create_server(("127.0.0.1", port))
    raise AssertionError


def test_a_free_port_is_kept_and_given_up_only_when_another_has_it(target: ProcessTarget, spec_of: SpecOf) -> None:
    revision, taken = killed_with_its_port_taken(target, spec_of)
    with taken:
        port, said = taken.getsockname()[1], Said()
        moved = target.deploy(spec_of(DOUBLE, revision=revision + 1), said, accept)
    assert f":{port}/" not in str(moved.scoring_uri)
    assert f"port {port} is taken" in said.lines[0]


def test_an_update_can_move_the_port_and_switch_the_keys(target: ProcessTarget, spec_of: SpecOf) -> None:
    target.deploy(spec_of(DOUBLE), Said(), accept)
    port = free_port()
    with socket.create_server(("127.0.0.1", port)):
        with pytest.raises(ServiceError, match=f"port {port} is taken"):
            target.deploy(spec_of(DOUBLE, revision=2, options=ServiceOptions(port=port)), Said(), accept)
        assert answers(target) == b"[2]"
    said = Said()
    moved = target.deploy(
        spec_of(DOUBLE, revision=2, options=ServiceOptions(port=port, auth_enabled=False)), said, accept
    )
    assert moved.scoring_uri == f"http://127.0.0.1:{port}/score"
    assert "for a moment" in "\n".join(said.lines)
    assert score(moved.scoring_uri, None, '{"data": [1]}').body == b"[2]"


@pytest.mark.skipif(shutil.which("openssl") is None, reason="makes a certificate with openssl")
def test_a_certificate_makes_the_address_https(target: ProcessTarget, spec_of: SpecOf, tmp_path: Path) -> None:
    certificate, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    wanted = "-x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 1 -subj /CN=localhost"
    names = ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(certificate)]
    subprocess.run(["openssl", "req", *wanted.split(), *names], check=True, capture_output=True)
    options = ServiceOptions(ssl_cert_file=str(certificate), ssl_key_file=str(key))
    status = target.deploy(spec_of(DOUBLE, options=options), Said(), accept)
    uri = str(status.scoring_uri)
    assert uri.startswith("https://127.0.0.1:")
    primary = target.keys(NAME)[0]
    assert score(uri, primary, '{"data": [1]}', verify=str(certificate)).body == b"[2]"
    with pytest.raises(ServiceError, match="certificate that is not trusted"):
        score(uri, primary, "{}")


# ── the disk ──


def test_a_machine_folder_that_cannot_be_written_is_one_line(
    spec_of: SpecOf, tmp_path: Path, monkeypatch: object
) -> None:
    spec = spec_of(DOUBLE)
    blocked = tmp_path / "a-file"
    blocked.write_text("")
    assert isinstance(monkeypatch, pytest.MonkeyPatch)
    monkeypatch.setenv("JUPYTER_MLOPS_STATE", str(blocked / "state"))
    with pytest.raises(StorageError) as caught:
        ProcessTarget(WORKSPACE, {}).deploy(spec, Said(), accept)
    assert "\n" not in str(caught.value)


def test_images_that_another_service_uses_stay(target: ProcessTarget, spec_of: SpecOf) -> None:
    target.deploy(spec_of(DOUBLE), Said(), accept)
    target.deploy(spec_of(DOUBLE, service="second"), Said(), accept)
    images = MachineFolder(WORKSPACE).images
    target.delete("second")
    assert len([path for path in images.iterdir() if not path.name.startswith(".")]) == 1
    assert answers(target) == b"[2]"
    target.delete(NAME)
    assert list(images.iterdir()) == []


def test_an_image_that_somebody_is_about_to_deploy_stays_and_a_forgotten_one_goes(
    target: ProcessTarget, spec_of: SpecOf
) -> None:
    target.deploy(spec_of(DOUBLE), Said(), accept)
    fresh, forgotten = (Path(spec_of(f"{DOUBLE}# {number}\n").content) for number in range(2))
    os.utime(forgotten, (0, 0))
    target.delete(NAME)
    assert list(MachineFolder(WORKSPACE).images.iterdir()) == [fresh]


def test_an_image_whose_files_are_gone_is_one_line(target: ProcessTarget, spec_of: SpecOf) -> None:
    spec = spec_of(DOUBLE)
    shutil.rmtree(spec.content)
    with pytest.raises(StorageError, match="the image's files are gone"):
        target.deploy(spec, Said(), accept)


# ── environments ──


def test_a_worker_whose_interpreter_changed_gets_a_venv_of_its_lock(target: ProcessTarget, spec_of: SpecOf) -> None:
    """The kernel's environment was upgraded after the image was made: the lock says another version."""
    six = LockedPackage(name="six", version="1.16.0", modules=("six",), direct=True)
    script = "import six\n\ndef init(): ...\n\ndef run(data):\n    return six.__version__\n"
    spec = spec_of(script, packages=(six,))
    said = Said()
    target.deploy(spec, said, accept)
    assert json.loads(answers(target)) == "1.16.0"
    venvs = MachineFolder(WORKSPACE).venvs
    assert psutil.Process(pids(NAME)[1]).cmdline()[0].startswith(str(venvs))
    target.delete(NAME)
    assert list(venvs.iterdir()) == []


def test_a_front_that_is_only_just_starting_is_deleted_as_well(target: ProcessTarget) -> None:
    folder = MachineFolder(WORKSPACE).service(NAME)
    folder.make()
    control = folder.control()
    folder.write("front.json", {"control": str(control), "settings": FrontSettings().to_dict(), "chosen": True})
    keys.make(folder.keys)
    launch(folder.path, control, FrontSettings(), keys=folder.keys, log=folder.log, lock=folder.lock)
    assert is_locked(folder.lock)
    target.delete(NAME)
    assert not folder.exists()
    assert not control.exists()


@pytest.mark.slow
def test_a_front_that_does_not_answer_is_ended_by_force(
    target: ProcessTarget, spec_of: SpecOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    target.deploy(spec_of(DOUBLE), Said(), accept)
    running = pids(NAME)
    os.kill(running[0], signal.SIGSTOP)
    monkeypatch.setattr("jupyter_mlops.services.process.front._GRACE_S", 1.0)
    monkeypatch.setattr("jupyter_mlops.services.process.target._DRAIN_S", 0.5)
    monkeypatch.setattr("jupyter_mlops.services.process.control._ANSWER_S", 0.5)
    status = target.status(NAME)
    assert (status.state, status.revision) == ("Unhealthy", 1)
    assert "does not answer" in str(status.error)
    target.delete(NAME)
    for pid in running:
        gone(pid)


def test_a_front_that_does_not_answer_in_time_is_not_ended_by_an_update_that_fails(
    target: ProcessTarget, spec_of: SpecOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    target.deploy(spec_of(DOUBLE), Said(), accept)
    front = pids(NAME)[0]

    def refuse(_: object) -> None:
        os.kill(front, signal.SIGSTOP)
        patched.setattr("jupyter_mlops.services.process.control._ANSWER_S", 0.2)
        raise ProofError("not what was declared")

    try:
        with monkeypatch.context() as patched, pytest.raises(ProofError, match="not what was declared"):
            target.deploy(spec_of(DOUBLE.replace("factor = 2", "factor = 3"), revision=2), Said(), refuse)
    finally:
        os.kill(front, signal.SIGCONT)
    assert answers(target) == b"[2]"
    assert target.status(NAME).revision == 1
    target.deploy(spec_of(DOUBLE.replace("factor = 2", "factor = 3"), revision=2), Said(), accept)
    assert answers(target) == b"[3]"


COLLECTS = """
import json
from azureml.monitoring import ModelDataCollector

def init():
    global inputs
    inputs = ModelDataCollector("doubler", designation="inputs", feature_names=["n"])

def run(data):
    rows = [[value] for value in json.loads(data)["data"]]
    inputs.collect(rows)
    return [2 * value for (value,) in rows]
"""


def test_what_the_script_collects_is_kept_and_the_sample_request_is_not(target: ProcessTarget, spec_of: SpecOf) -> None:
    target.deploy(spec_of(COLLECTS, options=ServiceOptions(collect_model_data=True)), Said(), accept)
    assert answers(target, '{"data": [7]}') == b"[14]"
    folder = MachineFolder(WORKSPACE).service(NAME).collected
    (file,) = folder.rglob("*.csv")
    header, *rows = file.read_text().splitlines()
    assert header == "$Timestamp,$CorrelationId,$Service,$Revision,n"
    assert [row.rpartition(",")[2] for row in rows] == ["7"]


SHARED = """
import os, threading

def init():
    print("init ran")
    threading.Thread(target=threading.Event().wait, name="ticker", daemon=True).start()

def run(data):
    return os.getppid()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the workers are ordinary ones")
def test_preloaded_workers_have_one_parent_that_ran_init(target: ProcessTarget, spec_of: SpecOf) -> None:
    said = Said()
    target.deploy(spec_of(SHARED, options=ServiceOptions(preload=True, workers=4), sample_input=None), said, accept)
    assert said.lines.count("init ran") == 1
    assert any("'ticker'" in line for line in said.lines), said.lines
    parents = {json.loads(answers(target)) for _ in range(8)}
    assert len(parents) == 1
    target.delete(NAME)
    gone(parents.pop())


SCHEMA = """
import numpy as np
from inference_schema.schema_decorators import input_schema
from inference_schema.parameter_types.numpy_parameter_type import NumpyParameterType

def init():
    pass

@input_schema("data", NumpyParameterType(np.array([[1.0, 2.0]])))
def run(data):
    return ANSWER
"""


def batched(spec_of: SpecOf, answer: str) -> ServiceSpec:
    return spec_of(
        SCHEMA.replace("ANSWER", answer),
        options=ServiceOptions(batch_max_size=16),
        sample_input='{"data": [[1, 2], [3, 5]]}',
        packages=(LockedPackage(name="numpy", version=metadata.version("numpy"), modules=("numpy",)),),
    )


def test_batching_is_switched_on_when_rows_are_answered_as_one_by_one(target: ProcessTarget, spec_of: SpecOf) -> None:
    spec = batched(spec_of, "data.sum(axis=1)")
    judged: list[list[str]] = []
    target.deploy(spec, Said(), lambda answer: judged.append(check_answer(answer, spec.manifest)))
    assert judged == [[]]
    assert answers(target, '{"data": [[1, 1], [2, 2]]}') == b"[2.0,4.0]"


def test_a_run_that_looks_at_other_rows_is_not_batched(target: ProcessTarget, spec_of: SpecOf) -> None:
    spec = batched(spec_of, "data.sum(axis=1) - data.mean()")
    with pytest.raises(ProofError, match=r"row 0 of the sample is answered .* together with others, .* alone"):
        target.deploy(spec, Said(), lambda answer: accept(check_answer(answer, spec.manifest)))


def test_batching_with_nothing_to_put_together_is_said_to_be_unproven(target: ProcessTarget, spec_of: SpecOf) -> None:
    said = Said()
    target.deploy(
        spec_of(DOUBLE, options=ServiceOptions(batch_max_size=16), sample_input='{"data": [1]}'), said, accept
    )
    assert "batching is not proven: give a sample of two rows or more with --input" in said.lines


def test_a_log_has_what_was_said_just_now(target: ProcessTarget, spec_of: SpecOf) -> None:
    target.deploy(spec_of(DOUBLE), Said(), accept)
    for number in range(10):
        answers(target)
        assert sum("POST /score 200" in line for line in target.logs(NAME)) == number + 1
