import numpy as np
import pandas as pd
from inference_schema.parameter_types.numpy_parameter_type import NumpyParameterType
from inference_schema.parameter_types.pandas_parameter_type import PandasParameterType
from inference_schema.parameter_types.standard_py_parameter_type import StandardPythonParameterType
from inference_schema.schema_decorators import input_schema

SAMPLE = {
    "table": PandasParameterType(pd.DataFrame({"a": [1], "b": ["x"]})),
    "rows": NumpyParameterType(np.array([[1.0, 2.0]])),
    "word": StandardPythonParameterType("a"),
}


NONE = []


def init():
    pass


@input_schema("data", StandardPythonParameterType(SAMPLE))
@input_schema("several", StandardPythonParameterType([NumpyParameterType(np.array([1, 2]))]))
def run(data, several=NONE):
    return [f"{name} {told(value)}" for name, value in data.items()] + [told(each) for each in several]


def told(value):
    if isinstance(value, pd.DataFrame):
        return repr([(name, str(value[name].dtype), list(value[name])) for name in value.columns])
    if isinstance(value, np.ndarray):
        return f"{value.dtype} {value.shape} {value.tolist()!r}"
    return repr(value)
