from __future__ import annotations

import json
from dataclasses import asdict, replace

import pytest

from jupyter_mlops.errors import UsageError
from jupyter_mlops.images import manifest as manifests
from jupyter_mlops.records import ColumnSpec, ImageManifest, ManifestBase, Signature
from tests.images.records import a_lock, a_model, a_script


def make(*models: object, script: object = None) -> ImageManifest:
    return manifests.make(models, script or a_script(), "l" * 64, a_lock(), scoring_version="0.1.0")  # type: ignore[arg-type]


def test_the_same_parts_in_another_order_are_the_same_image() -> None:
    one, other = a_model("a"), a_model("b")
    assert make(one, other).digest == make(other, one).digest


def test_another_model_version_is_another_image() -> None:
    assert make(a_model(version=1)).digest != make(a_model(version=2)).digest


def test_two_versions_of_one_model_are_refused_by_name() -> None:
    with pytest.raises(UsageError, match=r"two versions of the model 'diabetes' in one image \(1 and 2\)"):
        make(a_model(version=1), a_model(version=2))


def test_the_signature_is_the_one_models_own() -> None:
    signature = Signature(kind="frame", columns=(ColumnSpec("age", "float64"),), shape=(None, 1))
    signed = replace(a_model(), signature=signature)
    assert make(signed).signature == signature
    assert make(signed, a_model("other")).signature is None


@pytest.mark.parametrize(("given", "kept"), [("mydir", "mydir"), ("azureml-models", "source"), ("..", "source")])
def test_the_source_directory_keeps_its_name_where_it_can(given: str, kept: str) -> None:
    assert make(script=a_script(source_directory=given)).script.source_directory == kept


def test_a_manifest_survives_json() -> None:
    signature = Signature(kind="array", dtype="float64", shape=(None, 10), example=[[1.0]])
    manifest = make(replace(a_model(), signature=signature))
    back = manifests.from_dict(json.loads(json.dumps(asdict(manifest))))
    assert back == manifest
    assert back.digest == manifest.digest


def test_an_image_on_the_default_base_keeps_the_digest_that_it_ever_had() -> None:
    manifest = make(a_model(), script=a_script())
    assert "base" not in manifest.document()
    assert manifest.digest == "6a142220b2bb4c2061cc75452667c6a3deaaf030f12fd50beadf40133a061b95"


def test_another_base_is_another_image() -> None:
    one, other = (replace(make(), base=base) for base in (None, ManifestBase(reference="python:3.11", steps="RUN x")))
    assert one.digest != other.digest
    assert manifests.from_dict(json.loads(json.dumps(other.document()))) == other
