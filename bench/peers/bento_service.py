"""The model behind BentoML."""

import os
from pathlib import Path

import bentoml
import joblib


@bentoml.service(workers=1)
class Ridge:
    def __init__(self) -> None:
        self.model = joblib.load(Path(os.environ["AZUREML_MODEL_DIR"]) / "model.pkl")

    @bentoml.api
    def score(self, data: list[list[float]]) -> list[float]:
        return self.model.predict(data).tolist()
