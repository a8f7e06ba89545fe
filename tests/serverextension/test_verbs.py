"""Every click can show its magic, and the magic that is shown is read back as the click."""

from __future__ import annotations

from typing import Any

import pytest

from jupyter_mlops.errors import UsageError
from jupyter_mlops.magics.parse import parse
from jupyter_mlops.serverextension.verbs import line
from jupyter_mlops.views.verbs import VERBS, verb
from tests.serverextension.conftest import Server


def test_the_table_has_every_magic(server: Server) -> None:
    table = server.get("/verbs")["verbs"]
    assert [found["name"] for found in table] == [found.name for found in VERBS]
    cell = next(found for found in table if found["name"] == "score_script")
    assert (cell["magic"], cell["cell"]) == ("%%score_script", True)


def test_the_magic_of_an_action(server: Server) -> None:
    made = server.post("/magic", verb="update_service", arguments=["diabetes"], options={"to-revision": 1})
    assert made["magic"] == "%update_service diabetes --to-revision 1"
    assert made["load"] == "%load_ext jupyter_mlops"
    assert server.post("/magic", verb="dance").status == 400
    assert server.post("/magic", verb="deploy", options={"colour": "red"}).status == 400


@pytest.mark.parametrize(
    ("name", "arguments", "options"),
    [
        ("deploy", ["web"], {"model": ["a:1", "b"], "script": "score", "workers": 2, "auth_enabled": False}),
        ("deploy", ["web"], {"tag": {"team": "dark blue", "k": "v"}, "description": 'it\'s "so" [good', "plan": True}),
        ("deploy", ["web"], {"description": "--help", "env": {"PATH": "C:\\x y\\"}}),
        ("register_model", ["my models/a b.pkl"], {"name": "a", "tag": {"q": 'say "x"'}, "version_tag": "-1"}),
        ("test_service", ["web"], {"json": {"data": [[1, 2.5]], "text": "it's"}}),
        ("models", [], {"tag": ["stage", "team=blue"], "latest": True, "limit": 5}),
        ("operations", [], {"cancel": "5f3a"}),
        ("delete_service", ["web"], {"delete_image": True}),
        ("workspace", ["/a b/c"], {}),
    ],
)
def test_a_magic_is_read_back_as_the_click(name: str, arguments: list[str], options: dict[str, Any]) -> None:
    made = line(name, arguments, options)
    assert made.startswith(f"%{name}")
    given = parse(verb(name), made.partition(" ")[2])
    assert [str(argument) for argument in given.arguments] == arguments
    assert {key: _as_clicked(value, options[key]) for key, value in given.options.items()} == options


def _as_clicked(value: Any, clicked: Any) -> Any:
    import json

    if isinstance(clicked, dict):
        return json.loads(value) if isinstance(value, str) else dict(value)
    return [part if isinstance(part, str) else "=".join(part) for part in value] if isinstance(clicked, list) else value


def test_what_says_nothing_is_left_out() -> None:
    assert line("deploy", ["web"], {"plan": False, "model": [], "tag": {}, "port": None}) == "%deploy web"


def test_too_many_arguments_are_refused() -> None:
    with pytest.raises(UsageError):
        line("delete_model", ["a", "b"], {})
