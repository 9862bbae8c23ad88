"""Certificates and nginx servers of the benchmarks' own."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

#: The name in the certificates; `.test` is reserved (RFC 6761) and nobody's.
NAME = "bench.midwatch.test"
LOOPBACK = "127.0.0.1"

KEYS = {"rsa": ["rsa:2048"], "ecdsa": ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"]}


def certificates(directory: Path) -> None:
    """Makes a self-signed certificate of each kind, and Diffie-Hellman parameters."""
    for kind, key in KEYS.items():
        command = ["openssl", "req", "-x509", "-nodes", "-days", "90", "-newkey", *key]
        command += ["-subj", f"/CN={NAME}", "-addext", f"subjectAltName=DNS:{NAME}"]
        command += ["-keyout", str(directory / f"{kind}.key"), "-out", str(directory / f"{kind}.pem")]
        subprocess.run(command, check=True, stderr=subprocess.DEVNULL)
    command = ["openssl", "genpkey", "-genparam", "-algorithm", "DH", "-pkeyopt", "group:ffdhe2048"]
    subprocess.run([*command, "-out", str(directory / "dh.pem")], check=True, stderr=subprocess.DEVNULL)


def use_certificates(kinds: Sequence[str] = tuple(KEYS)) -> str:
    """The directives that use certificates of these kinds."""
    return " ".join(f"ssl_certificate {kind}.pem; ssl_certificate_key {kind}.key;" for kind in kinds)


def free_ports(count: int) -> list[int]:
    """Different ports of loopback that were free a moment ago."""
    with contextlib.ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind((LOOPBACK, 0))
        return [one.getsockname()[1] for one in sockets]


@contextlib.contextmanager
def nginx(directory: Path, name: str, servers: str, wrapper: Sequence[str] = ()) -> Iterator[None]:
    """Runs an nginx with these `server` blocks until the context ends; `wrapper` comes before its command."""
    configuration = directory / f"{name}.conf"
    configuration.write_text(
        f"daemon off; pid {directory / name}.pid; error_log {directory / name}.log; worker_processes auto;\n"
        "events {}\n"
        f"http {{\naccess_log off;\n{servers}\n}}\n"
    )
    command = [*wrapper, "nginx", "-p", str(directory), "-c", str(configuration)]
    with open(directory / f"{name}.out", "wb") as out:
        server = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=out)
    try:
        wait_for_pid_file(directory / f"{name}.pid", server, directory / f"{name}.out")
        yield
    finally:
        server.terminate()
        server.wait()


def wait_for_pid_file(file: Path, server: subprocess.Popen[bytes], out: Path) -> None:
    """nginx writes its pid once its ports are open."""
    for _ in range(500):
        if file.exists() and file.read_text().strip():
            return
        if server.poll() is not None:
            break
        time.sleep(0.01)
    raise RuntimeError(f"nginx does not start: {out.read_text()}")
