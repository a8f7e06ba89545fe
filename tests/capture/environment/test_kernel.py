"""From imports to the exact packages of the running interpreter."""

from __future__ import annotations

import importlib.metadata
import platform
import time
import zipfile
from pathlib import Path

import pytest

from jupyter_mlops.capture.environment import lock_kernel
from jupyter_mlops.capture.environment.installed import installed
from jupyter_mlops.capture.environment.kernel import distributions_of
from jupyter_mlops.errors import RequirementError
from jupyter_mlops.records import EnvironmentLock
from tests.capture.environment import fake


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A site folder in front of the real ones."""
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.syspath_prepend(folder)
    return folder


def names(lock: EnvironmentLock) -> list[str]:
    return [package.name for package in lock.packages]


def test_the_closure_of_a_real_script() -> None:
    lock = lock_kernel(["sklearn", "azureml", "jupyter_mlops"], ["joblib"])
    assert lock.python == platform.python_version()
    assert {"scikit-learn", "joblib", "numpy", "scipy", "threadpoolctl"} <= set(names(lock))
    assert not {"jupyter-mlops", "azureml-core", "pytest"} & set(names(lock))
    [found] = [package for package in lock.packages if package.name == "scikit-learn"]
    assert (found.version, found.direct, found.wheel) == (importlib.metadata.version("scikit-learn"), True, None)
    assert "sklearn" in found.modules
    assert names(lock) == sorted(names(lock))


def test_it_agrees_with_importlib_metadata() -> None:
    slow = importlib.metadata.packages_distributions()
    for module in ("numpy", "sklearn", "yaml", "dateutil", "six", "PIL", "_cffi_backend", "attr", "xgboost"):
        wanted = {name.lower().replace("_", "-") for name in slow.get(module, [])}
        assert {one.key for one in installed().providers(module)} == wanted, module


def test_it_is_fast() -> None:
    lock_kernel(["sklearn", "pandas"])
    begin = time.process_time()
    lock_kernel(["sklearn", "pandas"])
    assert time.process_time() - begin < 0.05  # of a processor, whatever else the machine does


def test_markers_and_extras_are_followed(site: Path) -> None:
    requires = [
        "needed", 'not-here; python_version < "3"', 'extra-one; extra == "fast"', 'extra-two; extra == "other"',
    ]  # fmt: skip
    fake.install(site, "asks", modules=["asks"], requires=requires)
    fake.install(site, "needed", requires=["asks[fast]"])
    fake.install(site, "extra-one", requires=["needed"])
    fake.install(site, "extra-two")
    assert names(lock_kernel(["asks"])) == ["asks", "extra-one", "needed"]
    assert names(lock_kernel([], ["asks[other]==9"])) == ["asks", "extra-one", "extra-two", "needed"]


def test_what_is_not_as_a_distribution_asks_is_a_difference(site: Path) -> None:
    fake.install(site, "asks", modules=["asks"], requires=["absent>=1", "old>=2"])
    fake.install(site, "old", "1.5")
    lock = lock_kernel(["asks"])
    assert lock.differences == (
        "absent, which asks asks for, is not installed in the kernel",
        "old 1.5 in the kernel, asks asks for >=2",
    )


def test_an_import_that_is_not_installed() -> None:
    with pytest.raises(RequirementError) as caught:
        lock_kernel(["numpy", "cv2", "no_such_module_here"])
    assert caught.value.message == (
        "imported and not installed here: 'cv2', 'no_such_module_here'; pip install opencv-python no-such-module-here"
    )


def test_a_requirement_that_is_not_installed() -> None:
    with pytest.raises(RequirementError, match=r"no-such-thing is needed and not installed here. pip install no-such"):
        lock_kernel([], ["no-such-thing"])


def test_inference_schema_is_served_where_it_is_not_installed(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "inference-schema" in names(lock_kernel(["inference_schema"]))
    monkeypatch.setattr("sys.path", [str(site)])
    assert names(lock_kernel(["inference_schema"])) == []


def test_a_namespace_with_two_owners(site: Path) -> None:
    fake.install(site, "acme-vision", files={"acme/vision/__init__.py": ""})
    fake.install(site, "acme-sound", files={"acme/sound/__init__.py": ""})
    assert distributions_of(["acme.vision"]) == ("acme-vision",)
    assert distributions_of(["acme"]) == ("acme-sound", "acme-vision")


def test_conda_is_an_ordinary_origin(site: Path) -> None:
    gone = {"url": "file:///croot/scikit-thing_168/work", "dir_info": {}}
    fake.install(site, "by-conda", modules=["by_conda"], direct_url=gone, installer="conda")
    fake.install(site, "by-farm", modules=["by_farm"], direct_url=gone, requires=["by-conda"])
    assert [package.wheel for package in lock_kernel(["by_farm"]).packages] == [None, None]


@pytest.mark.parametrize(
    "origin",
    [
        {"url": "https://user:s3cret@example.org/own.git", "vcs_info": {"vcs": "git", "commit_id": "1"}},
        {"url": "https://example.org/own-1.0.tar.gz", "archive_info": {}},
    ],
    ids=["vcs", "archive"],
)
def test_what_no_index_serves_becomes_a_wheel(origin: dict[str, object], site: Path, tmp_path: Path) -> None:
    fake.install(site, "own", modules=["own"], direct_url=origin)
    with pytest.raises(RequirementError, match="which no index serves") as caught:
        lock_kernel(["own"])
    assert "s3cret" not in str(caught.value)
    [package] = lock_kernel(["own"], wheels=tmp_path / "wheels").packages
    [path] = (tmp_path / "wheels").iterdir()
    assert path.name == "own-1.0-py2.py3-none-any.whl"
    with zipfile.ZipFile(path) as archive:
        assert archive.namelist() == [
            "own-1.0.dist-info/METADATA", "own-1.0.dist-info/WHEEL", "own/__init__.py", "own-1.0.dist-info/RECORD",
        ]  # fmt: skip
    assert [package] == list(lock_kernel(["own"], wheels=tmp_path / "again").packages)


def test_a_wheel_that_was_packed_again_installs(site: Path, tmp_path: Path) -> None:
    import subprocess

    from jupyter_mlops.installers import uv_command, uv_environment

    fake.install(site, "own", modules=["own"], direct_url={"url": "https://e.org/own.zip", "archive_info": {}})
    lock_kernel(["own"], wheels=tmp_path / "wheels")
    [path] = (tmp_path / "wheels").iterdir()
    command = [
        *uv_command(),
        "pip",
        "install",
        "--offline",
        "--no-deps",
        "--target",
        str(tmp_path / "target"),
        str(path),
    ]
    subprocess.run(command, env=uv_environment(), check=True, capture_output=True)
    assert (tmp_path / "target" / "own" / "__init__.py").read_text() == "NAME = 'own'\n"


def test_an_editable_install_is_built(site: Path, tmp_path: Path) -> None:
    fake.editable(site, tmp_path / "source")
    [package] = lock_kernel(["own"], wheels=tmp_path / "wheels").packages
    [path] = (tmp_path / "wheels").glob("*.whl")
    assert (path.name, package.name) == ("own-1.0-py3-none-any.whl", "own")
    assert "own" in package.modules
    assert package.wheel is not None
    assert len(package.wheel) == 64


def test_an_editable_install_that_does_not_build(site: Path, tmp_path: Path) -> None:
    fake.editable(site, tmp_path / "source")
    (tmp_path / "source" / "backend.py").write_text("raise RuntimeError('no compiler here')")
    with pytest.raises(RequirementError, match="no wheel could be built from it") as caught:
        lock_kernel(["own"], wheels=tmp_path / "wheels")
    assert "no compiler here" in (caught.value.details or "")
    assert caught.value.hint == f"uv build --wheel {tmp_path / 'source'}"


def test_an_install_is_seen_at_once(site: Path) -> None:
    assert installed().get("late") is None
    fake.install(site, "late", modules=["late"])
    assert installed().get("late") is not None
