"""What can be known before the migration runs. Each check prints what it saw and exits with 0, or with 1 and why.

    python -m textloom.check tools        client programs are not older than the server, and the throw-away server can be made
    python -m textloom.check connection   the connection reaches the server itself, not a pooler
    python -m textloom.check migration    both directions compile, and hold what they must and nothing else
    python -m textloom.check naming       every index is named after its table
    python -m textloom.check partial      exactly the three partial indexes are partial, with their predicates
"""

import argparse
import contextlib
import io
import re
import subprocess

from textloom import local, scratch
from textloom.connection import connect
from textloom.console import Refusal, run, say
from textloom.revision import AFTER, BEFORE

PARTIAL = {
    "idx_material_analyses_media_item_id": "(media_item_id IS NOT NULL)",
    "idx_script_contents_persona_id": "(persona_id IS NOT NULL)",
    "idx_personas_is_preset": "(is_preset = true)",
}


def tools() -> None:
    with connect() as session:
        server = session.info.server_version // 10000
    for program in ("pg_dump", "pg_restore"):
        try:
            shown = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout.strip()
        except FileNotFoundError:
            raise Refusal(f"{program} is not installed here: install PostgreSQL's client programs, {server} or newer") from None
        say(shown)
        if int(re.search(r"\) (\d+)", shown)[1]) < server:
            raise Refusal(f"{program} is older than the server and would refuse to work: install version {server} or newer")
    say(f"pg_dump and pg_restore are not older than the server ({server})")
    if scratch.place() == "local":
        say(f"the backup is proven on a throw-away server of {local.programs(server)}")


def connection() -> None:
    """A pooler tells the client a process id of its own; only the server itself tells the session's."""
    with connect() as session:
        told = session.info.backend_pid
        real, host, port = session.execute(
            "SELECT pg_backend_pid(), coalesce(host(inet_server_addr()), 'a local socket'), inet_server_port()"
        ).fetchone()
    if told != real:
        raise Refusal(
            f"there is a pooler in between (the client was told process {told}, the server says {real}): "
            "CREATE INDEX CONCURRENTLY, timeouts and cancelling need a direct connection"
        )
    say(f"direct connection to {host}{f', port {port}' if port else ''}")


def migration() -> None:
    up, down = rendered("upgrade", f"{BEFORE}:{AFTER}"), rendered("downgrade", f"{AFTER}:{BEFORE}")
    expect(up, "CREATE INDEX CONCURRENTLY ", "upgrade")
    expect(down, "DROP INDEX CONCURRENTLY IF EXISTS ", "downgrade")
    if any("IF NOT EXISTS" in statement for statement in up):
        raise Refusal("the upgrade says IF NOT EXISTS, which passes over an index that a stopped build left INVALID")
    say("both directions compile and hold what they must, and nothing else")


def naming() -> None:
    for index in defined():
        if not index.name.startswith(f"idx_{index.table}_"):
            raise Refusal(f"{index.name} on {index.table}: expected a name that begins with idx_{index.table}_")
        if len(index.name) > 63:
            raise Refusal(f"{index.name}: PostgreSQL cuts names at 63 bytes, this has {len(index.name)}")
        say(index.name)
    say(f"all {len(defined())} are named after their tables, within 63 bytes")


def partial() -> None:
    found = {index.name: index.spec.partition(" WHERE ")[2] for index in defined() if " WHERE " in index.spec}
    for name, predicate in found.items():
        say(f"{name} WHERE {predicate}")
    if found != PARTIAL:
        raise Refusal(f"expected the partial indexes {PARTIAL}, came {found}")
    say(f"{len(found)} of {len(defined())} are partial, with the predicates that the queries imply")


def expect(statements: list[str], begins: str, direction: str) -> None:
    changes = [statement for statement in statements if statement.startswith(begins)]
    # Alembic's own record of the revision, and its transactions around that.
    rest = [s for s in statements if s not in changes and not s.startswith(("BEGIN", "COMMIT", "UPDATE textloom_core.alembic_version "))]
    if rest:
        raise Refusal(f"the {direction} does more than it should: {rest[0]}")
    if len(changes) != len(defined()):
        raise Refusal(f"expected {len(defined())} times {begins.strip()} in the {direction}, came {len(changes)}")
    if statements.index("COMMIT;") > statements.index(changes[0]):
        raise Refusal(f"the {direction} would run CONCURRENTLY inside a transaction, which PostgreSQL refuses")
    say(f"{direction}: {len(changes)} times {begins.strip()}, outside any transaction, then the revision is set")


def rendered(direction: str, path: str) -> list[str]:
    """The statements that Alembic would send, without a database."""
    from alembic import command
    from alembic.config import Config

    sql = io.StringIO()
    with contextlib.redirect_stdout(sql), contextlib.redirect_stderr(io.StringIO()):
        getattr(command, direction)(Config("alembic.ini", output_buffer=sql), path, sql=True)
    lines = [line for line in sql.getvalue().splitlines() if line.strip() and not line.startswith("--")]
    return re.findall(r"[^;]+;", " ".join(lines).replace("; ", ";"))


def defined():
    from textloom.revision import indexes

    return indexes()


def main() -> None:
    checks = {check.__name__: check for check in (tools, connection, migration, naming, partial)}
    parser = argparse.ArgumentParser(prog="python -m textloom.check")
    parser.add_argument("what", choices=checks)
    checks[parser.parse_args().what]()


if __name__ == "__main__":
    run(main)
