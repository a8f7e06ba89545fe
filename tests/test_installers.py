"""uv is told what pip was told."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from jupyter_mlops.installers import pip_settings, uv_command, uv_environment


@pytest.fixture
def home(tmp_path: Path) -> dict[str, str]:
    """An environment whose only pip.conf is the user's (and the machine's, which comes before it)."""
    (tmp_path / ".config" / "pip").mkdir(parents=True)
    (tmp_path / ".config" / "pip" / "pip.conf").write_text(
        "[global]\nindex-url = https://user:pass@mirror.example/simple\ntimeout = 33\n"
        "extra-index-url =\n  https://one.example/simple\n  https://two.example/simple\n"
        "[install]\nfind-links = /wheels /more\ntrusted-host = mirror.example\n[list]\nformat = columns\n"
    )
    return {"HOME": str(tmp_path), "PIP_CERT": "/company.crt", "PIP_FIND_LINKS": ""}


def test_pips_settings_in_uvs_words(home: dict[str, str]) -> None:
    found = uv_environment({**home, "VIRTUAL_ENV": "/other"})
    assert found["UV_DEFAULT_INDEX"] == "https://user:pass@mirror.example/simple"
    assert found["UV_INDEX"] == "https://one.example/simple https://two.example/simple"
    assert found["UV_INDEX_STRATEGY"] == "unsafe-best-match"
    assert found["UV_FIND_LINKS"] == "/wheels,/more"
    assert found["SSL_CERT_FILE"] == "/company.crt"
    assert found["UV_INSECURE_HOST"] == "mirror.example"
    assert found["UV_HTTP_TIMEOUT"] == "33"
    assert found["UV_PYTHON_DOWNLOADS"] == "never"
    assert "VIRTUAL_ENV" not in found


def test_a_variable_wins_over_a_file_and_uvs_own_over_both(home: dict[str, str]) -> None:
    assert uv_environment({**home, "PIP_INDEX_URL": "https://b.example"})["UV_DEFAULT_INDEX"] == "https://b.example"
    own = {"UV_DEFAULT_INDEX": "https://c.example", "SSL_CERT_FILE": "/mine.crt"}
    found = uv_environment({**home, **own})
    assert (found["UV_DEFAULT_INDEX"], found["SSL_CERT_FILE"]) == ("https://c.example", "/mine.crt")


def test_uvs_own_indexes_under_their_old_names_win_too(home: dict[str, str]) -> None:
    old = {"UV_INDEX_URL": "https://c.example", "UV_EXTRA_INDEX_URL": "https://d.example"}
    found = uv_environment({**home, **old})
    assert not {"UV_DEFAULT_INDEX", "UV_INDEX"} & found.keys()
    assert {name: found[name] for name in old} == old


def test_a_configuration_that_is_switched_off(home: dict[str, str]) -> None:
    assert pip_settings({**home, "PIP_CONFIG_FILE": "/dev/null"}) == {"cert": "/company.crt"}


def test_a_file_that_is_no_configuration(tmp_path: Path, home: dict[str, str]) -> None:
    (tmp_path / "broken.conf").write_text("index-url without a section")
    assert pip_settings({**home, "PIP_CONFIG_FILE": str(tmp_path / "broken.conf")})["timeout"] == "33"


def test_without_an_index_uv_is_offline(home: dict[str, str]) -> None:
    assert uv_environment({**home, "PIP_NO_INDEX": "1"})["UV_OFFLINE"] == "1"


def test_the_command_is_uv() -> None:
    told = subprocess.run([*uv_command(), "--version"], capture_output=True, text=True, check=True)
    assert told.stdout.startswith("uv ")
