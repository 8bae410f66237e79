"""Runs the revisions against the target, or writes their SQL with --sql."""

from logging.config import fileConfig

from alembic import context
from alembic.util import CommandError
from sqlalchemy.exc import DBAPIError, PendingRollbackError

from textloom.connection import SCHEMA, NoTarget
from textloom.engine import engine

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
    with engine().connect() as connection:
        # Nothing may be executed on the connection before this: Alembic takes a transaction that is already open
        # for the caller's own, and a revision's autocommit_block() then refuses to work.
        context.configure(connection=connection, **OPTIONS)
        try:
            with context.begin_transaction():
                context.run_migrations()
        except PendingRollbackError as lost:
            # The connection broke inside an autocommit_block(), whose cleaning up then failed and hides the reason.
            raise lost.__context__ or lost from None


def run_or_say_why_not() -> None:
    # The server's own sentence instead of a page of traceback.
    try:
        run()
    except NoTarget as error:
        raise CommandError(str(error)) from error
    except DBAPIError as error:
        raise CommandError(str(error.orig).strip()) from error


fileConfig(context.config.config_file_name, disable_existing_loggers=False)
if context.is_offline_mode():
    write_sql()
else:
    run_or_say_why_not()
