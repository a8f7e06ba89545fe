"""Ours beside the peers, in one run: `python bench/run.py [--peers a,b] [--rounds N] [--seconds S] [--output FILE]`.

All processes of a server are pinned to one core, the client to another (Linux; elsewhere nothing is pinned). Servers
run one after another within each round, so that what else the machine does falls on all of them; the ratio of a bar is
the median of the rounds' ratios. Beside the throughput stands the CPU time that all processes of the server spent on a
request: on a machine that others use too it is the steadier figure. The request log of ours is on, written to a file.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

from containers import report as docker_report
from frame import report as frame_report
from servers import KEY, PEERS, PEERS_FOLDER, Server, environment, install, make_model

_FIRST_PORT = 18400
_START_SECONDS = 90
_BARS = (
    ("unbatched, 16 connections", "ours", "granian predict", 16, 0.85, "aim 1.1"),
    ("batched, 64 connections", "ours batched", "granian constant", 64, 0.9, "aim 1.2"),
)


def main() -> int:
    given = _arguments()
    names = [name for name in PEERS if not given.peers or name in given.peers.split(",")]
    for name in names:
        install(PEERS[name])
    measured: dict[tuple[str, int], list[dict[str, Any]]] = {}
    with tempfile.TemporaryDirectory(prefix="bench-") as temporary:
        folder = Path(temporary)
        make_model(folder)
        for _ in range(given.rounds):
            for at, name in enumerate(names):
                server = PEERS[name]
                with _running(server, _FIRST_PORT + at, folder) as process:
                    for connections in _connections(name):
                        one = _measure(server, _FIRST_PORT + at, connections, given.seconds, process)
                        measured.setdefault((name, connections), []).append(one)
                        print(f"{name:17} {connections:3} connections  {_line(one)}", flush=True)
    text = _report(measured, given)
    if not given.peers:
        text += f"\n\n{frame_report(given.rounds)}"
    print("\n" + text)
    docker = None if given.peers else docker_report(given.rounds)
    if docker is not None:
        text += f"\n\n## Docker\n\n{docker}"
        print(f"\n{docker}")
    if given.output:
        Path(given.output).write_text(text + "\n")
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--peers", help=f"some of: {', '.join(PEERS)}")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--output", help="write the tables there, as Markdown")
    return parser.parse_args()


def _connections(name: str) -> tuple[int, ...]:
    return {"ours batched": (64,), "granian constant": (64,)}.get(name, (16,))


# --- one server


@contextmanager
def _running(server: Server, port: int, folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    log = (folder / f"{server.name.replace(' ', '-')}.log").open("ab")
    command = [*_pin(0), *server.command(port, folder)] if port else []
    process = subprocess.Popen(
        command, cwd=PEERS_FOLDER, env=environment(server, folder), stdout=log, stderr=log, start_new_session=True
    )
    try:
        _wait(server, port, process, Path(log.name))
        yield process
    finally:
        _end(process)
        log.close()
        for place in folder.glob(f"*-{port}"):
            subprocess.run(["rm", "-r", str(place)], check=True)


def _wait(server: Server, port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + _START_SECONDS
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {KEY}"}
    request = urllib.request.Request(f"http://127.0.0.1:{port}{server.path}", server.body.encode(), headers)
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    while time.monotonic() < end and process.poll() is None:
        try:
            with opener.open(request, timeout=10):
                return
        except OSError:
            time.sleep(0.1)
    raise SystemExit(f"{server.name} does not answer:\n{log.read_text(errors='replace')[-2000:]}")


def _end(process: subprocess.Popen[bytes]) -> None:
    for number in (signal.SIGTERM, signal.SIGKILL):
        if process.poll() is None:
            process.send_signal(number)
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                continue
    try:
        os.killpg(process.pid, signal.SIGKILL)  # what it left behind
    except ProcessLookupError:
        return


def _measure(
    server: Server, port: int, connections: int, seconds: float, process: subprocess.Popen[bytes]
) -> dict[str, Any]:
    command = [*_pin(1), sys.executable, str(Path(__file__).with_name("client.py")), "127.0.0.1", str(port)]
    before = _cpu_seconds(process.pid)
    done = subprocess.run(
        [*command, str(connections), str(seconds)], input=server.request(), capture_output=True, check=True
    )
    result: dict[str, Any] = json.loads(done.stdout)
    if not result["requests"] or result["failures"]:
        raise SystemExit(f"{server.name}: {result}")
    result["rate"] = result["requests"] / result["seconds"]
    # the client warms up for half a second, which the CPU time contains
    share = result["seconds"] / (result["seconds"] + 0.5)
    spent = _cpu_seconds(process.pid) - before
    result["cpu_us"] = spent * share / result["requests"] * 1e6 if spent else None
    result["memory_mb"] = _memory(process.pid)
    return result


def _pin(core: int) -> list[str]:
    if sys.platform != "linux" or (os.cpu_count() or 1) < 2:
        return []
    return ["taskset", "-c", str(core)]


def _family(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children")
    try:
        listed = [int(child) for child in children.read_text().split()]
    except OSError:
        return []
    return [pid, *(one for child in listed for one in _family(child))]


def _cpu_seconds(pid: int) -> float:
    total = 0
    for one in _family(pid):
        for task in Path(f"/proc/{one}/task").glob("*/schedstat"):
            total += int(task.read_text().split()[0])
    return total / 1e9


def _memory(pid: int) -> float:
    """What the processes of the server hold alone, and their share of the rest, MB."""
    total = 0
    for one in _family(pid):
        for line in Path(f"/proc/{one}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                total += int(line.split()[1])
    return total / 1024


# --- the report


def _line(one: dict[str, Any]) -> str:
    cpu = f"{one['cpu_us']:7.1f} µs CPU" if one["cpu_us"] else ""
    return f"{one['rate']:9.0f} /s   p50 {one['p50_ms']:7.2f} ms   p99 {one['p99_ms']:7.2f} ms   {cpu}"


def _median(runs: list[dict[str, Any]], key: str) -> float:
    return statistics.median(run[key] or 0.0 for run in runs)


def _report(measured: dict[tuple[str, int], list[dict[str, Any]]], given: argparse.Namespace) -> str:
    lines = [
        f"Measured {datetime.now(UTC):%Y-%m-%d %H:%M} UTC on {platform.machine()}, {os.cpu_count()} cores,"
        f" Python {platform.python_version()}, load average {os.getloadavg()[0]:.1f};"
        f" medians of {given.rounds} rounds of {given.seconds:g} s.",
        "",
        "| server | connections | requests/s | CPU µs a request | p50 ms | p99 ms | memory MB |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for (name, connections), runs in measured.items():
        lines.append(
            f"| {name} | {connections} | {_median(runs, 'rate'):,.0f} | {_median(runs, 'cpu_us'):.1f}"
            f" | {_median(runs, 'p50_ms'):.2f} | {_median(runs, 'p99_ms'):.2f} | {_median(runs, 'memory_mb'):.0f} |"
        )
    return "\n".join([*lines, "", *_bars(measured), *_beside_peers(measured)])


def _bars(measured: dict[tuple[str, int], list[dict[str, Any]]]) -> list[str]:
    lines = ["| bar | wanted | requests/s, ratio | CPU, ratio | p99, ratio |", "| --- | ---: | ---: | ---: | ---: |"]
    for title, ours, peer, connections, wanted, aim in _BARS:
        mine, theirs = measured.get((ours, connections)), measured.get((peer, connections))
        if not mine or not theirs:
            continue
        pairs = list(zip(mine, theirs, strict=True))
        rate = statistics.median(a["rate"] / b["rate"] for a, b in pairs)
        cpu = statistics.median((b["cpu_us"] or 1) / (a["cpu_us"] or 1) for a, b in pairs)
        late = statistics.median(a["p99_ms"] / b["p99_ms"] for a, b in pairs)
        lines.append(f"| {title}: {ours} / {peer} | {wanted} ({aim}) | {rate:.2f} | {cpu:.2f} | {late:.2f} |")
    return lines


def _beside_peers(measured: dict[tuple[str, int], list[dict[str, Any]]]) -> list[str]:
    mine = measured.get(("ours", 16))
    if not mine:
        return []
    lines = []
    for name in ("azmlinfsrv", "mlserver", "mlflow", "bentoml"):
        theirs = measured.get((name, 16))
        if theirs:
            ratio = _median(mine, "rate") / _median(theirs, "rate")
            lines.append(f"* ours / {name}: {ratio:.1f} × the requests/s")
    return ["", *lines] if lines else []


if __name__ == "__main__":
    sys.exit(main())
