import json

import joblib
import numpy as np
from azureml.core.model import Model


def init():
    global model
    model = joblib.load(Model.get_model_path("diabetes"))


def run(data):
    return model.predict(np.array(json.loads(data)["data"]))
