import datetime

from inference_schema.parameter_types.standard_py_parameter_type import StandardPythonParameterType
from inference_schema.schema_decorators import input_schema

NONE = []


def init():
    pass


@input_schema("number", StandardPythonParameterType(1.5))
@input_schema("count", StandardPythonParameterType(1))
@input_schema("word", StandardPythonParameterType("a"))
@input_schema("flag", StandardPythonParameterType(True))
@input_schema("moment", StandardPythonParameterType(datetime.datetime(2020, 1, 1)))
@input_schema("blob", StandardPythonParameterType(b"hi"))
@input_schema("many", StandardPythonParameterType([1, 2]))
def run(number, count, word, flag, moment, blob="aGk=", many=NONE):
    return [repr(each) for each in (number, count, word, flag, moment, blob, many)]
