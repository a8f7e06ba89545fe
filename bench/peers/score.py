"""The entry script that ours and azureml-inference-server-http serve alike."""

import os
from pathlib import Path

import joblib
import numpy as np
from inference_schema.parameter_types.numpy_parameter_type import NumpyParameterType
from inference_schema.schema_decorators import input_schema, output_schema


def init():
    global model
    model = joblib.load(Path(os.environ["AZUREML_MODEL_DIR"]) / "model.pkl")


@input_schema("data", NumpyParameterType(np.array([[10.0, 9.0, 8.0, 7.0, 6.0, 5.0, 4.0, 3.0, 2.0, 1.0]])))
@output_schema(NumpyParameterType(np.array([3726.995])))
def run(data):
    return model.predict(data).tolist()
