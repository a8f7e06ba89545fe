"""The table of what can be typed agrees with the records, and with itself."""

from collections import Counter
from dataclasses import fields

import pytest

from jupyter_mlops.records import ServiceOptions
from jupyter_mlops.views.verbs import VERBS, verb


@pytest.mark.parametrize("known", VERBS, ids=lambda known: known.name)
def test_no_spelling_means_two_things(known):
    spellings = Counter(name for option in known.options for name in (option.flag, *option.aliases))
    assert not [name for name, count in spellings.items() if count > 1]


@pytest.mark.parametrize("known", VERBS, ids=lambda known: known.name)
def test_every_example_is_of_its_verb(known):
    assert f"%{known.name} " in f"{known.example} "
    assert ("%%" in known.example) == known.cell


def test_every_option_of_a_service_can_be_typed():
    typed = {option.key for option in verb("deploy").options} | {"environment_variables"}
    assert {field.name for field in fields(ServiceOptions)} <= typed


def test_the_kinds_are_those_of_the_record():
    kinds = {option.key: option.kind for option in verb("deploy").options}
    assert kinds["port"] == "integer"
    assert kinds["memory_gb"] == "number"
    assert kinds["hot_reload"] == "flag"
    assert kinds["auth_enabled"] == "boolean"
    assert kinds["ssl_cert_file"] == "path"
