"""The state that the plans are judged in: the revision, the 20 indexes, fresh statistics."""

import pytest

from textloom.connection import TABLES
from textloom.revision import AFTER, indexes


def test_the_revision_is_the_pinned_one(db):
    rows = db.execute("SELECT version_num FROM textloom_core.alembic_version").fetchall()
    if rows != [(AFTER,)]:
        found = ", ".join(revision for (revision,) in rows) or "nothing"
        pytest.fail(f"alembic_version holds {found}: has `alembic upgrade {AFTER}` been run?", pytrace=False)


@pytest.mark.parametrize("index", indexes(), ids=lambda index: index.name)
def test_index_is_valid_and_exactly_as_defined(db, figure, index):
    row = db.execute(
        "SELECT i.indisvalid AND i.indisready AND i.indislive, pg_get_indexdef(c.oid), pg_size_pretty(pg_relation_size(c.oid))"
        " FROM pg_class c LEFT JOIN pg_index i ON i.indexrelid = c.oid"
        " WHERE c.relnamespace = 'textloom_core'::regnamespace AND c.relname = %s",
        [index.name],
    ).fetchone()
    if row is None:
        pytest.fail(f"missing: has `alembic upgrade {AFTER}` been run?", pytrace=False)
    valid, definition, size = row
    if definition != index.definition:
        pytest.fail(f"found    {definition}\nexpected {index.definition}", pytrace=False)
    if not valid:
        pytest.fail("INVALID: a build was stopped. Drop it concurrently and run the upgrade again", pytrace=False)
    figure(index.name, size)


@pytest.mark.parametrize("table", TABLES)
def test_statistics_are_fresh(db, table):
    estimate, changed, live = db.execute(
        "SELECT c.reltuples, s.n_mod_since_analyze, s.n_live_tup"
        " FROM pg_class c JOIN pg_stat_user_tables s ON s.relid = c.oid"
        " WHERE c.relnamespace = 'textloom_core'::regnamespace AND c.relname = %s",
        [table],
    ).fetchone()
    # 10 % is autovacuum_analyze_scale_factor's default: beyond it the server itself calls the statistics stale.
    if estimate < 0 or changed > 50 + 0.1 * max(live, estimate):
        pytest.fail(f"{changed} rows changed since the last ANALYZE, so a plan says little: ANALYZE it first", pytrace=False)
