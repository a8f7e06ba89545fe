"""What a conda file or a requirements file asks for, in pip's words."""

from __future__ import annotations

from pathlib import Path

import pytest

from jupyter_mlops.capture.environment.requested import from_conda, from_requirements, refuse
from jupyter_mlops.errors import RequirementError, UsageError


def test_a_conda_file(tmp_path: Path) -> None:
    path = tmp_path / "myenv.yml"
    path.write_text(
        "name: project_environment\ndependencies:\n  - python=3.6.2\n  - scikit-learn=0.20.0\n"
        "  - pip:\n    - azureml-defaults\n    - inference-schema[numpy-support]\nchannels:\n  - conda-forge\n"
    )
    asked = from_conda(path)
    assert asked.source == "myenv.yml"
    assert (str(asked.python), asked.python_text) == ("==3.6.2.*", "python=3.6.2")
    assert [str(one) for one in asked.requirements] == [
        "scikit-learn==0.20.0.*", "azureml-defaults", "inference-schema[numpy-support]",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("dependencies: [", "myenv.yml:1: the conda file is no YAML"),
        ("- numpy", "has no `dependencies`"),
        ("dependencies: numpy", "is not a list"),
        ("dependencies: ['==']", "not understood: '=='"),
        ("dependencies: ['numpy=one two three']", "not understood: 'numpy=one two three'"),
    ],
)
def test_a_conda_file_that_is_wrong(text: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "myenv.yml").write_text(text)
    with pytest.raises(UsageError, match=message):
        from_conda(tmp_path / "myenv.yml")


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="the conda file cannot be read"):
        from_conda(tmp_path / "absent.yml")
    with pytest.raises(UsageError, match="the requirements file cannot be read"):
        from_requirements(tmp_path / "absent.txt")


def test_a_requirements_file(tmp_path: Path) -> None:
    (tmp_path / "more.txt").write_text("pandas<3\n")
    path = tmp_path / "requirements.txt"
    path.write_text(
        "# the model\nscikit-learn==1.5.2 --hash=sha256:00  # pinned\n\n-r more.txt\n--index-url https://x/simple\n"
        "numpy \\\n  >=1.20\ntorch; sys_platform == 'linux'\n"
    )
    asked = from_requirements(path)
    assert [str(one) for one in asked.requirements] == [
        "scikit-learn==1.5.2", "pandas<3", "numpy>=1.20", 'torch; sys_platform == "linux"',
    ]  # fmt: skip
    assert asked.notes == (
        "--index-url in the file is not used: pip config set global.index-url … says where packages come from",
    )


def test_options_of_pip_that_are_not_used_are_told() -> None:
    asked = from_conda(
        {"dependencies": [{"pip": ["--extra-index-url=https://user:s3cret@example.org", "--pre", "numpy"]}]}
    )
    assert asked.notes == (
        "--extra-index-url in the file is not used: "
        "pip config set global.extra-index-url … says where packages come from",
        "--pre in the file is not used",
    )


def test_what_no_index_serves_is_refused_by_name() -> None:
    asked = from_requirements(["numpy", "git+https://user:s3cret@example.org/own.git", "-e ../mine"])
    with pytest.raises(
        RequirementError, match=r"no index serves git\+https://example.org/own.git.*-e ../mine"
    ) as caught:
        refuse(asked)
    assert "s3cret" not in str(caught.value)


def test_a_line_that_nobody_understands() -> None:
    with pytest.raises(UsageError, match="not understood: 'numpy = 1'"):
        from_requirements(["numpy = 1"])
