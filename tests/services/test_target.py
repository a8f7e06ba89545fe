from __future__ import annotations

import jsonschema
import pytest

from jupyter_mlops.errors import UnsupportedError, UsageError
from jupyter_mlops.records import ServiceOptions
from jupyter_mlops.services.process.target import ProcessTarget


@pytest.mark.parametrize(
    ("options", "line"),
    [
        (ServiceOptions(cpu_cores=0.5), "cannot honour cpu_cores=0.5; a process shares the machine's; use workers=N"),
        (ServiceOptions(memory_gb=1), "cannot honour memory_gb=1"),
        (ServiceOptions(replicas=3), "use workers=N"),
        (ServiceOptions(gpu_cores=1), "CUDA_VISIBLE_DEVICES"),
        (ServiceOptions(enable_app_insights=True), "%monitor"),
    ],
)
def test_an_option_that_a_process_cannot_honour_is_refused_by_name(options: ServiceOptions, line: str) -> None:
    with pytest.raises(UnsupportedError) as caught:
        ProcessTarget("w", {}).check(options)
    assert line in str(caught.value)


@pytest.mark.parametrize(
    ("options", "line"),
    [
        (ServiceOptions(port=70_000), "port=70000 is no port"),
        (ServiceOptions(port=-1), "port=-1 is too small"),
        (ServiceOptions(workers=0), "workers=0 is too small; at least 1"),
        (ServiceOptions(max_request_wait_time=-1), "max_request_wait_time=-1 is too small; at least 0"),
        (ServiceOptions(batch_max_wait_ms=1), "batch_max_wait_ms without batch_max_size"),
        (ServiceOptions(ssl_cert_file="cert.pem"), "both ssl_cert_file and ssl_key_file"),
        (ServiceOptions(environment_variables={"A=B": "c"}), "'A=B' cannot be the name"),
    ],
)
def test_a_value_that_makes_no_sense_is_named(options: ServiceOptions, line: str) -> None:
    with pytest.raises(UsageError) as caught:
        ProcessTarget("w", {}).check(options)
    assert line in str(caught.value)


def test_the_schema_of_the_options_takes_what_the_target_takes() -> None:
    capabilities = ProcessTarget("w", {}).capabilities()
    assert "cpu_cores" not in capabilities.options
    jsonschema.Draft202012Validator.check_schema(capabilities.schema)
    jsonschema.validate({"port": 8890, "workers": None, "environment_variables": {"A": "b"}}, capabilities.schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"cpu_cores": 1}, capabilities.schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"port": "8890"}, capabilities.schema)
