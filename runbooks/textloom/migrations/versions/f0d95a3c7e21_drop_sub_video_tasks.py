"""Drop sub_video_tasks, as a later revision of the real project does.

Here so that `head` is as dangerous in this project as in the real one: `alembic upgrade head` goes past the indexes
and deletes a table with its rows. The runbook therefore names b15222e11ab9, never `head`.

Revision ID: f0d95a3c7e21
Revises: b15222e11ab9
"""

from alembic import op
from alembic.util import CommandError

revision = "f0d95a3c7e21"
down_revision = "b15222e11ab9"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_table("sub_video_tasks", schema="textloom_core")


def downgrade() -> None:
    raise CommandError(f"{revision} deleted the rows of sub_video_tasks: only a backup from before it has them")
