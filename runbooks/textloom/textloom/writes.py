"""What writes cost, measured on a copy and taken back: time, WAL, and the share of updates that are HOT.

The server's own EXPLAIN (ANALYZE, WAL) counts for the one statement alone, whatever else the server does meanwhile.
"""

from typing import NamedTuple

import psycopg

from textloom.connection import connect
from textloom.console import say
from textloom.figures import figure

ROWS = 5_000
"""Rows of a table that each statement writes at most."""

REPETITIONS = 3

TABLES = ("tasks", "media_items")
"""Where the application writes most. Both have an `id` of their own."""


class Cost(NamedTuple):
    milliseconds: float
    wal_bytes: int
    hot_percent: float | None
    """Of updates: how many needed no new entry in any index."""


def make_room() -> None:
    """As in a table that lives: a freshly restored page is full, and no update on it could be HOT. No value changes."""
    with connect() as session:
        session.execute("UPDATE textloom_core.tasks SET status = status WHERE random() < 0.3")
        session.execute("VACUUM (ANALYZE) textloom_core.tasks")


def measure() -> dict[str, Cost]:
    """Each kind of write to a copy, the cheapest of several times. Nothing is left of it but dead rows."""
    with connect() as session:
        (count,) = session.execute("SELECT count(*) FROM textloom_core.tasks").fetchone()
        rows = min(ROWS, count)
        # Here and there, as the application does it: who updates whole pages at once uses up their room.
        updated = min(ROWS, count // 20)
        costs = {}
        for table in TABLES:
            # Prepared aside, so that only the writing is measured.
            session.execute(
                f"CREATE TEMP TABLE new_{table} AS SELECT (jsonb_populate_record(t, jsonb_build_object('id', gen_random_uuid()))).*"
                f" FROM textloom_core.{table} t LIMIT {rows}"
            )
            insert = f"INSERT INTO textloom_core.{table} SELECT * FROM new_{table}"
            costs[f"{table}.insert"] = _cheapest(session, table, insert)
        update = (
            "UPDATE textloom_core.tasks SET status = CASE status WHEN 'completed' THEN 'failed' ELSE 'completed' END"
            f" WHERE id IN (SELECT id FROM textloom_core.tasks ORDER BY md5(id::text) LIMIT {updated})"
        )
        costs["tasks.update"] = _cheapest(session, "tasks", update)
        return costs


def compare(before: dict[str, Cost], after: dict[str, Cost]) -> None:
    """Says what the indexes cost, and leaves it as figures: `<table>.<write>.time.percent` and so on."""
    say("what the 20 indexes cost each write:")
    for what, old in before.items():
        new = after[what]
        time, wal = _more(new.milliseconds, old.milliseconds), _more(new.wal_bytes, old.wal_bytes)
        say(
            f"  {what:20} {old.milliseconds:8.1f} to {new.milliseconds:8.1f} ms ({time:+.0f} %),"
            f" WAL {old.wal_bytes / 1e6:.2f} to {new.wal_bytes / 1e6:.2f} MB ({wal:+.0f} %)"
        )
        figure(f"{what}.time.percent", time, "percent")
        figure(f"{what}.wal.percent", wal, "percent")
        if old.hot_percent is not None and new.hot_percent is not None:
            say(f"  {'':20} HOT updates {old.hot_percent:.0f} % to {new.hot_percent:.0f} %")
            figure(f"{what}.hot.before.percent", old.hot_percent, "percent")
            figure(f"{what}.hot.after.percent", new.hot_percent, "percent")


def _cheapest(session: psycopg.Connection, table: str, statement: str) -> Cost:
    costs = [_once(session, table, statement) for _ in range(REPETITIONS)]
    # Each by itself: a checkpoint makes the next statement's WAL larger, but not slower.
    milliseconds, wal_bytes, hot = zip(*costs)
    return Cost(min(milliseconds), min(wal_bytes), hot[-1])


def _once(session: psycopg.Connection, table: str, statement: str) -> Cost:
    # The dead rows of the one before would take the room that HOT updates need.
    session.execute(f"VACUUM textloom_core.{table}")
    with session.transaction(force_rollback=True):
        answer = session.execute(f"EXPLAIN (ANALYZE, WAL, FORMAT JSON) {statement}").fetchone()[0][0]
        updated, hot = session.execute(
            "SELECT n_tup_upd, n_tup_hot_upd FROM pg_stat_xact_user_tables WHERE relid = to_regclass(%s)",
            [f"textloom_core.{table}"],
        ).fetchone()
    return Cost(answer["Execution Time"], answer["Plan"]["WAL Bytes"], 100 * hot / updated if updated else None)


def _more(new: float, old: float) -> float:
    """In percent."""
    return 100 * (new / old - 1) if old else 0.0
