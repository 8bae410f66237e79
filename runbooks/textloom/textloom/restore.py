"""The two ways to bring a proven backup back. Neither deletes anything.

    python -m textloom.restore beside DIR     into a database of its own, beside the target's, and says for each table
                                              how many rows differ, to repair rows from there
    python -m textloom.restore in-place DIR   renames the live schema out of the way and restores in its place, for
                                              when the live one cannot be repaired. Stop the application first

Never `psql < backup.sql` over a live schema, as the analysis has it: that ends with exit code 0, restores nothing and
leaves two rows in alembic_version.
"""

import argparse
from datetime import datetime, timezone
from pathlib import Path

import psycopg
from psycopg import sql

from textloom import backup, connection, scratch
from textloom.connection import SCHEMA, connect
from textloom.console import Refusal, run, say
from textloom.fingerprint import tables
from textloom.programs import call


def now() -> str:
    return datetime.now(timezone.utc).strftime("%Y%m%d_%H%M%S")


def beside(directory: Path) -> None:
    backup.check_files(directory)
    with connect() as live:
        name = f"{live.info.dbname[:35]}_restored_{now()}"
        there = connection.beside(live, name)
        scratch.create(live, name, "restored by Kneeboard's TextLoom runbook from its backup")
    try:
        with connection.led_to(there):
            backup.restore(directory)
    except BaseException:
        with connect() as live:
            scratch.remove(live, name)
        raise
    with connect() as live, connect(dbname=name) as restored:
        say(f"{'table':20} {'only live':>12} {'only restored':>14} {'changed':>12}")
        for table in tables(restored):
            now_there, then = rows(live, table), rows(restored, table)
            changed = sum(now_there[key] != then[key] for key in now_there.keys() & then.keys())
            say(f"{table:20} {len(now_there.keys() - then.keys()):12} {len(then.keys() - now_there.keys()):14} {changed:12}")
    say(f"The copy stays: repair rows from database {name}, then DROP DATABASE {name};")


def rows(session: psycopg.Connection, table: str) -> dict[str, int]:
    """A hash of each row by its primary key; empty where the table is gone."""
    key = session.execute(
        "SELECT a.attname FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY(i.indkey)"
        " WHERE i.indisprimary AND i.indrelid = to_regclass(format('%%I.%%I', %s::text, %s::text))",
        [SCHEMA, table],
    ).fetchone()
    if key is None:
        return {}
    return dict(session.execute(sql.SQL("SELECT {}::text, hashtextextended(t::text, 0) FROM {} t").format(
        sql.Identifier(key[0]), sql.Identifier(SCHEMA, table)
    )))


def in_place(directory: Path) -> None:
    backup.check_files(directory)
    aside = f"{SCHEMA}_before_{now()}"
    with connect() as live:
        if dependants := outside(live):
            raise Refusal(
                f"{len(dependants)} objects of other schemas depend on {SCHEMA} and would stay with the old one: "
                f"{', '.join(dependants)}. Use `beside` and repair rows"
            )
        rename(live, SCHEMA, aside)
    say(f"the live schema is now {aside}")
    try:
        # -1: all of it or nothing; so no --jobs. No --schema: with it CREATE SCHEMA is left out.
        with connect() as live:
            call(
                "pg_restore", "--single-transaction", "--exit-on-error", "--no-password",
                f"--dbname={live.info.dbname}", str(directory / "dump"),
            )
            if problems := backup.compare(directory):
                raise Refusal("what was restored is not what was dumped: " + "; ".join(problems))
    except BaseException:
        with connect() as live:
            put_back(live, aside)
        raise
    say(f"{SCHEMA} is what it was at the backup. What was written since is in {aside}: keep it until nobody misses it")


def put_back(live: psycopg.Connection, aside: str) -> None:
    """What was restored but not proven goes out of the way as well, never away."""
    if live.execute("SELECT to_regnamespace(%s)", [SCHEMA]).fetchone()[0]:
        unproven = f"{SCHEMA}_unproven_{now()}"
        rename(live, SCHEMA, unproven)
        say(f"what was restored is now {unproven}")
    rename(live, aside, SCHEMA)
    say(f"the live schema is {SCHEMA} again, nothing is lost")


def rename(live: psycopg.Connection, schema: str, name: str) -> None:
    """Refuses while somebody works with the tables: such a session would go on writing to the schema that was moved."""
    with live.transaction():
        live.execute("SET LOCAL lock_timeout = '5s'")
        for table in tables(live) if schema == SCHEMA else []:
            try:
                live.execute(sql.SQL("LOCK TABLE {} IN ACCESS EXCLUSIVE MODE").format(sql.Identifier(schema, table)))
            except psycopg.errors.LockNotAvailable:
                raise Refusal(f"somebody is working with {table}: stop the application, then try again") from None
        live.execute(sql.SQL("ALTER SCHEMA {} RENAME TO {}").format(sql.Identifier(schema), sql.Identifier(name)))


def outside(live: psycopg.Connection) -> list[str]:
    """Foreign keys and views of other schemas: they follow the renamed schema, not the restored one."""
    found = live.execute(
        """
        SELECT format('foreign key %%s of %%s', c.conname, c.conrelid::regclass)
        FROM pg_constraint c JOIN pg_class f ON f.oid = c.conrelid JOIN pg_class r ON r.oid = c.confrelid
        WHERE c.contype = 'f' AND r.relnamespace = to_regnamespace(%(schema)s)
          AND f.relnamespace <> r.relnamespace
        UNION
        SELECT format('view %%s', v.oid::regclass)
        FROM pg_depend d
        JOIN pg_rewrite w ON w.oid = d.objid AND d.classid = 'pg_rewrite'::regclass
        JOIN pg_class v ON v.oid = w.ev_class
        JOIN pg_class t ON t.oid = d.refobjid AND d.refclassid = 'pg_class'::regclass
        WHERE t.relnamespace = to_regnamespace(%(schema)s) AND v.relnamespace <> t.relnamespace
        """,
        {"schema": SCHEMA},
    )
    return sorted(name for (name,) in found)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m textloom.restore")
    parser.add_argument("way", choices=["beside", "in-place"])
    parser.add_argument("directory", type=Path)
    arguments = parser.parse_args()
    {"beside": beside, "in-place": in_place}[arguments.way](arguments.directory)


if __name__ == "__main__":
    run(main)
