"""A database beside the target's, for trying things out, that is gone again afterwards."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg import sql

from textloom.connection import connect
from textloom.console import Refusal, say

_MARK = "scratch copy made by Kneeboard's TextLoom runbook; may be dropped"


@contextmanager
def database() -> Iterator[str]:
    """Its name, while it exists.

    The name is the same every time: what a run that was killed has left behind is removed by the next one.
    """
    with connect() as connection:
        name = f"{connection.info.dbname[:45]}_kneeboard_scratch"
        _drop(connection, name)
    try:
        with connect() as connection:
            create(connection, name, _MARK)
        yield name
    finally:
        with connect() as connection:
            _drop(connection, name)
        say(f"scratch database {name} is dropped")


def create(connection: psycopg.Connection, name: str, comment: str) -> None:
    """An empty database of the target's encoding and locale, so that text sorts and hashes as it does there."""
    encoding, collate, ctype = connection.execute(
        "SELECT pg_encoding_to_char(encoding), datcollate, datctype FROM pg_database WHERE datname = current_database()"
    ).fetchone()
    connection.execute(
        sql.SQL("CREATE DATABASE {} TEMPLATE template0 ENCODING {} LC_COLLATE {} LC_CTYPE {}").format(
            sql.Identifier(name), sql.Literal(encoding), sql.Literal(collate), sql.Literal(ctype)
        )
    )
    connection.execute(sql.SQL("COMMENT ON DATABASE {} IS {}").format(sql.Identifier(name), sql.Literal(comment)))


def _drop(connection: psycopg.Connection, name: str) -> None:
    row = connection.execute(
        "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s", [name]
    ).fetchone()
    if row is None:
        return
    if row[0] != _MARK and not _is_empty(name):
        raise Refusal(f"database {name} is in the way and not marked as a scratch copy: look at it, drop it by hand")
    remove(connection, name)


def remove(connection: psycopg.Connection, name: str) -> None:
    """Drops a database, with what this role has left running in it.

    Not WITH (FORCE): that ends autovacuum's workers as well, which takes a privilege that an owner does not have. A plain DROP
    sends them away by itself.
    """
    connection.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND usename = current_user", [name]
    )
    connection.execute(sql.SQL("DROP DATABASE {}").format(sql.Identifier(name)))


def _is_empty(name: str) -> bool:
    """As a kill between CREATE DATABASE and COMMENT leaves it."""
    with connect(dbname=name) as inside:
        return inside.execute("SELECT NOT EXISTS (SELECT FROM pg_class WHERE oid >= 16384)").fetchone()[0]
