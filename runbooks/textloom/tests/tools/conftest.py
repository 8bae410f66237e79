"""A throw-away TextLoom database for each test, on the server that PG* or DATABASE_URL names; never the target itself."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from textloom.connection import connect, conninfo, environment

PROJECT = Path(__file__).parents[2]
TEMPLATE = f"kneeboard_tools_template_{os.getpid()}"
NAME = f"kneeboard_tools_test_{os.getpid()}"
HOME = conninfo_to_dict(conninfo()).get("dbname") or os.environ.get("PGDATABASE", "postgres")
"""The database to make and drop the others from."""


def recreate(name: str, source: str | None = None) -> None:
    """Drops the database; with a source it is there again, as a copy of that."""
    with connect(dbname=HOME) as session:
        session.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
        if source:
            session.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(source)))


@pytest.fixture(scope="session")
def template():
    recreate(TEMPLATE, "template0")
    files = [f"--file=sql/{name}.sql" for name in ("schema", "data")]
    arguments = ["psql", "-X", "-q", "-o", os.devnull, "-v", "ON_ERROR_STOP=1", "-v", "n=300", *files]
    subprocess.run(arguments, check=True, cwd=PROJECT, env=environment(PGDATABASE=TEMPLATE))
    yield TEMPLATE
    recreate(TEMPLATE)


@pytest.fixture
def database(template, monkeypatch):
    """A connection to a fresh copy, which is also what every program started here finds."""
    recreate(NAME, template)
    for variable, value in environment(PGDATABASE=NAME).items():
        monkeypatch.setenv(variable, value)
    # Where no test asks for another place: it takes no server of its own.
    monkeypatch.setenv("KNEEBOARD_PARAM_SCRATCH", "target")
    with connect() as session:
        yield session
    recreate(NAME)


@pytest.fixture
def run():
    """run("alembic", ...) or run("textloom.backup", ...): the finished process, its output as text."""

    def start(module: str, *arguments: str, **env: str) -> subprocess.CompletedProcess:
        return subprocess.run(
            [sys.executable, "-m", module, *map(str, arguments)],
            cwd=PROJECT, env=os.environ | env, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )

    return start
