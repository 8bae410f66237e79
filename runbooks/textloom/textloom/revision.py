"""The revision that the runbook applies, read from its migration file: the one place that lists the 20 indexes."""

from pathlib import Path

from alembic.script import ScriptDirectory

from textloom.concurrently import Index

BEFORE = "3737e96ea445"
AFTER = "b15222e11ab9"


def indexes() -> tuple[Index, ...]:
    scripts = ScriptDirectory(str(Path(__file__).parent.parent / "migrations"))
    return scripts.get_revision(AFTER).module.INDEXES
