"""What every target must do, whatever it runs services on."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

import pytest

from jupyter_mlops import plugins
from jupyter_mlops.errors import NotFoundError, ProofError, ServiceError, UsageError
from jupyter_mlops.records import LineOrigin, ManifestScript, ServiceOptions, ServiceStatus
from jupyter_mlops.services.client import score
from jupyter_mlops.services.log_pages import LogPage
from jupyter_mlops.services.target import NewScript, ProbeAnswer
from tests.contracts.target_benches import BENCHES, Bench
from tests.services.specs import DOUBLE, Said, accept

TRIPLE = DOUBLE.replace("factor = 2", "factor = 3")
BROKEN = "def init():\n    raise ValueError('no weights')\n\ndef run(data):\n    return data\n"
NAME = "doubler"


@pytest.fixture(
    params=[
        pytest.param(name, marks=[pytest.mark.docker] if "docker" in name else [])
        for name in [*plugins.names("targets"), "docker over TCP"]
    ]
)
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bench]:
    with BENCHES[request.param](tmp_path) as bench:
        yield bench


def ask(bench: Bench, number: int = 3) -> list[int]:
    """What the service answers to one number."""
    status = bench.target.status(NAME)
    assert status.scoring_uri is not None
    answer = score(status.scoring_uri, bench.target.keys(NAME)[0], json.dumps({"data": [number]}))
    assert answer.status == 200
    found: list[int] = json.loads(answer.body)
    return found


def deploy(bench: Bench, source: str = DOUBLE, revision: int = 1, **changes: object) -> ServiceStatus:
    return bench.target.deploy(bench.spec(source, revision=revision, **changes), Said(), accept)


def test_a_deployed_service_is_healthy_and_answers(bench: Bench) -> None:
    said, answers = Said(), []
    status = bench.target.deploy(bench.spec(DOUBLE), said, answers.append)
    assert (status.state, status.revision, status.error) == ("Healthy", 1, None)
    assert ask(bench) == [6]
    assert bench.target.names() == [NAME]
    assert said.lines
    (answer,) = answers
    assert isinstance(answer, ProbeAnswer)
    assert (answer.status, json.loads(answer.body)) == (200, [2, 4])


def test_deploying_the_same_again_changes_nothing(bench: Bench) -> None:
    first, running = deploy(bench), bench.running(NAME)
    assert deploy(bench) == first
    assert bench.running(NAME) == running


def test_a_service_wants_a_key_and_takes_both(bench: Bench) -> None:
    uri = deploy(bench).scoring_uri
    assert uri is not None
    primary, secondary = bench.target.keys(NAME)
    with pytest.raises(ServiceError, match=r"wants a key \(401\).*auth_enabled=False"):
        score(uri, None, "{}")
    with pytest.raises(ServiceError, match=r"refuses this key \(403\)"):
        score(uri, "wrong" * 8, "{}")
    for key in (primary, secondary):
        assert score(uri, key, '{"data": [1]}').status == 200


def test_no_key_is_in_a_log_or_in_what_is_said(bench: Bench) -> None:
    said = Said()
    bench.target.deploy(bench.spec(DOUBLE), said, accept)
    ask(bench)
    told = "\n".join([*said.lines, *bench.target.logs(NAME), repr(bench.target.status(NAME))])
    assert not any(key in told for key in bench.target.keys(NAME))


def test_an_open_service_wants_no_key_and_has_none(bench: Bench) -> None:
    uri = deploy(bench, options=ServiceOptions(auth_enabled=False)).scoring_uri
    assert uri is not None
    assert score(uri, None, '{"data": [1]}').body == b"[2]"
    with pytest.raises(ServiceError, match="auth_enabled=False"):
        bench.target.keys(NAME)


def test_an_update_takes_over_at_the_same_address(bench: Bench) -> None:
    before = deploy(bench)
    after = deploy(bench, TRIPLE, revision=2)
    assert (after.revision, after.scoring_uri) == (2, before.scoring_uri)
    assert ask(bench) == [9]


def test_a_failed_update_leaves_the_old_one_serving(bench: Bench) -> None:
    deploy(bench)
    with pytest.raises(ServiceError) as caught:
        deploy(bench, BROKEN, revision=2, lines=(LineOrigin(2, "Cell [7]", 5),))
    assert caught.value.what == "init() failed: ValueError: no weights"
    assert "Cell [7], line 5, in init" in str(caught.value.details)
    assert ask(bench) == [6]
    status = bench.target.status(NAME)
    assert (status.state, status.revision) == ("Healthy", 1)


def test_an_update_whose_answer_is_refused_leaves_the_old_one_serving(bench: Bench) -> None:
    def refuse(answer: ProbeAnswer) -> None:
        assert json.loads(answer.body) == [3, 6]
        raise ProofError("not what was declared")

    deploy(bench)
    with pytest.raises(ProofError, match="not what was declared"):
        bench.target.deploy(bench.spec(TRIPLE, revision=2), Said(), refuse)
    assert ask(bench) == [6]
    assert bench.target.status(NAME).revision == 1


def test_a_failed_first_deploy_says_why_for_as_long_as_it_is_there(bench: Bench) -> None:
    with pytest.raises(ServiceError, match="no weights"):
        deploy(bench, BROKEN)
    status = bench.target.status(NAME)
    assert (status.state, status.revision) == ("Failed", None)
    assert status.error is not None
    assert "init() failed: ValueError: no weights" in status.error
    assert "raise ValueError('no weights')" in str(status.details)
    deploy(bench, DOUBLE, revision=2)
    assert bench.target.status(NAME).state == "Healthy"


def test_a_roll_back_is_a_deploy_of_an_older_revision(bench: Bench) -> None:
    deploy(bench)
    deploy(bench, TRIPLE, revision=2)
    assert deploy(bench, DOUBLE, revision=1).revision == 1
    assert ask(bench) == [6]


def test_a_key_is_replaced_without_a_restart(bench: Bench) -> None:
    uri = deploy(bench).scoring_uri
    assert uri is not None
    old, secondary = bench.target.keys(NAME)
    new = bench.target.regenerate_key(NAME, "primary")
    assert bench.target.keys(NAME) == (new, secondary)
    while True:  # the service looks for new keys twice a second; the other key works meanwhile
        assert score(uri, secondary, '{"data": [1]}').status == 200
        with contextlib.suppress(ServiceError):
            assert score(uri, new, '{"data": [1]}').status == 200
            break
    with pytest.raises(ServiceError, match="403"):
        score(uri, old, "{}")
    bench.target.set_key(NAME, "secondary", "a-key-of-my-own-choice")
    assert bench.target.keys(NAME) == (new, "a-key-of-my-own-choice")


def test_the_log_has_what_the_script_prints(bench: Bench) -> None:
    deploy(bench, DOUBLE.replace("factor = 2", "factor = 2; print('factor is', factor)"))
    lines = bench.target.logs(NAME, lines=1000, follow=True)
    assert "factor is 2" in islice(lines, 1000)


def test_the_log_by_pages_shows_each_line_once(bench: Bench) -> None:
    deploy(bench, DOUBLE.replace("return", "print('tick'); return"))
    read: Callable[..., LogPage] = getattr(bench.target, "log_page")  # noqa: B009 not every target has places in its log
    page = read(NAME, None, 1000)
    for asked in (1, 3):
        for _ in range(asked):
            ask(bench)
        found: list[str] = []
        while sum("tick" in line for line in found) < asked:
            page = read(NAME, page.cursor, 1000)
            found += page.lines
            assert not page.reset
        assert sum("tick" in line for line in found) == asked
    with pytest.raises(UsageError):
        read(NAME, "nonsense", 10)


def test_metrics_are_prometheus_text_and_count_no_probe(bench: Bench) -> None:
    deploy(bench)
    assert "# TYPE" in bench.target.metrics(NAME)
    before = requests(bench)
    ask(bench)
    assert requests(bench) == before + 1


def requests(bench: Bench) -> float:
    from prometheus_client.parser import text_string_to_metric_families

    return sum(
        sample.value
        for family in text_string_to_metric_families(bench.target.metrics(NAME))
        for sample in family.samples
        if "requests_total" in sample.name and sample.labels.get("route") == "/score"
    )


def test_a_deleted_service_leaves_nothing(bench: Bench) -> None:
    uri = deploy(bench).scoring_uri
    assert uri is not None
    deploy(bench, TRIPLE, revision=2)
    bench.target.delete(NAME)
    assert bench.left() == []
    assert bench.target.names() == []
    with pytest.raises(NotFoundError, match=f"no service '{NAME}'"):
        bench.target.status(NAME)
    with pytest.raises(ServiceError, match="is not running"):
        score(uri, "k", "{}", service=NAME)
    bench.target.delete(NAME)


def test_a_service_that_was_killed_is_offered_for_a_start_and_starts(bench: Bench) -> None:
    before = deploy(bench, TRIPLE, revision=4)
    key = bench.target.keys(NAME)[0]
    bench.kill(NAME)
    status = bench.target.status(NAME)
    assert (status.state, status.revision) == ("Unhealthy", 4)
    assert status.error is not None
    assert "start()" in status.error
    after = bench.target.start(NAME)
    assert (after.state, after.revision, after.scoring_uri) == ("Healthy", 4, before.scoring_uri)
    assert bench.target.keys(NAME)[0] == key
    assert ask(bench) == [9]
    assert bench.target.start(NAME) == after


def script(tmp_path: Path, source: str) -> NewScript:
    """A changed script, in a folder of its own."""
    folder = tmp_path / f"changed-{abs(hash(source))}"
    folder.mkdir(exist_ok=True)
    (folder / "score.py").write_text(source)
    return NewScript(
        folder=folder,
        script=ManifestScript("score", "d" * 64, "score.py"),
        lines=(LineOrigin(2, "Cell [9]", 3),),
        sample_input='{"data": [1]}',
    )


def test_a_changed_script_is_reloaded_into_what_runs(bench: Bench, tmp_path: Path) -> None:
    before = deploy(bench, options=ServiceOptions(hot_reload=True))
    answers: list[ProbeAnswer] = []
    bench.target.reload(NAME, script(tmp_path, TRIPLE), Said(), answers.append)
    assert ask(bench) == [9]
    after = bench.target.status(NAME)
    assert (after.revision, after.scoring_uri, after.state) == (1, before.scoring_uri, "Healthy")
    assert [answer.body for answer in answers] == ["[3]"]
    assert before.differs is None
    assert "differs from its image" in str(after.differs)

    with pytest.raises(ServiceError, match="no weights") as caught:
        bench.target.reload(NAME, script(tmp_path, BROKEN), Said(), accept)
    assert "Cell [9], line 3, in init" in str(caught.value.details)
    assert ask(bench) == [9], "a script that fails leaves the one before serving"

    bench.kill(NAME)
    assert bench.target.start(NAME).differs == after.differs
    assert ask(bench) == [9]
    assert deploy(bench, options=ServiceOptions(hot_reload=True)).differs is None
    assert ask(bench) == [6]


def test_a_service_that_was_not_deployed_for_it_is_not_reloaded(bench: Bench, tmp_path: Path) -> None:
    deploy(bench)
    with pytest.raises(UsageError, match="deployed without hot_reload"):
        bench.target.reload(NAME, script(tmp_path, TRIPLE), Said(), accept)
    assert ask(bench) == [6]


COLLECTING = DOUBLE.replace(
    "def run(data):",
    """
from azureml.monitoring import ModelDataCollector

inputs = ModelDataCollector("numbers", designation="inputs")

def run(data):
    inputs.collect(json.loads(data)["data"])""",
)


def test_what_a_script_collects_is_read_from_here_and_kept_when_asked_for(bench: Bench, tmp_path: Path) -> None:
    options = ServiceOptions(collect_model_data=True)
    deploy(bench, COLLECTING, options=options)
    ask(bench, 41)
    bench.target.collected(NAME, tmp_path / "first")
    assert rows(tmp_path / "first") == ["41"], "the probe is not collected"
    bench.target.delete(NAME, keep_data=True)
    assert bench.target.names() == []
    deploy(bench, COLLECTING, options=options)
    ask(bench, 42)
    bench.target.collected(NAME, tmp_path / "second")
    assert sorted(rows(tmp_path / "second")) == ["41", "42"]
    bench.target.delete(NAME)
    assert bench.left() == []


def rows(folder: Path) -> list[str]:
    """The feature of each row that was collected below the folder."""
    files = (folder / "numbers/inputs").rglob("*.csv")
    return [line.split(",")[-1] for file in files for line in file.read_text().splitlines()[1:]]


def test_an_unknown_service_is_named(bench: Bench) -> None:
    for look in (bench.target.status, bench.target.keys, bench.target.metrics, bench.target.start, bench.target.logs):
        with pytest.raises(NotFoundError, match="no service 'nobody'"):
            look("nobody")
