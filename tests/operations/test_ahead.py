"""Bases and environments that were built stay while any workspace of this machine uses them, and go after that."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

from jupyter_mlops import Environment, Image, InferenceConfig, Model, Workspace
from jupyter_mlops.cli import main
from jupyter_mlops.images.container import LABEL
from jupyter_mlops.images.engines.docker import DockerEngine
from jupyter_mlops.images.engines.docker_lent import lent
from jupyter_mlops.services.docker import orphans
from tests.operations.test_containers import SCRIPT
from tests.services.docker.containers import engine_or_skip
from tests.services.specs import Said

pytestmark = pytest.mark.docker

DEFAULT = "jupyter-mlops/base:3.11"


@pytest.fixture
def client() -> Any:
    return engine_or_skip().raw()


@pytest.fixture
def ws(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workspace]:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "score.py").write_text(SCRIPT)
    (tmp_path / "factor.txt").write_text("2")
    with Workspace() as workspace:
        yield workspace


def made(ws: Workspace, **options: object) -> Image:
    model = Model.register(ws, "factor.txt", "factor")
    image = Image.create(ws, "factor", [model], InferenceConfig("score.py", **options))  # type: ignore[arg-type]
    image.wait_for_creation()
    return image


def planned(capsys: pytest.CaptureFixture[str]) -> set[str]:
    capsys.readouterr()
    assert main(["gc", "--plan", "--output", "json"]) == 0
    return {orphan["name"] for orphan in json.loads(capsys.readouterr().out)}


def test_a_base_of_steps_goes_when_no_image_of_any_workspace_stands_on_it(
    ws: Workspace, client: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    steps = f"RUN echo {secrets.token_hex(8)} > /etc/step\n"
    image = made(ws, extra_docker_file_steps=steps)
    (own,) = [tag for one in client.images.list(filters={"label": f"{LABEL}.base"}) for tag in one.tags
              if steps.split()[2] in str(one.history())]  # fmt: skip
    assert planned(capsys) == set(), "its image stands on it, though no engine has rendered that yet"
    with Workspace.create("other", location=tmp_path / "other") as other:
        also = made(other, extra_docker_file_steps=steps)
        assert also.version == 1  # its record is read now, while it can be
        image.delete()
        assert planned(capsys) == set(), "another workspace's image stands on it"
        with other.store._database.writing() as connection:
            connection.exec_driver_sql("UPDATE images SET manifest = '{}', properties = '{}'")
        assert planned(capsys) == set(), "what an image that cannot be read stands on is not known"
        also.delete()
    client.images.get(own).tag("mine/on-it", steps.split()[2])
    assert planned(capsys) == {own}
    assert main(["gc"]) == 0
    left = client.images.get(f"mine/on-it:{steps.split()[2]}")
    assert left.tags == [f"mine/on-it:{steps.split()[2]}"], "what somebody gave a name of his own is his"
    assert planned(capsys) == set()
    assert client.images.get(DEFAULT)
    client.images.remove(left.tags[0])


def test_an_environment_that_was_built_goes_when_it_is_another_one_now(
    ws: Workspace, client: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    def built(*requirements: str) -> str:
        environment = Environment.from_docker_image("ahead", DEFAULT)
        environment.requirements = requirements
        environment.register(ws)
        tag = environment.build(ws).wait_for_completion().image
        assert tag is not None
        return tag

    first = built(f"packaging=={version('packaging')}")
    assert planned(capsys) == set(), "it was made ahead of its images"
    second = built(f"typing-extensions=={version('typing-extensions')}")
    assert planned(capsys) == {first}
    assert main(["gc"]) == 0
    assert (client.images.list(first), len(client.images.list(second))) == ([], 1)
    client.images.remove(second)


def test_files_that_a_killed_build_was_lent_are_listed_when_no_build_takes_so_long(
    ws: Workspace, client: Any, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with lent(client, {"netrc": b"machine index.example"}) as image:
        assert image not in planned(capsys), "a build may be at work with it"
        monkeypatch.setattr(orphans, "_BUILT_S", -1.0)
        assert image in planned(capsys)


def test_what_somebody_built_on_an_image_of_ours_is_his(
    ws: Workspace, client: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    image = made(ws)
    ours, his = image.location, f"mine/derived:{secrets.token_hex(4)}"
    (tmp_path / "context").mkdir()
    (tmp_path / "context/Dockerfile").write_text(f"FROM {ours}\nUSER 0\nRUN touch /mine\n")
    DockerEngine().build(tmp_path / "context", his, Said())
    renamed = f"{his}-renamed"
    client.images.get(ours).tag(*renamed.split(":"))
    (rendered,) = DockerEngine().images(image.digest)
    assert rendered.id == client.images.get(ours).id, "nothing else goes with it when it is deleted"
    image.delete(delete_container_image=False)
    assert planned(capsys) == {ours}
    assert main(["gc"]) == 0
    assert planned(capsys) == set()
    assert client.images.list(ours) == []
    for name in (his, renamed):
        client.images.remove(name)  # they are there
