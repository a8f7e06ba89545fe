"""The script's own schema documents, with what only the service knows put in."""

from __future__ import annotations

import copy
import json
from typing import Any

from jupyter_mlops.scoring.front.revision import Revision
from jupyter_mlops.scoring.front.worker_process import Ready

__all__ = ["SchemaDocuments", "UnknownVersionError"]

_VERSIONS = {"2": "2", "2.0": "2", "3": "3", "3.0": "3", "3.1": "3.1"}
_SCHEME = {"type": "apiKey", "name": "Authorization", "in": "header", "description": "For example: Bearer abc123"}


class UnknownVersionError(Exception):
    """There is no document of that version; says which there are, or why not."""


class SchemaDocuments:
    """`/swagger.json` of one revision, as bytes, made when first asked for."""

    def __init__(self, revision: Revision, about: Ready):
        self._revision = revision
        self._about = about
        self._made: dict[str, bytes] = {}

    def get(self, version: str) -> bytes:
        """The document of `2`, `3` or `3.1`; raises `UnknownVersionError`."""
        known = _VERSIONS.get(version)
        if known is None:
            raise UnknownVersionError(f"Swagger version [{version}] is not valid. Supported versions: [2, 3, 3.1].")
        if known in self._about.swagger_errors:
            raise UnknownVersionError(self._about.swagger_errors[known])
        if known not in self._about.swagger:
            raise UnknownVersionError(f"Swagger version [{known}] is not supported for the scoring script.")
        if known not in self._made:
            document = self._about.swagger[known]
            if known not in self._about.swagger_files:
                document = _complete(document, self._revision)
            self._made[known] = json.dumps(document).encode("ascii")
        return self._made[known]


def _complete(document: dict[str, Any], revision: Revision) -> dict[str, Any]:
    document = copy.deepcopy(document)
    info = document.setdefault("info", {})
    info["title"] = revision.service
    info["version"] = revision.service_version
    info["description"] = f"API specification for the Azure Machine Learning service {revision.service}"
    prefix = f"/{revision.path_prefix.strip('/')}" if revision.path_prefix.strip("/") else ""
    if prefix:
        document["paths"] = {prefix + path: item for path, item in document.get("paths", {}).items()}
    if "swagger" in document:
        document.setdefault("securityDefinitions", {"Bearer": _SCHEME})
    else:
        document.setdefault("components", {}).setdefault("securitySchemes", {"Bearer": _SCHEME})
        document.setdefault("security", [{"Bearer": []}])
    for path, item in document.get("paths", {}).items():
        if path == f"{prefix}/score":
            for operation in item.values():
                operation.setdefault("security", [{"Bearer": []}])
    return document
