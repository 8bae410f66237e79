"""The migration on a real server: up, down, and everything that may be in its way."""

import tomllib
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from textloom.connection import connect
from textloom.revision import AFTER, BEFORE, indexes


def state(database):
    """Revision, and the names of the valid indexes among the 20."""
    (revision,) = database.execute("SELECT version_num FROM textloom_core.alembic_version").fetchone()
    rows = database.execute(
        "SELECT relname FROM pg_class JOIN pg_index ON indexrelid = pg_class.oid AND indisvalid WHERE relname = ANY(%s)",
        [[index.name for index in indexes()]],
    )
    return revision, {name for (name,) in rows}


@contextmanager
def an_old_snapshot():
    """What a concurrent build waits for, even where it was taken for another table."""
    with connect() as other:
        other.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
        other.execute("SELECT count(*) FROM textloom_core.personas")
        yield


def everything():
    return {index.name for index in indexes()}


def test_up_builds_all_20_and_down_leaves_none(database, run):
    up = run("alembic", "upgrade", AFTER)
    assert up.returncode == 0 and "20/20" in up.stdout, up.stdout
    assert state(database) == (AFTER, everything())
    assert run("alembic", "downgrade", BEFORE).returncode == 0
    assert state(database) == (BEFORE, set())


def test_with_two_revisions_the_indexes_are_dropped_and_the_one_is_stamped(database, run):
    run("alembic", "upgrade", AFTER)
    database.execute("INSERT INTO textloom_core.alembic_version VALUES (%s)", [BEFORE])
    assert run("textloom.indexes", "drop").returncode == 0
    stamp = run("alembic", "stamp", "--purge", BEFORE)
    assert stamp.returncode == 0, stamp.stdout
    assert database.execute("SELECT version_num FROM textloom_core.alembic_version").fetchall() == [(BEFORE,)]
    assert state(database) == (BEFORE, set())


def test_a_stopped_upgrade_goes_on_where_it_was(database, run):
    for index in indexes()[:7]:
        database.execute(index.definition)
    up = run("alembic", "upgrade", AFTER)
    assert up.stdout.count("already there") == 7
    assert state(database) == (AFTER, everything())


@pytest.fixture
def an_invalid_index(database):
    last = indexes()[-1]
    with an_old_snapshot(), pytest.raises(psycopg.errors.QueryCanceled):
        database.execute("SET statement_timeout = '1s'")
        database.execute(last.create)
    return last


def test_an_invalid_index_is_refused_with_its_remedy(database, run, an_invalid_index):
    up = run("alembic", "upgrade", AFTER)
    assert up.returncode != 0 and f"DROP INDEX CONCURRENTLY textloom_core.{an_invalid_index.name};" in up.stdout, up.stdout
    assert state(database) == (BEFORE, set())
    assert run("textloom.indexes", "clear").returncode == 0
    assert run("alembic", "upgrade", AFTER).returncode == 0
    assert state(database) == (AFTER, everything())


def test_an_invalid_index_is_dropped_and_built_again_where_that_was_asked_for(database, run, an_invalid_index):
    up = run("alembic", "upgrade", AFTER, TEXTLOOM_CLEAR_INVALID="yes")
    assert up.returncode == 0 and "dropped: INVALID, left by a build that was stopped" in up.stdout, up.stdout
    assert state(database) == (AFTER, everything())


@pytest.mark.parametrize(
    "other",
    [
        "CREATE UNIQUE INDEX idx_sub_video_tasks_sub_task_id ON textloom_core.sub_video_tasks (sub_task_id)",
        "CREATE INDEX idx_tasks_created_at ON textloom_core.tasks (created_at DESC)",
        "CREATE TABLE textloom_core.idx_personas_persona_type ()",
    ],
)
def test_a_name_that_is_taken_stops_it_before_anything_is_built_or_dropped(database, run, other):
    database.execute(other)
    up = run("alembic", "upgrade", AFTER)
    assert up.returncode != 0 and "nothing was changed, 1 in the way" in up.stdout, up.stdout
    (built,) = database.execute("SELECT count(*) FROM pg_class WHERE relname LIKE 'idx\\_%'").fetchone()
    assert built == 1
    run("alembic", "stamp", AFTER)
    assert run("alembic", "downgrade", BEFORE).returncode != 0
    assert run("textloom.indexes", "drop").returncode != 0
    (left,) = database.execute("SELECT count(*) FROM pg_class WHERE relname LIKE 'idx\\_%'").fetchone()
    assert left == 1


def test_down_passes_over_an_index_that_is_gone(database, run):
    run("alembic", "upgrade", AFTER)
    database.execute("DROP INDEX textloom_core.idx_tasks_created_at")
    down = run("alembic", "downgrade", BEFORE)
    assert down.returncode == 0 and "not there" in down.stdout, down.stdout
    assert state(database) == (BEFORE, set())


def test_a_lock_timeout_is_refused(database, run):
    up = run("alembic", "upgrade", AFTER, PGOPTIONS="-c lock_timeout=2s")
    assert up.returncode != 0 and "lock_timeout is 2s" in up.stdout
    assert state(database) == (BEFORE, set())


def test_a_build_that_times_out_says_what_it_leaves(database, run):
    with an_old_snapshot():
        up = run("alembic", "upgrade", AFTER, PGOPTIONS="-c statement_timeout=1s")
    assert up.returncode != 0 and "statement timeout" in up.stdout and "may be left INVALID" in up.stdout, up.stdout
    assert state(database)[0] == BEFORE


def test_without_a_target_nothing_is_guessed(run):
    up = run("alembic", "upgrade", AFTER, PGSERVICE="", PGHOST="", PGHOSTADDR="", PGDATABASE="", DATABASE_URL="")
    assert up.returncode != 0 and "no target" in up.stdout


def test_the_runbook_expects_exactly_these_indexes():
    runbook = tomllib.loads((Path(__file__).parents[3] / "textloom.toml").read_text())
    expected = [(index["table"], index["name"], index["definition"]) for index in runbook["database"]["indexes"]]
    assert expected == [(index.table, index.name, index.definition) for index in indexes()]
    revision = runbook["database"]["revision"]
    assert (revision["before"], revision["after"]) == (BEFORE, AFTER)


@pytest.mark.parametrize("what", ["tools", "connection", "migration", "naming", "partial"])
def test_the_checks_pass(database, run, what):
    check = run("textloom.check", what)
    assert check.returncode == 0, check.stdout
