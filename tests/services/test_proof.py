from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from jupyter_mlops.errors import ProofError
from jupyter_mlops.records import LineOrigin, LockedPackage, ProofResult, ServiceOptions, ServiceSpec
from jupyter_mlops.services.process.machine import short_folder
from jupyter_mlops.services.proof import check_answer, prove
from jupyter_mlops.services.target import ProbeAnswer
from tests.services.specs import DOUBLE, Said

SpecOf = Callable[..., ServiceSpec]
CELL = tuple(LineOrigin(line, "Cell [7]", line + 1) for line in range(1, 40))


def proven(spec: ServiceSpec, said: Said | None = None) -> ProofResult:
    return prove(
        Path(spec.content),
        spec.manifest,
        spec.lock,
        interpreter=spec.interpreter,
        lines=CELL,
        progress=said or Said(),
        options=spec.options,
    )


def leftovers() -> list[str]:
    return [path.name for path in short_folder().glob("proof-*")]


def test_a_script_that_answers_as_declared_is_proven(spec_of: SpecOf) -> None:
    spec, said = spec_of(DOUBLE, sample_output=[2, 4]), Said()
    result = proven(spec, said)
    assert (result.proven, result.status, result.answer, result.warnings) == (True, 200, [2, 4], ())
    assert result.lock == spec.manifest.lock
    assert result.milliseconds is not None
    assert said.lines == ["worker: starting", "worker: import", "worker: init", "worker: probe"]
    assert leftovers() == []


def test_without_a_sample_nothing_is_proven(spec_of: SpecOf) -> None:
    assert not proven(spec_of(DOUBLE, sample_input=None)).proven


def test_bytes_are_shown_by_their_kind(spec_of: SpecOf) -> None:
    result = proven(spec_of("def init(): ...\ndef run(data): return bytes([0x89, 0xff])"))
    assert (result.proven, result.answer) == (True, "(application/octet-stream)")
    assert result.warnings == ("the answer is not JSON",)


INIT = "def init(): ...\n\n"


@pytest.mark.parametrize(
    ("script", "line", "place"),
    [
        (
            "def init():\n    raise ValueError('no weights')\n\ndef run(data): ...\n",
            "init() failed: ValueError: no weights",
            3,
        ),
        ("import nosuch\n" + INIT + "def run(data): ...\n", "No module named 'nosuch'; import nosuch in the cell", 2),
        (INIT + "def run(data):\n    return 1 / 0\n", "run() failed on the sample request: ZeroDivisionError", 5),
        ("import numpy\n" + INIT + "def run(data): ...\n", "add numpy==", 2),
        (INIT + "def run(data):\n    import numpy\n    return 1\n", "add numpy==", 5),
    ],
    ids=["init raises", "no such package", "run raises", "not in the lock", "lazily imported, not in the lock"],
)
def test_a_failure_is_shown_at_the_cells_line(spec_of: SpecOf, script: str, line: str, place: int) -> None:
    with pytest.raises(ProofError) as caught:
        proven(spec_of(script))
    assert line in caught.value.message
    assert "\n" not in caught.value.message
    assert f"Cell [7], line {place}" in str(caught.value.details)
    assert leftovers() == []


@pytest.mark.parametrize(
    ("script", "line"),
    [
        (INIT, "the script has no run(); add def run(data)"),
        ("import os\n\ndef init():\n    os.kill(os.getpid(), 11)\n\ndef run(data): ...\n", "killed by SIGSEGV"),
        ("import sys\n\ndef init():\n    sys.exit(5)\n\ndef run(data): ...\n", "5"),
        (INIT + "def run(data):\n    return b'\\xff'\n", "the answer is not JSON, which was declared"),
    ],
    ids=["no run", "segfault", "exit", "no JSON"],
)
def test_a_failure_is_one_line(spec_of: SpecOf, script: str, line: str) -> None:
    with pytest.raises(ProofError) as caught:
        proven(spec_of(script, sample_output=[1]))
    assert line in caught.value.message
    assert "\n" not in caught.value.message


def test_an_init_that_hangs_is_told_of_while_it_hangs_and_ended_in_time(spec_of: SpecOf) -> None:
    script = "import time\n\ndef init():\n    print('loading')\n    time.sleep(600)\n\ndef run(data): ...\n"
    said = Said()
    with pytest.raises(ProofError, match=r"init\(\) did not end within 6 s.*init_timeout_s"):
        proven(spec_of(script, options=ServiceOptions(init_timeout_s=6)), said)
    assert "loading" in said.lines
    assert any(re.fullmatch(r"still at it \(init, \d s; the limit is 6 s\)", line) for line in said.lines)


def test_a_run_that_hangs_is_ended_in_time(spec_of: SpecOf) -> None:
    script = INIT + "def run(data):\n    while True: pass\n"
    with pytest.raises(ProofError, match=r"status 504.*scoring_timeout_ms"):
        proven(spec_of(script, options=ServiceOptions(scoring_timeout_ms=300)))


def test_the_seeds_own_script_fails_its_proof(spec_of: SpecOf) -> None:
    """It catches every exception and returns `str(e)`, with status 200."""
    script = INIT + (
        "def run(data):\n    try:\n        return [1 / 0]\n    except Exception as e:\n        return str(e)\n"
    )
    with pytest.raises(ProofError) as caught:
        proven(spec_of(script, sample_output=[1.0]))
    assert 'answer is a string ("division by zero"), the sample has an array' in caught.value.message
    assert "let it raise" in caught.value.message


def test_an_answer_is_checked_against_the_scripts_own_schema(spec_of: SpecOf) -> None:
    """No --output was given; the script has an `output_schema` of numbers."""
    script = """
import numpy as np
from inference_schema.schema_decorators import input_schema, output_schema
from inference_schema.parameter_types.numpy_parameter_type import NumpyParameterType
from inference_schema.parameter_types.standard_py_parameter_type import StandardPythonParameterType

def init(): ...

@input_schema("data", StandardPythonParameterType([1]))
@output_schema(NumpyParameterType(np.array([1.5, 2.5])))
def run(data):
    return "could not convert"
"""
    from importlib.metadata import version

    names = ("inference-schema", "numpy", "wrapt", "python-dateutil", "pytz", "six", "pandas")
    modules = {"inference-schema": ("inference_schema",), "python-dateutil": ("dateutil",)}
    packages = tuple(
        LockedPackage(name=name, version=version(name), modules=modules.get(name, (name,))) for name in names
    )
    with pytest.raises(ProofError, match=r"answer is a string.*declared was array"):
        proven(spec_of(script, packages=packages))


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks at /proc")
def test_a_proof_that_is_killed_leaves_no_process(spec_of: SpecOf, tmp_path: Path) -> None:
    import pickle

    spec = spec_of("import time\n\ndef init():\n    time.sleep(600)\n\ndef run(data): ...\n")
    (tmp_path / "spec.pickle").write_bytes(pickle.dumps(spec))
    program = f"""
import pathlib, pickle
from tests.services.specs import Said
from tests.services.test_proof import proven
class Loud(Said):
    def log(self, line):
        print(line, flush=True)
proven(pickle.loads(pathlib.Path({str(tmp_path / "spec.pickle")!r}).read_bytes()), Loud())
"""
    root = Path(__file__).parents[2]
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True, cwd=root) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if line == "worker: init\n":
                break
        descendants = psutil.Process(process.pid).children(recursive=True)
        os.kill(process.pid, signal.SIGKILL)
    _, alive = psutil.wait_procs(descendants, timeout=60)
    assert alive == []
    for name in leftovers():
        import shutil

        shutil.rmtree(short_folder() / name)


# ── judging, with no process ──


def judged(spec: ServiceSpec, body: object, **changes: object) -> list[str]:
    known: dict[str, object] = {"status": 200, "body": json.dumps(body)} | changes
    return check_answer(ProbeAnswer(**known), spec.manifest)  # type: ignore[arg-type]


def test_other_numbers_are_only_warned_of(spec_of: SpecOf) -> None:
    assert judged(spec_of(DOUBLE, sample_output=[1.0]), [2.0]) == ["answer[0] is 2.0, the sample has 1.0"]


def test_what_nobody_declared_is_only_suspected(spec_of: SpecOf) -> None:
    spec = spec_of(DOUBLE)
    assert judged(spec, [1]) == []
    assert "is a string" in judged(spec, "it broke")[0]
    assert "an error that the script caught" in judged(spec, {"error": "it broke"})[0]
    assert judged(spec, "<html>", headers={"content-type": "text/html"}) == ["the answer is not JSON"]


def test_the_schema_of_a_script_without_decorators_declares_nothing(spec_of: SpecOf) -> None:
    """Every script has one: a picture is an answer, and what is suspicious is said all the same."""
    spec, nothing = spec_of(DOUBLE), {"type": "object", "example": {}}
    assert judged(spec, "PNG", headers={"content-type": "image/png"}, output=nothing) == ["the answer is not JSON"]
    assert "is a string" in judged(spec, "it broke", output=nothing)[0]


def test_warnings_of_the_worker_are_handed_on(spec_of: SpecOf) -> None:
    assert judged(spec_of(DOUBLE), [1], warnings=("int64 sample, float input",)) == ["int64 sample, float input"]


def test_the_answer_of_a_bad_sample_names_what_to_give(spec_of: SpecOf) -> None:
    with pytest.raises(ProofError, match=r"status 400: column 'age' is missing.*--input"):
        judged(spec_of(DOUBLE), {"message": "column 'age' is missing."}, status=400)


def test_a_declared_null_is_a_declaration(spec_of: SpecOf) -> None:
    manifest = replace(spec_of(DOUBLE).manifest, sample_output={}, has_sample_output=True)
    assert check_answer(ProbeAnswer(status=200, body="{}"), manifest) == []
