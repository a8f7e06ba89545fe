import pandas as pd
from inference_schema.parameter_types.pandas_parameter_type import PandasParameterType
from inference_schema.schema_decorators import input_schema

SAMPLE = pd.DataFrame({"n": [1], "x": [0.5], "s": ["a"], "flag": [True], "day": pd.to_datetime(["2020-01-01"])})


def init():
    pass


@input_schema("table", PandasParameterType(SAMPLE))
def run(table):
    return [f"{name!r} {table[name].dtype} {list(table[name])!r}" for name in table.columns]
