"""A request is recorded as JSON and is the same when it is read back."""

from __future__ import annotations

import json

import pytest

from jupyter_mlops.operations.deployment import ImageParts, Request
from jupyter_mlops.records import Provenance, ServiceOptions

ORIGIN = Provenance(user="ada", host="here", python="3.11.7", notebook="work.ipynb", cell=7)


@pytest.mark.parametrize(
    "request_",
    [
        Request(service="s", image="i:1", interpreter="/python", provenance=ORIGIN),
        Request(
            service="s",
            parts=ImageParts(models=("m:1", "n:2"), script="abc", lock="def"),
            options=ServiceOptions(port=8890, cors_origins=("a", "b"), environment_variables={"K": "V"}),
            tags={"stage": "dev"},
            overwrite=True,
            interpreter="/python",
            provenance=ORIGIN,
        ),
    ],
    ids=["image", "parts"],
)
def test_a_request_survives_json(request_: Request) -> None:
    assert Request.from_dict(json.loads(json.dumps(request_.to_dict()))) == request_


def test_of_image_forgets_the_parts() -> None:
    parts = ImageParts(models=(), script="s", lock="l")
    made = Request(service="s", parts=parts, interpreter="/python", provenance=ORIGIN).of_image("i:3")
    assert (made.image, made.parts) == ("i:3", None)
