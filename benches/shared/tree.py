"""This source tree: its target directory and its release build of midwatch."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def target() -> Path:
    """Where cargo builds; CARGO_TARGET_DIR counts."""
    command = ["cargo", "metadata", "--no-deps", "--format-version", "1", "--locked"]
    told = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE).stdout
    return Path(json.loads(told)["target_directory"])


def cache() -> Path:
    """What the benchmarks keep between runs."""
    directory = target() / "bench-cache"
    directory.mkdir(parents=True, exist_ok=True)
    return directory


def midwatch() -> Path:
    """Builds midwatch in the release profile, and says where it is."""
    command = ["cargo", "build", "--release", "--locked", "--package", "midwatch"]
    subprocess.run(command, cwd=ROOT, check=True)
    return target() / "release" / "midwatch"


def example(package: str, name: str, features: Sequence[str] = ()) -> Path:
    """Builds an example of a package in the release profile, and says where it is."""
    command = ["cargo", "build", "--release", "--locked", "--package", package, "--example", name]
    command += ["--features", ",".join(features)] if features else []
    subprocess.run(command, cwd=ROOT, check=True)
    return target() / "release" / "examples" / name
