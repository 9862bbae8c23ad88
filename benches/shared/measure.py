"""Runs a command, measures it, and prints what was measured."""

from __future__ import annotations

import os
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Sample:
    """One run of a command."""

    #: Seconds from its start to its end.
    wall: float
    #: Seconds of CPU, user and system, of the command and all children that it waited for.
    cpu: float
    #: Its exit code.
    code: int
    #: The most memory that it had at once, in bytes.
    memory: int


def run(command: Sequence[str], output: Path | None = None, directory: Path | None = None) -> Sample:
    """Runs `command` to its end, with its standard output in the file `output` where one is given."""
    with open(output or os.devnull, "wb") as sink:
        start = time.perf_counter()
        child = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=sink, stderr=subprocess.DEVNULL, cwd=directory
        )
        try:
            _, status, usage = os.wait4(child.pid, 0)
        except BaseException:
            child.terminate()
            child.wait()
            raise
        wall = time.perf_counter() - start
    child.returncode = os.waitstatus_to_exitcode(status)
    return Sample(wall, usage.ru_utime + usage.ru_stime, child.returncode, usage.ru_maxrss * 1024)


def end_on_signals() -> None:
    """Makes the signals that end a process run every `finally` first."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda number, _frame: sys.exit(128 + number))


def median(samples: Sequence[Sample], of: Callable[[Sample], float]) -> float:
    """The median of one figure."""
    return statistics.median(map(of, samples))


def spread(samples: Sequence[Sample], of: Callable[[Sample], float]) -> str:
    """The median of one figure with its least and its greatest value."""
    values = sorted(map(of, samples))
    return f"{statistics.median(values):.3f} ({values[0]:.3f}–{values[-1]:.3f})"


def table(title: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Prints a table, the first column to the left and the others to the right."""
    widths = [max(len(line[column]) for line in [head, *rows]) for column in range(len(head))]
    print(f"\n{title}\n")
    for line in [head, ["-" * width for width in widths], *rows]:
        first, *others = (
            cell.rjust(width) if column else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(line, widths))
        )
        print("  ".join([first, *others]).rstrip(), flush=True)
