"""An engine over TCP shares no file with this machine: what the contract suite shows of it holds for a remote one."""

from __future__ import annotations

import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from jupyter_mlops.docker_client import address
from tests.services.docker.containers import engine_or_skip

pytestmark = pytest.mark.docker


def test_the_engine_over_tcp_sees_no_file_of_ours(tmp_path: Path) -> None:
    """A bind mount of a path of ours would find it empty, so that nothing that passes the suite counts on one."""
    client = engine_or_skip("JUPYTER_MLOPS_TEST_DOCKER_TCP").raw()
    assert urlsplit(address()).scheme == "tcp"
    (tmp_path / "canary").touch()
    folders = (tmp_path, Path(__file__).resolve().parents[3])
    mounts = {str(folder): {"bind": f"/seen/{number}", "mode": "ro"} for number, folder in enumerate(folders)}
    base = "jupyter-mlops/base:{}.{}".format(*sys.version_info[:2])
    said = client.containers.run(base, ["find", "/seen"], volumes=mounts, remove=True)
    assert sorted(said.decode().split()) == ["/seen", "/seen/0", "/seen/1"]
