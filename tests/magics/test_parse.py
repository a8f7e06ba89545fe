"""One parser: what is meant is understood, what is not is refused in one line."""

import pytest

from jupyter_mlops.errors import UsageError
from jupyter_mlops.magics.helping import help_text
from jupyter_mlops.magics.parse import parse
from jupyter_mlops.views.verbs import VERBS, verb

DEPLOY, REGISTER, MONITOR = verb("deploy"), verb("register_model"), verb("monitor")
TEST = verb("test_service")


def test_arguments_and_options_in_any_order():
    for line in ("svc --model m:1 --model n --port 80", "--model m:1 --port 80 svc --model n"):
        given = parse(DEPLOY, line)
        assert given.name == "svc"
        assert given.options == {"model": ["m:1", "n"], "port": 80}


@pytest.mark.parametrize("spelling", ["--target", "--compute-target", "--ct"])
def test_azures_spellings_mean_the_same(spelling):
    assert parse(DEPLOY, f"svc {spelling} docker").get("target") == "docker"


def test_kinds_of_values():
    line = 'svc --memory-gb 1.5 --auth-enabled false --tag a="b c" --tag d= --hot-reload --env K=V'
    given = parse(DEPLOY, line)
    assert given.get("memory_gb") == 1.5
    assert given.get("auth_enabled") is False
    assert given.pairs("tag") == {"a": "b c", "d": ""}
    assert given.get("hot_reload") is True
    assert given.pairs("env") == {"K": "V"}


@pytest.mark.parametrize(("typed", "seconds"), [("90", 90), ("90s", 90), ("5m", 300), ("1.5h", 5400)])
def test_durations(typed, seconds):
    assert parse(MONITOR, f"svc --window {typed}").get("window") == seconds


def test_filters_are_a_key_or_a_key_and_a_value():
    assert parse(verb("models"), "--tag a=b --tag c").get("tag") == [["a", "b"], "c"]


def test_json_with_and_without_quotes_and_from_a_file(tmp_path):
    body = '{"data": [1, 2]}'
    (tmp_path / "body.json").write_text(body)
    for typed in (f"'{body}'", body, f"@{tmp_path}/body.json", f"'@{tmp_path}/body.json'"):
        assert parse(TEST, f"svc --json {typed}").get("json") == body


def test_a_semicolon_at_the_end_is_not_a_value():
    assert parse(DEPLOY, "svc --model m;").get("model") == ["m"]


@pytest.mark.parametrize(
    ("known", "line", "what"),
    [
        (DEPLOY, "svc --modle m", "has no option --modle; did you mean --model?"),
        (DEPLOY, "svc --mod m", "has no option --mod"),
        (DEPLOY, "svc --port 1 --port 2", "--port is given twice"),
        (DEPLOY, "svc --port 1 --target a --ct b", "--ct is given twice"),
        (DEPLOY, "svc --plan --plan", "--plan is given twice"),
        (DEPLOY, "svc --port many", "--port takes a whole number, not 'many'"),
        (DEPLOY, "svc --port", "--port: expected one argument"),
        (DEPLOY, "svc other", "does not know what to do with 'other'"),
        (DEPLOY, "--model m", "NAME is missing"),
        (DEPLOY, "svc --tag a", "--tag takes KEY=VALUE, not 'a'"),
        (DEPLOY, "svc --auth-enabled maybe", "--auth-enabled takes true or false"),
        (REGISTER, "model", "--name is missing"),
        (MONITOR, "svc --window soon", "--window takes a time such as 90s"),
        (MONITOR, "svc --window 0", "--window takes a time"),
        (TEST, "svc --json {", "--json is not JSON"),
        (TEST, "svc --json @nowhere.json", "cannot read nowhere.json"),
        (verb("service_keys"), "svc --regenerate primry", "did you mean primary?"),
    ],
)
def test_a_mistake_is_said_in_one_line(known, line, what):
    with pytest.raises(UsageError) as caught:
        parse(known, line)
    assert what in caught.value.message
    assert "\n" not in caught.value.message


@pytest.mark.parametrize("known", VERBS, ids=lambda known: known.name)
def test_help_tells_every_option_and_an_example(known):
    assert parse(known, "--help").help
    assert parse(known, "svc -h").help
    text = help_text(known)
    assert known.example in text
    assert all(option.flag in text for option in known.options)
    assert all(len(line) < 130 for line in text.splitlines())


def test_a_bare_call_lacks_nothing():
    assert parse(REGISTER, "").nothing
