"""One front with one worker for each script, over HTTP; all must outlive all tests, as the processes they were."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.scoring.fuzz.effort import Effort
from tests.scoring.fuzz.services import SIGNATURES, Service, lock_without_schema, started

_SCRIPTS = Path(__file__).parent / "scripts"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--fuzz-examples", type=int, metavar="N", help="inputs in all, drawn at random (without: 7000, always the same)"
    )


def pytest_configure(config: pytest.Config) -> None:
    asked = config.getoption("--fuzz-examples", default=None)
    if asked is not None:
        Effort.examples, Effort.at_random = asked, True


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if Effort.at_random:
        for item in items:
            item.add_marker(pytest.mark.timeout(0))


class Services:
    """`services["arrays"]` is the service of `scripts/arrays.py`, started when first asked for.

    `services["arrays twin"]` is that of the same script where inference-schema is not installed: our twin stands in.
    """

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self._folder = folder
        self._stack = stack
        self._started: dict[str, Service] = {}

    def __getitem__(self, name: str) -> Service:
        if name not in self._started:
            script, _, twin = name.partition(" ")
            folder = self._folder / name.replace(" ", "-")
            folder.mkdir()
            shutil.copy(_SCRIPTS / f"{script}.py", folder / "score.py")
            registered = {"lock": lock_without_schema(folder)} if twin else SIGNATURES.get(script)
            self._started[name] = self._stack.enter_context(started(folder, registered))
        return self._started[name]

    def check(self) -> None:
        for service in self._started.values():
            service.check()


@pytest.fixture(scope="session")
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    with ExitStack() as stack:
        yield Services(tmp_path_factory.mktemp("fuzz"), stack)


@pytest.fixture(autouse=True)
def _nobody_dies(services: Services) -> Iterator[None]:
    yield
    services.check()
