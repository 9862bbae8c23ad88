#!/usr/bin/env python3
"""Measures how fast a capture is read, beside arpwatch and tshark. See the README of the benchmarks."""

from __future__ import annotations

import argparse
import json
import os
import re
import statistics
import struct
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from shared import install, measure, tree

PACKAGES = {"arpwatch": "arpwatch", "tshark": "tshark"}
START = 1_760_000_000
ROUTER = bytes.fromhex("020000000001")
THIRD = bytes.fromhex("060000000066")
AIM_RATE, AIM_MEMORY = 10, 64 << 20


def mac(host: int) -> bytes:
    """The link-layer address of a host."""
    return b"\x02\x00\x00\x01" + host.to_bytes(2, "big")


def arp(operation: int, sender: bytes, address: int, target: int) -> bytes:
    """A frame of ARP: 10.0.x.y of `address` is at `sender`."""
    at = lambda number: b"\x0a\x00" + number.to_bytes(2, "big")  # noqa: E731
    frame = b"\xff" * 6 + sender + b"\x08\x06\x00\x01\x08\x00\x06\x04" + operation.to_bytes(2, "big")
    return (frame + sender + at(address) + b"\x00" * 6 + at(target)).ljust(60, b"\x00")


def tcp(sender: bytes, length: int) -> bytes:
    """A frame of TCP with so many bytes in all."""
    header = struct.pack("!BBHHHBBH4s4s", 0x45, 0, length - 14, 0, 0, 64, 6, 0, b"\x0a\x00\x00\x05", b"\xc6\x33\x64\x07")
    data = header + struct.pack("!HHIIHHHH", 40000, 443, 1, 1, 0x5018, 64240, 0, 0)
    return (ROUTER + sender + b"\x08\x00" + data).ljust(length, b"\x55")


def arps(count: int) -> Iterator[bytes]:
    """Three hundred hosts and a router that announce themselves, and one in ten thousand frames of somebody else."""
    own = [arp(2, mac(host), host, 1) for host in range(2, 300)]
    router, third = arp(2, ROUTER, 1, 1), arp(2, THIRD, 1, 1)
    for number in range(count):
        if number % 10_000 == 9_999:
            yield third
        elif number % 10 == 0:
            yield router
        else:
            yield own[number % len(own)]


def mixed(count: int) -> Iterator[bytes]:
    """The same one time in fifty, and connections of ordinary sizes between."""
    link = arps(count)
    sizes = [tcp(mac(2 + number % 250), size) for number, size in enumerate([66, 66, 1514, 1514, 590, 66, 1514, 150])]
    for number in range(count):
        yield next(link) if number % 50 == 0 else sizes[number % len(sizes)]


def write(path: Path, frames: Iterator[bytes]) -> None:
    """A pcap file with a thousand frames a second."""
    with path.open("wb", buffering=1 << 20) as out:
        out.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))
        for number, frame in enumerate(frames):
            second, thousandth = divmod(number, 1000)
            out.write(struct.pack("<IIII", START + second, thousandth * 1000, len(frame), len(frame)) + frame)


def commands(path: Path, mine: Path, directory: Path) -> dict[str, list[str]]:
    """What each tool is asked: who else claims an address."""
    database = directory / "arp.dat"
    database.write_text("")
    return {
        "midwatch": [str(mine), "here", "--pcap", str(path), "--gateway", "10.0.0.1", "--format", "json", "--quiet"],
        "arpwatch": ["arpwatch", "-d", "-N", "-f", str(database), "-r", str(path)],
        "tshark": ["tshark", "-n", "-r", str(path), "-Y", "arp.duplicate-address-detected", "-T", "fields", "-e", "arp.src.proto_ipv4"],
    }


def said(tool: str, text: str) -> bool:
    """Whether it found the other router."""
    match tool:
        case "midwatch":
            return any(one["id"] == "gateway-contested" for one in json.loads(text)["targets"][0]["findings"])
        case "arpwatch":
            return bool(re.search(r"flip flop|changed ethernet address", text))
        case _:
            return "10.0.0.1" in text


def main() -> None:
    """Reads the same files by all in turn, and prints frames a second and memory."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--frames", type=int, default=3_000_000, help="frames of each file (default 3,000,000)")
    parser.add_argument("--runs", type=int, default=3, help="runs of each (default 3)")
    options = parser.parse_args()
    measure.end_on_signals()
    os.environ["PATH"] += ":/usr/sbin"
    install.debian(PACKAGES)
    mine = tree.midwatch()
    rows, met = [], True
    with tempfile.TemporaryDirectory(prefix="midwatch-bench-") as temporary:
        directory = Path(temporary)
        for kind, frames in (("connections, ARP 1 in 50", mixed), ("ARP alone", arps)):
            path = directory / "capture.pcap"
            write(path, frames(options.frames))
            more, good = compare(kind, path, mine, directory, options)
            rows.extend(more)
            met &= good
    measure.table(
        f"Frames a second ({options.frames:,} frames, the whole command), medians (least–greatest), and the most memory. A "
        "ratio is midwatch's rate divided by the peer's. arpwatch asks the resolver for every host, which wall time holds "
        "and CPU time does not.",
        ["capture", "tool", "by wall time", "ratio", "by CPU time", "ratio", "MiB"],
        rows,
    )
    print(f"\nAims: {AIM_RATE} times the rate of each, memory below {AIM_MEMORY >> 20} MiB: {'met' if met else 'missed'}")


def compare(kind: str, path: Path, mine: Path, directory: Path, options: argparse.Namespace) -> tuple[list[list[str]], bool]:
    """A row for each tool, and whether the aims are met."""
    samples: dict[str, list[measure.Sample]] = {}
    # So that the first to read it does not wait for the disk; a piece at a time, since what this process holds counts for
    # the memory of those that it starts.
    with path.open("rb") as file:
        while file.read(1 << 20):
            pass
    for _ in range(options.runs):
        for tool, command in commands(path, mine, directory).items():
            output = directory / "output"
            shell = ["sh", "-c", 'exec "$@" 2>&1', "sh", *command] if tool == "arpwatch" else command
            sample = measure.run(shell, output)
            if not said(tool, output.read_text(errors="replace")):
                sys.exit(f"{tool} does not find the other router in {kind} (exit code {sample.code})")
            samples.setdefault(tool, []).append(sample)
    rows, met = [], True
    rates = {
        (tool, by): [options.frames / getattr(one, by) for one in all_]
        for tool, all_ in samples.items()
        for by in ("wall", "cpu")
    }
    for tool, all_ in samples.items():
        row = [kind, tool]
        for by in ("wall", "cpu"):
            rate = rates[tool, by]
            ratio = statistics.median(rates["midwatch", by]) / statistics.median(rate)
            row += [f"{statistics.median(rate):,.0f} ({min(rate):,.0f}–{max(rate):,.0f})", f"{ratio:.1f}"]
            met &= tool == "midwatch" or ratio >= AIM_RATE
        memory = max(one.memory for one in all_)
        met &= tool != "midwatch" or memory < AIM_MEMORY
        rows.append([*row, f"{memory / (1 << 20):.0f}"])
    return rows, met


if __name__ == "__main__":
    main()
