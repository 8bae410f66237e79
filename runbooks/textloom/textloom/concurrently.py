"""Builds and drops a revision's indexes one at a time, CONCURRENTLY, and tells what it finds and does.

CREATE INDEX CONCURRENTLY that is stopped leaves an INVALID index of the right name behind: it costs every write and
serves no query. IF NOT EXISTS would pass over it and the revision would be recorded as done. So an index counts as
done here only when it is valid and has exactly the expected definition, and whatever else bears one of the names is
an error before anything is built.
"""

import os
from collections.abc import Sequence
from time import perf_counter
from typing import NamedTuple

from alembic import context, op
from alembic.util import CommandError
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from textloom.connection import SCHEMA
from textloom.console import say


CLEAR_INVALID = "TEXTLOOM_CLEAR_INVALID"
"""Environment variable; set, an upgrade first drops what a stopped one has left INVALID instead of refusing."""


class Index(NamedTuple):
    """An index that a revision is to make."""

    table: str
    name: str
    spec: str
    """Method, columns and predicate, in the words of pg_get_indexdef (the same from PostgreSQL 12 to 18)."""

    @property
    def definition(self) -> str:
        return f"CREATE INDEX {self.name} ON {SCHEMA}.{self.table} USING {self.spec}"

    @property
    def create(self) -> str:
        return self.definition.replace("CREATE INDEX", "CREATE INDEX CONCURRENTLY", 1)

    @property
    def drop(self) -> str:
        return f"DROP INDEX CONCURRENTLY IF EXISTS {SCHEMA}.{self.name}"


class Found(NamedTuple):
    """What the catalog has under an index's name."""

    kind: str
    valid: bool | None
    definition: str | None
    builder: int | None
    bytes: int

    def is_ours(self, index: Index) -> bool:
        return self.definition == index.definition

    def is_leftover_of(self, index: Index) -> bool:
        """INVALID, ours to the letter, and nobody at work on it: only a stopped build leaves that."""
        return self.is_ours(index) and not self.valid and not self.builder


def build(indexes: Sequence[Index]) -> None:
    """In a revision: makes the indexes that are not there yet, or writes their SQL."""
    _revise(indexes, "create")


def drop(indexes: Sequence[Index]) -> None:
    """In a revision: drops the indexes that are there, or writes the SQL for it."""
    _revise(indexes, "drop")


def _revise(indexes: Sequence[Index], verb: str) -> None:
    with op.get_context().autocommit_block():
        if context.is_offline_mode():
            for index in indexes:
                op.execute(getattr(index, verb))
        else:
            change(op.get_bind(), indexes, verb)


def change(connection: Connection, indexes: Sequence[Index], verb: str) -> None:
    """Creates or drops the indexes on an autocommit connection.

    Raises CommandError before the first one if anything is in the way of any, and where one fails.
    """
    _check_session(connection)
    found = look(connection, indexes)
    if verb == "create" and os.environ.get(CLEAR_INVALID):
        leftovers = [i for i in indexes if i.name in found and found[i.name].is_leftover_of(i)]
        for index in leftovers:
            seconds = _execute(connection, index, index.drop, index.name)
            say(f"      {index.name:43} {seconds:6.2f} s  dropped: INVALID, left by a build that was stopped")
        found = look(connection, indexes)
    in_the_way = _in_the_way_of_building if verb == "create" else _in_the_way_of_dropping
    if problems := [p for i in indexes if i.name in found and (p := in_the_way(i, found[i.name]))]:
        raise CommandError("\n  ".join([f"nothing was changed, {len(problems)} in the way:", *problems]))
    for n, index in enumerate(indexes, 1):
        label = f"{n:2}/{len(indexes)} {index.name:43}"
        if (index.name in found) == (verb == "create"):
            say(f"{label} {'already there' if verb == 'create' else 'not there'}")
            continue
        seconds = _execute(connection, index, getattr(index, verb), label)
        result = kilobytes(look(connection, [index])[index.name].bytes) if verb == "create" else "dropped"
        say(f"{label} {seconds:6.2f} s {result:>12}")
    _check_result(connection, indexes, verb)


def _check_session(connection: Connection) -> None:
    """Refuses where a concurrent build would do harm, and says what the session is."""
    session = connection.execute(text("""
        SELECT current_setting('server_version') AS version, current_setting('server_version_num')::int AS number,
               current_user || '@' || current_database() AS target, pg_is_in_recovery() AS standby,
               current_setting('lock_timeout') AS lock_timeout, current_setting('statement_timeout') AS statement_timeout
    """)).one()
    say(
        f"PostgreSQL {session.version}, {session.target}, lock_timeout {session.lock_timeout}, "
        f"statement_timeout {session.statement_timeout} for each index"
    )
    if session.standby:
        raise CommandError("this is a standby in recovery: connect to the primary")
    if 140000 <= session.number <= 140003:
        raise CommandError(
            f"PostgreSQL {session.version} can corrupt an index that is built CONCURRENTLY (fixed in 14.4): update first"
        )
    if session.lock_timeout != "0":
        raise CommandError(
            f"lock_timeout is {session.lock_timeout}: it would end a concurrent build while that waits for old "
            "transactions, and leave an INVALID index. Waiting here blocks nobody. Run with PGOPTIONS='-c lock_timeout=0'"
        )


def look(connection: Connection, indexes: Sequence[Index]) -> dict[str, Found]:
    """What bears the indexes' names, by name."""
    rows = connection.execute(
        text("""
            SELECT c.relname, c.relkind::text, i.indisvalid AND i.indisready AND i.indislive,
                   pg_get_indexdef(i.indexrelid), p.pid, pg_relation_size(c.oid)
            FROM pg_class c
            LEFT JOIN pg_index i ON i.indexrelid = c.oid
            LEFT JOIN pg_stat_progress_create_index p ON p.index_relid = c.oid
            WHERE c.relnamespace = to_regnamespace(:schema) AND c.relname = ANY(:names)
        """),
        {"schema": SCHEMA, "names": [index.name for index in indexes]},
    )
    return {name: Found(*rest) for name, *rest in rows}


def _in_the_way_of_building(index: Index, found: Found) -> str | None:
    if found.builder:
        return f"{index.name}: session {found.builder} is building it right now. Wait for it, or cancel it"
    if not found.is_ours(index):
        return f"{index.name}: {_other(found)}\n    expected {index.definition}"
    if not found.valid:
        return (
            f"{index.name}: INVALID, left by a build that was stopped. "
            f"Remove it with: DROP INDEX CONCURRENTLY {SCHEMA}.{index.name}; or set {CLEAR_INVALID}=yes"
        )
    return None


def _in_the_way_of_dropping(index: Index, found: Found) -> str | None:
    if found.builder:
        return f"{index.name}: session {found.builder} is building it right now. Wait for it, or cancel it"
    if not found.is_ours(index):
        return f"{index.name}: {_other(found)}\n    this revision made {index.definition}"
    return None


def _other(found: Found) -> str:
    if found.definition is None:
        return f"the name belongs to something that is no index (relkind {found.kind})"
    return f"the name belongs to another index\n    found    {found.definition}"


def _execute(connection: Connection, index: Index, statement: str, label: str) -> float:
    """Runs one statement and gives the seconds it took."""
    start = perf_counter()
    try:
        connection.execute(text(statement))
    except (DBAPIError, KeyboardInterrupt) as error:
        reason = error.orig if isinstance(error, DBAPIError) else "interrupted"
        raise CommandError(
            f"{' '.join(label.split())} stopped after {perf_counter() - start:.2f} s: {reason}\n"
            f"  What came before it stays as it is. This one may be left INVALID: look at it, remove it with\n"
            f"  DROP INDEX CONCURRENTLY IF EXISTS {SCHEMA}.{index.name}; and run this again."
        ) from error
    return perf_counter() - start


def _check_result(connection: Connection, indexes: Sequence[Index], verb: str) -> None:
    """The revision is recorded only after the catalog has been asked again."""
    found = look(connection, indexes)
    if verb == "drop":
        wrong = list(found)
    else:
        wrong = [i.name for i in indexes if i.name not in found or not (found[i.name].valid and found[i.name].is_ours(i))]
    if wrong:
        raise CommandError(f"somebody else changed indexes meanwhile, look at: {', '.join(wrong)}")
    say(f"all {len(indexes)} gone" if verb == "drop" else f"all {len(indexes)} valid, {kilobytes(sum(i.bytes for i in found.values()))}")


def kilobytes(count: int) -> str:
    return f"{count / 1024:,.0f} kB"
