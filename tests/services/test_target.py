from __future__ import annotations

import jsonschema
import pytest

from jupyter_mlops.errors import UnsupportedError
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
        (ServiceOptions(collect_model_data=True), "log in run()"),
    ],
)
def test_an_option_that_a_process_cannot_honour_is_refused_by_name(options: ServiceOptions, line: str) -> None:
    with pytest.raises(UnsupportedError) as caught:
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
