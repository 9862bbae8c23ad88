"""The tools that are compared, each with the options that make it find what midwatch finds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import facts
from shared import install, tree
from shared.servers import NAME

#: Commands and the Debian packages that bring them.
PACKAGES = {
    "sslscan": "sslscan", "nmap": "nmap", "testssl": "testssl.sh", "nginx": "nginx", "openssl": "openssl",
    "ip": "iproute2", "nsenter": "util-linux",
}
MIDWATCH, SSLSCAN, TESTSSL = "midwatch", "sslscan", "testssl.sh"
EVERYTHING = "testssl.sh, everything"


@dataclass(frozen=True)
class Tool:
    """One tool."""

    name: str
    #: The command that looks at a port of an address and writes its report into a file.
    command: Callable[[str, int, Path], list[str]]
    #: Reads the facts in that report.
    read: Callable[[Path], set[facts.Fact]]

    @property
    def slow(self) -> bool:
        """Takes a minute or more a run."""
        return self.name in (TESTSSL, EVERYTHING)


def all_tools() -> list[Tool]:
    """midwatch and its peers, installed and built."""
    install.debian(PACKAGES)
    midwatch = tree.midwatch()
    sslyze = install.python_tool("sslyze", tree.cache())

    def midwatch_command(address: str, port: int, report: Path) -> list[str]:
        options = ["--sni", NAME, "--format", "json", "--output", str(report), "--quiet"]
        return [str(midwatch), "tls", f"{address}:{port}", *options]

    def sslyze_command(address: str, port: int, report: Path) -> list[str]:
        versions = ["--sslv2", "--sslv3", "--tlsv1", "--tlsv1_1", "--tlsv1_2", "--tlsv1_3"]
        others = ["--elliptic_curves", "--certinfo", "--fallback", "--reneg", "--ems", "--compression"]
        options = [*versions, *others, "--sni", NAME, "--json_out", str(report), "--quiet"]
        return [str(sslyze), *options, f"{address}:{port}"]

    return [
        Tool(MIDWATCH, midwatch_command, facts.midwatch),
        Tool(SSLSCAN, sslscan_command, facts.sslscan),
        Tool("nmap", nmap_command, facts.nmap),
        Tool("sslyze", sslyze_command, facts.sslyze),
        Tool(TESTSSL, testssl_command(["-p", "-E", "-P", "-f", "-S"]), facts.testssl),
        Tool(EVERYTHING, testssl_command([]), facts.testssl),
    ]


def sslscan_command(address: str, port: int, report: Path) -> list[str]:
    """sslscan as it is."""
    return ["sslscan", f"--sni-name={NAME}", f"--xml={report}", f"{address}:{port}"]


def nmap_command(address: str, port: int, report: Path) -> list[str]:
    """nmap with one script for one port; connecting as everybody does, so that its connections count alike."""
    script = ["--script", "ssl-enum-ciphers", "--script-args", f"tls.servername={NAME}"]
    return ["nmap", "-n", "-Pn", "-sT", f"-p{port}", *script, "-oX", str(report), address]


def testssl_command(checks: list[str]) -> Callable[[str, int, Path], list[str]]:
    """testssl.sh with these checks; without any it makes all of its usual ones."""

    def command(address: str, port: int, report: Path) -> list[str]:
        options = ["--quiet", "--color", "0", "--warnings", "off", "--nodns", "none", "--ip", address]
        return ["testssl", *options, *checks, "--jsonfile", str(report), f"{NAME}:{port}"]

    return command
