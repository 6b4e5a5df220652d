"""`load.c` in Python, for machines without a C compiler: the same checks, exit codes and JSON, a fraction of the speed and of the modes."""

import json
import random
import selectors
import socket
import struct
import sys
import time
from bisect import bisect_right
from collections import deque
from collections.abc import Callable
from contextlib import ExitStack
from typing import NoReturn

READ_BYTES = 256 << 10
CONTENTS_BYTES = 4 << 20
CONNECT_SECONDS = 10.0
USAGE = "usage: slow_load.py prefix4|stream|connect|hold HOST PORT CONNECTIONS DEPTH SIZE SECONDS WARM_SECONDS PATIENCE_SECONDS SERVER_PID"


class FaultyServerError(Exception):
    """The server did not send back what it was sent."""


class Window:
    """The measured time: opens after the warm-up, closes when its seconds are over."""

    def __init__(self, seconds: float, warm_seconds: float, patience: float, server_pid: int) -> None:
        self.warm_until = time.monotonic() + warm_seconds
        self.end = self.warm_until + seconds
        self.patience = patience
        self.start = self.stop = self.load_cpu = self.server_cpu = 0.0
        self.server_pid = server_pid
        self.count = self.bytes = 0
        self.delays: dict[float, int] = {}

    def tick(self) -> bool:
        """Open or close the window when it is time, and tell whether sending goes on."""
        now = time.monotonic()
        opens, closes = not self.start and now >= self.warm_until, not self.stop and now >= self.end
        self.start = now if opens else self.start
        self.stop = now if closes else self.stop
        if opens or closes:
            self.load_cpu = time.process_time() - self.load_cpu
            self.server_cpu = cpu_of(self.server_pid) - self.server_cpu
        return now < self.end

    def add(self, delay: float, count: int) -> None:
        """Count answers that took *delay* seconds."""
        if self.start and not self.stop:
            self.count += count
            key = float(f"{delay * 1e6:.3g}")
            self.delays[key] = self.delays.get(key, 0) + count

    def report(self) -> str:
        """Return the JSON line; raises `FaultyServerError` where nothing was measured."""
        if not self.count:
            raise FaultyServerError("nothing came back within the measured time")
        seconds = self.stop - self.start
        keys = sorted(self.delays)
        sums = [0]
        for key in keys:
            sums.append(sums[-1] + self.delays[key])
        parts = {name: keys[bisect_right(sums, share * (sums[-1] - 1)) - 1] for name, share in SHARES.items()}
        speed = {"qps": self.count / seconds, "gbps": self.bytes * 8 / seconds / 1e9}
        shares = {"server_cpu": self.server_cpu / seconds, "load_cpu": self.load_cpu / seconds}
        return json.dumps(speed | parts | shares | {"count": self.count, "seconds": seconds})


SHARES = {"p50_us": 0.5, "p90_us": 0.9, "p99_us": 0.99, "p999_us": 0.999}


def cpu_of(pid: int) -> float:
    """Processor time that a process has used, all of its threads together; 0.0 where the system does not tell."""
    if not pid or not sys.platform.startswith("linux"):
        return 0.0
    return time.clock_gettime(~pid << 3 | 2)  # clock_getcpuclockid(3) of Linux, which Python does not offer


class Connection:
    """One connection: *base* is where in the contents it began."""

    def __init__(self, number: int, address: tuple[str, int], base: int) -> None:
        self.number = number
        self.base = base
        self.sent = self.got = 0
        self.born = time.monotonic()
        self.marks: deque[tuple[int, float]] = deque()
        self.socket = socket.create_connection(address, timeout=CONNECT_SECONDS)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def fault(self, what: str) -> NoReturn:
        """Raise: this connection saw the server do *what*."""
        raise FaultyServerError(f"connection {self.number}: {what}")

    def receive(self, size: int) -> bytes:
        """Bytes of one read; a reset is a fault."""
        try:
            return self.socket.recv(size)
        except OSError as error:
            self.fault(f"read after {self.got} bytes: {error.strerror or error}")


class Echo:
    """The modes prefix4 and stream."""

    def __init__(self, size: int, depth: int, *, prefixed: bool) -> None:
        self.size, self.depth = size, depth
        frames = max(3, min(997, CONTENTS_BYTES // size))
        head = struct.pack(">I", size - 4) if prefixed else b""
        source = random.Random(1)  # noqa: S311  # the same contents each time
        ring = b"".join(head + source.randbytes(size - len(head)) for _ in range(frames))
        reach = max(depth * size, READ_BYTES)
        self.ring, self.frames = len(ring), frames
        self.contents = memoryview(ring * (2 + reach // len(ring)))
        self.selector = selectors.DefaultSelector()

    def run(self, address: tuple[str, int], connections: int, window: Window) -> None:
        """Load until the window closes, then wait for the rest in flight and for silence."""
        with ExitStack() as stack, self.selector:
            everyone = [Connection(i, address, i * 7919 % self.frames * self.size) for i in range(connections)]
            for one in everyone:
                stack.enter_context(one.socket)
                one.socket.setblocking(False)
                self.selector.register(one.socket, selectors.EVENT_READ, one)
                self.push(one, sending=True)
            self.drive(everyone, window)
            for one in everyone[:64]:
                expect_silence(one)

    def drive(self, everyone: list[Connection], window: Window) -> None:
        """Answer each readiness until all is back."""
        while (sending := window.tick()) or any(one.got < one.sent for one in everyone):
            if not sending and time.monotonic() > window.stop + window.patience:
                raise FaultyServerError("some connections never got all of their answers")
            for key, events in self.selector.select(0.02):
                if events & selectors.EVENT_READ:
                    self.pull(key.data, window)
                self.push(key.data, sending=sending)

    def push(self, one: Connection, *, sending: bool) -> None:
        """Send what may be in flight; once stopping, only the rest of a frame that has begun."""
        target = (one.got // self.size + self.depth) * self.size if sending else -(-one.sent // self.size) * self.size
        if one.sent < target:
            begin, now = (one.base + one.sent) % self.ring, time.monotonic()
            try:
                one.sent += one.socket.send(self.contents[begin : begin + target - one.sent])
                one.marks.append((one.sent, now))
            except BlockingIOError:
                pass
            except OSError as error:
                one.fault(f"write after {one.sent} bytes: {error.strerror}")
        self.selector.modify(one.socket, selectors.EVENT_READ | (selectors.EVENT_WRITE if one.sent < target else 0), one)

    def pull(self, one: Connection, window: Window) -> None:
        """Read once, compare, and time each frame whose last byte is back."""
        data = one.receive(READ_BYTES)
        if not data:
            one.fault(f"closed early, {one.got} of {one.sent} bytes came back")
        if one.got + len(data) > one.sent:
            one.fault(f"{one.got + len(data)} bytes came back, only {one.sent} were sent")
        begin = (one.base + one.got) % self.ring
        if data != self.contents[begin : begin + len(data)]:
            wrong = next(i for i, byte in enumerate(data) if byte != self.contents[begin + i])
            one.fault(f"byte {one.got + wrong} is 0x{data[wrong]:02x}, 0x{self.contents[begin + wrong]:02x} was sent")
        done = one.got // self.size
        one.got += len(data)
        window.bytes += len(data) if window.start and not window.stop else 0
        self.time_frames(one, done, window)

    def time_frames(self, one: Connection, done: int, window: Window) -> None:
        """Charge each frame to the write that carried its last byte."""
        back, now = one.got // self.size, time.monotonic()
        while one.marks:
            end, at = one.marks[0]
            covered = min(end // self.size, back)
            if covered > done:
                window.add(now - at, covered - done)
                done = covered
            if end > one.got:
                return
            one.marks.popleft()


def expect_silence(one: Connection) -> None:
    """Half-close, and take one byte more for a fault."""
    one.socket.settimeout(0.2)
    try:
        one.socket.shutdown(socket.SHUT_WR)
        extra = one.socket.recv(READ_BYTES)
    except OSError:
        return
    if extra:
        one.fault(f"{len(extra)} bytes too many came after the last answer")


def lives(address: tuple[str, int], connections: int, window: Window) -> None:
    """Run the mode connect: one byte there, the same byte back, the server's close."""
    selector = selectors.DefaultSelector()

    def begin(number: int, token: int) -> None:
        one = Connection(number, address, token)
        one.socket.send(bytes([token]))
        selector.register(one.socket, selectors.EVENT_READ, one)

    with selector, ExitStack() as stack:
        stack.callback(lambda: [key.data.socket.close() for key in selector.get_map().values()])
        for number in range(connections):
            begin(number, number * 37 % 256)
        live(selector, window, begin)


def live(selector: selectors.BaseSelector, window: Window, begin: Callable[[int, int], None]) -> None:
    """Read what is ready; a life that is over is followed by another."""
    while (sending := window.tick()) or selector.get_map():
        if not sending and time.monotonic() > window.stop + window.patience:
            raise FaultyServerError("some connections were never answered and closed")
        for key, _ in selector.select(0.02):
            one: Connection = key.data
            if not ended(one):
                continue
            selector.unregister(one.socket)
            one.socket.close()
            window.bytes += 1
            window.add(time.monotonic() - one.born, 1)
            if sending:
                begin(one.number, (one.base + 37) % 256)


def ended(one: Connection) -> bool:
    """Return one read of a life: the byte, or the end."""
    data = one.receive(16)
    if one.got + len(data) > 1:
        one.fault(f"{one.got + len(data)} bytes came back, 1 was sent")
    if data and data[0] != one.base:
        one.fault(f"0x{data[0]:02x} came back, 0x{one.base:02x} was sent")
    if not data and not one.got:
        one.fault("closed before its byte came back")
    one.got += len(data)
    return not data


def hold(address: tuple[str, int], connections: int, patience: float) -> None:
    """Run the mode hold: one byte echoed on each connection, which stays idle until standard input ends, and is there and silent then."""
    with ExitStack() as stack:
        everyone = []
        for number in range(connections):
            one = Connection(number, address, number * 37 % 256)
            stack.enter_context(one.socket)
            one.socket.settimeout(patience)
            one.socket.send(bytes([one.base]))
            if one.receive(1) != bytes([one.base]):
                one.fault("its byte did not come back")
            everyone.append(one)
        print(json.dumps({"held": connections}), flush=True)
        sys.stdin.buffer.read()
        for one in everyone:
            expect_idle(one)


def expect_idle(one: Connection) -> None:
    """Check that the connection is open and has nothing to read."""
    one.socket.setblocking(False)
    try:
        data = one.socket.recv(16)
    except BlockingIOError:
        return
    one.fault("bytes came unasked while it was held" if data else "closed while it was held")


def main(arguments: list[str]) -> int:
    """Do what the arguments say; 0 measured, 1 faulty server, 2 wrong usage, 3 the machine refused something."""
    if len(arguments) != 10 or arguments[0] not in {"prefix4", "stream", "connect", "hold"}:
        print(USAGE, file=sys.stderr)
        return 2
    mode, host, port = arguments[0], arguments[1], int(arguments[2])
    connections, depth, size = map(int, arguments[3:6])
    seconds, warm_seconds, patience = map(float, arguments[6:9])
    window = Window(seconds, warm_seconds, patience, int(arguments[9]))
    try:
        if mode == "hold":
            hold((host, port), connections, window.patience)
            return 0
        if mode == "connect":
            lives((host, port), connections, window)
        else:
            Echo(size, depth, prefixed=mode == "prefix4").run((host, port), connections, window)
        print(window.report())
    except FaultyServerError as error:
        print(error, file=sys.stderr)
        return 1
    except OSError as error:
        print(error, file=sys.stderr)
        return 1 if isinstance(error, ConnectionError) else 3
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
