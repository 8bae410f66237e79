"""A backup that is proven before anything depends on it.

    python -m textloom.backup dump DIR    pg_dump in directory format into DIR/dump, and DIR/manifest.json: what was in
                                          the tables in that very snapshot, and the files' SHA-256
    python -m textloom.backup prove DIR   checks the files, restores them into a scratch database, compares

KNEEBOARD_PARAM_JOBS is how many connections dump and restore use, KNEEBOARD_PARAM_SCRATCH where the scratch database lies.
"""

import argparse
import hashlib
import json
import os
import shutil
from datetime import datetime, timezone
from pathlib import Path

from textloom import fingerprint, scratch
from textloom.connection import SCHEMA, connect
from textloom.console import Refusal, run, say, timed
from textloom.programs import call

JOBS = os.environ.get("KNEEBOARD_PARAM_JOBS", "2")


def dump(directory: Path) -> None:
    # Under another name until it is whole: what bears the name `backup` is one.
    partial = directory.with_name(directory.name + ".partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    with connect() as session:
        # One snapshot for fingerprints and dump, so that they can be compared while the application goes on writing.
        session.execute("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        snapshot, server = session.execute("SELECT pg_export_snapshot(), current_setting('server_version')").fetchone()
        with timed("fingerprint of every table"):
            tables = fingerprint.take(session)
        for table, (rows, _) in tables.items():
            say(f"  {table:20} {rows:>12,} rows")
        call(
            "pg_dump", "--format=directory", f"--jobs={JOBS}", f"--schema={SCHEMA}", f"--snapshot={snapshot}",
            "--lock-wait-timeout=5000", "--no-password", "--verbose", f"--file={partial / 'dump'}",
        )
    # The session has ended here: CREATE INDEX CONCURRENTLY would wait for its snapshot.
    manifest = {
        "schema": SCHEMA,
        "server_version": server,
        "taken_at": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "tables": tables,
        "sha256": {path.name: sha256(path) for path in sorted((partial / "dump").iterdir())},
    }
    (partial / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n")
    if directory.exists():
        older = json.loads((directory / "manifest.json").read_text())["taken_at"]
        directory.rename(directory.with_name(f"{directory.name}-{older}"))
    partial.rename(directory)
    size = sum(path.stat().st_size for path in (directory / "dump").iterdir())
    say(f"{len(manifest['sha256'])} files, {size / 1e6:.1f} MB, SHA-256 of each in {directory / 'manifest.json'}")


def prove(directory: Path) -> None:
    check_files(directory)
    with scratch.database(directory):
        restore(directory)


def restore(directory: Path) -> None:
    """Into the empty database that the environment leads to, and compares what is in it with what was dumped."""
    with connect() as session:
        database = session.info.dbname
    # No --schema: with it pg_restore leaves CREATE SCHEMA out, and a restore into an empty database fails.
    call(
        "pg_restore", "--exit-on-error", "--no-owner", "--no-privileges", f"--jobs={JOBS}", "--no-password",
        f"--dbname={database}", str(directory / "dump"),
    )
    if problems := compare(directory):
        raise Refusal("the restored copy is not what was dumped: " + "; ".join(problems))
    say(f"restored into {database}: every table has the rows that were dumped")


def check_files(directory: Path) -> None:
    recorded = read_manifest(directory)["sha256"]
    there = {path.name: sha256(path) for path in (directory / "dump").iterdir()}
    wrong = sorted(name for name in recorded.keys() | there.keys() if recorded.get(name) != there.get(name))
    if wrong:
        raise Refusal(f"the backup's files are not those that were written: {', '.join(wrong)}. Take a new backup")
    say(f"{len(recorded)} files have their recorded SHA-256")


def compare(directory: Path) -> list[str]:
    recorded = read_manifest(directory)["tables"]
    with connect() as session:
        return fingerprint.differences(recorded, fingerprint.take(session))


def read_manifest(directory: Path) -> dict:
    try:
        return json.loads((directory / "manifest.json").read_text())
    except FileNotFoundError:
        raise Refusal(f"{directory} holds no finished backup: run the dump first") from None


def sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m textloom.backup")
    parser.add_argument("action", choices=["dump", "prove"])
    parser.add_argument("directory", type=Path)
    arguments = parser.parse_args()
    {"dump": dump, "prove": prove}[arguments.action](arguments.directory)


if __name__ == "__main__":
    run(main)
