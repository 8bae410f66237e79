"""How the programs here speak: a line at a time on stdout, one sentence on stderr where they stop."""

import signal
import sys
from collections.abc import Callable
from contextlib import contextmanager
from time import perf_counter

import psycopg


class Refusal(Exception):
    """What was expected, what came, and what to do: the sentence is all that the operator sees."""


def say(line: str) -> None:
    # Flushed: a line that waits in a pipe's buffer is no progress.
    print(line, flush=True)


@contextmanager
def timed(what: str):
    """Says what begins, and at its end how long it took."""
    say(f"{what} ...")
    start = perf_counter()
    yield
    say(f"{what}: {perf_counter() - start:.1f} s")


def run(main: Callable[[], None]) -> None:
    """Runs a program: exit 0, or 1 with one sentence. A signal unwinds like an exception, so that clean-up happens."""
    for number in _STOPS:
        signal.signal(number, _stop)
    try:
        main()
    except (Refusal, psycopg.Error, OSError) as error:
        sys.exit(f"FAILED: {str(error).strip()}")


_STOPS = (signal.SIGINT, signal.SIGTERM)


def _stop(number: int, _: object) -> None:
    # A second signal must not stop the cleaning up after the first.
    for each in _STOPS:
        signal.signal(each, signal.SIG_IGN)
    sys.exit(f"stopped by {signal.Signals(number).name}")
