"""Each old name is one of ours, or says that it is not served and what to use."""

from __future__ import annotations

import atexit
import importlib
import sys
from pathlib import Path

import pytest

import jupyter_mlops
from jupyter_mlops.azureml import install, uninstall
from jupyter_mlops.azureml.names import MODULES, UNSERVED


@pytest.mark.parametrize("name", sorted(MODULES))
def test_every_name_of_the_table_is_there(name: str) -> None:
    module = importlib.import_module(name)
    for attribute in MODULES[name]:
        assert getattr(module, attribute) is not None
        assert attribute in dir(module)


def test_the_nouns_are_ours() -> None:
    from azureml.core import VERSION, Environment, Experiment, Run, Webservice, Workspace
    from azureml.core.image import ContainerImage
    from azureml.core.model import InferenceConfig, Model
    from azureml.core.webservice import AciWebservice, LocalWebservice

    assert jupyter_mlops.__version__ == VERSION
    for ours in (
        AciWebservice,
        ContainerImage,
        Environment,
        Experiment,
        InferenceConfig,
        LocalWebservice,
        Model,
        Run,
        Webservice,
        Workspace,
    ):
        assert ours is getattr(jupyter_mlops, ours.__name__)


def test_one_import_reaches_the_modules_below() -> None:
    import azureml.core

    assert azureml.core.webservice.Webservice is jupyter_mlops.Webservice


@pytest.mark.parametrize("name", sorted(set(UNSERVED) - set(MODULES)))
def test_what_is_not_served_says_what_to_use(name: str) -> None:
    module, _, attribute = name.rpartition(".")
    with pytest.raises(ImportError, match=r"is not served by jupyter_mlops: [\w%]+"):
        exec(f"from {module} import {attribute}", {})
    with pytest.raises(ImportError, match=r"is not served by jupyter_mlops: [\w%]+"):
        importlib.import_module(name)


def test_a_wrong_attribute_is_an_attribute_error() -> None:
    import azureml.core

    with pytest.raises(AttributeError, match=r"azureml\.core\.Dataset is not served by jupyter_mlops: read the data"):
        _ = azureml.core.Dataset
    assert not hasattr(azureml.core, "_private")


def test_packages_that_are_installed_win(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "azureml" / "monitoring").mkdir(parents=True)
    (tmp_path / "azureml" / "monitoring" / "__init__.py").write_text("REAL = True")
    uninstall()
    install()
    monkeypatch.syspath_prepend(tmp_path)
    import azureml.monitoring
    from azureml.core import Workspace

    assert azureml.monitoring.REAL, "the namespace package's part is its own"
    assert Workspace is jupyter_mlops.Workspace, "and the rest is ours"
    for name in [name for name in sys.modules if name.partition(".")[0] == "azureml"]:
        del sys.modules[name]


def test_installed_once_and_taken_away() -> None:
    install()
    assert [type(finder).__name__ for finder in sys.meta_path].count("OldNames") == 1
    uninstall()
    with pytest.raises(ModuleNotFoundError, match="No module named 'azureml'"):
        importlib.import_module("azureml.core")


def test_the_extension_brings_the_magics_that_errors_name() -> None:
    from IPython.core.interactiveshell import InteractiveShell

    shell = InteractiveShell()
    try:
        shell.extension_manager.load_extension("jupyter_mlops.azureml")
        assert "service_logs" in shell.magics_manager.lsmagic()["line"]
    finally:
        shell.extension_manager.unload_extension("jupyter_mlops.azureml")
        shell.atexit_operations()
        atexit.unregister(shell.atexit_operations)
