"""A frame of ten columns in, the mean prediction out: what is measured is the way in."""

import os
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
from inference_schema.parameter_types.pandas_parameter_type import PandasParameterType
from inference_schema.schema_decorators import input_schema

COLUMNS = [f"c{number}" for number in range(10)]


def init():
    global model
    model = joblib.load(Path(os.environ["AZUREML_MODEL_DIR"]) / "model.pkl")


@input_schema("data", PandasParameterType(pd.DataFrame(np.zeros((1, 10)), columns=COLUMNS)))
def run(data):
    return float(model.predict(data.to_numpy()).mean())
