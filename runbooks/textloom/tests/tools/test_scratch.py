"""Where the scratch database lies, and that nothing of it stays."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from time import monotonic, sleep

import pytest
from conftest import PROJECT
from psycopg.conninfo import conninfo_to_dict

from textloom import local
from textloom.connection import conninfo, led_to
from textloom.console import Refusal


@pytest.fixture
def backup(run, database, tmp_path):
    directory = tmp_path / "backup"
    dump = run("textloom.backup", "dump", directory)
    assert dump.returncode == 0, dump.stdout
    return directory


@pytest.fixture
def folders(monkeypatch):
    """Where throw-away servers are made: each may enter, as the user that they run as must."""
    with_all = Path("/var/tmp") / f"kneeboard-test-{os.getpid()}"
    with_all.mkdir(mode=0o711)
    monkeypatch.setenv("TMPDIR", str(with_all))
    yield with_all
    with_all.rmdir()


def servers(folders):
    """Processes that work in one of the folders."""

    def where(pid):
        try:
            return os.readlink(f"/proc/{pid}/cwd")
        except OSError:
            return ""

    return [pid for pid in os.listdir("/proc") if pid.isdigit() and where(pid).startswith(str(folders))]


def eventually(ask):
    end = monotonic() + 60
    while not ask():
        assert monotonic() < end
        sleep(0.02)


def databases(database):
    return database.execute("SELECT datname FROM pg_database WHERE datname LIKE '%\\_kneeboard\\_scratch'").fetchall()


def test_on_a_throw_away_server_the_target_gets_nothing_to_do_and_nothing_stays(database, run, backup, folders):
    prove = run("textloom.backup", "prove", backup, KNEEBOARD_PARAM_SCRATCH="local")
    assert prove.returncode == 0 and "every table has the rows that were dumped" in prove.stdout, prove.stdout
    assert "a throw-away server in" in prove.stdout and "is gone" in prove.stdout
    assert list(folders.iterdir()) == servers(folders) == databases(database) == []
    assert not backup.with_name("scratch").is_symlink()


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_a_proof_that_is_ended_leaves_no_server_and_its_files_go_at_the_next(database, run, backup, folders, how):
    proving = subprocess.Popen(
        [sys.executable, "-m", "textloom.backup", "prove", str(backup)],
        cwd=PROJECT, env=os.environ | {"KNEEBOARD_PARAM_SCRATCH": "local"}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )
    eventually(lambda: servers(folders))
    proving.send_signal(how)
    assert proving.wait() != 0
    eventually(lambda: not servers(folders))
    assert (len(list(folders.iterdir())) == 1) == (how == signal.SIGKILL)
    again = run("textloom.backup", "prove", backup, KNEEBOARD_PARAM_SCRATCH="local")
    assert again.returncode == 0 and ("which an attempt that was killed had left" in again.stdout) == (how == signal.SIGKILL)
    assert list(folders.iterdir()) == servers(folders) == []


def test_it_may_be_made_on_the_server_of_a_service(database, run, backup, tmp_path):
    here = conninfo_to_dict(conninfo()) or {name[2:].lower(): os.environ[name] for name in ("PGHOST", "PGPORT", "PGUSER") if name in os.environ}
    home = {"host": here["host"], "port": here.get("port", "5432"), "user": here["user"], "dbname": "postgres"}
    host, user = home["host"], home["user"]
    (tmp_path / "passwords").write_text(f"{host}:*:*:{user}:{os.environ['PGPASSWORD']}\n")
    (tmp_path / "passwords").chmod(0o600)
    lines = [f"{name}={value}\n" for name, value in (home | {"passfile": tmp_path / "passwords"}).items()]
    (tmp_path / "services").write_text("[other]\n" + "".join(lines))
    places = {"PGSERVICEFILE": str(tmp_path / "services")}
    prove = run("textloom.backup", "prove", backup, KNEEBOARD_PARAM_SCRATCH="other", **places)
    assert prove.returncode == 0 and "is dropped" in prove.stdout, prove.stdout
    assert databases(database) == []


def test_without_a_server_of_that_major_here_the_other_place_is_named():
    with pytest.raises(Refusal, match="older than the target's.*or start the run with `target`"):
        local.programs(99)


def test_what_leads_to_the_target_does_not_lead_there_from_within(monkeypatch):
    for name in ("PGHOSTADDR", "PGSERVICE", "PGPASSWORD", "DATABASE_URL"):
        monkeypatch.setenv(name, "the target's")
    with led_to({"PGHOST": "/here"}):
        assert {name for name in os.environ if name.startswith("PG")} - {"PGAPPNAME", "PGOPTIONS", "PGSERVICEFILE", "PGSYSCONFDIR"} == {"PGHOST"}
        assert "DATABASE_URL" not in os.environ
    assert os.environ["PGHOSTADDR"] == "the target's"
