"""What is in the schema's tables, as a row count and a sum of row hashes for each: equal means the same rows."""

import psycopg
from psycopg import sql

from textloom.connection import SCHEMA

# The text of a row depends on these settings, and the two sessions that are compared may have other defaults.
_SETTINGS = "SET DateStyle = 'ISO'; SET IntervalStyle = 'postgres'; SET TimeZone = 'UTC'; SET extra_float_digits = 3; SET bytea_output = 'hex'"

Fingerprints = dict[str, tuple[int, str]]
"""Table to (rows, sum of hashtextextended over the rows' text as decimal digits)."""


def take(connection: psycopg.Connection) -> Fingerprints:
    """Reads every row, in the caller's transaction."""
    connection.execute(_SETTINGS)
    found = {}
    for table in tables(connection):
        found[table] = connection.execute(
            sql.SQL("SELECT count(*), coalesce(sum(hashtextextended(t::text, 0)::numeric), 0)::text FROM {} t").format(
                sql.Identifier(SCHEMA, table)
            )
        ).fetchone()
    return found


def tables(connection: psycopg.Connection) -> list[str]:
    rows = connection.execute(
        "SELECT relname FROM pg_class WHERE relnamespace = to_regnamespace(%s) AND relkind = 'r' ORDER BY relname",
        [SCHEMA],
    )
    return [name for (name,) in rows]


def differences(expected: Fingerprints, found: Fingerprints) -> list[str]:
    """One sentence for each table that is not the same."""
    problems = []
    for table in sorted(expected.keys() | found.keys()):
        if table not in found:
            problems.append(f"{table} is missing")
        elif table not in expected:
            problems.append(f"{table} should not be there")
        elif tuple(expected[table]) != tuple(found[table]):
            problems.append(f"{table} has {found[table][0]} rows, expected {expected[table][0]} with the same content")
    return problems
