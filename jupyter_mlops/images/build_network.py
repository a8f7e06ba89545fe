"""What a build needs of the user's network: certificates, pip's indexes, credentials. Mounted, never copied."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from jupyter_mlops.installers import pip_settings

__all__ = ["build_files"]

_BUNDLES = ("PIP_CERT", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
_SETTINGS = ("index-url", "extra-index-url", "trusted-host", "timeout", "retries")
"""Of pip's settings, those that mean the same in a container; a proxy or an index on this machine's disk does not."""


def build_files(environ: Mapping[str, str] | None = None) -> dict[str, bytes]:
    """`ca.crt`, `pip.conf` and `netrc`, as far as the user has them. They may hold secrets."""
    environment = os.environ if environ is None else environ
    settings = pip_settings(environment)
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


def _without_disk(value: str) -> str:
    return " ".join(word for word in value.split() if not word.startswith(("file:", "/")))
