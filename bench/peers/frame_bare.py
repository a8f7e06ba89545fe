"""No server: the same by hand. Prints the CPU seconds of each time that a line came on standard input."""

import sys
import time
from pathlib import Path

import joblib
import orjson
import pandas as pd

model = joblib.load(sys.argv[1])
body = Path(sys.argv[2]).read_bytes()
for _ in sys.stdin:
    began = time.process_time()
    answer = float(model.predict(pd.DataFrame(orjson.loads(body)["data"]).to_numpy()).mean())
    print(time.process_time() - began, answer, flush=True)
