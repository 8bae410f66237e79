"""The copy of the rehearsal: there as long as somebody listens, measured, and gone however that ends."""

import json
import os
import signal
import subprocess
import sys
from time import monotonic, sleep

import pytest
from conftest import PROJECT

from textloom.revision import AFTER, BEFORE


@pytest.fixture
def backup(run, database, tmp_path):
    directory = tmp_path / "backup"
    dump = run("textloom.backup", "dump", directory)
    assert dump.returncode == 0, dump.stdout
    return directory


def scratch_is_there(database):
    return database.execute(
        "SELECT EXISTS (SELECT FROM pg_database WHERE datname = current_database() || '_kneeboard_scratch')"
    ).fetchone()[0]


def eventually(ask):
    end = monotonic() + 60
    while not ask():
        assert monotonic() < end
        sleep(0.02)


def keep(backup, **env):
    return subprocess.Popen(
        [sys.executable, "-m", "textloom.rehearsal", "copy", str(backup)],
        cwd=PROJECT, env=os.environ | env, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )


def test_the_copy_is_there_until_the_input_ends_and_what_is_looked_at_on_it_is_measured(database, run, backup, tmp_path):
    answer, result = tmp_path / "copy.json", tmp_path / "result.json"
    keeper = keep(backup, KNEEBOARD_COPY=str(answer))
    eventually(answer.exists)
    copy = json.loads(answer.read_text())
    figures = {}

    def look(moment):
        done = run("textloom.rehearsal", "measure", backup, **copy, KNEEBOARD_MOMENT=moment, KNEEBOARD_RESULT=str(result))
        if result.exists():
            figures.update({figure["name"]: figure["value"] for figure in json.loads(result.read_text())["body"]["figures"]})
        return done

    assert look("before").returncode == 0
    assert run("alembic", "upgrade", AFTER, **copy).returncode == 0
    assert look("applied").returncode == 0
    assert run("alembic", "downgrade", BEFORE, **copy).returncode == 0
    assert look("reverted").returncode == 0
    assert figures["tasks.rows"] == 300
    assert figures["tasks.insert.wal.percent"] > 0 and figures["tasks.update.wal.percent"] > 0
    assert figures["tasks.update.hot.before.percent"] > figures["tasks.update.hot.after.percent"] == 0

    psql = ["psql", "-X", "-q", "-c", "DELETE FROM textloom_core.sub_video_tasks"]
    subprocess.run(psql, check=True, env=os.environ | copy)
    other = look("reverted")
    assert other.returncode != 0 and "after there and back the copy is not what it was: sub_video_tasks" in other.stdout
    out, _ = keeper.communicate()
    assert keeper.returncode == 0 and "is dropped" in out, out
    assert not scratch_is_there(database)


@pytest.mark.parametrize("how", ["nobody listens", signal.SIGINT, signal.SIGTERM])
def test_stopped_while_it_is_made_it_leaves_nothing(database, backup, how):
    keeper = keep(backup)
    eventually(lambda: scratch_is_there(database))
    if isinstance(how, signal.Signals):
        keeper.send_signal(how)
    out, _ = keeper.communicate()
    assert keeper.returncode != 0 and "stopped by SIG" in out, out
    assert not scratch_is_there(database)
