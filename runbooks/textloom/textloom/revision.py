"""The revision that the runbook applies, read from its migration file: the one place that lists the 20 indexes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from textloom.concurrently import Index

BEFORE = "3737e96ea445"
AFTER = "b15222e11ab9"


def indexes() -> tuple[Index, ...]:
    # Here, because most programs need the two revisions only, and importing Alembic takes a second.
    from alembic.script import ScriptDirectory

    scripts = ScriptDirectory(str(Path(__file__).parent.parent / "migrations"))
    return scripts.get_revision(AFTER).module.INDEXES
