import numpy as np
from inference_schema.parameter_types.numpy_parameter_type import NumpyParameterType
from inference_schema.parameter_types.standard_py_parameter_type import StandardPythonParameterType
from inference_schema.schema_decorators import input_schema

NAMES = ["none"]


def init():
    pass


@input_schema("rows", NumpyParameterType(np.array([[1.0, 2.0]])))
@input_schema("scale", StandardPythonParameterType(1.0))
@input_schema("names", StandardPythonParameterType(["a"]))
def run(rows, scale=1.0, names=NAMES, anything=None):
    return [f"{rows.dtype} {rows.shape} {rows.tolist()!r}", repr(scale), repr(names), repr(anything)]
