"""Installs what a benchmark needs where it is missing. Installing Debian packages needs root."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

#: The script by which Debian's packages ask whether their services may start.
POLICY = Path("/usr/sbin/policy-rc.d")


def debian(wanted: Mapping[str, str]) -> None:
    """Installs the packages whose command is missing; `wanted` maps commands to packages."""
    missing = sorted({package for command, package in wanted.items() if not shutil.which(command)})
    if not missing:
        return
    if os.geteuid() != 0:
        sys.exit(f"Missing: {' '.join(missing)}. Installing Debian packages needs root: run this as root once.")
    print(f"Installing {' '.join(missing)}", file=sys.stderr)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    with no_services():
        subprocess.run(["apt-get", "-q", "update"], check=True, stdout=sys.stderr)
        command = ["apt-get", "-q", "install", "-y", "--no-install-recommends", *missing]
        subprocess.run(command, check=True, stdout=sys.stderr, env=environment)


@contextlib.contextmanager
def no_services() -> Iterator[None]:
    """Installing must start no service: the benchmarks start their own servers."""
    if POLICY.exists():
        yield
        return
    POLICY.write_text("#!/bin/sh\nexit 101\n")
    POLICY.chmod(0o755)
    try:
        yield
    finally:
        POLICY.unlink()


def python_tool(name: str, cache: Path) -> Path:
    """A command from a Python package of the same name, in a virtual environment below `cache`."""
    home = cache / name
    command = home / "bin" / name
    if not command.exists():
        print(f"Installing {name} into {home}", file=sys.stderr)
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(home)], check=True)
        subprocess.run([str(home / "bin" / "pip"), "install", "--quiet", name], check=True, stdout=sys.stderr)
    return command
