from __future__ import annotations

from dataclasses import replace

from jupyter_mlops.images import diff, plan
from jupyter_mlops.images import manifest as manifests
from jupyter_mlops.images.plan import Frozen
from jupyter_mlops.records import EnvironmentLock, FileEntry, FileTree
from tests.images.records import a_lock, a_model, a_script


def test_a_plan_names_what_goes_in() -> None:
    lock = replace(
        a_lock("scikit-learn==1.9.0", "numpy==2.1.0"), differences=("scikit-learn 1.9 in the kernel, 1.5 in conda.yml",)
    )
    manifest = manifests.make([a_model()], a_script(), "l" * 64, lock, scoring_version="0.1.0")
    assert plan.describe(manifest, lock, {"diabetes:1": 1_234_567}) == [
        "model      diabetes:1, 1.2 MB",
        "script     score (score.py)",
        "python     3.11.7, scikit-learn 1.9.0, numpy 2.1.0",
        "difference scikit-learn 1.9 in the kernel, 1.5 in conda.yml",
    ]


def test_a_diff_says_what_an_update_changes() -> None:
    lock = a_lock()
    old = manifests.make([a_model(), a_model("gone")], a_script(), "a" * 64, lock, scoring_version="0.1.0")
    new = manifests.make([a_model(version=2)], a_script("t" * 64), "b" * 64, lock, scoring_version="0.1.0")
    assert diff(Frozen(manifest=old), Frozen(manifest=new)) == [
        "model diabetes: version 1 becomes 2",
        "model gone:1 is left out",
        "script score: ssssssssssss becomes tttttttttttt",
        "environment: aaaaaaaaaaaa becomes bbbbbbbbbbbb",
    ]
    assert diff(Frozen(manifest=old), Frozen(manifest=old)) == []


def test_a_diff_goes_down_to_each_package_and_what_is_below() -> None:
    one = a_lock("numpy==1.26.4", "old==1.0", "same==2.0", "own==1.0")
    other = a_lock("numpy==2.0.1", "new==3.0", "same==2.0", "own==1.0")
    own = [replace(package, wheel="w" * 64) if package.name == "own" else package for package in other.packages]
    server = FileTree((FileEntry("jupyter_mlops/version.py", 5, "1" * 64),))
    newer = FileTree((FileEntry("jupyter_mlops/version.py", 5, "2" * 64),))

    def frozen(letter: str, lock: EnvironmentLock, version: str, base: str, tree: FileTree, needs: str) -> Frozen:
        made = manifests.make([a_model()], a_script(), letter * 64, lock, scoring_version=version)
        return Frozen(manifest=made, lock=lock, base=f"base:1 {base}", server=(tree, (needs,)))

    assert diff(
        frozen("a", one, "0.1.0", "sha256:11", server, "orjson==3.10"),
        frozen("b", replace(other, packages=tuple(own)), "0.2.0", "sha256:22", newer, "orjson==3.11"),
    ) == [
        "package new 3.0 is new",
        "package numpy: 1.26.4 becomes 2.0.1",
        "package old 1.0 is left out",
        "package own 1.0: another wheel of the same version",
        "scoring server 0.1.0 becomes 0.2.0",
        "scoring server: 1 of its files, jupyter_mlops/version.py among them",
        "scoring server's orjson: 3.10 becomes 3.11",
        "base base:1: sha256:11 becomes sha256:22",
    ]
