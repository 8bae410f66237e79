"""A throw-away TextLoom database for each test, on the server that PG* or DATABASE_URL names; never the target itself."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from psycopg import sql

from textloom.connection import connect, environment

PROJECT = Path(__file__).parents[2]
TEMPLATE = f"kneeboard_tools_template_{os.getpid()}"
NAME = f"kneeboard_tools_test_{os.getpid()}"


def recreate(name: str, options: str = "") -> None:
    with connect() as session:
        session.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
        if options:
            session.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(options)))


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
    with monkeypatch.context() as patched:
        for variable, value in environment(PGDATABASE=NAME).items():
            patched.setenv(variable, value)
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
