"""Clears away or drops the 20 indexes where Alembic cannot: after an upgrade that was stopped half-way.

    python -m textloom.indexes clear    drops those that are INVALID, so that the upgrade can be run again
    python -m textloom.indexes drop     drops all that are there, so that nothing of the upgrade is left

Only an index with exactly the revision's definition is touched, and none that somebody is building.
"""

import argparse

from textloom import concurrently
from textloom.connection import engine
from textloom.console import run, say
from textloom.revision import indexes


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m textloom.indexes")
    parser.add_argument("action", choices=["clear", "drop"])
    action = parser.parse_args().action
    with engine().execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        chosen = indexes()
        found = concurrently.look(connection, chosen)
        if action == "clear":
            chosen = [i for i in chosen if i.name in found and found[i.name].is_ours(i) and not found[i.name].valid]
        if not any(index.name in found for index in chosen):
            say(f"nothing to do: none of the indexes is {'INVALID' if action == 'clear' else 'there'}")
            return
        concurrently.change(connection, chosen, "drop")


if __name__ == "__main__":
    run(main)
