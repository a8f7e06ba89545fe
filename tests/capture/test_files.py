"""A model that is files already: a file, a folder, an URL."""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from jupyter_mlops.capture.files import capture_files
from jupyter_mlops.errors import CaptureError, UsageError
from jupyter_mlops.storage.trees import find_files


def paths(folder: str) -> list[str]:
    return [found.path for found in find_files(Path(folder))]


def test_a_file_keeps_its_name_and_is_not_copied(tmp_path: Path) -> None:
    model = tmp_path / "diabetes.joblib"
    model.write_bytes(b"weights")
    captured = capture_files(str(model), tmp_path / "out")
    assert paths(captured.folder) == ["diabetes.joblib"]
    assert (Path(captured.folder) / "diabetes.joblib").samefile(model)
    assert (captured.flavor, captured.framework, captured.requirements) == (
        "sklearn", "ScikitLearn", ("scikit-learn", "joblib"),
    )  # fmt: skip


def test_a_folder_keeps_its_name_and_loses_what_tools_left_in_it(tmp_path: Path) -> None:
    for path in ("net/weights.bin", "net/deep/vocabulary.txt", "net/.config", "net/__pycache__/a.pyc",
                 "net/.ipynb_checkpoints/x.ipynb"):  # fmt: skip
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text("x")
    (tmp_path / "net" / "linked.txt").symlink_to(tmp_path / "net" / "deep" / "vocabulary.txt")
    captured = capture_files(str(tmp_path / "net"), tmp_path / "out")
    assert paths(captured.folder) == ["net/.config", "net/deep/vocabulary.txt", "net/linked.txt", "net/weights.bin"]
    assert (captured.flavor, captured.framework) == ("files", None)


def test_a_folder_given_as_dot_has_a_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "net").mkdir()
    (tmp_path / "net" / "weights.bin").write_text("x")
    monkeypatch.chdir(tmp_path / "net")
    assert paths(capture_files(".", tmp_path / "out").folder) == ["net/weights.bin"]


@pytest.mark.parametrize(
    ("name", "content", "flavor", "framework"),
    [
        ("m.onnx", b"", "onnx", "Onnx"),
        ("m.ubj", b"", "xgboost", "XGBoost"),
        ("m.json", b'{"learner":{}}', "xgboost", "XGBoost"),
        ("m.json", b'{"other":{}}', "files", None),
        ("m.txt", b"tree\nversion=v4\n", "lightgbm", "LightGBM"),
        ("m.txt", b"hello", "files", None),
        ("m.pt", b"", "files", "PyTorch"),
        ("m.keras", b"", "files", "Keras"),
        ("m.pkl", b"", "files", None),
    ],
)
def test_the_framework_is_guessed(
    name: str, content: bytes, flavor: str, framework: str | None, tmp_path: Path
) -> None:
    (tmp_path / name).write_bytes(content)
    captured = capture_files(str(tmp_path / name), tmp_path / "out")
    assert (captured.flavor, captured.framework) == (flavor, framework)


def test_the_user_knows_the_framework_better(tmp_path: Path) -> None:
    (tmp_path / "m.onnx").write_bytes(b"x")
    captured = capture_files(str(tmp_path / "m.onnx"), tmp_path / "out", framework="Custom", framework_version="0.1")
    assert (captured.flavor, captured.framework, captured.framework_version) == ("files", "Custom", "0.1")


def test_a_pickle_of_scikit_learn_needs_no_script(tmp_path: Path) -> None:
    (tmp_path / "m.pkl").write_bytes(b"x")
    captured = capture_files(str(tmp_path / "m.pkl"), tmp_path / "out", framework="ScikitLearn")
    assert (captured.flavor, captured.requirements) == ("sklearn", ("scikit-learn", "joblib"))


@pytest.mark.parametrize(
    ("make", "what"),
    [
        (lambda path: None, r"no such file or folder; did you mean .*model\.pkl\?"),
        (lambda path: path.symlink_to(path.parent / "gone"), "a link that leads nowhere"),
        (lambda path: path.mkdir(), "the folder is empty"),
        (lambda path: os.mkfifo(path), "not a regular file"),
        (lambda path: (path.mkdir(), (path / "up").symlink_to(path)), "a link that leads in a circle"),
    ],
)
def test_paths_that_are_no_model(make: object, what: str, tmp_path: Path) -> None:
    (tmp_path / "model.pkl").touch()
    make(tmp_path / "mode.pkl")  # type: ignore[operator]
    with pytest.raises(UsageError, match=what):
        capture_files(str(tmp_path / "mode.pkl"), tmp_path / "out")


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads every file")
def test_a_file_that_may_not_be_read(tmp_path: Path) -> None:
    (tmp_path / "model.pkl").touch(mode=0)
    with pytest.raises(UsageError, match="it cannot be read"):
        capture_files(str(tmp_path / "model.pkl"), tmp_path / "out")


def test_the_checksum_of_a_local_file(tmp_path: Path) -> None:
    model = tmp_path / "model.pkl"
    model.write_bytes(b"weights")
    right = hashlib.sha256(b"weights").hexdigest()
    capture_files(model.as_uri(), tmp_path / "a", sha256=right.upper())
    with pytest.raises(CaptureError, match=f"the checksum is {right}, not 00"):
        capture_files(str(model), tmp_path / "b", sha256="00")


# ── URLs ──


class Handler(SimpleHTTPRequestHandler):
    def log_message(self, *arguments: object) -> None:
        pass

    def do_GET(self) -> None:
        if self.path.startswith("/broken"):
            self.send_response(200)
            self.send_header("Content-Length", "1000")
            self.end_headers()
            self.wfile.write(b"only a part")
        else:
            super().do_GET()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    (tmp_path / "served").mkdir()
    (tmp_path / "served" / "a model.onnx").write_bytes(b"w" * 3_000_000)
    handler = partial(Handler, directory=str(tmp_path / "served"))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as running:
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{running.server_address[1]}"
        running.shutdown()
        thread.join()


def test_an_url_is_fetched_hashed_and_followed(server: str, tmp_path: Path) -> None:
    digest = hashlib.sha256(b"w" * 3_000_000).hexdigest()
    came: list[int] = []
    captured = capture_files(
        f"{server}/a%20model.onnx?key=s3cret", tmp_path / "out", sha256=digest, progress=came.append
    )
    assert paths(captured.folder) == ["a model.onnx"]
    assert sum(came) == 3_000_000
    assert captured.framework == "Onnx"
    assert "s3cret" not in str(captured.properties)


@pytest.mark.parametrize(
    ("path", "what"),
    [
        ("a%20model.onnx?key=s3cret", "the checksum is"),
        ("absent.onnx?key=s3cret", "the server answered 404"),
        ("broken.onnx?key=s3cret", "it could not be fetched"),
    ],
)
def test_a_download_that_goes_wrong_leaves_nothing(path: str, what: str, server: str, tmp_path: Path) -> None:
    with pytest.raises(CaptureError, match=what) as caught:
        capture_files(f"{server}/{path}", tmp_path / "out", sha256="00")
    assert "s3cret" not in str(caught.value)
    assert not list((tmp_path / "out" / "files").iterdir())


def test_a_server_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(CaptureError, match="it could not be fetched"):
        capture_files("http://127.0.0.1:9/model.pkl", tmp_path / "out")
    with pytest.raises(UsageError, match="ftp:// cannot be fetched"):
        capture_files("ftp://127.0.0.1/model.pkl", tmp_path / "out")


def test_a_link_that_leads_out_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "net").mkdir()
    (tmp_path / "net" / "weights.bin").write_bytes(b"weights")
    (tmp_path / "id_ed25519").write_text("not the model's")
    (tmp_path / "net" / "linked").symlink_to("../id_ed25519")
    with pytest.raises(UsageError, match=r"net/linked: a link that leads out of the folder, to .*/id_ed25519; cp -rL"):
        capture_files(str(tmp_path / "net"), tmp_path / "captured")


def test_a_snapshot_of_hugging_faces_cache_links_to_the_blobs_beside_it(tmp_path: Path) -> None:
    cached = tmp_path / "models--ada--bert"
    (cached / "blobs").mkdir(parents=True)
    (cached / "blobs" / "5eed").write_bytes(b"weights")
    (cached / "snapshots" / "c0ffee").mkdir(parents=True)
    (cached / "snapshots" / "c0ffee" / "model.safetensors").symlink_to("../../blobs/5eed")
    captured = capture_files(str(cached / "snapshots" / "c0ffee"), tmp_path / "captured")
    assert paths(captured.folder) == ["c0ffee/model.safetensors"]
