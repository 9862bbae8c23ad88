#!/usr/bin/env python3
"""Measures midwatch beside sslyze and testssl.sh on services that ask for TLS in plain text. See the README of the
benchmarks."""

from __future__ import annotations

import argparse
import contextlib
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(HERE), str(HERE / "peers")]

import facts
from shared import install, lines, measure, servers, tree
from shared.measure import Sample

PACKAGES = {"testssl": "testssl.sh", "openssl": "openssl", "postfix": "postfix", "dovecot": "dovecot-core"}
MIDWATCH, SSLYZE, TESTSSL = "midwatch", "sslyze", "testssl.sh"
#: What sslyze has no word for.
NOT_SSLYZE = {"mysql"}
#: Kinds of facts that all three tell.
KINDS = ("version", "suite", "certificate")


@dataclass(frozen=True)
class Server:
    """A server that runs."""

    name: str
    protocol: str
    port: int


@dataclass
class Results:
    """What was measured of one server."""

    samples: dict[str, list[Sample]] = field(default_factory=dict)
    connections: dict[str, int] = field(default_factory=dict)
    facts: dict[str, set[facts.Fact]] = field(default_factory=dict)
    #: Tools that came to no report, with what they said.
    failed: dict[str, str] = field(default_factory=dict)


@contextlib.contextmanager
def running() -> Iterator[list[Server]]:
    """The servers of the tests, until the context ends."""
    command = [str(tree.example("midwatch-testbed", "starttls")), servers.NAME]
    child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert child.stdin and child.stdout
    try:
        yield [Server(**one) for one in json.loads(child.stdout.readline())]
    finally:
        child.stdin.close()
        child.wait()


def command(tool: str, programs: dict[str, str], protocol: str, port: int, report: Path) -> list[str]:
    """The command of a tool, with the fewest of its questions that bring versions, suites and certificate."""
    at = f"{servers.LOOPBACK}:{port}"
    if tool == MIDWATCH:
        options = ["--sni", servers.NAME, "--offline", "--format", "json", "--output", str(report), "--quiet"]
        return [programs[tool], "tls", at, "--starttls", protocol, *options]
    if tool == SSLYZE:
        versions = ["--sslv2", "--sslv3", "--tlsv1", "--tlsv1_1", "--tlsv1_2", "--tlsv1_3"]
        others = ["--elliptic_curves", "--certinfo", "--fallback", "--reneg", "--ems", "--compression"]
        options = [*versions, *others, "--sni", servers.NAME, "--json_out", str(report), "--quiet"]
        return [programs[tool], "--starttls", protocol, *options, at]
    options = ["--quiet", "--color", "0", "--warnings", "off", "--nodns", "none", "--ip", servers.LOOPBACK]
    return [
        "testssl", *options, "-p", "-E", "-S", "--starttls", protocol, "--jsonfile", str(report),
        f"{servers.NAME}:{port}",
    ]


READ = {MIDWATCH: facts.midwatch, SSLYZE: facts.sslyze, TESTSSL: facts.testssl}


def once(tool: str, programs: dict[str, str], server: Server, port: int, directory: Path) -> tuple[Sample, set[facts.Fact]]:
    """Runs a tool once; says what that took, and what it told."""
    report = directory / "report"
    report.unlink(missing_ok=True)
    sample = measure.run(command(tool, programs, server.protocol, port, report), directory=directory)
    try:
        told = READ[tool](report)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise RuntimeError(f"no report that can be read (exit code {sample.code}, {error!r})") from error
    if not any(kind == "version" for kind, *_ in told):
        raise RuntimeError("no version of TLS in its report")
    return sample, {fact for fact in told if fact[0] in KINDS}


def look(server: Server, programs: dict[str, str], runs: int, testssl_runs: int, directory: Path) -> Results:
    """All tools in turn, and then once more through a relay that counts connections."""
    results = Results()
    for turn in range(runs):
        for tool in (MIDWATCH, SSLYZE, TESTSSL):
            if tool in results.failed or (tool == SSLYZE and server.protocol in NOT_SSLYZE):
                continue
            if tool == TESTSSL and turn >= testssl_runs:
                continue
            print(f"  {server.name}, {tool}, run {turn + 1} of {runs}", file=sys.stderr, flush=True)
            try:
                sample, told = once(tool, programs, server, server.port, directory)
            except RuntimeError as error:
                results.failed[tool] = str(error)
                continue
            results.samples.setdefault(tool, []).append(sample)
            results.facts.setdefault(tool, set()).update(told)
    for tool in results.samples:
        with lines.relay(server.port) as relay, contextlib.suppress(RuntimeError):
            once(tool, programs, server, relay.port, directory)
        results.connections[tool] = relay.connections
    return results


def wall_of(sample: Sample) -> float:
    """Its wall time."""
    return sample.wall


def cpu_of(sample: Sample) -> float:
    """Its CPU time."""
    return sample.cpu


def ratio(peer: float, mine: float) -> str:
    """How many times midwatch's figure the peer's is."""
    return f"{peer / mine:.1f}" if mine else "-"


def show(server: Server, results: Results) -> int:
    """Prints the table of one server, and where the tools differ; says how many facts midwatch lacks."""
    mine = results.samples[MIDWATCH]
    rows = [
        [
            tool, str(len(samples)),
            measure.spread(samples, wall_of), ratio(measure.median(samples, wall_of), measure.median(mine, wall_of)),
            measure.spread(samples, cpu_of), ratio(measure.median(samples, cpu_of), measure.median(mine, cpu_of)),
            str(results.connections[tool]), ratio(results.connections[tool], results.connections[MIDWATCH]),
        ]
        for tool, samples in results.samples.items()
    ]
    head = ["loopback", "runs", "wall s", "ratio", "CPU s", "ratio", "connections", "ratio"]
    title = f"{server.name} ({server.protocol}). Medians (least–greatest); ratios are peer / midwatch."
    measure.table(title, head, rows)
    for tool, why in results.failed.items():
        print(f"  {tool}: {why}")
    own = results.facts[MIDWATCH]
    lacking = 0
    for tool, told in results.facts.items():
        if tool == MIDWATCH:
            print(f"  midwatch tells {len(own)} facts (versions, suites, certificate)")
            continue
        lacking += len(told - own)
        for word, difference in (("only", told - own), ("not", own - told)):
            for fact in sorted(difference):
                print(f"    {word} {tool}: {', '.join(fact)}")
    return lacking


def main() -> int:
    """Measures, prints, and returns 1 where midwatch misses a fact."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5, help="runs of each tool (default 5)")
    parser.add_argument("--testssl-runs", type=int, default=2, help="of testssl.sh, which takes a minute and more (default 2)")
    parser.add_argument("--server", action="append", help="this server only, by its name")
    parser.add_argument("--midwatch", type=Path, help="this build of midwatch, and not the release build of this tree")
    options = parser.parse_args()
    measure.end_on_signals()
    install.debian(PACKAGES)
    programs = {
        MIDWATCH: str(options.midwatch.resolve() if options.midwatch else tree.midwatch()),
        SSLYZE: str(install.python_tool("sslyze", tree.cache())),
        TESTSSL: "testssl",
    }
    lacking = 0
    with tempfile.TemporaryDirectory(prefix="midwatch-bench-") as temporary, running() as all_servers:
        for server in all_servers:
            if options.server and server.name not in options.server:
                continue
            lacking += show(server, look(server, programs, options.runs, options.testssl_runs, Path(temporary)))
    return int(bool(lacking))


if __name__ == "__main__":
    sys.exit(main())
