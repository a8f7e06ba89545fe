"""A changed cell goes into the service that runs: `%update_service NAME --reload`."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.slow

SCRIPT = """%%score_script answer --input [1]
def init():
    pass

def run(data):
    return 1
"""


def test_a_changed_cell_is_reloaded(kernel):
    def errors(code: str) -> list[str]:
        return [message["evalue"] for message in kernel.run(code) if message["type"] == "error"]

    assert not errors(SCRIPT)
    assert not errors("%deploy toy --script answer")
    assert "deployed without --hot-reload" in errors("%update_service toy --reload")[0]
    assert not errors("%update_service toy --hot-reload")
    assert not errors(SCRIPT.replace("return 1", "return 2"))
    assert not errors("service = %update_service toy --reload")
    said = kernel.run("print(service.run([1]))")
    assert "2" in [message.get("text", "").strip() for message in said], said
    assert "differs from its image" in kernel.run("print(service)")[-1]["text"]
    assert "--replicas something else" in errors("%update_service toy --reload --replicas 2")[0]

    assert not errors("%update_service toy --script answer")
    assert "differs" not in kernel.run("print(service)")[-1]["text"]
    assert not errors("%delete_service toy")
