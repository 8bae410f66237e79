"""Where this project takes over TextLoom's database.

The tables were made by TextLoom's own, older revisions, which are not part of this project; sql/schema.sql has
their result for a throw-away database. So this revision changes nothing: going up to it checks that the tables
are there, and nothing is below it.

Revision ID: 3737e96ea445
Revises:
"""

from alembic import context, op
from alembic.util import CommandError
from sqlalchemy import text

from textloom.connection import SCHEMA, TABLES

revision = "3737e96ea445"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    if context.is_offline_mode():
        return
    there = op.get_bind().execute(
        text("SELECT tablename FROM pg_tables WHERE schemaname = :schema"), {"schema": SCHEMA}
    )
    if missing := set(TABLES) - set(there.scalars()):
        raise CommandError(
            f"{SCHEMA} has no table {', '.join(sorted(missing))}: this is not TextLoom's database at {revision}. "
            "For a throw-away database load sql/schema.sql, which also sets the revision."
        )


def downgrade() -> None:
    raise CommandError(f"nothing is below {revision}: the tables' own history is not part of this project")
