"""Lines between a client and a server: a relay that counts connections, and a line with a delay."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import select
import struct
import subprocess
import threading
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

from shared.servers import LOOPBACK

#: From <linux/if_tun.h>: TUNSETIFF, and a device of IP packets without a header of its own.
TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454CA, 0x0001, 0x1000


@dataclass
class Relay:
    """A relay on loopback."""

    #: Its own port.
    port: int = 0
    #: Connections that it has taken.
    connections: int = 0
    #: The tasks of open connections.
    tasks: set[asyncio.Task[None]] = field(default_factory=set)


@contextlib.contextmanager
def relay(target: int, delay: float = 0.0) -> Iterator[Relay]:
    """Relays connections to the port `target` of loopback until the context ends, and counts them.

    With a delay every chunk goes on that much later than it came, and the first chunk of the client another
    two delays later: the round trip that the client's connect would have cost, which a relay cannot delay
    since the kernel accepts in its stead.
    """
    state = Relay()
    ready, loop = threading.Event(), asyncio.new_event_loop()
    stop = asyncio.Event()

    async def serve() -> None:
        async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            state.connections += 1
            task = asyncio.current_task()
            assert task is not None
            state.tasks.add(task)
            try:
                await carry(reader, writer, target, delay)
            except asyncio.CancelledError:
                pass  # The relay ends.
            finally:
                state.tasks.discard(task)

        server = await asyncio.start_server(connected, LOOPBACK, 0, backlog=512)
        state.port = server.sockets[0].getsockname()[1]
        ready.set()
        await stop.wait()
        server.close()
        for task in state.tasks:
            task.cancel()
        await asyncio.gather(*state.tasks, return_exceptions=True)

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    ready.wait()
    try:
        yield state
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()
        loop.close()


async def carry(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, target: int, delay: float
) -> None:
    """Carries one connection to its end."""
    far_reader, far_writer = await asyncio.open_connection(LOOPBACK, target)
    try:
        async with asyncio.TaskGroup() as directions:
            directions.create_task(pump(reader, far_writer, delay, first=3 * delay))
            directions.create_task(pump(far_reader, writer, delay, first=delay))
    except* OSError:
        pass  # One end has gone, so the other goes too.
    finally:
        for one in (writer, far_writer):
            one.transport.abort()


async def pump(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, delay: float, first: float
) -> None:
    """Carries one direction; the first chunk is late by `first`, the others by `delay`, in their order."""
    clock = asyncio.get_running_loop().time
    chunks: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()

    async def take() -> None:
        late, chunk = first, b"-"
        while chunk:
            chunk = await reader.read(65536)
            chunks.put_nowait((clock() + late, chunk))
            late = delay

    async def give() -> None:
        while True:
            due, chunk = await chunks.get()
            if (wait := due - clock()) > 0:
                await asyncio.sleep(wait)
            if not chunk:
                writer.write_eof()
                return
            writer.write(chunk)

    async with asyncio.TaskGroup() as halves:
        halves.create_task(take())
        halves.create_task(give())


@dataclass(frozen=True)
class Path:
    """How to be at each end of a line: what comes before a command, and the server's address."""

    client: tuple[str, ...]
    server: tuple[str, ...]
    address: str


@contextlib.contextmanager
def delayed_line(delay: float) -> Iterator[Path]:
    """Two network namespaces with a line between them that delivers every packet `delay` seconds late.

    The line is two TUN devices, one in each namespace, and a thread that carries IP packets from the one to
    the other. TCP is the kernel's own at both ends, so connecting, slow start and closing cost what they
    cost on a real line. Needs root. Raises OSError or CalledProcessError where the system has no such thing.
    """
    names = {end: f"mwbench-{os.getpid()}-{end}" for end in ("client", "server")}
    addresses = {"client": "10.255.77.1", "server": "10.255.77.2"}
    with contextlib.ExitStack() as stack:
        devices = []
        for end, name in names.items():
            ip("netns", "add", name)
            stack.callback(ip, "netns", "delete", name)
            device = f"mw{end[0]}{os.getpid()}"
            devices.append(tun(device))
            stack.callback(os.close, devices[-1])
            ip("link", "set", device, "netns", name)
            ip("-n", name, "address", "add", f"{addresses[end]}/30", "dev", device)
            ip("-n", name, "link", "set", "lo", "up")
            ip("-n", name, "link", "set", device, "up")
        stop, stopped = os.pipe()
        thread = threading.Thread(target=carry_packets, args=(devices[0], devices[1], stop, delay))
        thread.start()
        stack.callback(os.close, stop)
        stack.callback(thread.join)
        stack.callback(os.close, stopped)
        inside = {end: ("nsenter", f"--net=/run/netns/{name}", "--") for end, name in names.items()}
        yield Path(inside["client"], inside["server"], addresses["server"])


def ip(*arguments: str) -> None:
    """Runs `ip`."""
    subprocess.run(["ip", *arguments], check=True, capture_output=True)


def tun(name: str) -> int:
    """Makes a TUN device and opens it."""
    device = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(device, TUNSETIFF, struct.pack("16sH22x", name.encode(), IFF_TUN | IFF_NO_PI))
    return device


def carry_packets(one: int, other: int, stop: int, delay: float) -> None:
    """Carries packets between two TUN devices, each `delay` seconds late, until `stop` is closed."""
    waiting: deque[tuple[float, int, bytes]] = deque()
    while True:
        timeout = max(0.0, waiting[0][0] - time.monotonic()) if waiting else None
        ready, _, _ = select.select([one, other, stop], [], [], timeout)
        if stop in ready:
            return
        for source, sink in ((one, other), (other, one)):
            if source in ready:
                waiting.append((time.monotonic() + delay, sink, os.read(source, 65536)))
        while waiting and waiting[0][0] <= time.monotonic():
            _, sink, packet = waiting.popleft()
            with contextlib.suppress(OSError):
                os.write(sink, packet)
