"""Images with no workspace: what `images.unpack` makes, written by hand, and specs of services that run them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from jupyter_mlops.records import ServiceSpec
from tests.services.specs import make_spec


@pytest.fixture
def spec_of(tmp_path: Path) -> Callable[..., ServiceSpec]:
    """`spec_of(source, revision=1, sample_input=…, …)`: a service whose script is `source`."""

    def make(source: str, **changes: object) -> ServiceSpec:
        return make_spec(tmp_path / "state", source, **changes)

    return make
