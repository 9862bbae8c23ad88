#!/usr/bin/env python3
"""Serves each connection to a port with a program of its own on its standard input and output: ADDRESS PORT PROGRAM…"""

from __future__ import annotations

import socket
import subprocess
import sys


def main() -> None:
    """Serves until it is ended."""
    address, port, *command = sys.argv[1:]
    running: list[subprocess.Popen[bytes]] = []
    with socket.create_server((address, int(port)), backlog=128) as listener:
        print("listening", flush=True)
        while True:
            connection, _ = listener.accept()
            # poll() buries what has ended.
            running = [child for child in running if child.poll() is None]
            with connection:
                child = subprocess.Popen(
                    command, stdin=connection, stdout=connection, stderr=subprocess.DEVNULL
                )
            running.append(child)


if __name__ == "__main__":
    main()
