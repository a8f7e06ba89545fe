"""The process that loads the script and runs `init` and `run`, in the interpreter of its environment.

Needs the standard library alone (orjson, numpy, pandas: where the environment has them), and `scoring.wire`.
"""
