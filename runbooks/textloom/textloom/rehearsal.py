"""The copy that the rehearsal is carried out on, and what is looked at there.

    python -m textloom.rehearsal copy DIR      restores the backup of DIR into a scratch database, says where that is in
                                               the file that KNEEBOARD_COPY names, and keeps it until its input ends
    python -m textloom.rehearsal measure DIR   on the copy, by KNEEBOARD_MOMENT: what writes cost `before` the 20 indexes and
                                               with them `applied`; `reverted`, whether the rows are what they were
"""

import argparse
import json
import os
import signal
import sys
import threading
from pathlib import Path

from textloom import scratch, writes
from textloom.backup import check_files, compare, read_manifest, restore
from textloom.console import Refusal, run, say
from textloom.figures import figure


def copy(directory: Path) -> None:
    ready, unwanted = threading.Event(), threading.Event()

    def listen() -> None:
        sys.stdin.buffer.read()
        unwanted.set()
        if not ready.is_set():
            # In the middle of the restore, which may take hours.
            os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=listen, daemon=True).start()
    check_files(directory)
    with scratch.database(directory) as variables:
        restore(directory)
        _leave(variables)
        ready.set()
        unwanted.wait()


def _leave(variables: dict[str, str]) -> None:
    """How the copy is reached, by libpq's variables."""
    if path := os.environ.get("KNEEBOARD_COPY"):
        aside = Path(path + ".new")
        # It may hold a password.
        aside.touch(mode=0o600)
        aside.write_text(json.dumps(variables))
        aside.replace(path)
    else:
        say(f"{variables['PGDATABASE']} on {variables.get('PGHOST', 'the default host')}: there until the end of the input")


def measure(directory: Path) -> None:
    moment = os.environ.get("KNEEBOARD_MOMENT", "")
    costs = directory.with_name("writes.json")
    if moment == "before":
        figure("tasks.rows", read_manifest(directory)["tables"]["tasks"][0], "count")
        writes.make_room()
        costs.write_text(json.dumps(writes.measure()))
    elif moment == "applied":
        before = {what: writes.Cost(*cost) for what, cost in json.loads(costs.read_text()).items()}
        writes.compare(before, writes.measure())
    elif moment == "reverted":
        if problems := compare(directory):
            raise Refusal("after there and back the copy is not what it was: " + "; ".join(problems))
        say("after there and back every table has the rows that were dumped")
    else:
        raise Refusal(f"expected before, applied or reverted in KNEEBOARD_MOMENT, came {moment or 'nothing'}")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m textloom.rehearsal")
    parser.add_argument("action", choices=["copy", "measure"])
    parser.add_argument("directory", type=Path)
    arguments = parser.parse_args()
    {"copy": copy, "measure": measure}[arguments.action](arguments.directory)


if __name__ == "__main__":
    run(main)
