#!/usr/bin/env python3
"""Measures how fast chains are verified, beside `openssl verify`. See the README of the benchmarks."""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from shared import install, measure, tree

PACKAGES = {"openssl": "openssl"}
NAME = "shop.example"
KEYS = {
    "ECDSA P-256": ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"],
    "RSA 2048": ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"],
}
CA = "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\nsubjectKeyIdentifier=hash\n"
LEAF = (
    "basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=serverAuth\n"
    f"subjectAltName=DNS:{NAME}\nsubjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n"
)


@dataclass(frozen=True)
class Pki:
    """Leaves below two intermediates, below a root."""

    root: Path
    intermediates: Path
    leaves: list[Path]


def openssl(*arguments: str | Path) -> None:
    """Runs openssl without a word."""
    subprocess.run(["openssl", *map(str, arguments)], check=True, stderr=subprocess.DEVNULL)


def make(directory: Path, key: list[str], count: int) -> Pki:
    """Writes keys and certificates. All leaves share a key, and each has a serial number of its own."""
    directory.mkdir()
    at = directory.joinpath
    (at("ca.cnf")).write_text(CA)
    (at("leaf.cnf")).write_text(LEAF)
    for name, subject in (("root", "Root"), ("upper", "Upper"), ("lower", "Lower"), ("leaf", NAME)):
        openssl("genpkey", *key, "-out", at(f"{name}.key"))
        openssl("req", "-new", "-key", at(f"{name}.key"), "-subj", f"/CN={subject}", "-out", at(f"{name}.csr"))

    def issue(name: str, issuer: str | None, to: Path, extensions: str, serial: int) -> Path:
        by = ["-CA", at(f"{issuer}.pem"), "-CAkey", at(f"{issuer}.key")] if issuer else ["-signkey", at(f"{name}.key")]
        openssl(
            "x509", "-req", "-in", at(f"{name}.csr"), *by, "-days", "90", "-sha256", "-set_serial", str(serial),
            "-extfile", at(extensions), "-out", to,
        )
        return to

    root = issue("root", None, at("root.pem"), "ca.cnf", 1)
    upper = issue("upper", "root", at("upper.pem"), "ca.cnf", 2)
    lower = issue("lower", "upper", at("lower.pem"), "ca.cnf", 3)
    at("between.pem").write_text(lower.read_text() + upper.read_text())
    leaves = [issue("leaf", "lower", at(f"{n}.pem"), "leaf.cnf", 1000 + n) for n in range(count)]
    return Pki(root, at("between.pem"), leaves)


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--chains", type=int, default=1000, help="leaves to verify (default 1000)")
    parser.add_argument("--runs", type=int, default=5, help="runs of each (default 5)")
    return parser.parse_args()


def main() -> None:
    """Verifies the same leaves by both in turn, and prints chains a second of CPU time."""
    options = arguments()
    measure.end_on_signals()
    install.debian(PACKAGES)
    mine = tree.example("midwatch-probe", "verify")
    rows = []
    with tempfile.TemporaryDirectory(prefix="midwatch-bench-") as temporary:
        for number, (kind, key) in enumerate(KEYS.items()):
            pki = make(Path(temporary) / str(number), key, options.chains)
            rows.append(compare(kind, pki, mine, options.runs))
    measure.table(
        "Chains a second of CPU time, reading the files as well: medians (least–greatest). The ratio is midwatch's "
        "rate divided by openssl's.",
        ["leaf, two intermediates, root", "midwatch", "openssl verify", "ratio", "midwatch, files read before"],
        rows,
    )


def compare(kind: str, pki: Pki, mine: Path, runs: int) -> list[str]:
    """One row of the table."""
    leaves = [str(leaf) for leaf in pki.leaves]
    commands = {
        "midwatch": [str(mine), str(pki.root), str(pki.intermediates), NAME, *leaves],
        "openssl": [
            "openssl", "verify", "-CAfile", str(pki.root), "-no-CApath", "-no-CAstore", "-untrusted",
            str(pki.intermediates), "-purpose", "sslserver", "-verify_hostname", NAME, *leaves,
        ],
    }
    rates: dict[str, list[float]] = {"midwatch": [], "openssl": []}
    alone = []
    for _ in range(runs):
        for name, command in commands.items():
            output = pki.root.with_name("output")
            sample = measure.run(command, output)
            told = output.read_text()
            trusted = json.loads(told)["trusted"] if name == "midwatch" else told.count(": OK")
            if sample.code or trusted != len(leaves):
                sys.exit(f"{name} trusts {trusted} of {len(leaves)} chains (exit code {sample.code})")
            if name == "midwatch":
                alone.append(len(leaves) / json.loads(told)["seconds"])
            rates[name].append(len(leaves) / sample.cpu)
    figure = lambda one: f"{statistics.median(one):.0f} ({min(one):.0f}–{max(one):.0f})"  # noqa: E731
    ratio = statistics.median(rates["midwatch"]) / statistics.median(rates["openssl"])
    return [kind, figure(rates["midwatch"]), figure(rates["openssl"]), f"{ratio:.1f}", figure(alone)]


if __name__ == "__main__":
    main()
