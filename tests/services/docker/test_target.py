"""What the Docker target promises beside the targets' contract: isolation, limits, no lost request, found again."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import threading
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from jupyter_mlops.errors import ProofError, ServiceError, UnsupportedError
from jupyter_mlops.records import ServiceOptions
from jupyter_mlops.services.client import score
from jupyter_mlops.services.docker.door import ContainerDoor
from jupyter_mlops.services.docker.target import DockerTarget
from tests.load import Load
from tests.services.docker.conftest import Docker
from tests.services.specs import DOUBLE, Said, accept

pytestmark = pytest.mark.docker

TRIPLE = DOUBLE.replace("factor = 2", "factor = 3")
CURIOUS = """
import json, os, socket

def init():
    pass

def run(data):
    seen = {"uid": os.getuid(), "keys": os.path.exists("/run/mlops/front"), "environment": dict(os.environ)}
    try:
        os.listdir("/run/mlops/front")
        seen["read"] = True
    except PermissionError:
        seen["read"] = False
    try:
        open("/opt/mlops/image/app/new", "w")
        seen["wrote"] = True
    except OSError:
        seen["wrote"] = False
    open("/tmp/new", "w").write("this is allowed")
    status = open("/proc/self/status").read()
    seen["capabilities"] = [line.split()[1] for line in status.splitlines() if line.startswith("CapEff")]
    seen["privileges"] = [line.split()[1] for line in status.splitlines() if line.startswith("NoNewPrivs")]
    return seen
"""


BURNS = """
import json, time

def init():
    pass

def run(data):
    end = time.process_time() + json.loads(data)["data"]
    while time.process_time() < end:
        pass
    return data
"""


def loaded(docker: Docker, rate: float = 150) -> Load:
    status = docker.target.status("doubler")
    port = urlsplit(str(status.scoring_uri)).port
    assert port is not None
    return Load("127.0.0.1", port, body=b'{"data": [1]}', key=docker.target.keys("doubler")[0], rate=rate)


PATIENT = ServiceOptions(max_request_wait_time=30_000)
"""What is lost is lost by an update or a death, not because a busy machine let requests wait."""


def test_an_update_under_load_loses_no_request(docker: Docker) -> None:
    two = replace(PATIENT, replicas=2)
    docker.deploy(options=two)
    second, third = docker.spec(TRIPLE, revision=2, options=PATIENT), docker.spec(DOUBLE, revision=3, options=two)
    with loaded(docker) as load:
        load.wait_for(100)
        docker.target.deploy(second, Said(), accept)
        load.wait_for(100)
        docker.target.deploy(third, Said(), accept)
        load.wait_for(100)
    assert load.report.lost == 0, load.report
    assert len(docker.containers("worker")) == 2


def test_a_replica_that_is_killed_under_load_costs_what_it_ran_and_comes_back(docker: Docker) -> None:
    docker.deploy(options=replace(PATIENT, replicas=2))
    victim = docker.containers("worker")[0]
    pid = docker.client.containers.get(victim.id).attrs["State"]["Pid"]
    with loaded(docker) as load:
        load.wait_for(100)
        os.kill(pid, signal.SIGKILL)  # of the container's first process: the engine starts it again
        load.wait_for(300)
    assert load.report.lost <= 1, load.report
    while docker.target.status("doubler").replicas < 2:
        threading.Event().wait(0.05)
    assert docker.client.containers.get(victim.id).attrs["RestartCount"] == 1


def test_a_script_has_no_rights_but_its_own(docker: Docker) -> None:
    status = docker.deploy(CURIOUS, options=ServiceOptions(environment_variables={"TOKEN": "of-the-service"}))
    answer = score(str(status.scoring_uri), docker.target.keys("doubler")[0], "{}")
    seen = json.loads(answer.body)
    assert (seen["uid"], seen["wrote"], seen["read"]) == (10002, False, False)
    assert (seen["capabilities"], seen["privileges"]) == (["0000000000000000"], ["1"])
    assert seen["environment"]["TOKEN"] == "of-the-service"
    told = json.dumps([docker.client.api.inspect_container(one.id) for one in docker.containers()])
    assert "of-the-service" not in told
    assert not any(key in told for key in docker.target.keys("doubler"))


def test_containers_are_limited_and_published_on_loopback_alone(docker: Docker) -> None:
    docker.deploy(options=ServiceOptions(cpu_cores=0.5, memory_gb=0.25, replicas=2))
    workers = [docker.client.api.inspect_container(one.id)["HostConfig"] for one in docker.containers("worker")]
    assert [(one["NanoCpus"], one["Memory"], one["MemorySwap"]) for one in workers] == [(500_000_000, 2**28, 2**28)] * 2
    for container in docker.containers():
        host = docker.client.api.inspect_container(container.id)["HostConfig"]
        assert host["ReadonlyRootfs"]
        assert host["CapDrop"] == ["ALL"]
        assert host["RestartPolicy"]["Name"] == "unless-stopped"
        assert host["LogConfig"]["Config"] == {"max-file": "3", "max-size": "20m"}
        assert not any(mount["Type"] == "bind" for mount in container.attrs["Mounts"])
    (front,) = docker.containers("front")
    ((published,),) = front.attrs["NetworkSettings"]["Ports"].values()
    assert published["HostIp"] == "127.0.0.1"


def test_two_workers_a_replica_share_its_container(docker: Docker) -> None:
    docker.deploy(options=ServiceOptions(replicas=2, workers=2))
    assert len(docker.containers("worker")) == 2
    assert docker.target.status("doubler").replicas == 2
    (front,) = docker.containers("front")
    assert len(docker.service().door(front).status()["workers"]) == 4
    while len(memory := of_workers(docker, "mlops_process_resident_memory_bytes")) < 4:  # each container tells
        threading.Event().wait(0.05)  # once a second
    assert all(resident > 2**20 for resident in memory.values())


def test_a_workers_cpu_time_is_its_own_whatever_container_it_is_in(docker: Docker) -> None:
    status = docker.deploy(BURNS, options=ServiceOptions(replicas=2))
    cpu = "mlops_process_cpu_seconds_total"
    while len(before := of_workers(docker, cpu)) < 2:
        threading.Event().wait(0.05)
    answer = score(str(status.scoring_uri), docker.target.keys("doubler")[0], '{"data": 0.5}')
    assert answer.status == 200
    while max(used(before, of_workers(docker, cpu))) < 0.45:
        threading.Event().wait(0.05)
    idle, busy = sorted(used(before, of_workers(docker, cpu)))
    assert idle < 0.25 < busy < 5


def used(before: dict[str, float], after: dict[str, float]) -> list[float]:
    assert before.keys() == after.keys()
    return [after[name] - before[name] for name in before]


def of_workers(docker: Docker, name: str) -> dict[str, float]:
    """What `/metrics` says of each worker."""
    from prometheus_client.parser import text_string_to_metric_families

    return {
        sample.labels["process"]: sample.value
        for family in text_string_to_metric_families(docker.target.metrics("doubler"))
        for sample in family.samples
        if sample.name == name and sample.labels["process"] != "front"
    }


def test_a_script_that_takes_more_memory_than_it_may_says_so(docker: Docker) -> None:
    greedy = "def init():\n    global x\n    x = bytearray(400_000_000)\ndef run(data): return 1\n"
    with pytest.raises(ServiceError, match="memory"):
        docker.deploy(greedy, options=ServiceOptions(memory_gb=0.125))
    assert docker.target.status("doubler").state == "Failed"
    assert docker.containers("worker") == []


def test_another_port_and_open_access_are_a_move_that_the_service_survives(docker: Docker) -> None:
    before = docker.deploy()
    keys = docker.target.keys("doubler")
    moved = docker.deploy(
        revision=2, options=ServiceOptions(port=urlsplit(str(before.scoring_uri)).port, auth_enabled=False)
    )
    assert moved.scoring_uri == before.scoring_uri
    assert score(str(moved.scoring_uri), None, '{"data": [1]}').body == b"[2]"
    docker.deploy(revision=3)
    assert docker.target.keys("doubler") == keys
    assert len(docker.containers("front")) == 1


def test_a_port_that_is_taken_is_named_and_nothing_is_left(docker: Docker) -> None:
    taken = docker.deploy()
    port = urlsplit(str(taken.scoring_uri)).port
    with pytest.raises(ServiceError, match=f"port {port} is taken"):
        docker.deploy(service="other", options=ServiceOptions(port=port))
    assert docker.target.names() == ["doubler"]


def test_a_service_is_found_by_another_process_and_comes_up_when_the_engine_starts_it(docker: Docker) -> None:
    before = docker.deploy(TRIPLE)
    found = DockerTarget(docker.workspace, {})
    assert found.status("doubler") == before
    for container in docker.containers():  # as an engine does that starts
        container.restart(timeout=0)
    while found.status("doubler").state != "Healthy":
        threading.Event().wait(0.05)
    assert score(str(before.scoring_uri), found.keys("doubler")[0], '{"data": [1]}').body == b"[3]"


@pytest.mark.parametrize("option", ["enable_app_insights", "preload"])
def test_what_cannot_be_honoured_is_refused_by_name(option: str) -> None:
    with pytest.raises(UnsupportedError, match=option):
        DockerTarget("w", {}).check(ServiceOptions(**{option: True}))


def certificate(folder: Path, name: str) -> ServiceOptions:
    """A certificate for this machine, signed by itself, and its key."""
    folder.mkdir(exist_ok=True)
    pair = folder / f"{name}.pem", folder / f"{name}.key"
    openssl = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=127.0.0.1"]
    openssl += ["-addext", "subjectAltName=IP:127.0.0.1", "-out", str(pair[0]), "-keyout", str(pair[1])]
    subprocess.run(openssl, check=True, capture_output=True)
    return ServiceOptions(ssl_cert_file=str(pair[0]), ssl_key_file=str(pair[1]), workers=2)


def test_a_service_with_a_certificate_is_updated_and_renewed_at_the_same_address(
    docker: Docker, tmp_path: Path
) -> None:
    first, second = certificate(tmp_path / "tls", "first"), certificate(tmp_path / "tls", "second")
    before = docker.deploy(options=first)
    uri, key = str(before.scoring_uri), docker.target.keys("doubler")[0]
    assert uri.startswith("https://127.0.0.1:")
    assert score(uri, key, '{"data": [1]}', verify=str(first.ssl_cert_file)).body == b"[2]"
    (front,) = docker.containers("front")
    docker.deploy(TRIPLE, revision=2, options=first)
    assert score(uri, key, '{"data": [1]}', verify=str(first.ssl_cert_file)).body == b"[3]"
    docker.deploy(TRIPLE, revision=3, options=second)
    while True:  # the front looks for another certificate twice a second
        with contextlib.suppress(ServiceError):
            assert score(uri, key, '{"data": [1]}', verify=str(second.ssl_cert_file)).body == b"[3]"
            break
    assert [one.id for one in docker.containers("front")] == [front.id]
    told = json.dumps([docker.client.api.inspect_container(one.id) for one in docker.containers()])
    assert "PRIVATE KEY" not in told


def test_a_front_that_does_not_answer_in_time_is_not_ended_by_an_update_that_fails(
    docker: Docker, monkeypatch: pytest.MonkeyPatch
) -> None:
    status = docker.deploy()
    (front,) = docker.containers("front")

    def refuse(_: object) -> None:
        front.kill("SIGSTOP")
        patched.setattr("jupyter_mlops.services.process.control._ANSWER_S", 0.5)
        raise ProofError("not what was declared")

    try:
        with monkeypatch.context() as patched, pytest.raises(ProofError, match="not what was declared"):
            docker.target.deploy(docker.spec(TRIPLE, revision=2), Said(), refuse)
    finally:
        front.kill("SIGCONT")
    key = docker.target.keys("doubler")[0]
    assert score(str(status.scoring_uri), key, '{"data": [1]}').body == b"[2]"
    assert docker.target.status("doubler").revision == 1
    docker.target.deploy(docker.spec(TRIPLE, revision=2), Said(), accept)
    assert score(str(status.scoring_uri), key, '{"data": [1]}').body == b"[3]"


def test_what_is_asked_during_a_deployment_goes_through_one_connection(
    docker: Docker, monkeypatch: pytest.MonkeyPatch
) -> None:
    docker.deploy()
    opened = []
    door = ContainerDoor._opened
    monkeypatch.setattr(ContainerDoor, "_opened", lambda self, seconds: opened.append(1) or door(self, seconds))
    docker.target.deploy(docker.spec(TRIPLE, revision=2), Said(), accept)
    assert len(opened) == 1
    (front,) = docker.containers("front")
    while "import os, socket" in str(front.top(ps_args="-o pid,args")["Processes"]):  # and its process ends with it
        threading.Event().wait(0.05)
