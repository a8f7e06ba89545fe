"""The process that loads the script and runs `init` and `run`, in the interpreter of its environment.

Needs the standard library alone (orjson, numpy and pandas are used where the environment has them), and `scoring.wire`.
"""
