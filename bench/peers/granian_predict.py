"""The bar for one request a run: granian + orjson + predict, and nothing else in it."""

import os
from pathlib import Path

import joblib
import numpy as np
import orjson

model = joblib.load(Path(os.environ["AZUREML_MODEL_DIR"]) / "model.pkl")
HEADERS = [("content-type", "application/json")]


class App:
    async def __rsgi__(self, scope, protocol):
        body = await protocol()
        rows = np.asarray(orjson.loads(body)["data"], dtype=np.float64)
        protocol.response_bytes(200, HEADERS, orjson.dumps(model.predict(rows).tolist()))


app = App()
