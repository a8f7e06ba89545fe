"""uv, as the user's pip is set up: the index, the extra wheels and the certificates that pip.conf names.

The rule: imports nothing but `errors`. uv reads no pip.conf, so a machine where `pip install` works through a
company's mirror would have a `uv` that reaches nothing; `uv_environment` says to uv what pip was told.
Credentials inside index URLs travel in the environment, never on a command line that `ps` shows.
"""

from __future__ import annotations

import configparser
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from jupyter_mlops.errors import RequirementError

__all__ = ["pip_settings", "run_uv", "uv_command", "uv_environment"]

_UNREACHABLE = re.compile(r"dns error|client error \(Connect\)|timed out|connection (refused|reset)", re.IGNORECASE)
"""In what uv says where an index does not answer."""

_SECTIONS = ("global", "install", "wheel", "download")
"""Of pip's configuration files, the ones that say where packages come from; a later one wins."""

_OLD_NAMES = {"UV_DEFAULT_INDEX": "UV_INDEX_URL", "UV_INDEX": "UV_EXTRA_INDEX_URL"}
"""uv reads both, the new one first: what a user said under the old one must not be outdone by pip.conf."""


def uv_command() -> list[str]:
    """The start of a uv command line: the binary of the `uv` package, else the one on PATH.

    Raises `RequirementError` when there is none.
    """
    try:
        import uv

        return [uv.find_uv_bin()]
    except (ImportError, FileNotFoundError):
        found = shutil.which("uv")
    if found is None:
        raise RequirementError("uv, which makes the environments of services, is not installed", hint="pip install uv")
    return [found]


def uv_environment(environ: Mapping[str, str] | None = None) -> dict[str, str]:
    """The whole environment to run uv with: `environ` (default: this process's) and pip's settings in uv's words.

    What is already set in uv's own words (`UV_…`, `SSL_CERT_FILE`) stays as it is.
    """
    environment = dict(os.environ if environ is None else environ)
    # An active venv or conda prefix would be taken as the place to work on.
    for name in ("VIRTUAL_ENV", "CONDA_PREFIX", "PYTHONPATH", "PYTHONHOME"):
        environment.pop(name, None)
    for name, value in _translated(pip_settings(environment)).items():
        if not environment.get(_OLD_NAMES.get(name, name)):
            environment.setdefault(name, value)
    environment.setdefault("UV_NO_PROGRESS", "1")
    environment.setdefault("UV_PYTHON_DOWNLOADS", "never")
    environment.setdefault("UV_SYSTEM_CERTS", "1")
    return environment


def run_uv(arguments: list[str], *, text: str = "", timeout: float | None = None) -> subprocess.CompletedProcess[str]:
    """A uv command, with `text` on its standard input; once more with what it has cached where no index answers.

    Raises `RequirementError` when there is no uv, `subprocess.TimeoutExpired`.
    """

    def run(*more: str) -> subprocess.CompletedProcess[str]:
        command = [*uv_command(), *arguments, *more]
        return subprocess.run(
            command, input=text, env=uv_environment(), capture_output=True, text=True, timeout=timeout, check=False
        )

    done = run()
    if done.returncode == 0 or not _UNREACHABLE.search(done.stderr):
        return done
    cached = run("--offline")
    return cached if cached.returncode == 0 else done


def pip_settings(environ: Mapping[str, str] | None = None) -> dict[str, str]:
    """pip's settings by their long names (`index-url`, `find-links`, …), from its files and `PIP_…` variables."""
    environment = os.environ if environ is None else environ
    settings: dict[str, str] = {}
    for path in _pip_files(environment):
        settings |= _read(path)
    for name, value in environment.items():
        if name.startswith("PIP_") and name != "PIP_CONFIG_FILE" and value:
            settings[name[4:].lower().replace("_", "-")] = value
    return settings


def _pip_files(environment: Mapping[str, str]) -> Iterator[Path]:
    """pip's configuration files, the weakest first, in the places that pip's documentation lists."""
    chosen = environment.get("PIP_CONFIG_FILE")
    if chosen == os.devnull:
        return
    home = Path(environment.get("HOME", "~")).expanduser()
    for folder in environment.get("XDG_CONFIG_DIRS", "/etc/xdg").split(os.pathsep):
        yield Path(folder, "pip", "pip.conf")
    yield Path("/etc/pip.conf")
    if sys.platform == "darwin":
        yield Path("/Library/Application Support/pip/pip.conf")
        yield home / "Library/Application Support/pip/pip.conf"
    yield home / ".pip" / "pip.conf"
    yield Path(environment.get("XDG_CONFIG_HOME") or home / ".config", "pip", "pip.conf")
    yield Path(sys.prefix, "pip.conf")
    if chosen:
        yield Path(chosen)


def _read(path: Path) -> dict[str, str]:
    parser = configparser.RawConfigParser()
    try:
        parser.read_string(path.read_text())
    except (OSError, UnicodeDecodeError, configparser.Error):
        return {}  # absent, or one that pip itself would refuse
    found: dict[str, str] = {}
    for section in _SECTIONS:
        if parser.has_section(section):
            found |= {name.replace("_", "-"): value for name, value in parser.items(section) if value}
    return found


def _translated(settings: Mapping[str, str]) -> dict[str, str]:
    """pip's settings as uv's environment variables (https://docs.astral.sh/uv/reference/environment/)."""
    found: dict[str, str] = {}
    if "index-url" in settings:
        found["UV_DEFAULT_INDEX"] = settings["index-url"].strip()
    if "extra-index-url" in settings:
        found["UV_INDEX"] = " ".join(settings["extra-index-url"].split())
        # pip looks at all indexes as one; uv would stop at the first that knows the name.
        found["UV_INDEX_STRATEGY"] = "unsafe-best-match"
    if "find-links" in settings:
        found["UV_FIND_LINKS"] = ",".join(settings["find-links"].split())
    if "cert" in settings:
        found["SSL_CERT_FILE"] = settings["cert"].strip()
    if "trusted-host" in settings:
        found["UV_INSECURE_HOST"] = " ".join(settings["trusted-host"].split())
    if "proxy" in settings:
        found["ALL_PROXY"] = settings["proxy"].strip()
    timeout = settings.get("timeout", settings.get("default-timeout"))
    if timeout is not None:
        found["UV_HTTP_TIMEOUT"] = timeout.strip()
    if settings.get("no-index", "").strip().lower() in ("1", "true", "yes", "on"):
        found["UV_OFFLINE"] = "1"
    return found
