"""No request is lost across updates and roll-backs, at half of the rate that the service can take."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

import pytest

from jupyter_mlops.records import ServiceOptions, ServiceSpec
from jupyter_mlops.services.process.target import ProcessTarget
from tests.load import Load
from tests.services.specs import DOUBLE, WORKSPACE, Said, accept

TRIPLE = DOUBLE.replace("factor = 2", "factor = 3")


@pytest.mark.slow
def test_updates_and_roll_backs_lose_no_request(spec_of: Callable[..., ServiceSpec]) -> None:
    target = ProcessTarget(WORKSPACE, {})
    patient = ServiceOptions(max_request_wait_time=30_000)  # a machine that is busy loses none
    status = target.deploy(spec_of(DOUBLE, options=patient), Said(), accept)
    address = urlsplit(str(status.scoring_uri))
    assert address.hostname is not None
    assert address.port is not None
    asked = {"body": b'{"data": [1]}', "key": target.keys("doubler")[0]}
    try:
        with Load(address.hostname, address.port, **asked) as full:
            full.wait_for(3000)
        most = full.report.succeeded / full.report.seconds
        with Load(address.hostname, address.port, rate=most / 2, **asked) as load:
            for revision in (2, 3):
                load.wait_for(int(most / 8))
                spec = spec_of(f"{TRIPLE}# {revision}\n", revision=revision, options=patient)
                target.deploy(spec, Said(), accept)
            for revision in (1, 2):
                load.wait_for(int(most / 8))
                source = DOUBLE if revision == 1 else f"{TRIPLE}# {revision}\n"
                target.deploy(spec_of(source, revision=revision, options=patient), Said(), accept)
            load.wait_for(int(most / 8))
        assert load.report.lost == 0, load.report
        assert target.status("doubler").revision == 2
    finally:
        target.delete("doubler")
