"""What a service was sent, beside what its model was trained on."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_mlops.errors import NotFoundError, UnsupportedError
from jupyter_mlops.records import ColumnProfile

if TYPE_CHECKING:
    from jupyter_mlops.sdk.model import Model
    from jupyter_mlops.sdk.webservice import Webservice
    from jupyter_mlops.telemetry.collected import Collected

__all__ = ["Inputs", "inputs_of"]


@dataclass(frozen=True, kw_only=True)
class Inputs:
    """`training` has the figures of each column of the model's sample. `collected` is None when there is nothing to
    compare; `why` then says, in one line, what to do."""

    training: tuple[ColumnProfile, ...] = ()
    collected: Collected | None = None
    why: str | None = None


def inputs_of(service: Webservice) -> Inputs:
    """Read anew what its script kept. Raises `ServiceError` and `StorageError` when that cannot be read."""
    model = _model(service)
    if model is None:
        return Inputs(why="inputs are compared with the sample of a service's one model")
    training = () if model.signature is None else model.signature.profile
    if not training:
        again = f"%register_model … --name {model.name} --sample X_train records one"
        return Inputs(why=f"no training sample to compare inputs with: {again}")
    if not service.options.collect_model_data:
        name, turn_on = service.name, f"%update_service {service.name} --collect-model-data"
        return Inputs(training=training, why=f"inputs of {name} are not kept: {turn_on} turns that on")
    collected = _collected(service, [column.name for column in training])
    if collected is None:
        kept = f'ModelDataCollector("{model.name}", designation="inputs").collect(data)'
        return Inputs(training=training, why=f"no inputs are kept yet: the script's run does it by {kept}")
    return Inputs(training=training, collected=collected)


def _model(service: Webservice) -> Model | None:
    models = service.models
    return models[0] if len(models) == 1 else None


def _collected(service: Webservice, names: list[str]) -> Collected | None:
    from jupyter_mlops.telemetry.collected import read_inputs

    with tempfile.TemporaryDirectory(prefix="jupyter-mlops-") as folder:
        try:
            service._target().collected(service.name, Path(folder))
        except (NotFoundError, UnsupportedError):  # never up, or on a target that keeps nothing
            return None
        return read_inputs(Path(folder), names)
