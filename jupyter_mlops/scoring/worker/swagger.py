"""The Swagger 2, OpenAPI 3.0 and 3.1 documents of a script; the front puts in names, path prefix and security."""

from __future__ import annotations

import importlib
import json
from pathlib import Path
from typing import Any, NamedTuple

from jupyter_mlops.scoring.worker.script import Script

__all__ = ["Documents", "documents"]

Document = dict[str, Any]

_ALIASES = {"2": ("2", "2.0"), "3": ("3", "3.0"), "3.1": ("3.1",)}
_USER_FILES = {"2": ("swagger.json", "swagger2.json"), "3": ("swagger3.json",), "3.1": ("swagger3.1.json",)}


class Documents(NamedTuple):
    """By version (`2`, `3`, `3.1`); `errors` says why one is not there, `files` which are the user's own."""

    documents: dict[str, Document]
    errors: dict[str, str]
    files: list[str]
    warnings: list[str]


def documents(script: Script, app_root: Path) -> Documents:
    """The documents that describe `run`; the user's own files in the app root win."""
    known, errors, files, warnings = {}, {}, [], []
    schemas, supported = _schemas(script)
    for version, aliases in _ALIASES.items():
        own, problem = _user_file(app_root, version)
        if problem:
            warnings.append(problem)
        if own is not None:
            known[version] = own
            files.append(version)
        elif any(alias in supported for alias in aliases):
            known[version] = _swagger2(*schemas) if version == "2" else _openapi(version, *schemas)
    for version, problem in [(each, _unspeakable(document)) for each, document in known.items()]:
        if problem:
            warnings.append(f"there is no Swagger version {version}: {problem}")
            del known[version]
    for version in _ALIASES.keys() - known.keys():
        errors[version] = (
            f"Swagger version [{version}] is not supported for the scoring script."
            f" Supported swagger versions: [{', '.join(sorted(known))}]."
        )
    return Documents(known, errors, files, warnings)


def _schemas(script: Script) -> tuple[tuple[Document, Document], set[str]]:
    every = {"2.0", "3.0", "3.1"}
    if not script.peeled.decorated:
        return ({"type": "object", "example": {}}, {"type": "object", "example": {}}), every
    there = importlib.import_module("inference_schema.schema_util")
    versions = set(there.get_supported_versions(script.run))
    return (there.get_input_schema(script.run), there.get_output_schema(script.run)), versions


def _unspeakable(document: Document) -> str | None:
    """Why a document has no JSON form: a sample type of the script's own may describe itself by anything."""
    try:
        json.dumps(document)
    except (TypeError, ValueError) as error:
        return str(error)
    return None


def _user_file(app_root: Path, version: str) -> tuple[Document | None, str | None]:
    for name in _USER_FILES[version]:
        path = app_root / name
        if path.is_file():
            try:
                return json.loads(path.read_text("utf-8")), None
            except ValueError as error:
                return None, f"{path} is not JSON ({error}); the document is made from the script instead"
    return None, None


# ── the documents ──

_ERROR = {"type": "object", "properties": {"message": {"type": "string"}}}
_BEARER = {
    "Bearer": {
        "type": "apiKey",
        "name": "Authorization",
        "in": "header",
        "description": "For example: Bearer abc123",
    }
}
_INFO = {
    "title": "ML service",
    "description": "API specification for the Azure Machine Learning service ML service",
    "version": "1.0",
}
_HEALTH = {
    "operationId": "ServiceHealthCheck",
    "description": "Simple health check endpoint to ensure the service is up at any given point.",
}
_HEALTHY = "If service is up and running, this response will be returned with the content 'Healthy'"
_SCORE = {
    "operationId": "RunMLService",
    "description": "Run web service's model and get the prediction output",
    "security": [{"Bearer": []}],
}
_PAYLOAD = "The input payload for executing the real-time machine learning service."
_SCORED = "The service processed the input correctly and provided a result prediction, if applicable."
_SPEC = {"operationId": "GetSwaggerSpec", "description": "Get the Swagger specification."}
_SPECIFIED = "The Swagger specification."
_FAILED = "The service failed to execute due to an error."


def _swagger2(accepted: Document, returned: Document) -> Document:
    error = {"description": _FAILED, "schema": {"$ref": "#/definitions/ErrorResponse"}}
    healthy = {"description": _HEALTHY, "schema": {"type": "string"}, "examples": {"application/json": "Healthy"}}
    payload = {
        "name": "serviceInputPayload",
        "in": "body",
        "description": _PAYLOAD,
        "schema": {"$ref": "#/definitions/ServiceInput"},
    }
    scored = {"description": _SCORED, "schema": {"$ref": "#/definitions/ServiceOutput"}}
    version = {"name": "version", "in": "query", "required": False, "type": "integer", "enum": [2, 3]}
    specified = {"description": _SPECIFIED, "schema": {"type": "string"}}
    return {
        "swagger": "2.0",
        "info": dict(_INFO),
        "schemes": ["https"],
        "consumes": ["application/json"],
        "produces": ["application/json"],
        "securityDefinitions": _BEARER,
        "paths": {
            "/": {"get": {**_HEALTH, "responses": {"200": healthy, "default": error}}},
            "/score": {"post": {**_SCORE, "parameters": [payload], "responses": {"200": scored, "default": error}}},
            "/swagger.json": {
                "get": {**_SPEC, "parameters": [version], "responses": {"200": specified, "default": error}}
            },
        },
        "definitions": {"ServiceInput": accepted, "ServiceOutput": returned, "ErrorResponse": _ERROR},
    }


def _openapi(version: str, accepted: Document, returned: Document) -> Document:
    error = _json_response(_FAILED, "ErrorResponse")
    healthy = {
        "description": _HEALTHY,
        "content": {"text/plain": {"schema": {"type": "string", "example": "Healthy"}}},
    }
    specified = {"description": _SPECIFIED, "content": {"text/plain": {"schema": {"type": "string"}}}}
    query = {"name": "version", "in": "query", "required": False, "schema": {"type": "integer", "enum": [2, 3]}}
    score = {
        **_SCORE,
        "requestBody": _json_response(_PAYLOAD, "ServiceInput"),
        "responses": {"200": _json_response(_SCORED, "ServiceOutput"), "default": error},
    }
    return {
        "openapi": "3.1.0" if version == "3.1" else "3.0.3",
        "info": dict(_INFO),
        "security": [{"Bearer": []}],
        "paths": {
            "/": {"get": {**_HEALTH, "responses": {"200": healthy, "default": error}}},
            "/score": {"post": score},
            "/swagger.json": {
                "get": {**_SPEC, "parameters": [query], "responses": {"200": specified, "default": error}}
            },
        },
        "components": {
            "schemas": {"ServiceInput": accepted, "ServiceOutput": returned, "ErrorResponse": _ERROR},
            "securitySchemes": _BEARER,
        },
    }


def _json_response(description: str, schema: str) -> Document:
    reference = {"$ref": f"#/components/schemas/{schema}"}
    return {"description": description, "content": {"application/json": {"schema": reference}}}
