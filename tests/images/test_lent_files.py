"""What steps of a base are lent: whole Dockerfiles, compared."""

from __future__ import annotations

import pytest

from jupyter_mlops.images.build_network import step_files
from jupyter_mlops.images.lent_files import mounted

DOCKERFILE = """\
# escape=`
ARG PYTHON=3.11
FROM python:${PYTHON} AS build
# RUN in a comment
run pip install one `
    # between
    RUN=not-a-step

RUN --mount=type=cache,target=/c <<END && echo $((1 <<2))
FROM this line is the heredoc's
RUN so is this
END
ENV RUN=1
ONBUILD RUN true
FROM build
RUN ["pip", "install", "two"]
COPY . /app
LABEL org.jupyter-mlops.base=k
"""

LENT = """\
# escape=`
ARG PYTHON=3.11
FROM python:${PYTHON} AS build
ARG PIP_CONFIG_FILE=/run/mlops-build/pip.conf
ARG NETRC=/run/mlops-build/netrc
# RUN in a comment
run --mount=type=bind,from=lent:1,target=/run/mlops-build pip install one `
    # between
    RUN=not-a-step

RUN --mount=type=bind,from=lent:1,target=/run/mlops-build --mount=type=cache,target=/c <<END && echo $((1 <<2))
FROM this line is the heredoc's
RUN so is this
END
ENV RUN=1
ONBUILD RUN true
FROM build
ARG PIP_CONFIG_FILE=/run/mlops-build/pip.conf
ARG NETRC=/run/mlops-build/netrc
RUN --mount=type=bind,from=lent:1,target=/run/mlops-build ["pip", "install", "two"]
COPY . /app
LABEL org.jupyter-mlops.base=k
"""


def test_each_run_and_no_other_line_has_the_files() -> None:
    assert mounted(DOCKERFILE, "lent:1", ["netrc", "pip.conf"]) == LENT
    assert mounted(DOCKERFILE, "lent:1", []) == DOCKERFILE


@pytest.mark.parametrize("line", ["RUN echo $((1<<EOF))", "RUN cat <<EOF", 'RUN echo "<<EOF"'])
def test_what_only_looks_like_a_heredoc_hides_no_step(line: str) -> None:
    assert mounted(f"FROM x\n{line}\nRUN two\n", "lent:1", ["netrc"]).count("--mount=") == 2


def test_uv_is_told_of_the_indexes_as_pip_is() -> None:
    files = step_files({"PIP_INDEX_URL": "https://u:p@one/simple", "PIP_EXTRA_INDEX_URL": "https://two https://three",
                        "PIP_CONFIG_FILE": "/dev/null", "HOME": "/nowhere"})  # fmt: skip
    assert files == {
        "pip.conf": b"[global]\nindex-url = https://u:p@one/simple\nextra-index-url = https://two https://three\n",
        "uv.toml": b'index-url = "https://u:p@one/simple"\nextra-index-url = ["https://two", "https://three"]\n'
        b'index-strategy = "unsafe-best-match"\n',
    }
    assert step_files({"PIP_CONFIG_FILE": "/dev/null", "HOME": "/nowhere"}) == {}
