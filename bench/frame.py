"""One request with a frame of 100,000 rows and 10 columns: `python bench/frame.py [--rounds N]`.

Held against `orjson.loads`, `pandas.DataFrame` and `predict` in a plain loop: the CPU time of all processes of the
server for one request, keys, schema, metrics and log on, over that of the loop. Both are on the same core, by turns.
"""

from __future__ import annotations

import argparse
import http.client
import json
import random
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from servers import KEY, PEERS_FOLDER, Server, environment, make_model

ROWS, COLUMNS = 100_000, 10
BAR = 1.3
_PORT = 18450


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    print(report(given.rounds))
    return 0


def report(rounds: int) -> str:
    """A table, as Markdown."""
    ours, bare = measure(rounds)
    ratio = statistics.median(a / b for a, b in zip(ours, bare, strict=True))
    return "\n".join(
        [
            "| one request of 100,000 × 10 | CPU ms | of that by hand | bar |",
            "| --- | ---: | ---: | ---: |",
            f"| `orjson.loads`, frame, `predict` by hand | {statistics.median(bare) * 1000:.0f} | 1 | |",
            f"| ours | {statistics.median(ours) * 1000:.0f} | {ratio:.2f} | {BAR} |",
        ]
    )


def measure(rounds: int) -> tuple[list[float], list[float]]:
    """CPU seconds of the server and of the loop, by rounds; the first of each is not counted."""
    from run import _cpu_seconds, _pin, _running

    with tempfile.TemporaryDirectory(prefix="bench-") as temporary:
        folder = Path(temporary)
        make_model(folder)
        body = folder / "body.json"
        body.write_bytes(_body())
        server = Server("ours with frames", None, _command, body=json.dumps({"data": [_row(random.Random(0))]}))
        loop = [sys.executable, str(PEERS_FOLDER / "frame_bare.py"), str(folder / "model.pkl"), str(body)]
        ours, bare = [], []
        with (
            _running(server, _PORT, folder) as process,
            subprocess.Popen(
                [*_pin(0), *loop],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                env=environment(server, folder),
            ) as by_hand,
        ):
            for _ in range(rounds + 1):
                before = _cpu_seconds(process.pid)
                answer = _ask(body.read_bytes())
                ours.append(_cpu_seconds(process.pid) - before)
                seconds, same = _again(by_hand)
                bare.append(seconds)
                if abs(answer - same) > 1e-6:
                    raise SystemExit(f"another answer: {answer} and {same}")
        return ours[1:], bare[1:]


def _command(port: int, _: Path) -> list[str]:
    script = str(PEERS_FOLDER / "frame_score.py")
    return [sys.executable, "-m", "jupyter_mlops.scoring", "--entry-script", script, "--port", str(port)]


def _row(numbers: random.Random) -> dict[str, float]:
    return {f"c{column}": round(numbers.random(), 6) for column in range(COLUMNS)}


def _body() -> bytes:
    numbers = random.Random(7)
    return json.dumps({"data": [_row(numbers) for _ in range(ROWS)]}).encode()


def _ask(body: bytes) -> float:
    connection = http.client.HTTPConnection("127.0.0.1", _PORT, timeout=120)
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {KEY}"}
    connection.request("POST", "/score", body, headers)
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    if answer.status != 200:
        raise SystemExit(f"{answer.status}: {content[:500]!r}")
    return float(json.loads(content))


def _again(by_hand: subprocess.Popen[str]) -> tuple[float, float]:
    assert by_hand.stdin is not None
    assert by_hand.stdout is not None
    by_hand.stdin.write("again\n")
    by_hand.stdin.flush()
    seconds, answer = by_hand.stdout.readline().split()
    return float(seconds), float(answer)


if __name__ == "__main__":
    sys.exit(main())
