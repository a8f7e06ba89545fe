"""What a build needs of the user's network: certificates, indexes, credentials, a proxy. Mounted, never copied.

Files are mounted while packages are installed and while the steps of a base run. A proxy is told by the build
arguments that every builder knows without a declaration: they reach the steps' environment and neither a layer nor the
history (https://docs.docker.com/build/building/variables/#pre-defined-build-arguments).
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path

from jupyter_mlops.installers import pip_settings

__all__ = ["build_arguments", "build_files", "step_files"]

_BUNDLES = ("PIP_CERT", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
_SETTINGS = ("index-url", "extra-index-url", "trusted-host", "timeout", "retries")
"""Of pip's settings, those that mean the same in a container; an index on this machine's disk does not."""
_UV_INDEXES = {
    "index-url": ("UV_DEFAULT_INDEX", "UV_INDEX_URL"),
    "extra-index-url": ("UV_INDEX", "UV_EXTRA_INDEX_URL"),
}
"""Each the new name before the old one (https://docs.astral.sh/uv/reference/environment/)."""
_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY", "ALL_PROXY", "NO_PROXY")


def build_files(environ: Mapping[str, str] | None = None) -> dict[str, bytes]:
    """`ca.crt`, `pip.conf` and `netrc`, as far as the user has them. They may hold secrets.

    uv's indexes count before pip's, since uv is what locked the packages.
    """
    environment = os.environ if environ is None else environ
    settings = pip_settings(environment) | _uv_indexes(environment)
    found: dict[str, bytes] = {}
    bundle = next((environment[name] for name in _BUNDLES if environment.get(name)), settings.get("cert"))
    if bundle and Path(bundle).is_file():
        found["ca.crt"] = Path(bundle).read_bytes()
    lines = [f"{name} = {kept}" for name in _SETTINGS if (kept := _without_disk(settings.get(name, "")))]
    if lines:
        found["pip.conf"] = "\n".join(["[global]", *lines, ""]).encode()
    netrc = Path(environment.get("NETRC") or Path(environment.get("HOME", "~")).expanduser() / ".netrc")
    if netrc.is_file():
        found["netrc"] = netrc.read_bytes()
    return found


def step_files(environ: Mapping[str, str] | None = None) -> dict[str, bytes]:
    """What the steps of a base are lent: `build_files`, and `uv.toml` with the same indexes."""
    environment = os.environ if environ is None else environ
    found = build_files(environment)
    settings = pip_settings(environment) | _uv_indexes(environment)
    index, more = (_without_disk(settings.get(name, "")) for name in ("index-url", "extra-index-url"))
    lines = [f"index-url = {json.dumps(index)}"] if index else []
    if more:  # pip looks at all indexes as one; uv would stop at the first that knows the name
        lines += [f"extra-index-url = {json.dumps(more.split())}", 'index-strategy = "unsafe-best-match"']
    if lines:
        found["uv.toml"] = "\n".join([*lines, ""]).encode()
    return found


def build_arguments(environ: Mapping[str, str] | None = None) -> dict[str, str]:
    """The proxies of the user, in both spellings that programs look for. They may hold secrets."""
    environment = os.environ if environ is None else environ
    found: dict[str, str] = {}
    pips = pip_settings(environment).get("proxy", "")
    for name in _PROXIES:
        lower = environment.get(name.lower(), "")
        value = environment.get(name) or lower or (pips if name in ("HTTP_PROXY", "HTTPS_PROXY") else "")
        if value:
            found[name] = value
            found[name.lower()] = lower or value
    return found


def _uv_indexes(environment: Mapping[str, str]) -> dict[str, str]:
    """uv's indexes under pip's names; a name that uv lets stand before an address (`name=https://…`) is cut off."""
    found = {}
    for setting, names in _UV_INDEXES.items():
        value = next((environment[name] for name in names if environment.get(name)), "")
        if value:
            found[setting] = " ".join(_address(word) for word in value.split())
    return found


def _address(word: str) -> str:
    name, equals, address = word.partition("=")
    return address if equals and "/" not in name else word


def _without_disk(value: str) -> str:
    return " ".join(word for word in value.split() if not word.startswith(("file:", "/")))
