"""The backup's proof and the two ways to restore, and what must be found out."""

import json
import os
import shutil
import subprocess
import sys

import pytest
from conftest import PROJECT

from textloom.backup import sha256
from textloom.connection import connect
from textloom.fingerprint import differences, take
from textloom.revision import AFTER, BEFORE


@pytest.fixture
def backup(database, run, tmp_path):
    directory = tmp_path / "backup"
    dump = run("textloom.backup", "dump", directory)
    assert dump.returncode == 0, dump.stdout
    return directory


def others(database):
    """The databases and schemas that a program may have left behind."""
    return database.execute(
        "SELECT datname FROM pg_database WHERE datname LIKE current_database() || '\\_%'"
        " UNION ALL SELECT nspname FROM pg_namespace WHERE nspname LIKE 'textloom\\_core\\_%'"
    ).fetchall()


def flip_a_byte(directory):
    file = max((directory / "dump").glob("*.gz"), key=lambda path: path.stat().st_size)
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 0xFF
    file.write_bytes(content)


def forget_checksums(directory):
    manifest = json.loads((directory / "manifest.json").read_text())
    manifest["sha256"] = {path.name: sha256(path) for path in (directory / "dump").iterdir()}
    (directory / "manifest.json").write_text(json.dumps(manifest))


def test_a_backup_is_proven_though_the_application_writes_on(database, run, backup):
    database.execute("INSERT INTO textloom_core.tasks (title, task_type) VALUES ('later', 'text_to_video')")
    prove = run("textloom.backup", "prove", backup)
    assert prove.returncode == 0 and "every table has the rows that were dumped" in prove.stdout, prove.stdout
    assert others(database) == []


def test_a_changed_file_is_found_by_its_checksum(database, run, backup):
    flip_a_byte(backup)
    prove = run("textloom.backup", "prove", backup)
    assert prove.returncode != 0 and "not those that were written" in prove.stdout
    assert others(database) == []


def test_a_dump_that_cannot_be_restored_is_found_and_the_scratch_database_is_gone(database, run, backup):
    flip_a_byte(backup)
    forget_checksums(backup)
    prove = run("textloom.backup", "prove", backup)
    assert prove.returncode != 0 and "pg_restore ended with" in prove.stdout
    assert others(database) == []


def test_rows_that_are_not_what_was_dumped_are_found(database, run, backup):
    manifest = json.loads((backup / "manifest.json").read_text())
    manifest["tables"]["personas"][1] = "0"
    (backup / "manifest.json").write_text(json.dumps(manifest))
    prove = run("textloom.backup", "prove", backup)
    assert prove.returncode != 0 and "personas has 50 rows, expected 50 with the same content" in prove.stdout


def test_a_dump_that_fails_is_no_backup(database, run, tmp_path):
    dump = run("textloom.backup", "dump", tmp_path / "backup", PATH="/nowhere")
    assert dump.returncode != 0 and "pg_dump is not installed" in dump.stdout
    assert not (tmp_path / "backup").exists()


def test_a_dump_that_is_killed_is_no_backup(database, run, tmp_path):
    (tmp_path / "bin").mkdir()
    program = tmp_path / "bin" / "pg_dump"
    program.write_text(f'#!/bin/sh\n{shutil.which("pg_dump")} "$@" && kill -KILL $$\n')
    program.chmod(0o755)
    dump = run("textloom.backup", "dump", tmp_path / "backup", PATH=f"{program.parent}:{os.environ['PATH']}")
    assert dump.returncode != 0 and "pg_dump was ended by SIGKILL" in dump.stdout, dump.stdout
    assert not (tmp_path / "backup").exists()
    prove = run("textloom.backup", "prove", tmp_path / "backup")
    assert prove.returncode != 0 and "holds no finished backup: run the dump first" in prove.stdout


def test_a_disk_that_is_full_during_the_dump_leaves_no_backup_and_the_one_before_is_kept(database, backup):
    """In a mount namespace, which root and ordinary users may have."""
    script = (
        'mkdir "$1/old" && cp -r "$1/backup" "$1/old/" && mkdir "$1/small" && mount -t tmpfs -o size=256k tmpfs "$1/small" && '
        'mkdir "$1/small/backup" && cp "$1/backup/manifest.json" "$1/small/backup/" && '
        '! "$2" -m textloom.backup dump "$1/small/backup" && ls -A "$1/small" && ls -A "$1/small/backup"'
    )
    ways = [["unshare", "--user", "--map-root-user", "--mount"], ["unshare", "--mount"]]
    way = next(way for way in ways if subprocess.run([*way, "mount", "-t", "tmpfs", "tmpfs", "/mnt"]).returncode == 0)
    dump = subprocess.run(
        [*way, "sh", "-c", script, "sh", backup.parent, sys.executable],
        cwd=PROJECT, env=os.environ | {"KNEEBOARD_PARAM_JOBS": "1"}, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )
    assert dump.returncode == 0 and "No space left on device" in dump.stdout, dump.stdout
    # What was whole before is there still, and what is not whole does not bear its name.
    assert dump.stdout.splitlines()[-3:] == ["backup", "backup.partial", "manifest.json"]


@pytest.mark.parametrize("checked", [True, False])
def test_an_archive_that_was_cut_short_is_found_with_its_checksum_and_without(database, run, backup, checked):
    file = max((backup / "dump").glob("*.gz"), key=lambda path: path.stat().st_size)
    os.truncate(file, file.stat().st_size // 2)
    if not checked:
        forget_checksums(backup)
    read = subprocess.run(["pg_restore", "--file=/dev/null", backup / "dump"], capture_output=True, text=True)
    assert read.returncode != 0 and "pg_restore: error: " in read.stderr
    prove = run("textloom.backup", "prove", backup)
    assert prove.returncode != 0 and ("not those that were written" in prove.stdout) == checked
    assert others(database) == []


@pytest.mark.parametrize("with_a_table", [True, False])
def test_a_database_that_is_not_marked_as_ours_is_dropped_only_where_it_is_empty(database, run, backup, with_a_table):
    """Empty and unmarked is what a kill leaves between CREATE DATABASE and its comment."""
    name = f"{database.info.dbname}_kneeboard_scratch"
    database.execute(f"CREATE DATABASE {name}")
    try:
        if with_a_table:
            with connect(dbname=name) as other:
                other.execute("CREATE TABLE precious ()")
        prove = run("textloom.backup", "prove", backup)
        assert (prove.returncode != 0) == with_a_table, prove.stdout
        assert (others(database) != []) == with_a_table
    finally:
        database.execute(f"DROP DATABASE IF EXISTS {name}")


def test_restored_beside_the_copy_shows_what_differs(database, run, backup):
    database.execute("DELETE FROM textloom_core.sub_video_tasks WHERE id = (SELECT min(id::text)::uuid FROM textloom_core.sub_video_tasks)")
    beside = run("textloom.restore", "beside", backup)
    assert beside.returncode == 0, beside.stdout
    (line,) = [line.split() for line in beside.stdout.splitlines() if line.startswith("sub_video_tasks")]
    assert line == ["sub_video_tasks", "0", "1", "0"]
    ((name,),) = others(database)
    database.execute(f"DROP DATABASE {name}")


def test_restored_in_place_the_rows_are_those_of_the_backup_and_the_others_are_kept(database, run, backup):
    before = take(database)
    run("alembic", "upgrade", AFTER)
    database.execute("INSERT INTO textloom_core.tasks (title, task_type) VALUES ('later', 'text_to_video')")
    restore = run("textloom.restore", "in-place", backup)
    assert restore.returncode == 0, restore.stdout
    assert differences(before, take(database)) == []
    assert database.execute("SELECT version_num FROM textloom_core.alembic_version").fetchall() == [(BEFORE,)]
    ((aside,),) = others(database)
    assert database.execute(f"SELECT count(*) FROM {aside}.tasks WHERE title = 'later'").fetchone() == (1,)


def test_in_place_is_refused_where_other_schemas_depend_on_this_one(database, run, backup):
    database.execute("CREATE VIEW public.titles AS SELECT title FROM textloom_core.tasks")
    restore = run("textloom.restore", "in-place", backup)
    assert restore.returncode != 0 and "view titles" in restore.stdout
    assert others(database) == []


def test_in_place_is_refused_while_somebody_works_with_the_tables(database, run, backup):
    with database.transaction():
        database.execute("SELECT count(*) FROM textloom_core.tasks")
        restore = run("textloom.restore", "in-place", backup)
    assert restore.returncode != 0 and "stop the application" in restore.stdout
    assert others(database) == []


def test_a_restore_in_place_that_fails_puts_the_live_schema_back(database, run, backup):
    before = take(database)
    flip_a_byte(backup)
    forget_checksums(backup)
    restore = run("textloom.restore", "in-place", backup)
    assert restore.returncode != 0 and "nothing is lost" in restore.stdout, restore.stdout
    assert differences(before, take(database)) == []
    assert others(database) == []


def test_a_second_dump_keeps_the_first(database, run, backup):
    assert run("textloom.backup", "dump", backup).returncode == 0
    assert len(list(backup.parent.iterdir())) == 2
    shutil.rmtree(backup.parent)
