"""A database for trying things out, that is gone again afterwards, where KNEEBOARD_PARAM_SCRATCH says: on a throw-away server of this
machine (`local`), beside the target (`target`), or on the server of the libpq service of that name.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep

import psycopg
from psycopg import sql

from textloom import local
from textloom.connection import beside, connect, led_to
from textloom.console import Refusal, say

_MARK = "scratch copy made by Kneeboard's TextLoom runbook; may be dropped"

_PATIENCE = 60
"""Seconds for which a server that is being restarted is waited for, to drop a database on it."""

_AS_ON_THE_TARGET = ("maintenance_work_mem", "max_parallel_maintenance_workers", "work_mem")
"""Settings of a throw-away server by which a build takes about as long as on the target, the machine apart."""


def place() -> str:
    return os.environ.get("KNEEBOARD_PARAM_SCRATCH") or "local"


@contextmanager
def database(backup: Path) -> Iterator[dict[str, str]]:
    """libpq's variables that lead to it, while it exists; meanwhile they are in our environment in place of the target's.

    What an attempt that was killed has left behind is removed by the next one, by its name or, of a throw-away server, by the link
    `scratch` beside the backup.
    """
    with connect() as target:
        like = _Like(target)
    match place():
        case "local":
            with _on_a_server_of_its_own(backup, like) as variables:
                yield variables
        case "target":
            with _beside(like) as variables:
                yield variables
        case service:
            with led_to({"PGSERVICE": service}), _beside(like) as variables:
                yield variables


class _Like:
    """What a copy has of the target."""

    def __init__(self, target: psycopg.Connection):
        self.name = f"{target.info.dbname[:45]}_kneeboard_scratch"
        self.user = target.info.user
        self.major = target.info.server_version // 10000
        # Of its encoding and locale, so that text sorts and hashes as it does there.
        self.locale = _locale(target)
        self.settings = {name: target.execute("SELECT current_setting(%s)", [name]).fetchone()[0] for name in _AS_ON_THE_TARGET}
        # Whoever owns or may use something in the dump; pg_ is what every server has.
        self.roles = target.execute(
            "SELECT rolname, rolsuper, rolcreatedb FROM pg_roles WHERE rolname !~ '^pg_' ORDER BY 1"
        ).fetchall()


@contextmanager
def _on_a_server_of_its_own(backup: Path, like: _Like) -> Iterator[dict[str, str]]:
    """Entered as the role that the target is entered as, so that a rehearsal may do no more than the run."""
    with local.server(backup.with_name("scratch"), like.major, like.settings) as variables:
        with led_to(variables), connect() as superuser:
            for name, is_super, may_create in like.roles:
                rights = sql.SQL(
                    f"{'LOGIN' if name == like.user else 'NOLOGIN'}{' SUPERUSER' if is_super else ''}{' CREATEDB' if may_create else ''}"
                )
                if name != local.SUPERUSER:
                    superuser.execute(sql.SQL("CREATE ROLE {} {}").format(sql.Identifier(name), rights))
            _create(superuser, like.name, like.locale, _MARK)
            superuser.execute(
                sql.SQL("ALTER DATABASE {} OWNER TO {}").format(sql.Identifier(like.name), sql.Identifier(like.user))
            )
        there = variables | {"PGUSER": like.user, "PGDATABASE": like.name}
        with led_to(there):
            yield there


@contextmanager
def _beside(like: _Like) -> Iterator[dict[str, str]]:
    """On the server that the environment leads to."""
    with connect() as connection:
        variables = beside(connection, like.name)
        _drop(connection, like.name)
    try:
        with connect() as connection:
            _create(connection, like.name, like.locale, _MARK)
        with led_to(variables):
            yield variables
    finally:
        with _patiently() as connection:
            _drop(connection, like.name)
        say(f"scratch database {like.name} is dropped")


def create(connection: psycopg.Connection, name: str, comment: str) -> None:
    """An empty database on the same server, of the same encoding and locale."""
    _create(connection, name, _locale(connection), comment)


def _locale(connection: psycopg.Connection) -> tuple[str, str, str]:
    return connection.execute(
        "SELECT pg_encoding_to_char(encoding), datcollate, datctype FROM pg_database WHERE datname = current_database()"
    ).fetchone()


def _create(connection: psycopg.Connection, name: str, locale: tuple[str, str, str], comment: str) -> None:
    encoding, collate, ctype = locale
    connection.execute(
        sql.SQL("CREATE DATABASE {} TEMPLATE template0 ENCODING {} LC_COLLATE {} LC_CTYPE {}").format(
            sql.Identifier(name), sql.Literal(encoding), sql.Literal(collate), sql.Literal(ctype)
        )
    )
    connection.execute(sql.SQL("COMMENT ON DATABASE {} IS {}").format(sql.Identifier(name), sql.Literal(comment)))


def _patiently() -> psycopg.Connection:
    end = monotonic() + _PATIENCE
    while True:
        try:
            return connect()
        except psycopg.OperationalError:
            if monotonic() > end:
                raise
        sleep(0.5)


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
