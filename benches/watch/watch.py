#!/usr/bin/env python3
"""Measures midwatch watch under load: targets a minute, memory, and the dashboard meanwhile. See the README of the benchmarks."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from shared import install, measure, servers, tree

PACKAGES = {"wrk": "wrk"}
#: How long the daemon may take to become ready, in seconds.
READY = 120
#: How long a round of all targets may take, in seconds.
ROUND = 3600
#: Seconds for which wrk asks for each page.
ASK = 10
#: How often figures and memory are looked at, in seconds.
LOOK = 0.5
MIB = 1024 * 1024
#: Pages that are asked for, unless others are named.
PAGES = ["/", "/targets/n00001", "/events", "/search?q=certificate", "/alerts"]
#: The account that is made for asking, and its cookies.
NAME, PASSWORD = "bench", "nobody keeps anything here"
LOGIN, SESSION = "__Host-midwatch-login", "__Host-midwatch"


@dataclass(frozen=True)
class Page:
    """How fast one page was."""

    path: str
    rate: float
    #: Milliseconds.
    median: float
    worst: float
    #: Answers that were no success.
    failed: int


@dataclass
class Results:
    """What was measured with one number of targets."""

    targets: int
    #: Seconds from the start to ready.
    ready: float
    #: Seconds of the first round.
    first: float
    #: Looks a minute after it, while pages are asked for and before.
    rate: float
    #: CPU seconds for each look of the first round.
    cpu: float
    #: Bytes.
    memory: int
    most: int
    store: int
    pages: list[Page]
    outcomes: dict[str, int]


class Daemon:
    """A midwatch watch, with this script as its service manager."""

    def __init__(self, midwatch: Path, configuration: Path, directory: Path) -> None:
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        address = str(directory / "notify")
        self.socket.bind(address)
        self.socket.settimeout(LOOK)
        self.log = directory / "log"
        environment = {**os.environ, "NOTIFY_SOCKET": address, "HOME": str(directory)}
        environment.pop("WATCHDOG_USEC", None)
        with open(self.log, "wb") as sink:
            self.process = subprocess.Popen(
                [str(midwatch), "watch", str(configuration)],
                stdin=subprocess.DEVNULL, stdout=sink, stderr=sink, env=environment,
            )

    def until_ready(self) -> None:
        """Waits for READY=1."""
        deadline = time.monotonic() + READY
        while time.monotonic() < deadline:
            self.check()
            with contextlib.suppress(TimeoutError):
                if b"READY=1" in self.socket.recv(4096).split(b"\n"):
                    return
        raise RuntimeError(f"midwatch is not ready: {self.tail()}")

    def check(self) -> None:
        """Raises where it has ended by itself."""
        if self.process.poll() is not None:
            raise RuntimeError(f"midwatch ended with {self.process.returncode}: {self.tail()}")

    def tail(self) -> str:
        """The end of what it wrote."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-20:])

    def memory(self) -> tuple[int, int]:
        """Bytes that are resident, and the most that were."""
        text = Path(f"/proc/{self.process.pid}/status").read_text()
        found = dict(re.findall(r"^(VmRSS|VmHWM):\s+(\d+) kB$", text, re.MULTILINE))
        return int(found["VmRSS"]) * 1024, int(found["VmHWM"]) * 1024

    def cpu(self) -> float:
        """Seconds of CPU so far, user and system."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def end(self) -> None:
        """Ends it in good order, or at once where that takes too long."""
        self.process.terminate()
        try:
            self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


@contextlib.contextmanager
def fleet(program: Path, targets: int, silent_every: int, directory: Path, at_once: int, ports: list[int]) -> Iterator[Path]:
    """Runs a fleet until the context ends, and gives the configuration that it wrote."""
    numbers = [targets, silent_every, directory, at_once, *ports]
    command = [str(program), *map(str, numbers)]
    child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert child.stdin and child.stdout
    try:
        line = child.stdout.readline()
        if not line:
            raise RuntimeError("the fleet does not start")
        yield Path(json.loads(line)["configuration"])
    finally:
        child.stdin.close()
        progress(f"the fleet was asked: {child.stdout.readline().strip()}")
        child.wait()


def progress(what: str) -> None:
    """Says on standard error what happens now."""
    print(f"  {what}", file=sys.stderr, flush=True)


def figures(port: int) -> dict[str, float]:
    """The daemon's own figures, by name with labels; empty while there are none."""
    try:
        with urllib.request.urlopen(f"http://{servers.LOOPBACK}:{port}/metrics", timeout=20) as answer:
            text = answer.read().decode()
    except (OSError, urllib.error.URLError):
        return {}
    samples = (line.rsplit(" ", 1) for line in text.splitlines() if line and not line.startswith("#"))
    return {name: float(value) for name, value in samples}


def looks(samples: dict[str, float]) -> int:
    """Looks that ended."""
    return int(sum(value for name, value in samples.items() if name.startswith("midwatch_looks_total")))


def outcomes(samples: dict[str, float]) -> dict[str, int]:
    """Looks by what came of them."""
    counts: dict[str, int] = {}
    for name, value in samples.items():
        if found := re.match(r'midwatch_looks_total\{.*outcome="([a-z-]+)"', name):
            counts[found[1]] = counts.get(found[1], 0) + int(value)
    return counts


def first_round(daemon: Daemon, port: int, targets: int) -> float:
    """Waits until every target was looked at once, and says how long that took."""
    begun = time.monotonic()
    told = 0
    while time.monotonic() - begun < ROUND:
        daemon.check()
        done = looks(figures(port))
        if done >= targets:
            return time.monotonic() - begun
        if done >= told + targets // 10:
            told = done
            progress(f"{done} of {targets} after {time.monotonic() - begun:.0f} s")
        time.sleep(LOOK)
    raise RuntimeError(f"no whole round within {ROUND} s")


class _Stay(urllib.request.HTTPRedirectHandler):
    """Follows nothing: a page that leads to the log-in is no page."""

    def redirect_request(self, *_: Any) -> None:
        return None


def request(port: int, path: str, cookie: str = "", form: dict[str, str] | None = None) -> tuple[int, Any, str]:
    """Asks the dashboard once: status, headers and body."""
    origin = f"http://{servers.LOOPBACK}:{port}"
    data = urllib.parse.urlencode(form).encode() if form else None
    asked = urllib.request.Request(origin + path, data, {"Cookie": cookie, "Accept": "text/html", "Origin": origin})
    try:
        with urllib.request.build_opener(_Stay).open(asked, timeout=60) as answer:
            return answer.status, answer.headers, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read().decode()


def log_in(daemon: Daemon, port: int) -> str:
    """Makes the first account as its administrator would, and gives the header of its session."""
    code = re.search(r"setup with the code (\S+)", daemon.log.read_text())
    if not code:
        raise RuntimeError(f"no code for the first account was printed: {daemon.tail()}")
    _, headers, page = request(port, "/setup")
    proof = re.search(r'name="csrf" value="([^"]+)"', page)
    login = re.search(rf"{LOGIN}=([^;]+)", "; ".join(headers.get_all("Set-Cookie", [])))
    if not proof or not login:
        raise RuntimeError(f"the form of the first account is not as expected: {page}")
    form = {"csrf": proof[1], "code": code[1], "name": NAME, "password": PASSWORD, "again": PASSWORD}
    _, headers, page = request(port, "/setup", f"{LOGIN}={login[1]}", form)
    session = re.search(rf"{SESSION}=([^;]+)", "; ".join(headers.get_all("Set-Cookie", [])))
    if not session:
        raise RuntimeError(f"no account was made: {page}")
    return f"Cookie: {SESSION}={session[1]}"


def ask(port: int, path: str, header: str) -> Page:
    """Asks for one page with wrk: one thread, four connections."""
    status, _, body = request(port, path, header.removeprefix("Cookie: "))
    if status != 200:
        raise RuntimeError(f"{path} answers {status}: {body}")
    command = ["wrk", "-t1", "-c4", f"-d{ASK}", "--latency", "-H", header]
    url = f"http://{servers.LOOPBACK}:{port}{path}"
    text = subprocess.run([*command, url], check=True, stdout=subprocess.PIPE, text=True).stdout
    units = {"us": 0.001, "ms": 1.0, "s": 1000.0, "m": 60_000.0}

    def figure(pattern: str) -> float:
        found = re.search(pattern + r"\s+([\d.]+)(us|ms|s|m)$", text, re.MULTILINE)
        if not found:
            raise RuntimeError(f"wrk says nothing of {path}: {text}")
        return float(found[1]) * units[found[2]]

    rate = re.search(r"^Requests/sec:\s+([\d.]+)$", text, re.MULTILINE)
    failed = re.search(r"^\s+Non-2xx or 3xx responses: (\d+)$", text, re.MULTILINE)
    return Page(path, float(rate[1]) if rate else 0.0, figure("50%"), figure("99%"), int(failed[1]) if failed else 0)


def run(midwatch: Path, program: Path, targets: int, options: argparse.Namespace) -> Results:
    """Measures with so many targets."""
    with tempfile.TemporaryDirectory(prefix="midwatch-bench-") as temporary, contextlib.ExitStack() as stack:
        directory = Path(temporary)
        metrics, web = servers.free_ports(2)
        configuration = stack.enter_context(
            fleet(program, targets, options.silent_every, directory, options.at_once, [metrics, web])
        )
        begun = time.monotonic()
        daemon = Daemon(midwatch, configuration, directory)
        stack.callback(daemon.end)
        daemon.until_ready()
        ready = time.monotonic() - begun
        progress(f"{targets} targets, ready after {ready:.1f} s")
        before = daemon.cpu()
        first = first_round(daemon, metrics, targets)
        cpu = (daemon.cpu() - before) / targets
        # A second round runs by now, or soon: the shortest interval is a minute.
        header = log_in(daemon, web)
        start, at = looks(figures(metrics)), time.monotonic()
        pages = []
        for path in options.page or PAGES:
            progress(f"{targets} targets, wrk asks for {path}")
            pages.append(ask(web, path, header))
        time.sleep(max(0.0, options.seconds - (time.monotonic() - at)))
        daemon.check()
        samples = figures(metrics)
        rate = (looks(samples) - start) * 60 / (time.monotonic() - at)
        memory, most = daemon.memory()
        store = sum(file.stat().st_size for file in (directory / "state").glob("watch.db*"))
        return Results(targets, ready, first, rate, cpu, memory, most, store, pages, outcomes(samples))


def print_figures(all_results: list[Results], options: argparse.Namespace) -> None:
    """Prints the tables."""
    rows = [
        [
            f"{one.targets}", f"{one.ready:.1f}", f"{one.first:.1f}", f"{one.targets * 60 / one.first:.0f}", f"{one.rate:.0f}",
            f"{one.cpu * 1000:.1f}", f"{one.memory / MIB:.0f}", f"{one.most / MIB:.0f}", f"{one.store / MIB:.1f}",
        ]
        for one in all_results
    ]
    head = ["targets", "ready s", "round s", "a minute", "later", "CPU ms a look", "RSS MiB", "most MiB", "store MiB"]
    silent = f"every {options.silent_every}th never answers" if options.silent_every else "all answer"
    measure.table(f"midwatch watch; {silent}; {options.at_once} at once.", head, rows)
    rows = [
        [
            f"{one.targets}, {page.path}", f"{page.rate:.0f}", f"{page.median:.1f}", f"{page.worst:.1f}", f"{page.failed}"
        ]
        for one in all_results
        for page in one.pages
    ]
    if rows:
        head = ["targets, page", "a second", "p50 ms", "p99 ms", "failed"]
        measure.table("The dashboard meanwhile: wrk, one thread, four connections.", head, rows)
    for one in all_results:
        said = ", ".join(f"{count} {outcome}" for outcome, count in sorted(one.outcomes.items()))
        print(f"\n{one.targets} targets: {said}")


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    add: Any = parser.add_argument
    add("--targets", type=int, action="append", help="so many targets; may be repeated (default 1000 and 10000)")
    add("--silent-every", type=int, default=10, help="each so-manieth target never answers; 0 for none (default 10)")
    add("--at-once", type=int, default=64, help="targets that are looked at at the same time (default 64)")
    add("--seconds", type=float, default=60, help="seconds that are measured after the first round (default 60)")
    add("--midwatch", type=Path, help="a midwatch that was built already, instead of this tree's")
    add("--page", action="append", default=[], help="a page of the dashboard to ask for instead of the usual; may be repeated")
    return parser.parse_args()


def main() -> int:
    """Measures and prints; 1 where a page answered with something else than success."""
    options = arguments()
    measure.end_on_signals()
    install.debian(PACKAGES)
    midwatch = options.midwatch or tree.midwatch()
    program = tree.example("midwatch-testbed", "fleet", ["fleet"])
    all_results = [run(midwatch, program, targets, options) for targets in options.targets or [1000, 10_000]]
    print_figures(all_results, options)
    return int(any(page.failed for one in all_results for page in one.pages))


if __name__ == "__main__":
    sys.exit(main())
