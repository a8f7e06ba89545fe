import numpy as np
from inference_schema.parameter_types.numpy_parameter_type import NumpyParameterType
from inference_schema.schema_decorators import input_schema, output_schema


def init():
    pass


@input_schema("rows", NumpyParameterType(np.array([[1.0, 2.0]])))
@input_schema("counts", NumpyParameterType(np.array([1, 2])))
@input_schema("days", NumpyParameterType(np.array(["2020-01-01T00:00:00.000000"], dtype="datetime64[us]")))
@output_schema(NumpyParameterType(np.array(["text"])))
def run(rows, counts, days):
    return [f"{each.dtype} {each.shape} {each.tolist()!r}" for each in (rows, counts, days)]
