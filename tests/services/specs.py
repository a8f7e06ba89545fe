"""Services to run: a script's text becomes an unpacked image and a spec of it."""

from __future__ import annotations

import hashlib
import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from jupyter_mlops.records import (
    EnvironmentLock,
    ImageManifest,
    LineOrigin,
    LockedPackage,
    ManifestModel,
    ManifestScript,
    ServiceOptions,
    ServiceSpec,
    canonical_json,
)
from jupyter_mlops.services.process.machine import MachineFolder

__all__ = ["DOUBLE", "Said", "accept", "make_spec"]

DOUBLE = """
import json

def init():
    global factor
    factor = 2

def run(data):
    return [factor * value for value in json.loads(data)["data"]]
"""
"""Answers `{"data": [1, 2]}` with `[2, 4]`."""

WORKSPACE = "5eed"


class Said:
    """A `Progress` that remembers what it was told."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def stage(self, name: str) -> None:
        self.lines.append(f"== {name}")

    def log(self, line: str) -> None:
        self.lines.append(line)

    def fraction(self, done: float) -> None:
        assert 0 <= done <= 1


def accept(_: object) -> None:
    """A check that every answer passes."""


def make_spec(
    state: Path,
    source: str,
    *,
    service: str = "doubler",
    revision: int = 1,
    sample_input: str | None = '{"data": [1, 2]}',
    sample_output: Any = None,
    options: ServiceOptions | None = None,
    packages: tuple[LockedPackage, ...] = (),
    lines: tuple[LineOrigin, ...] = (),
    python: str = sys.executable,
) -> ServiceSpec:
    """An image of this script (and a model of one file) in the machine folder of `WORKSPACE`, and a spec of it."""
    lock = EnvironmentLock(python="{}.{}.{}".format(*sys.version_info[:3]), packages=packages)
    manifest = ImageManifest(
        models=(ManifestModel("numbers", 1, "m" * 64),),
        script=ManifestScript("score", hashlib.sha256(source.encode()).hexdigest(), "score.py"),
        lock=lock.digest,
        python=lock.python,
        scoring="0.1.0",
        sample_input=sample_input,
        sample_output=sample_output,
        has_sample_output=sample_output is not None,
    )
    content = MachineFolder(WORKSPACE, state).image(manifest.digest)
    if not content.exists():
        (content / "app/source").mkdir(parents=True)
        (content / "app/azureml-models/numbers/1").mkdir(parents=True)
        (content / "wheels").mkdir()
        (content / "app/azureml-models/numbers/1/numbers.json").write_text("[1, 2, 3]")
        (content / "app/source/score.py").write_text(source)
        (content / "lock.json").write_bytes(
            canonical_json({"python": lock.python, "packages": [asdict(package) for package in packages]})
        )
        (content / "manifest.json").write_text(json.dumps(asdict(manifest)))
    return ServiceSpec(
        service=service,
        revision=revision,
        workspace="lab",
        image=f"{service}:{revision}",
        manifest=manifest,
        lock=lock,
        content=str(content),
        interpreter=python,
        options=options or ServiceOptions(),
        lines=lines,
    )
