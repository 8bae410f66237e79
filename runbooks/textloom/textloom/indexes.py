"""Clears away or drops the 20 indexes where Alembic cannot: after an upgrade that was stopped half-way.

    python -m textloom.indexes clear    drops those that are INVALID, so that the upgrade can be run again
    python -m textloom.indexes drop     drops all that are there, so that nothing of the upgrade is left

Only an index with exactly the revision's definition is touched, and none that somebody is building.
"""

import argparse

from alembic.util import CommandError
from sqlalchemy.exc import DBAPIError

from textloom import concurrently
from textloom.console import Refusal, run, say
from textloom.engine import engine
from textloom.revision import indexes


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m textloom.indexes")
    parser.add_argument("action", choices=["clear", "drop"])
    action = parser.parse_args().action
    try:
        drop(only_invalid=action == "clear")
    except CommandError as error:
        raise Refusal(str(error)) from error
    except DBAPIError as error:
        raise Refusal(str(error.orig)) from error


def drop(only_invalid: bool) -> None:
    with engine().execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        found = concurrently.look(connection, indexes())
        chosen = [index for index in indexes() if index.name in found]
        if only_invalid:
            chosen = [index for index in chosen if found[index.name].is_leftover_of(index)]
        if chosen:
            concurrently.change(connection, chosen, "drop")
        else:
            say(f"nothing to do: none of the 20 indexes is {'INVALID' if only_invalid else 'there'}")


if __name__ == "__main__":
    run(main)
