import json

import pandas as pd

COLUMNS = ["age", "weight", "ward"]


def init():
    pass


def run(body):
    rows = json.loads(body)["data"]
    frame = pd.DataFrame(rows, columns=None if isinstance(rows[0], dict) else COLUMNS)
    return frame["age"].astype("int64").astype(str).tolist()
