"""A hint in a cell can be typed there."""

from __future__ import annotations

import pytest

from jupyter_mlops.errors import ServiceError
from jupyter_mlops.magics.parse import parse
from jupyter_mlops.views.hints import for_a_cell, retell
from jupyter_mlops.views.verbs import verb


@pytest.mark.parametrize(
    ("python", "line"),
    [
        ("Webservice(ws, 'web').update(models=[new_model])", "%update_service web --model N:V"),
        ("Webservice(ws, 'web').start()", "%start_service web"),
        ("Webservice(ws, 'web').get_keys()", "%service_keys web"),
        ("service.get_logs()", "%service_logs NAME"),
        ("service.wait_for_deployment()", "%operations"),
        ("Model.list(ws, 'diabetes')", "%models diabetes"),
    ],
)
def test_the_magic_of_a_piece_of_python_is_one_that_exists(python: str, line: str) -> None:
    assert for_a_cell(f"it is away; {python}") == f"it is away; {line}"
    name, _, rest = line[1:].partition(" ")
    assert parse(verb(name), rest)


def test_an_option_is_named_as_it_is_typed() -> None:
    said = for_a_cell("batch_max_wait_ms without batch_max_size; or deploy with auth_enabled=False")
    assert said == "--batch-max-wait-ms without --batch-max-size; or deploy with --auth-enabled false"


def test_what_a_script_said_stays() -> None:
    error = ServiceError("it failed", hint="give init_timeout_s", details="NameError: name 'init_timeout_s'")
    retell(error)
    assert str(error) == "it failed; give --init-timeout-s\nNameError: name 'init_timeout_s'"
