"""What a worker of a pool does with a request, good and bad: the request is the name of a mood, or is given back."""

import ctypes
import os
import sys
import time

HUGE_BYTES = 6_000_000


def serve(request: bytes) -> bytes:
    """Hang, crash, compute, or answer, as the request says."""
    mood, _, rest = request.partition(b" ")
    match mood:
        case b"hang":
            time.sleep(3600)
        case b"die":
            os._exit(3)
        case b"crash":
            ctypes.string_at(0)
        case b"raise":
            sys.stderr = open(os.devnull, "w")  # noqa: PTH123, SIM115 - the traceback of this worker is no news
            raise MemoryError
        case b"allocate":
            return _allocate(int(rest))
        case b"huge":
            return bytes(HUGE_BYTES)
        case b"nothing":
            return b""
        case b"who":
            return str(os.getpid()).encode()
        case b"compute" | b"slowly":
            _take(float(rest), computes=mood == b"compute")
    return request


def _take(seconds: float, *, computes: bool) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if not computes:
            time.sleep(seconds)


def _allocate(count: int) -> bytes:
    """Take so many bytes, and tell whether the system refused."""
    try:
        return b"got %d" % len(bytearray(count))
    except MemoryError:
        return b"refused"
