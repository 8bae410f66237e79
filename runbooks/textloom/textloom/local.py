"""A throw-away PostgreSQL of this machine: reached through a socket that only its owner can enter, gone with the program that made it.

Of a program that was killed it is the next one that removes the files; the server itself ends at once.
"""

import os
import pwd
import re
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from time import monotonic, sleep

import psycopg

from textloom.connection import connect, led_to
from textloom.console import Refusal, say, timed

SUPERUSER = "kneeboard_scratch"
_PREFIX = "kneeboard-scratch-"
_PATIENCE = 60
"""Seconds within which it must answer."""

_WITH_US = ("setpriv", "--pdeathsig", "QUIT")
"""What kills us must leave nothing behind that runs, hence a signal at our death."""

_INSTEAD = "or start the run with `target` as the place where the backup is proven"


def programs(major: int) -> Path:
    """The folder of the newest server's programs here. Raises Refusal where there are none, or they are older than that."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if not found and (config := shutil.which("pg_config")):
        bindir = subprocess.run([config, "--bindir"], capture_output=True, text=True).stdout.strip()
        found = [path for path in [Path(bindir) / "initdb"] if path.exists()]
    if not found and (initdb := shutil.which("initdb")):
        found = [Path(initdb)]
    if not found:
        raise Refusal(f"no PostgreSQL server is installed on the console's machine: install one (Debian: postgresql), {_INSTEAD}")
    folder = found[-1].parent
    shown = subprocess.run([folder / "postgres", "--version"], capture_output=True, text=True, check=True).stdout
    if int(re.search(r"\) (\d+)", shown)[1]) < major:
        raise Refusal(f"the PostgreSQL of the console's machine is older than the target's ({shown.strip()}, {major}): install {major}, {_INSTEAD}")
    return folder


@contextmanager
def server(link: Path, major: int, settings: dict[str, str]) -> Iterator[dict[str, str]]:
    """libpq's variables that lead to its superuser, while it runs. `link` leads to its folder, for whoever comes after a kill."""
    folder_of_programs = programs(major)
    clear(link)
    owner = _owner()
    folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=os.environ.get("TMPDIR", "/var/tmp")))
    process = None
    try:
        link.symlink_to(folder)
        if owner:
            os.chown(folder, owner.pw_uid, owner.pw_gid)
        with timed(f"a throw-away server in {folder}"), tempfile.TemporaryFile() as log:
            _run_as(owner, log, [*_WITH_US, folder_of_programs / "initdb", "-D", folder, "-U", SUPERUSER, "--no-locale", "-E", "UTF8", "-A", "trust", "-N"])
            process = _start(owner, log, folder_of_programs, folder, settings)
            variables = {"PGHOST": str(folder), "PGPORT": "5432", "PGUSER": SUPERUSER, "PGDATABASE": "postgres"}
            _wait(process, log, variables)
        yield variables
    finally:
        if process:
            # Immediately: nothing in it is worth a checkpoint.
            process.send_signal(signal.SIGQUIT)
            process.wait()
        shutil.rmtree(folder, ignore_errors=True)
        link.unlink(missing_ok=True)
        say(f"the throw-away server in {folder} is gone")


def clear(link: Path) -> None:
    """Removes what a program that was killed has left."""
    if not link.is_symlink():
        return
    folder = link.readlink()
    if folder.name.startswith(_PREFIX) and folder.exists():
        _stop(folder)
        _remove(folder)
        say(f"{folder} is removed, which an attempt that was killed had left")
    link.unlink()


def _remove(folder: Path) -> None:
    """An initdb that ends there removes its own files: they may go under our hands."""
    for _ in range(100):
        shutil.rmtree(folder, ignore_errors=True)
        if not folder.exists():
            return
        sleep(0.05)
    shutil.rmtree(folder)


def _owner() -> pwd.struct_passwd | None:
    """PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            pass
    raise Refusal(f"PostgreSQL refuses to run as root, and there is no user postgres here: make one, {_INSTEAD}")


def _as(owner: pwd.struct_passwd | None) -> dict:
    """Of another user, who may not be able to enter the folder that we are in; with nothing of the target's in its environment."""
    environment = {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C"}
    identity = {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []} if owner else {}
    return {"cwd": "/", "env": environment, "stdin": subprocess.DEVNULL, **identity}


def _run_as(owner, log, argv: list) -> None:
    if subprocess.run(argv, stdout=log, stderr=log, **_as(owner)).returncode != 0:
        raise Refusal(f"initdb failed: {_last_words(log)}")


def _start(owner, log, programs: Path, folder: Path, settings: dict[str, str]) -> subprocess.Popen:
    of_its_own = {"listen_addresses": "", "unix_socket_directories": str(folder)}
    options = [part for name, value in (settings | of_its_own).items() for part in ("-c", f"{name}={value}")]
    # A session of its own: what interrupts us must not interrupt it, before what is done in it is.
    argv = [*_WITH_US, programs / "postgres", "-D", folder, "-p", "5432", *options]
    return subprocess.Popen(argv, stdout=log, stderr=log, start_new_session=True, **_as(owner))


def _wait(process: subprocess.Popen, log, variables: dict[str, str]) -> None:
    end = monotonic() + _PATIENCE
    while True:
        try:
            with led_to(variables):
                connect().close()
            return
        except psycopg.OperationalError as error:
            if process.poll() is not None or monotonic() > end:
                raise Refusal(f"the throw-away server does not answer ({str(error).strip()}): {_last_words(log)}") from None
        sleep(0.05)


def _last_words(log) -> str:
    log.seek(0)
    return " ".join(log.read().decode(errors="replace").split()[-60:])


def _stop(folder: Path) -> None:
    """Ends whatever works in the folder, the server and its processes or what has made its files. A pid file alone may be left from long
    ago, its pid another's."""
    end = monotonic() + _PATIENCE
    while pids := _at_work_in(folder):
        if monotonic() > end:
            raise Refusal(f"processes {pids} in {folder}, which an attempt that was killed had left, do not end: look at them")
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGQUIT)
        sleep(0.05)


def _at_work_in(folder: Path) -> list[int]:
    def where(pid: str) -> str:
        try:
            return os.readlink(f"/proc/{pid}/cwd")
        except OSError:
            return ""

    return [int(pid) for pid in os.listdir("/proc") if pid.isdigit() and where(pid) == str(folder)]
