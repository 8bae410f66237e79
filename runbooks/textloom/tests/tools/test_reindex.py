"""The rebuild of bloated indexes where it must not begin; what it rebuilds is walked with the runbook, by the console's tests."""


def test_without_a_measure_nothing_is_rebuilt(database, run):
    database.execute("DROP EXTENSION IF EXISTS pgstattuple")
    rebuild = run("textloom.reindex")
    assert rebuild.returncode == 1 and "CREATE EXTENSION pgstattuple" in rebuild.stdout, rebuild.stdout


def test_a_lock_timeout_is_refused(database, run):
    """It would end a rebuild while that waits, and leave an invalid index."""
    rebuild = run("textloom.reindex", PGOPTIONS="-c lock_timeout=2s")
    assert rebuild.returncode == 1 and "lock_timeout is 2s" in rebuild.stdout, rebuild.stdout
