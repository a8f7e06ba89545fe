"""Records that tests make images of."""

from __future__ import annotations

from datetime import UTC, datetime

from jupyter_mlops.records import EnvironmentLock, LockedPackage, ModelRecord, Provenance, ScriptRecord

WHO = Provenance(user="ada", host="here", python="3.11.7")
WHEN = datetime(2026, 11, 22, tzinfo=UTC)


def a_model(name: str = "diabetes", version: int = 1, digest: str = "m" * 64) -> ModelRecord:
    return ModelRecord(
        name=name,
        version=version,
        digest=digest,
        size=1_234_567,
        flavor="sklearn",
        framework=None,
        framework_version=None,
        description=None,
        version_tag=None,
        tags={},
        properties={},
        signature=None,
        requirements=(),
        run_id=None,
        experiment_name=None,
        provenance=WHO,
        created=WHEN,
    )


def a_script(digest: str = "s" * 64, **changes: object) -> ScriptRecord:
    known: dict[str, object] = {
        "name": "score",
        "digest": digest,
        "entry_script": "score.py",
        "models": (),
        "imports": (),
        "lines": (),
        "sample_input": '{"data": [1]}',
        "sample_output": [2],
        "has_sample_output": True,
        "proof": None,
        "provenance": WHO,
        "created": WHEN,
    }
    return ScriptRecord(**(known | changes))  # type: ignore[arg-type]


def a_lock(*packages: str) -> EnvironmentLock:
    pairs = [package.split("==") for package in packages]
    return EnvironmentLock(
        python="3.11.7",
        packages=tuple(LockedPackage(name=name, version=version, direct=True) for name, version in pairs),
    )
