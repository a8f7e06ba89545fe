"""Groups and verbs over a real workspace: what is printed, and what the exit codes say."""

from __future__ import annotations

import json
import warnings
from pathlib import Path

import pytest

from jupyter_mlops.cli import main


@pytest.fixture
def model_file(tmp_path: Path) -> Path:
    path = tmp_path / "weights.bin"
    path.write_bytes(b"0123456789")
    return path


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = main(arguments)
    told = capsys.readouterr()
    return code, told.out, told.err


def test_a_model_from_register_to_delete(model_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(
        capsys, "model", "register", "-n", "w", "-p", str(model_file), "--tag", "a=1", "--property", "p=q", "-o", "json"
    )
    assert code == 0
    assert json.loads(out)["id"] == "w:1"

    run(capsys, "model", "register", "-n", "w", "--path", str(model_file), "--tag", "a=2")
    _, out, _ = run(capsys, "model", "list", "-n", "w", "--tag", "a=1", "-o", "json")
    assert [model["id"] for model in json.loads(out)] == ["w:1"]
    _, out, _ = run(capsys, "model", "list", "--latest")
    assert "w     2" in out

    code, _, _ = run(capsys, "model", "update", "-i", "w:1", "--add-tag", "b=3", "--remove-tag", "a", "-d", "words")
    _, out, _ = run(capsys, "model", "show", "-i", "w:1", "-o", "json")
    shown = json.loads(out)
    assert (code, shown["tags"], shown["description"]) == (0, {"b": "3"}, "words")

    _, out, _ = run(capsys, "model", "download", "-i", "w:1", "--target-dir", str(tmp_path / "got"))
    assert Path(out.strip()).read_bytes() == b"0123456789"

    assert run(capsys, "model", "delete", "-i", "w:1")[0] == 0
    assert run(capsys, "model", "show", "-i", "w:1")[0] == 3


def test_a_property_never_changes(model_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(capsys, "model", "register", "-n", "w", "-p", str(model_file), "--property", "p=q")
    code, _, err = run(capsys, "model", "update", "-i", "w", "--add-property", "p=other")
    assert code != 0
    assert "p" in err


def test_a_key_never_stands_on_the_command_line(capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = run(capsys, "service", "regen-key", "-n", "svc", "--key", "Primary", "--set-key", "geheim")
    assert code in (2, 3)
    assert "geheim" not in err


def test_empty_lists_say_what_to_type_first(capsys: pytest.CaptureFixture[str]) -> None:
    for group in ("model", "image", "service"):
        code, out, _ = run(capsys, group, "list")
        assert code == 0
        assert "jupyter mlops" in out
    assert json.loads(run(capsys, "service", "list", "-o", "json")[1]) == []


def test_targets_are_attached_by_name(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "computetarget", "attach", "process", "-n", "here")[0] == 0
    assert "here" in run(capsys, "computetarget", "list")[1]
    assert run(capsys, "computetarget", "attach", "mainframe", "-n", "there")[0] == 2
    assert run(capsys, "computetarget", "detach", "-n", "here")[0] == 0
    assert run(capsys, "computetarget", "detach", "-n", "here")[0] == 3


def test_the_workspace_says_where_it_is(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert str(tmp_path / "workspace") in run(capsys, "workspace", "show")[1]
    assert run(capsys, "workspace", "upgrade")[0] == 0
    made = run(capsys, "workspace", "create", "-n", "team", "--location", str(tmp_path / "team"), "-o", "json")
    assert json.loads(made[1])["name"] == "team"


def test_what_is_said_on_the_way_is_a_line_on_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    """A program reads standard output: one JSON document and nothing else."""
    from jupyter_mlops.sdk import notices

    notices._said.discard("on the way")
    with notices.as_a_command():
        warnings.simplefilter("always")
        notices.tell_once("on the way")
        notices.say_once("look at this")
    told = capsys.readouterr()
    assert (told.out, told.err) == ("", "on the way\nwarning: look at this\n")
