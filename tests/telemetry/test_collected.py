"""What `ModelDataCollector` kept is read back."""

from pathlib import Path

import pytest

from jupyter_mlops.errors import StorageError
from jupyter_mlops.telemetry.collected import read_inputs

HEADER = "$Timestamp,$CorrelationId,$Service,$Revision"


def keep(folder: Path, designation: str, day: str, names: str, *rows: str, file: str = "17.csv") -> None:
    path = folder / "churn" / designation / day / file
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [f"2026-{day.replace('/', '-')[5:]}T12:00:{second:02}Z,id,churn,1,{row}" for second, row in enumerate(rows)]
    path.write_text("\r\n".join([f"{HEADER},{names}", *lines, ""]))


def test_the_inputs_of_all_workers_and_days_newest_first(tmp_path):
    keep(tmp_path, "inputs", "2026/11/20", "age,colour", "31,red")
    keep(tmp_path, "inputs", "2026/11/21", "age,colour", "40,", file="18.csv")
    keep(tmp_path, "predictions", "2026/11/21", "f0", "0.5")
    found = read_inputs(tmp_path, ["age", "colour"])
    assert found is not None
    assert (found.rows, found.since) == (2, "2026-11-20T12:00:00Z")
    assert found.columns == {"age": [40.0, 31.0], "colour": [None, "red"]}


def test_only_the_newest_rows(tmp_path):
    keep(tmp_path, "inputs", "2026/11/20", "age", "1", "2", "3")
    found = read_inputs(tmp_path, ["age"], most=2)
    assert found is not None
    assert found.columns == {"age": [3.0, 2.0]}


def test_features_without_names_are_taken_by_their_place(tmp_path):
    keep(tmp_path, "inputs", "2026/11/20", "f0,f1", "1,2")
    found = read_inputs(tmp_path, ["age", "bmi"])
    assert found is not None
    assert found.columns == {"age": [1.0], "bmi": [2.0]}


def test_of_two_designations_the_inputs(tmp_path):
    keep(tmp_path, "audited", "2026/11/20", "age", "1")
    keep(tmp_path, "inputs", "2026/11/19", "age", "2")
    found = read_inputs(tmp_path, ["age"])
    assert found is not None
    assert found.columns == {"age": [2.0]}


def test_nothing_of_the_kind(tmp_path):
    assert read_inputs(tmp_path / "absent", ["age"]) is None
    keep(tmp_path, "predictions", "2026/11/20", "score", "1")
    assert read_inputs(tmp_path, ["age"]) is None


def test_a_line_that_is_being_written_is_left_out(tmp_path):
    keep(tmp_path, "inputs", "2026/11/20", "age,bmi", "1,2")
    (file,) = tmp_path.rglob("*.csv")
    with file.open("a") as half:
        half.write("2026-11-20T12:01:00Z,id,ch")
    found = read_inputs(tmp_path, ["age", "bmi"])
    assert found is not None
    assert found.rows == 1


def test_what_cannot_be_read_says_so(tmp_path):
    path = tmp_path / "churn" / "inputs" / "2026" / "11" / "20" / "1.csv"
    path.mkdir(parents=True)
    with pytest.raises(StorageError, match="cannot be read"):
        read_inputs(tmp_path, ["age"])
