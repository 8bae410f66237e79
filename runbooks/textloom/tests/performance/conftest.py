"""The target, read only, and the list of measured figures that is printed at the end."""

import psycopg
import pytest
from psycopg.rows import dict_row

from textloom import figures
from textloom.connection import NoTarget, connect

FIGURES: list[tuple[str, str]] = []


@pytest.fixture(scope="session")
def db():
    try:
        connection = connect(connect_timeout=10)
    except (NoTarget, psycopg.OperationalError) as error:
        pytest.exit(f"cannot reach the target: {error}", returncode=4)
    with connection:
        # Set for the session, so that not even a mistake in a test can write to a production database or stay on it.
        connection.execute("SET default_transaction_read_only = on")
        connection.execute("SET statement_timeout = '30s'")
        connection.execute("SET lock_timeout = '2s'")
        yield connection


@pytest.fixture(scope="session")
def sample(db):
    """Real values to ask for, from the newest task that has them: an invented id would match nothing."""
    with db.cursor(row_factory=dict_row) as cursor:
        row = cursor.execute("""
            SELECT t.id AS task_id, t.creator_id, t.celery_task_id, t.created_at,
                   t.created_at - interval '24 hours' AS day_before,
                   m.id AS media_item_id, m.original_url, s.persona_id, v.parent_task_id, v.sub_task_id
            FROM (SELECT * FROM textloom_core.tasks WHERE celery_task_id IS NOT NULL AND creator_id IS NOT NULL
                  ORDER BY created_at DESC LIMIT 200) t
            JOIN textloom_core.material_analyses a ON a.task_id = t.id
            JOIN textloom_core.media_items m ON m.id = a.media_item_id
            JOIN textloom_core.script_contents s ON s.task_id = t.id AND s.persona_id IS NOT NULL
            JOIN textloom_core.sub_video_tasks v ON v.parent_task_id = t.id
            ORDER BY t.created_at DESC, m.id, v.sub_task_id
            LIMIT 1
        """).fetchone()
    if row is None:
        pytest.fail("none of the 200 newest tasks has media, an analysis, a script in a persona and a sub-task to ask for")
    return row


@pytest.fixture
def figure():
    """figure(name, text): one line of the summary."""
    return lambda name, text: FIGURES.append((name, text))


@pytest.fixture
def inconclusive(request):
    """inconclusive(reason): ends the test, neither passed nor failed. To pytest that is a skip, the only third outcome that it has; the
    console is told what it is, and asks a person."""

    def end(reason: str) -> None:
        figures.inconclusive(request.node.name, reason)
        pytest.skip(f"inconclusive: {reason}")

    return end


def pytest_terminal_summary(terminalreporter):
    if not FIGURES:
        return
    terminalreporter.section("measured here, warm; not a promise for another machine")
    width = max(len(name) for name, _ in FIGURES)
    for name, text in FIGURES:
        terminalreporter.write_line(f"{name:{width}}  {text}")
