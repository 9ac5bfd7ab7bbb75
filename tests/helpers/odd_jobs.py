"""Job programs that misbehave, each in one way: `python -m tests.helpers.odd_jobs KIND [FILE]`.

They speak the real protocol, so that the supervisor meets them as it would meet a job that opened a hostile file.
"""

import os
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import msgspec

from app.jobs.protocol import STOP, Attempting, AttemptOver, Event, Failed, Finished, Order, Stopped, encode_event
from indexer.core.progress import Progress
from indexer.core.types import Artwork


def say(event: Event) -> None:
    sys.stdout.buffer.write(encode_event(event))
    sys.stdout.buffer.flush()


def finishes(_: Order) -> None:
    say(Progress("working", 1, 1))
    say(Artwork("a.png"))
    say(Finished())


def fails(_: Order) -> None:
    say(Failed("InputProblem", "folder", "there is no such folder"))


def stops_when_asked(_: Order) -> None:
    say(Artwork("a.png"))
    for line in sys.stdin.buffer:
        if line == STOP:
            say(Artwork("last.png"))
            say(Stopped())
            return


def ignores_the_wish_to_stop(_: Order) -> None:
    say(Artwork("a.png"))
    time.sleep(600)


def crashes_on_a_hostile_source(order: Order) -> None:
    say(Artwork("a.png"))
    if "hostile" not in order.refused:
        say(Attempting("hostile"))
        os._exit(139)
    say(Artwork(f"without hostile, because {order.refused['hostile']}"))
    say(Finished())


def crashes_after_a_source_was_survived(_: Order) -> None:
    say(Attempting("innocent"))
    say(AttemptOver("innocent"))
    os._exit(139)


def crashes_once(_: Order) -> None:
    marker = Path(sys.argv[2])
    if not marker.exists():
        marker.touch()
        os._exit(139)
    say(Finished())


def talks_nonsense(_: Order) -> None:
    sys.stdout.write("Traceback (most recent call last)\n")
    sys.stdout.flush()
    time.sleep(600)


def hoards_memory(_: Order) -> None:
    hoard = []
    while True:
        hoard.append(bytearray(os.urandom(16 << 20)))
        time.sleep(0.01)


def talks_without_end(_: Order) -> None:
    number = 0
    while True:
        say(Artwork(f"{number}.png"))
        number += 1


def has_a_child_of_its_own(_: Order) -> None:
    child = os.fork()
    if child == 0:
        time.sleep(600)
    say(Artwork(str(child)))
    time.sleep(600)


KINDS: dict[str, Callable[[Order], None]] = {
    kind.__name__: kind
    for kind in (
        finishes,
        fails,
        stops_when_asked,
        ignores_the_wish_to_stop,
        crashes_on_a_hostile_source,
        crashes_after_a_source_was_survived,
        crashes_once,
        talks_nonsense,
        hoards_memory,
        talks_without_end,
        has_a_child_of_its_own,
    )
}


def end_with_the_program() -> None:
    """A test that fails must not leave an odd job behind."""
    parent = os.getppid()
    while os.getppid() == parent:
        time.sleep(0.2)
    os._exit(1)


if __name__ == "__main__":
    threading.Thread(target=end_with_the_program, daemon=True).start()
    KINDS[sys.argv[1]](msgspec.json.decode(sys.stdin.buffer.readline(), type=Order))
