"""How every program here finds the database: libpq's own environment first, then DATABASE_URL."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from textloom.console import Refusal

SCHEMA = "textloom_core"
"""The schema of the six core tables and of alembic_version."""

TABLES = ("tasks", "media_items", "material_analyses", "sub_video_tasks", "script_contents", "personas")
"""The six core tables."""

_NAMES_A_DATABASE = ("PGSERVICE", "PGHOST", "PGHOSTADDR", "PGDATABASE")


_LEADS_NOWHERE = ("PGAPPNAME", "PGOPTIONS", "PGSERVICEFILE", "PGSYSCONFDIR")


class NoTarget(Refusal):
    """Nothing in the environment names a database."""


def conninfo() -> str:
    """The libpq connection string; empty where libpq is to take everything from PG* by itself.

    PG* wins, because that is how the console hands over the run's target: a DATABASE_URL left in the shell must
    not lead the migration to another database. Falling back to libpq's default, a local server, would do so too.
    """
    if any(os.environ.get(name) for name in _NAMES_A_DATABASE):
        return ""
    if url := os.environ.get("DATABASE_URL"):
        return url.replace("postgresql+psycopg://", "postgresql://", 1)
    raise NoTarget("no target: set PGHOST, PGDATABASE and PGUSER, or PGSERVICE, or DATABASE_URL")


def connect(**options) -> psycopg.Connection:
    """An autocommit connection: a statement is a transaction, unless the caller opens one."""
    return psycopg.connect(conninfo(), autocommit=True, **options)


def environment(**overrides: str) -> dict[str, str]:
    """The environment for libpq's own programs. Passwords travel here, never in an argument list that `ps` shows."""
    found = dict(os.environ)
    for option in psycopg.pq.Conninfo.parse(conninfo().encode()):
        if option.envvar and option.val:
            found[option.envvar.decode()] = option.val.decode()
    return found | overrides


def beside(connection: psycopg.Connection, database: str) -> dict[str, str]:
    """libpq's variables that lead to another database of the same server, whatever led to this one: a service may name a database, and
    would win over PGDATABASE."""
    options = connection.pgconn.info
    found = {option.envvar.decode(): option.val.decode() for option in options if option.envvar and option.val}
    return {name: value for name, value in found.items() if name not in (*_LEADS_NOWHERE, "PGSERVICE")} | {"PGDATABASE": database}


@contextmanager
def led_to(variables: dict[str, str]) -> Iterator[None]:
    """Within it, sessions and programs of ours find that database, and nothing of the target's remains that could lead back there."""
    kept = dict(os.environ)
    target = [name for name in kept if name.startswith("PG") and name not in _LEADS_NOWHERE]
    for name in [*target, "DATABASE_URL"]:
        os.environ.pop(name, None)
    os.environ.update({name: value for name, value in variables.items() if name.startswith("PG")})
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(kept)
