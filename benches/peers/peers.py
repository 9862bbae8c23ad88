#!/usr/bin/env python3
"""Measures midwatch beside sslscan, nmap, sslyze and testssl.sh. See the README of the benchmarks."""

from __future__ import annotations

import argparse
import contextlib
import itertools
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from facts import Fact
from shared import lines, measure, servers
from shared.measure import Sample
from tools import EVERYTHING, MIDWATCH, SSLSCAN, TESTSSL, Tool, all_tools

#: The servers, with what is not stock in their settings.
SETTINGS = {
    "modern": "ssl_protocols TLSv1.2 TLSv1.3;",
    "old": "ssl_protocols TLSv1 TLSv1.1 TLSv1.2; ssl_ciphers ALL:COMPLEMENTOFALL:@SECLEVEL=0; "
    "ssl_dhparam dh.pem;",
}
#: What the delayed line adds to each direction, in seconds.
DELAY = 0.025


@dataclass
class Results:
    """What was measured of one server."""

    loopback: dict[str, list[Sample]] = field(default_factory=dict)
    delayed: dict[str, list[Sample]] = field(default_factory=dict)
    connections: dict[str, int] = field(default_factory=dict)
    facts: dict[str, set[Fact]] = field(default_factory=dict)


@dataclass(frozen=True)
class Bench:
    """Everything that the passes need."""

    directory: Path
    tools: Sequence[Tool]
    ports: dict[str, int]
    options: argparse.Namespace

    def runs(self, tool: Tool) -> int:
        """How often a tool runs on loopback."""
        if tool.name == EVERYTHING:
            return 1
        return self.options.testssl_runs if tool.slow else self.options.runs

    def once(self, tool: Tool, address: str, port: int, inside: Sequence[str] = ()) -> tuple[Sample, Path]:
        """Runs a tool once; says what that took, and where its report is."""
        report = self.directory / "report"
        report.unlink(missing_ok=True)
        sample = measure.run([*inside, *tool.command(address, port, report)], directory=self.directory)
        if not report.exists():
            raise RuntimeError(f"{tool.name} wrote no report (exit code {sample.code})")
        return sample, report


def server_blocks(address: str, ports: dict[str, int]) -> str:
    """One nginx server for each of the settings."""
    return "\n".join(
        f"server {{ listen {address}:{port} ssl; server_name {servers.NAME}; "
        f"{servers.use_certificates()} {SETTINGS[name]} location / {{ return 200 ok; }} }}"
        for name, port in ports.items()
    )


def progress(what: str) -> None:
    """Says on standard error what happens now."""
    print(f"  {what}", file=sys.stderr, flush=True)


def loopback_pass(bench: Bench, name: str, results: Results) -> None:
    """Times every tool, in turn, as often as it is to run."""
    for turn in range(max(map(bench.runs, bench.tools))):
        for tool in bench.tools:
            if turn >= bench.runs(tool):
                continue
            progress(f"{name}, loopback, {tool.name}, run {turn + 1} of {bench.runs(tool)}")
            sample, report = bench.once(tool, servers.LOOPBACK, bench.ports[name])
            results.loopback.setdefault(tool.name, []).append(sample)
            results.facts.setdefault(tool.name, set()).update(tool.read(report))


def counting_pass(bench: Bench, name: str, results: Results) -> None:
    """Counts the connections of every tool."""
    for tool in bench.tools:
        progress(f"{name}, connections, {tool.name}")
        with lines.relay(bench.ports[name]) as relay:
            bench.once(tool, servers.LOOPBACK, relay.port)
            results.connections[tool.name] = relay.connections


def delayed_pass(bench: Bench, results: dict[str, Results]) -> str:
    """Times the tools over a line with a delay; says what the line was."""
    with contextlib.ExitStack() as stack:
        try:
            path = stack.enter_context(lines.delayed_line(DELAY))
        except (OSError, subprocess.CalledProcessError) as error:
            progress(f"no network namespaces with TUN devices here ({error}): a relay instead")
            for name, port in bench.ports.items():
                with lines.relay(port, DELAY) as relay:
                    delayed_turns(bench, name, (), servers.LOOPBACK, relay.port, results[name])
            return "a relay on loopback"
        blocks = server_blocks(path.address, bench.ports)
        stack.enter_context(servers.nginx(bench.directory, "far", blocks, path.server))
        for name, port in bench.ports.items():
            delayed_turns(bench, name, path.client, path.address, port, results[name])
        return "network namespaces and TUN devices"


def delayed_turns(
    bench: Bench, name: str, inside: Sequence[str], address: str, port: int, results: Results
) -> None:
    """Times the tools in turn over a line that is there."""
    tools = [tool for tool in bench.tools if not tool.slow or bench.options.slow and tool.name == TESTSSL]
    for turn in range(bench.options.runs):
        for tool in tools:
            if tool.slow and turn:
                continue
            progress(f"{name}, delayed line, {tool.name}, run {turn + 1}")
            sample, _ = bench.once(tool, address, port, inside)
            results.delayed.setdefault(tool.name, []).append(sample)


def print_figures(name: str, results: Results, line: str) -> None:
    """Prints the tables of one server."""
    mine = results.loopback[MIDWATCH]
    wall, cpu = measure.median(mine, wall_of), measure.median(mine, cpu_of)
    rows = [
        [
            tool, str(len(samples)),
            measure.spread(samples, wall_of), ratio(measure.median(samples, wall_of), wall),
            measure.spread(samples, cpu_of), ratio(measure.median(samples, cpu_of), cpu),
            str(results.connections[tool]), ratio(results.connections[tool], results.connections[MIDWATCH]),
        ]
        for tool, samples in results.loopback.items()
    ]
    head = ["loopback", "runs", "wall s", "ratio", "CPU s", "ratio", "connections", "ratio"]
    measure.table(f"Server: {name}. Medians (least–greatest); ratios are peer / midwatch.", head, rows)

    wall = measure.median(results.delayed[MIDWATCH], wall_of)
    rows = [
        [tool, str(len(samples)), measure.spread(samples, wall_of), ratio(measure.median(samples, wall_of), wall)]
        for tool, samples in results.delayed.items()
    ]
    head = ["delayed line", "runs", "wall s", "ratio"]
    title = f"Server: {name}, with {DELAY * 1000:.0f} ms more in each direction, by {line}."
    measure.table(title, head, rows)


def wall_of(sample: Sample) -> float:
    """Its wall time."""
    return sample.wall


def cpu_of(sample: Sample) -> float:
    """Its CPU time."""
    return sample.cpu


def ratio(peer: float, mine: float) -> str:
    """How many times midwatch's figure the peer's is."""
    return f"{peer / mine:.1f}" if mine else "-"


def aims(results: Results) -> Iterator[tuple[str, str, str, bool]]:
    """Each aim: its name, what was measured, the limit, whether it is met."""
    loopback, delayed = results.loopback, results.delayed
    mine = measure.median(delayed[MIDWATCH], wall_of)
    if SSLSCAN in delayed:
        limit = measure.median(delayed[SSLSCAN], wall_of) / 10
        yield "a tenth of sslscan's wall time, delayed line", f"{mine:.3f} s", f"{limit:.3f} s", mine <= limit
    peers = [name for name in loopback if name != MIDWATCH]
    mine = measure.median(loopback[MIDWATCH], wall_of)
    limit = min(measure.median(loopback[name], wall_of) for name in peers)
    yield "no slower than the fastest peer, loopback", f"{mine:.3f} s", f"{limit:.3f} s", mine <= limit
    if TESTSSL in loopback:
        mine = measure.median(loopback[MIDWATCH], cpu_of)
        limit = measure.median(loopback[TESTSSL], cpu_of) / 100
        yield "a hundredth of testssl.sh's CPU time", f"{mine:.3f} s", f"{limit:.3f} s", mine <= limit
    count, fewest = results.connections[MIDWATCH], min(results.connections[name] for name in peers)
    yield "fewer connections than any peer", str(count), f"< {fewest}", count < fewest
    missing = len(missing_facts(results))
    yield "no fact missing", str(missing), "0", not missing


def print_aims(name: str, results: Results) -> None:
    """Prints each aim beside what was measured."""
    rows = [[aim, mine, limit, "met" if met else "MISSED"] for aim, mine, limit, met in aims(results)]
    measure.table(f"Server: {name}. Aims.", ["aim", "midwatch", "limit", ""], rows)


def missing_facts(results: Results) -> dict[Fact, list[str]]:
    """What midwatch does not say, with the peers that say it."""
    missing = set().union(*results.facts.values()) - results.facts[MIDWATCH]
    return {
        fact: [tool for tool, said in results.facts.items() if fact in said] for fact in sorted(missing)
    }


def print_facts(name: str, results: Results) -> None:
    """Prints where midwatch and its peers differ."""
    mine = results.facts[MIDWATCH]
    missing = missing_facts(results)
    print(f"\nServer: {name}. midwatch tells {len(mine)} facts.")
    print(f"  {len(missing)} found by a peer and not by midwatch")
    for (kind, version, what), tools in missing.items():
        print(f"    {kind} ({version}), {what}: {', '.join(tools)}")
    for tool, said in results.facts.items():
        if tool == MIDWATCH:
            continue
        print(f"  {len(mine - said)} found by midwatch and not by {tool}")
        for line in grouped(mine - said):
            print(f"    {line}")


def grouped(facts: set[Fact]) -> Iterator[str]:
    """Facts in words, those of one kind and version in one line."""
    for (kind, version), some in itertools.groupby(sorted(facts), key=lambda fact: fact[:2]):
        yield f"{kind} ({version}): {', '.join(what for _, _, what in some)}"


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5, help="runs of each tool (default 5)")
    parser.add_argument("--testssl-runs", type=int, default=2, help="runs of testssl.sh (default 2)")
    parser.add_argument("--without", action="append", default=[], metavar="TOOL", help="leave a tool out")
    parser.add_argument("--server", choices=SETTINGS, action="append", help="this server only")
    parser.add_argument("--slow", action="store_true", help="testssl.sh over the delayed line as well, once")
    return parser.parse_args()


def main() -> int:
    """Measures, prints, and returns 1 where midwatch misses a fact."""
    options = arguments()
    measure.end_on_signals()
    tools = [tool for tool in all_tools() if tool.name not in options.without]
    with tempfile.TemporaryDirectory(prefix="midwatch-bench-") as temporary:
        directory = Path(temporary)
        servers.certificates(directory)
        names = options.server or list(SETTINGS)
        ports = dict(zip(names, servers.free_ports(len(names))))
        bench = Bench(directory, tools, ports, options)
        results = {name: Results() for name in names}
        with servers.nginx(directory, "near", server_blocks(servers.LOOPBACK, ports)):
            for name in names:
                loopback_pass(bench, name, results[name])
                counting_pass(bench, name, results[name])
            line = delayed_pass(bench, results)
    for name in names:
        print_figures(name, results[name], line)
        print_aims(name, results[name])
        print_facts(name, results[name])
    return int(any(missing_facts(one) for one in results.values()))


if __name__ == "__main__":
    sys.exit(main())
