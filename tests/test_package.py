"""The package root imports nothing heavy, and names every public noun."""

from __future__ import annotations

import subprocess
import sys

import pytest

import jupyter_mlops

HEAVY = ("sqlalchemy", "numpy", "pandas", "IPython", "httpx", "fsspec", "yaml", "jupyter_mlops.sdk")


def imported_after(code: str) -> set[str]:
    script = f"{code}\nimport sys; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60)
    return set(done.stdout.split())


def test_importing_the_root_imports_nothing_heavy() -> None:
    assert imported_after("import jupyter_mlops").isdisjoint(HEAVY)


def test_the_command_line_starts_without_the_database() -> None:
    modules = imported_after("from jupyter_mlops.cli.parser import build; build()")
    assert modules.isdisjoint({"sqlalchemy", "numpy", "pandas", "IPython", "httpx"})


@pytest.mark.parametrize("noun", [name for name in jupyter_mlops.__all__ if name[0].isupper()])
def test_every_noun_is_there(noun: str) -> None:
    assert getattr(jupyter_mlops, noun).__name__ == noun


def test_a_name_that_is_not_there() -> None:
    with pytest.raises(AttributeError, match="Webservise"):
        _ = jupyter_mlops.Webservise
