"""What things may be called, and what a person may have meant."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_mlops.errors import InvalidNameError, UsageError
from jupyter_mlops.registry.names import check_image_name, check_model_name, check_service_name, not_found, split_id


@pytest.mark.parametrize("name", ["d", "diabetes", "Diabetes-2_b.onnx", "9lives", "x" * 255])
def test_a_name_of_a_model(name: str) -> None:
    assert check_model_name(name) == name
    assert check_image_name(name) == name


@pytest.mark.parametrize("name", ["", "-x", ".x", "_x", "a b", "a:1", "a/b", "größe", "x" * 256, "x\n", None, 7])
def test_no_name_of_a_model(name: str) -> None:
    with pytest.raises(InvalidNameError, match="1 to 255"):
        check_model_name(name)


@pytest.mark.parametrize("name", ["abc", "my-service-2", "a" * 32])
def test_a_name_of_a_service(name: str) -> None:
    assert check_service_name(name) == name


@pytest.mark.parametrize("name", ["ab", "a" * 33, "My-service", "2nd", "end-", "under_score", "a.b", "abc\n", ""])
def test_no_name_of_a_service(name: str) -> None:
    with pytest.raises(InvalidNameError, match="3 to 32"):
        check_service_name(name)


def test_a_bad_name_comes_with_one_that_would_do() -> None:
    with pytest.raises(InvalidNameError, match="'my-service' would do"):
        check_service_name("My Service!")
    with pytest.raises(InvalidNameError, match="'my-model' would do"):
        check_model_name("my model")


@given(st.text())
def test_what_is_proposed_is_a_name(name: str) -> None:
    for check in (check_model_name, check_service_name):
        try:
            check(name)
        except InvalidNameError as error:
            if error.hint:
                proposal = error.hint.removesuffix(" would do").strip("'")
                assert check(proposal) == proposal


def test_an_id_is_a_name_and_a_version() -> None:
    assert split_id("diabetes") == ("diabetes", None)
    assert split_id("diabetes", 2) == ("diabetes", 2)
    assert split_id("diabetes:12") == ("diabetes", 12)
    assert split_id("diabetes:2", 2) == ("diabetes", 2)
    for wrong in ("diabetes:", "diabetes:x", "diabetes:0", "diabetes:-1", "diabetes:²"):
        with pytest.raises(UsageError, match="no name:version"):
            split_id(wrong)
    with pytest.raises(UsageError, match="contradict"):
        split_id("diabetes:2", 3)


def test_what_is_not_there_names_near_ones() -> None:
    assert not_found("model", "diabets", ["diabetes", "iris"]).hint == "did you mean diabetes?"
    assert not_found("model", "diabetes", ["a-diabetes-b", "iris"]).hint == "did you mean a-diabetes-b?"
    assert not_found("model", "zzz", ["iris", "wine"]).hint == "there is iris, wine"
    assert not_found("model", "zzz", []).hint == "there is no model yet"
    assert not_found("model", "zzz", [f"m{n}" for n in range(99)], hint="see %models").hint == "see %models"
