#!/usr/bin/env python3
"""Measures midwatch beside ssh-audit on the same SSH servers. See the README of the benchmarks."""

from __future__ import annotations

import argparse
import contextlib
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from shared import install, lines, measure, servers, tree
from shared.measure import Sample

#: Commands and the Debian packages that bring them.
PACKAGES = {
    "sshd": "openssh-server", "ssh-keygen": "openssh-client", "dropbear": "dropbear-bin", "tinysshd": "tinysshd",
    "ssh-audit": "ssh-audit", "ip": "iproute2", "nsenter": "util-linux",
}
MIDWATCH = "midwatch"
#: What sshd is told beside its keys: nothing, and everything old that Debian's has.
SETTINGS = {
    "stock": "",
    "old": "KexAlgorithms +diffie-hellman-group1-sha1,diffie-hellman-group14-sha1,"
    "diffie-hellman-group-exchange-sha1\n"
    "Ciphers +3des-cbc,aes128-cbc,aes192-cbc,aes256-cbc\n"
    "MACs +hmac-md5,hmac-md5-96,hmac-md5-etm@openssh.com\n"
    "HostKeyAlgorithms +ssh-rsa\n",
}
DROPBEAR, TINYSSH = "dropbear", "tinyssh"
KEYS = ("ed25519", "ecdsa", "rsa")
#: What the delayed line adds to each direction, in seconds.
DELAY = 0.025

#: A kind and a name.
Fact = tuple[str, str]


@dataclass(frozen=True)
class Tool:
    """One tool: its command for a port of an address and a file for its report, and how that is read."""

    name: str
    command: Callable[[str, int], list[str]]
    read: Callable[[Any], set[Fact]]


@dataclass
class Results:
    """What was measured of one server."""

    loopback: dict[str, list[Sample]] = field(default_factory=dict)
    delayed: dict[str, list[Sample]] = field(default_factory=dict)
    connections: dict[str, int] = field(default_factory=dict)
    facts: dict[str, set[Fact]] = field(default_factory=dict)


def all_tools(probe: bool) -> list[Tool]:
    """midwatch and two versions of ssh-audit, installed and built."""
    install.debian(PACKAGES)
    newest = install.python_tool("ssh-audit", tree.cache())
    if probe:
        midwatch = [str(tree.example("midwatch-probe", "ssh"))]
        options: list[str] = []
    else:
        midwatch = [str(tree.midwatch()), "ssh"]
        options = ["--format", "json", "--fail-on", "never", "--known-hosts", "/dev/null", "--no-memory"]

    def audit(command: str, *more: str) -> Callable[[str, int], list[str]]:
        return lambda address, port: [command, "-j", *more, "-p", str(port), address]

    return [
        Tool(MIDWATCH, lambda address, port: [*midwatch, f"{address}:{port}", *options], read_midwatch),
        Tool("ssh-audit, Debian", audit("/usr/bin/ssh-audit"), read_audit),
        Tool("ssh-audit, newest", audit(str(newest)), read_audit),
        Tool("the same, no rate test", audit(str(newest), "--skip-rate-test"), read_audit),
    ]


def read_midwatch(report: Any) -> set[Fact]:
    """The facts of midwatch's report, or of the probe alone."""
    endpoints = [report]
    if "targets" in report:
        observations = [one for target in report["targets"] for one in target["observations"]]
        endpoints = [one for one in observations if one["kind"] == "ssh-endpoint"]
    facts: set[Fact] = set()
    for endpoint in endpoints:
        found = endpoint["algorithms"]["value"]
        facts |= {("method", name) for name in [*found["key_exchange"], *found["announced"]]}
        facts |= {("host key algorithm", name) for name in found["host_key"]}
        facts |= {("cipher", name) for name in found["ciphers_to_client"]}
        facts |= {("MAC", name) for name in found["macs_to_client"]}
        facts |= {("compression", name) for name in found["compression_to_client"]}
        if not found["strict_key_exchange"]:
            facts |= {("Terrapin", name.split()[0]) for name in found["terrapin"]}
        for offered in endpoint["host_keys"]:
            if offered["key"]["outcome"] == "seen":
                sent = offered["key"]["value"]
                facts.add(("fingerprint", f"{sent['key']['key_type']} {sent['key']['fingerprint']}"))
                if sent["proof"].get("value") is True:
                    facts.add(("proof", sent["key"]["key_type"]))
    return facts


def read_audit(report: Any) -> set[Fact]:
    """The facts of ssh-audit's report, whose lists hold names or objects with one."""

    def names(key: str) -> list[str]:
        return [one if isinstance(one, str) else one["algorithm"] for one in report[key]]

    kinds = {"kex": "method", "key": "host key algorithm", "enc": "cipher", "mac": "MAC"}
    facts = {(kind, name) for key, kind in kinds.items() for name in names(key)}
    facts |= {("compression", name) for name in report["compression"]}
    for one in report["enc"]:
        if not isinstance(one, str) and "Terrapin" in json.dumps(one.get("notes", {})):
            facts.add(("Terrapin", one["algorithm"]))
    for one in report["fingerprints"]:
        if one["hash_alg"] == "SHA256":
            facts.add(("fingerprint", f"{one['hostkey']} SHA256:{one['hash']}"))
    return facts


@dataclass(frozen=True)
class Bench:
    """Everything that the passes need."""

    directory: Path
    tools: Sequence[Tool]
    ports: dict[str, int]
    runs: int

    def once(
        self, tool: Tool, address: str, port: int, inside: Sequence[str] = ()
    ) -> tuple[Sample, set[Fact]]:
        """Runs a tool once; says what that took, and what it told."""
        report = self.directory / "report"
        sample = measure.run([*inside, *tool.command(address, port)], report, self.directory)
        try:
            return sample, tool.read(json.loads(report.read_text()))
        except ValueError as error:
            raise RuntimeError(f"{tool.name} wrote no report (exit code {sample.code})") from error


def make_keys(directory: Path) -> None:
    """Host keys of OpenSSH and Dropbear."""
    for kind in KEYS:
        subprocess.run(
            ["ssh-keygen", "-q", "-t", kind, "-N", "", "-f", str(directory / f"openssh_{kind}")], check=True
        )
        subprocess.run(
            ["dropbearkey", "-t", kind, "-f", str(directory / f"dropbear_{kind}")],
            check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )
    subprocess.run(["tinysshd-makekey", str(directory / "tinyssh")], check=True, stderr=subprocess.DEVNULL)


@contextlib.contextmanager
def ssh_servers(
    directory: Path, address: str, ports: dict[str, int], wrapper: Sequence[str] = ()
) -> Iterator[None]:
    """Runs a server on each port until the context ends; `wrapper` comes before each command."""
    Path("/run/sshd").mkdir(exist_ok=True)
    with contextlib.ExitStack() as stack:
        for name, port in ports.items():
            if name == DROPBEAR:
                command = ["dropbear", "-F", "-E", "-s", "-p", f"{address}:{port}", "-P", str(directory / "pid")]
                for kind in KEYS:
                    command += ["-r", str(directory / f"dropbear_{kind}")]
            elif name == TINYSSH:
                inetd = str(Path(__file__).with_name("inetd.py"))
                command = [sys.executable, inetd, address, str(port), "tinysshd", str(directory / "tinyssh")]
            else:
                # Both tools connect more often than a person would: nothing is to be turned away.
                configuration = directory / f"sshd-{name}.conf"
                configuration.write_text(
                    f"ListenAddress {address}:{port}\nPidFile none\nStrictModes no\nUsePAM no\nUseDNS no\n"
                    f"AuthorizedKeysFile none\nPasswordAuthentication no\nMaxStartups 200\n{SETTINGS[name]}"
                    + "".join(f"HostKey {directory / f'openssh_{kind}'}\n" for kind in KEYS)
                )
                command = ["/usr/sbin/sshd", "-D", "-e", "-f", str(configuration)]
            log = stack.enter_context(open(directory / f"{name}.log", "ab"))
            server = subprocess.Popen(
                [*wrapper, *command], stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
            stack.callback(server.wait)
            stack.callback(server.terminate)
        for name, port in ports.items():
            wait_for(address, port, wrapper, directory / f"{name}.log")
        yield


def wait_for(address: str, port: int, wrapper: Sequence[str], log: Path) -> None:
    """Waits until a server takes connections, seen from where it runs."""
    connect = "import socket, sys; socket.create_connection((sys.argv[1], int(sys.argv[2])), 1)"
    command = [*wrapper, sys.executable, "-c", connect, address, str(port)]
    for _ in range(100):
        if not subprocess.run(command, stderr=subprocess.DEVNULL).returncode:
            return
        time.sleep(0.05)
    raise RuntimeError(f"a server does not start: {log.read_text()}")


def progress(what: str) -> None:
    """Says on standard error what happens now."""
    print(f"  {what}", file=sys.stderr, flush=True)


def near_passes(bench: Bench, name: str, results: Results) -> None:
    """Times every tool on loopback, in turn, and then counts its connections."""
    port = bench.ports[name]
    for turn in range(bench.runs):
        for tool in bench.tools:
            progress(f"{name}, loopback, {tool.name}, run {turn + 1} of {bench.runs}")
            sample, facts = bench.once(tool, servers.LOOPBACK, port)
            results.loopback.setdefault(tool.name, []).append(sample)
            results.facts.setdefault(tool.name, set()).update(facts)
    for tool in bench.tools:
        progress(f"{name}, connections, {tool.name}")
        with lines.relay(port) as relay:
            bench.once(tool, servers.LOOPBACK, relay.port)
            results.connections[tool.name] = relay.connections


def delayed_pass(bench: Bench, results: dict[str, Results]) -> str:
    """Times the tools over a line with a delay; says what the line was."""

    def turns(name: str, inside: Sequence[str], address: str, port: int) -> None:
        for turn in range(bench.runs):
            for tool in bench.tools:
                progress(f"{name}, delayed line, {tool.name}, run {turn + 1} of {bench.runs}")
                sample, _ = bench.once(tool, address, port, inside)
                results[name].delayed.setdefault(tool.name, []).append(sample)

    with contextlib.ExitStack() as stack:
        try:
            path = stack.enter_context(lines.delayed_line(DELAY))
        except (OSError, subprocess.CalledProcessError) as error:
            progress(f"no network namespaces with TUN devices here ({error}): a relay instead")
            for name, port in bench.ports.items():
                with lines.relay(port, DELAY) as relay:
                    turns(name, (), servers.LOOPBACK, relay.port)
            return "a relay on loopback"
        stack.enter_context(ssh_servers(bench.directory, path.address, bench.ports, path.server))
        for name, port in bench.ports.items():
            turns(name, path.client, path.address, port)
        return "network namespaces and TUN devices"


def wall_of(sample: Sample) -> float:
    """Its wall time."""
    return sample.wall


def cpu_of(sample: Sample) -> float:
    """Its CPU time."""
    return sample.cpu


def ratio(peer: float, mine: float) -> str:
    """How many times midwatch's figure the peer's is."""
    return f"{peer / mine:.1f}" if mine else "-"


def print_figures(name: str, results: Results, line: str) -> None:
    """Prints the tables of one server."""
    near, far = results.loopback, results.delayed
    mine = {of: measure.median(near[MIDWATCH], of) for of in (wall_of, cpu_of)}
    rows = [
        [
            tool, str(len(samples)),
            measure.spread(samples, wall_of), ratio(measure.median(samples, wall_of), mine[wall_of]),
            measure.spread(samples, cpu_of), ratio(measure.median(samples, cpu_of), mine[cpu_of]),
            str(results.connections[tool]), ratio(results.connections[tool], results.connections[MIDWATCH]),
        ]
        for tool, samples in near.items()
    ]
    head = ["loopback", "runs", "wall s", "ratio", "CPU s", "ratio", "connections", "ratio"]
    measure.table(f"Server: {name}. Medians (least–greatest); ratios are peer / midwatch.", head, rows)
    wall = measure.median(far[MIDWATCH], wall_of)
    rows = [
        [tool, str(len(samples)), measure.spread(samples, wall_of), ratio(measure.median(samples, wall_of), wall)]
        for tool, samples in far.items()
    ]
    title = f"Server: {name}, with {DELAY * 1000:.0f} ms more in each direction, by {line}."
    measure.table(title, ["delayed line", "runs", "wall s", "ratio"], rows)


def missing(results: Results) -> dict[Fact, list[str]]:
    """What midwatch does not say, with the peers that say it."""
    facts = set().union(*results.facts.values()) - results.facts[MIDWATCH]
    return {fact: [tool for tool, said in results.facts.items() if fact in said] for fact in sorted(facts)}


def print_facts(name: str, results: Results) -> None:
    """Prints where midwatch and its peers differ."""
    mine, lacking = results.facts[MIDWATCH], missing(results)
    print(f"\nServer: {name}. midwatch tells {len(mine)} facts.")
    print(f"  {len(lacking)} found by a peer and not by midwatch")
    for (kind, what), tools in lacking.items():
        print(f"    {kind}, {what}: {', '.join(tools)}")
    for tool, said in results.facts.items():
        if tool != MIDWATCH:
            print(f"  {len(mine - said)} found by midwatch and not by {tool}")
            for kind, what in sorted(mine - said):
                print(f"    {kind}, {what}")


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5, help="runs of each tool (default 5)")
    parser.add_argument("--server", choices=[*SETTINGS, DROPBEAR, TINYSSH], action="append", help="this server only")
    parser.add_argument("--probe", action="store_true", help="the probe alone, without the command around it")
    return parser.parse_args()


def main() -> int:
    """Measures, prints, and returns 1 where midwatch misses a fact."""
    options = arguments()
    measure.end_on_signals()
    tools = all_tools(options.probe)
    with tempfile.TemporaryDirectory(prefix="midwatch-bench-") as temporary:
        directory = Path(temporary)
        make_keys(directory)
        names = options.server or [*SETTINGS, DROPBEAR, TINYSSH]
        ports = dict(zip(names, servers.free_ports(len(names))))
        bench = Bench(directory, tools, ports, options.runs)
        results = {name: Results() for name in names}
        with ssh_servers(directory, servers.LOOPBACK, ports):
            for name in names:
                near_passes(bench, name, results[name])
        line = delayed_pass(bench, results)
    for name in names:
        print_figures(name, results[name], line)
        print_facts(name, results[name])
    return int(any(missing(one) for one in results.values()))


if __name__ == "__main__":
    sys.exit(main())
