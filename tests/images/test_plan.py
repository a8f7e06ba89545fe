from __future__ import annotations

from dataclasses import replace

from jupyter_mlops.images import diff, plan
from jupyter_mlops.images import manifest as manifests
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
    assert diff(old, new) == [
        "model diabetes: version 1 becomes 2",
        "model gone:1 is left out",
        "script score: ssssssssssss becomes tttttttttttt",
        "environment: aaaaaaaaaaaa becomes bbbbbbbbbbbb",
    ]
    assert diff(old, old) == []
