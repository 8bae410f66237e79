"""Starts the programs that do the work, with their output in ours."""

import signal
import subprocess
from pathlib import Path

from textloom.connection import environment
from textloom.console import Refusal, say


def call(*argv: str, database: str | None = None) -> None:
    """Runs a program against the target, or another database of its server. Raises Refusal where it fails.

    It stays in our process group, so that what interrupts us interrupts it.
    """
    say("$ " + " ".join([Path(argv[0]).name, *argv[1:]]))
    overrides = {"PGDATABASE": database} if database else {}
    try:
        code = subprocess.run(argv, env=environment(**overrides)).returncode
    except FileNotFoundError:
        raise Refusal(f"{argv[0]} is not installed here") from None
    if code < 0:
        raise Refusal(f"{Path(argv[0]).name} was ended by {signal.Signals(-code).name}")
    if code != 0:
        raise Refusal(f"{Path(argv[0]).name} ended with {code}")
