"""A user's file wins over the kernel; what cannot be had is refused by name. The index is a folder of wheels."""

from __future__ import annotations

import platform
from pathlib import Path
from typing import Any

import pytest

from jupyter_mlops.capture.environment import lock_from_conda, lock_from_requirements
from jupyter_mlops.errors import RequirementError
from jupyter_mlops.records import EnvironmentLock
from tests.capture.environment import fake

MINOR = ".".join(platform.python_version_tuple()[:2])


@pytest.fixture(autouse=True)
def _machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A kernel with alpha 1.9 and beta 2.0, and an index with alpha 1.5, beta 1.0 and 2.0, and gamma 1.0."""
    site = tmp_path / "site"
    fake.install(site, "alpha", "1.9", modules=["alpha"], requires=["beta"])
    fake.install(site, "beta", "2.0", modules=["beta"])
    monkeypatch.syspath_prepend(site)
    folder = tmp_path / "wheels"
    wheels = [
        fake.wheel(folder, "alpha", "1.5", requires=["beta<2"]),
        fake.wheel(folder, "alpha", "1.9", requires=["beta"]),
        fake.wheel(folder, "beta", "1.0"),
        fake.wheel(folder, "beta", "2.0"),
        fake.wheel(folder, "gamma", "1.0", requires=["beta"]),
        fake.wheel(folder, "elsewhere", "1.0", tag="cp27-cp27m-win32"),
    ]
    monkeypatch.setenv("UV_DEFAULT_INDEX", fake.index(tmp_path / "index", wheels))
    monkeypatch.setenv("UV_INDEX", "")
    monkeypatch.setenv("UV_FIND_LINKS", "")
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "cache"))


def versions(lock: EnvironmentLock) -> dict[str, str]:
    return {package.name: package.version for package in lock.packages}


def conda(*lines: Any, **options: Any) -> EnvironmentLock:
    return lock_from_conda({"dependencies": list(lines)}, imports=options.pop("imports", ()), **options)


def test_the_kernel_is_taken_where_it_has_all_of_the_file() -> None:
    lock = conda(f"python={MINOR}", "alpha=1.9", {"pip": ["azureml-defaults"]}, imports=["alpha", "azureml"])
    assert versions(lock) == {"alpha": "1.9", "beta": "2.0"}
    assert (lock.source, lock.differences) == ("the conda dependencies", ())
    assert [package.direct for package in lock.packages] == [True, False]


def test_the_file_wins_and_differences_are_told(tmp_path: Path) -> None:
    path = tmp_path / "conda.yml"
    path.write_text("dependencies: [alpha=1.5]")
    lock = lock_from_conda(path, imports=["alpha"])
    assert versions(lock) == {"alpha": "1.5", "beta": "1.0"}
    assert lock.differences == ("alpha 1.9 in the kernel, 1.5 in conda.yml",)
    assert (lock.source, lock.python) == ("conda.yml", platform.python_version())


def test_a_requirements_file(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("alpha<1.9\ngamma\n")
    lock = lock_from_requirements(tmp_path / "requirements.txt", imports=["alpha", "gamma"])
    assert versions(lock) == {"alpha": "1.5", "beta": "1.0", "gamma": "1.0"}
    assert lock.differences == ("alpha 1.9 in the kernel, 1.5 in requirements.txt",)
    assert versions(lock_from_requirements(["beta"], imports=[])) == {"beta": "2.0"}


def test_what_cannot_be_had_is_named_with_the_way_out() -> None:
    with pytest.raises(RequirementError) as caught:
        conda("python=3.6.2", "alpha=0.20.0", "beta", {"pip": ["nobody-knows-this", "elsewhere"]})
    assert caught.value.where == "the conda dependencies"
    assert caught.value.what == (
        "cannot be had here: python=3.6.2 (a service runs on Python 3.10 and newer), "
        "alpha==0.20.0 (there is only alpha>=1.5), "
        "nobody-knows-this (no index knows it), elsewhere (no wheel for this machine)"
    )
    assert caught.value.hint == f"--relax-env takes the kernel's versions (Python {platform.python_version()})"


def test_relaxed_the_kernel_is_taken_and_each_difference_told() -> None:
    lock = conda("python=3.6.2", "alpha=0.20.0", "beta", relax=True)
    assert versions(lock) == {"alpha": "1.9", "beta": "2.0"}
    assert lock.differences == (
        f"python {platform.python_version()} in the kernel, 3.6.2 in the conda dependencies",
        "alpha 1.9 in the kernel, 0.20.0 in the conda dependencies",
    )


def test_relaxed_what_the_kernel_lacks_is_found_beside_its_versions() -> None:
    lock = conda("alpha=0.20.0", "gamma", relax=True)
    assert versions(lock) == {"alpha": "1.9", "beta": "2.0", "gamma": "1.0"}


def test_another_patch_release_of_python_will_do() -> None:
    lock = conda(f"python={MINOR}.99", "beta")
    assert lock.differences == (
        f"python {platform.python_version()} in the kernel, {MINOR}.99 in the conda dependencies",
    )


def test_packages_that_do_not_go_together() -> None:
    with pytest.raises(RequirementError, match="its packages do not go together") as caught:
        conda("alpha=1.5", "beta=2.0")
    assert "beta" in (caught.value.details or "")


def test_an_import_that_the_file_does_not_bring() -> None:
    with pytest.raises(RequirementError) as caught:
        conda("beta", imports=["alpha"])
    assert caught.value.message == (
        "the script imports alpha, and nothing in the conda dependencies brings it; add alpha to the conda dependencies"
    )


def test_an_index_that_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UV_DEFAULT_INDEX", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("UV_HTTP_RETRIES", "0")
    with pytest.raises(RequirementError, match="the index does not answer"):
        conda("gamma")


def test_a_python_that_is_not_here_is_named_with_what_to_type() -> None:
    with pytest.raises(RequirementError) as caught:
        conda("python=3.39", "beta")
    assert caught.value.what == "cannot be had here: python=3.39 (not on this machine)"
    assert caught.value.hint is not None
    assert caught.value.hint.startswith("uv python install 3.39 brings that Python; --relax-env")


def test_what_pip_cannot_have_is_refused_with_what_there_is() -> None:
    with pytest.raises(
        RequirementError, match=r"cannot be had here: redis \(conda's is the database.*redis-py\), gamma"
    ):
        conda("redis", "gamma=7", "beta")
    relaxed = conda("redis", "openssl", "beta", relax=True)
    assert versions(relaxed) == {"beta": "2.0"}
    assert relaxed.differences == ("left out: redis (conda's is the database; PyPI's redis is conda's redis-py)",)


def test_a_module_where_a_distribution_belongs() -> None:
    with pytest.raises(RequirementError, match=r"sklearn \(no index knows it; the distribution is scikit-learn\)"):
        conda({"pip": ["sklearn"]})


def test_how_a_stand_in_differs_is_told() -> None:
    assert conda("beta", "cpuonly").differences == (
        "cpuonly: which torch pip takes, with CUDA or without, is up to the index",
    )
