"""From an error to an HTTP status and the one shape that every error has."""

from __future__ import annotations

from typing import Any

from jupyter_mlops import errors

__all__ = ["STATUSES", "document_of", "refusal", "status_of"]

STATUSES: dict[type[errors.MlopsError], int] = {
    errors.UsageError: 400,
    errors.UnsupportedError: 400,
    errors.NotFoundError: 404,
    errors.ConflictError: 409,
    errors.OperationError: 409,
    errors.CaptureError: 422,
    errors.RequirementError: 422,
    errors.ProofError: 422,
    errors.ImageError: 422,
    errors.MlopsError: 500,
    errors.ServiceError: 502,
    errors.WorkspaceError: 503,
    errors.StorageError: 507,
}
"""The status of each class and of those derived from it that have none of their own."""

_BY_STATUS = {
    403: (
        "Unauthenticated",
        "not logged in to this Jupyter server",
        "log in, or send the header Authorization: token …",
    ),
    404: ("NotFoundError", "no such route", "jupyter_mlops/serverextension/openapi.yaml has them all"),
    413: (
        "TooLarge",
        "the body of the request is too large",
        "16 MB are taken, of /services/{name}/test 150 MB; send more to the scoring URI itself",
    ),
    405: (
        "MethodNotAllowed",
        "no such method on this route",
        "jupyter_mlops/serverextension/openapi.yaml has them all",
    ),
}


def status_of(error: errors.MlopsError) -> int:
    """Of the nearest class above it that has one."""
    return next(STATUSES[kind] for kind in type(error).__mro__ if kind in STATUSES)


def refusal(status: int, reason: str, message: str = "") -> dict[str, Any]:
    """What Tornado or the Jupyter server refused, in our shape; `message` is what it logs about it."""
    kind, what, hint = _BY_STATUS.get(status, ("HTTPError", reason, None))
    if status == 403 and "xsrf" in message.lower():
        what = "the request has neither a token nor the _xsrf of a page of this Jupyter server"
        hint = "reload the page, or send the header Authorization: token …"
    return {"type": kind, "what": what, "where": None, "hint": hint, "details": None}


def document_of(error: BaseException) -> dict[str, Any]:
    """Any error in our shape. What is no `MlopsError` is a fault of ours, told with its traceback."""
    if isinstance(error, errors.MlopsError):
        return error.to_dict()
    import traceback

    return {
        "type": type(error).__name__,
        "what": f"a fault of jupyter_mlops: {error!r}",
        "where": None,
        "hint": "the details say where; please report them",
        "details": "".join(traceback.format_exception(error)),
    }
