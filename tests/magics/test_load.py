"""Loading the extension costs next to nothing, in a real process."""

import json
import subprocess
import sys

_MEASURE = """
import json, sys, time
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
before = set(sys.modules)
start = time.process_time()
shell.run_line_magic("load_ext", "jupyter_mlops")
took = (time.process_time() - start) * 1000
print(json.dumps({"ms": took, "modules": sorted(set(sys.modules) - before)}))
"""


def _measured() -> dict:
    done = subprocess.run([sys.executable, "-c", _MEASURE], capture_output=True, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def test_loading_takes_under_30_ms_and_imports_nothing_heavy():
    measured = [_measured() for _ in range(3)]
    assert min(run["ms"] for run in measured) < 30, measured[0]["ms"]
    heavy = {
        "sqlalchemy",
        "pandas",
        "numpy",
        "httpx",
        "pygments",
        "argparse",
        "jupyter_mlops.sdk",
        "jupyter_mlops.records",
    }
    assert not heavy & set(measured[0]["modules"])


def test_loading_twice_is_the_same_as_once(shell):
    from jupyter_mlops.magics import register

    register(shell)
    matchers = shell.Completer.custom_matchers
    assert len([matcher for matcher in matchers if getattr(matcher, "matcher_identifier", "") == "jupyter_mlops"]) == 1
