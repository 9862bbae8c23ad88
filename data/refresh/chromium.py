#!/usr/bin/env python3
"""Reads two lists out of an installed Chromium: the HSTS preload list and the Certificate Transparency logs.

Chromium compiles both into its program, so Debian's package brings them as new as the browser is, and they need no
other download. Needs Debian's package chromium and PyPI's pyelftools.

    refresh/chromium.py /usr/lib/chromium/chromium OUT/

writes OUT/hsts.json, in the form of Chromium's transport_security_state_static.json, and OUT/ct-logs.json.
Then: cargo xtask data OUT/

How they are found: constants that hold pointers lie in .data.rel.ro, and the relocations of the program tell where
each pointer leads. The preload list is the one place with a Huffman tree of less than 512 bytes, followed by a
larger table, its length in bits and a position inside it. A log is a public key, its length, a name, a kind, an
operator and the operators before. Whatever does not look like that makes this script fail rather than guess.
"""

import array
import base64
import hashlib
import json
import struct
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path

from elftools.elf.elffile import ELFFile

RELATIVE = 8  # R_X86_64_RELATIVE
END_OF_TABLE, END_OF_NAME = 127, 0


class Program:
    """A program whose pointers can be followed."""

    def __init__(self, path: Path) -> None:
        self.bytes = path.read_bytes()
        with path.open("rb") as file:
            elf = ELFFile(file)
            self.segments = [
                (segment["p_vaddr"], segment["p_offset"], segment["p_filesz"])
                for segment in elf.iter_segments()
                if segment["p_type"] == "PT_LOAD"
            ]
            constants = elf.get_section_by_name(".data.rel.ro")
            self.start, self.end = constants["sh_addr"], constants["sh_addr"] + constants["sh_size"]
            table = elf.get_section_by_name(".rela.dyn")
            raw = self.bytes[table["sh_offset"] : table["sh_offset"] + table["sh_size"]]
        words = array.array("Q")
        words.frombytes(raw[: len(raw) // 24 * 24])
        self.pointers = {
            at: to for at, kind, to in zip(words[0::3], words[1::3], words[2::3]) if kind == RELATIVE
        }

    def offset(self, address: int) -> int | None:
        for start, offset, size in self.segments:
            if start <= address < start + size:
                return address - start + offset
        return None

    def read(self, address: int, length: int) -> bytes:
        offset = self.offset(address)
        return b"" if offset is None else self.bytes[offset : offset + length]

    def number(self, address: int) -> int:
        return struct.unpack("<Q", self.read(address, 8))[0]

    def text(self, address: int) -> str:
        offset = self.offset(address)
        if offset is None:
            raise ValueError(f"{address:#x} is in no segment")
        return self.bytes[offset : self.bytes.index(b"\0", offset)].decode()

    def constants(self) -> Iterator[int]:
        """The addresses of constant pointers."""
        return (at for at in self.pointers if self.start <= at < self.end)


class Bits:
    """The bits of the preload list's table, most significant first."""

    def __init__(self, tree: bytes, bits: str) -> None:
        self.tree, self.bits, self.at = tree, bits, 0

    def read(self, count: int) -> int:
        value = int(self.bits[self.at : self.at + count], 2) if count else 0
        self.at += count
        return value

    def character(self) -> int:
        node = len(self.tree) - 2
        while True:
            value = self.tree[node + self.read(1)]
            if value & 0x80:
                return value & 0x7F
            node = value * 2

    def size(self) -> int:
        """A small number: 0 to 4 have codes of their own, larger ones are unary, even and odd apart."""
        first = self.read(2)
        if first == 0:
            return 0
        first = first * 2 + self.read(1)
        if first in (0b010, 0b100, 0b101, 0b110):
            return {0b010: 4, 0b100: 1, 0b101: 2, 0b110: 3}[first]
        length = 4
        while self.read(1):
            length += 1
        return (length - 2) * 2 - (first == 0b111)


def preload(program: Program) -> list[dict[str, object]]:
    found = []
    for at in program.constants():
        if at + 16 in program.pointers and not any(at + field in program.pointers for field in (8, 24, 32, 40)):
            tree, size, bits, root = (program.number(at + field) for field in (8, 24, 32, 40))
            if 40 < tree <= 512 and size == (bits + 7) // 8 and size > 100_000 and root < bits:
                found.append((program.pointers[at], tree, program.pointers[at + 16], size, root))
    if len(found) != 1:
        sys.exit(f"{len(found)} places look like the preload list; this script has to be looked at")
    tree_at, tree, table_at, size, root = found[0]
    table = program.read(table_at, size)
    bits = bin(int.from_bytes(table, "big"))[2:].zfill(size * 8)
    reader = Bits(program.read(tree_at, tree), bits)
    entries: list[dict[str, object]] = []
    # Names are kept from their end; each node is a shared part and a table of what comes before it.
    nodes = [(root, b"")]
    while nodes:
        node, after = nodes.pop()
        reader.at = node
        after = bytes(reader.character() for _ in range(reader.size()))[::-1] + after
        child = None
        while (character := reader.character()) != END_OF_TABLE:
            if character == END_OF_NAME:
                # One bit for the usual case, both true.
                both = reader.read(1)
                subdomains, force = (1, 1) if both else (reader.read(1), reader.read(1))
                if force:
                    name = after.decode("ascii")
                    entries.append({"name": name, "mode": "force-https", "include_subdomains": bool(subdomains)})
            else:
                if child is None:
                    child = node - reader.read(reader.read(5))
                elif reader.read(1):
                    child += reader.read(reader.read(4) + 8)
                else:
                    child += reader.read(7)
                if not 0 <= child < node:
                    sys.exit("the preload list's table does not read as expected; this script has to be looked at")
                nodes.append((child, bytes([character]) + after))
    names = {str(entry["name"]) for entry in entries}
    if len(names) != len(entries) or not {"google", "dev", "accounts.google.com"} <= names:
        sys.exit("what was read is not the preload list; this script has to be looked at")
    return sorted(entries, key=lambda entry: str(entry["name"]))


LOG = 56


def log(program: Program, at: int) -> dict[str, object] | None:
    """The log whose description stands at this address, if one does."""
    pointers = program.pointers
    if not all(at + field in pointers for field in (0, 16, 32)) or at + 8 in pointers:
        return None
    length, kind = program.number(at + 8), program.number(at + 24)
    key = program.read(pointers[at], length) if 64 < length < 600 else b""
    if not key.startswith(b"\x30") or kind not in (1, 2):
        return None
    return {
        "name": program.text(pointers[at + 16]),
        "operator": program.text(pointers[at + 32]),
        "kind": "rfc6962" if kind == 1 else "static",
        "id": base64.b64encode(hashlib.sha256(key).digest()).decode(),
        "key": base64.b64encode(key).decode(),
    }


def logs(program: Program) -> list[dict[str, object]]:
    start = min(at for at in program.constants() if log(program, at) is not None)
    found: list[dict[str, object]] = []
    at = start
    while (one := log(program, at)) is not None:
        found.append(one)
        at += LOG
    # Disqualified logs follow: the log's id with a closing zero, the log, and microseconds since 1601.
    while (one := log(program, at + 40)) is not None:
        if program.read(at, 32) != base64.b64decode(str(one["id"])):
            sys.exit("a disqualified log does not bear its own id; this script has to be looked at")
        microseconds = program.number(at + 40 + LOG)
        moment = datetime(1601, 1, 1, tzinfo=timezone.utc) + timedelta(microseconds=microseconds)
        found.append({**one, "disqualified": moment.strftime("%Y-%m-%dT%H:%M:%SZ")})
        at += 40 + LOG + 8
    if len(found) < 20:
        sys.exit(f"{len(found)} logs are too few; this script has to be looked at")
    return found


def main() -> None:
    path, out = Path(sys.argv[1]), Path(sys.argv[2])
    program = Program(path)
    version = subprocess.run(["dpkg-query", "-W", "chromium"], capture_output=True, text=True, check=True).stdout
    built = datetime.fromtimestamp(path.stat().st_mtime, timezone.utc)
    origin = {
        "origin": f"Chromium, compiled into Debian's package {' '.join(version.split())}",
        "date": built.strftime("%Y-%m-%d"),
        "licence": "BSD-3-Clause, The Chromium Authors",
    }
    out.mkdir(parents=True, exist_ok=True)
    for name, key, entries in (("hsts", "entries", preload(program)), ("ct-logs", "logs", logs(program))):
        (out / f"{name}.json").write_text(json.dumps({**origin, key: entries}, indent=1) + "\n")
        print(f"{name}.json: {len(entries)} {key}")


if __name__ == "__main__":
    main()
