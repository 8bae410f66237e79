"""Runs the revisions against the target, or writes their SQL with --sql."""

from logging.config import fileConfig

import psycopg
from alembic import context
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

from textloom.connection import SCHEMA, conninfo

fileConfig(context.config.config_file_name, disable_existing_loggers=False)

OPTIONS = {
    # The revision lives in the schema it describes, so that a dump of the schema carries it.
    "version_table_schema": SCHEMA,
    # One transaction over all revisions would keep every lock until the last of them is done.
    "transaction_per_migration": True,
}


def write_sql() -> None:
    context.configure(dialect_name="postgresql", literal_binds=True, **OPTIONS)
    with context.begin_transaction():
        context.run_migrations()


def run() -> None:
    target = conninfo()
    engine = create_engine("postgresql+psycopg://", creator=lambda: psycopg.connect(target), poolclass=NullPool)
    with engine.connect() as connection:
        # Nothing may be executed on the connection before this: Alembic takes a transaction that is already open
        # for the caller's own, and a revision's autocommit_block() then refuses to work.
        context.configure(connection=connection, **OPTIONS)
        with context.begin_transaction():
            context.run_migrations()


if context.is_offline_mode():
    write_sql()
else:
    run()
