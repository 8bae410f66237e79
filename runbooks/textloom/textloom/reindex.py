"""Rebuilds, CONCURRENTLY and one after the other, the b-trees that are measurably bloated.

    python -m textloom.reindex

KNEEBOARD_PARAM_LEAF_DENSITY is the limit in percent. Bloat is measured by pgstattuple, or nothing is done.
"""

import os
from time import perf_counter

import psycopg
from psycopg import sql

from textloom.connection import SCHEMA, connect
from textloom.console import Refusal, run, say

LIMIT = float(os.environ.get("KNEEBOARD_PARAM_LEAF_DENSITY", "50"))

WORTH_IT = 1_000_000
"""Bytes below which no index is worth a rebuild."""


def main() -> None:
    with connect() as session:
        (timeout,) = session.execute("SELECT current_setting('lock_timeout')").fetchone()
        if timeout != "0":
            raise Refusal(f"lock_timeout is {timeout}: it would end a rebuild while that waits, and leave an invalid index")
        found = bloated(session)
        for n, (name, before, density) in enumerate(found, 1):
            start = perf_counter()
            session.execute(sql.SQL("REINDEX INDEX CONCURRENTLY {}").format(sql.Identifier(SCHEMA, name)))
            (after,) = session.execute(
                "SELECT pg_relation_size(to_regclass(format('%%I.%%I', %s::text, %s::text)))", [SCHEMA, name]
            ).fetchone()
            say(f"{n}/{len(found)} {name}: {density} % full, {before:,} to {after:,} bytes in {perf_counter() - start:.1f} s")
    if not found:
        say(f"nothing to do: no b-tree of at least {WORTH_IT:,} bytes is less than {LIMIT:g} % full")


def bloated(session: psycopg.Connection) -> list[tuple[str, int, float]]:
    """Name, bytes and leaf density, the largest first."""
    extension = session.execute(
        "SELECT n.nspname FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace WHERE e.extname = 'pgstattuple'"
    ).fetchone()
    if extension is None:
        raise Refusal("bloat cannot be measured here: CREATE EXTENSION pgstattuple")
    return session.execute(
        sql.SQL("""
            WITH index AS MATERIALIZED (
                SELECT c.oid, c.relname, pg_relation_size(c.oid) AS bytes
                FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_am a ON a.oid = c.relam
                WHERE c.relnamespace = to_regnamespace(%s) AND a.amname = 'btree' AND i.indisvalid
            )
            SELECT relname, bytes, avg_leaf_density
            FROM index, {}(index.oid::regclass)
            WHERE bytes >= %s AND avg_leaf_density < %s
            ORDER BY bytes DESC
        """).format(sql.Identifier(extension[0], "pgstatindex")),
        [SCHEMA, WORTH_IT, LIMIT],
    ).fetchall()


if __name__ == "__main__":
    run(main)
