"""Runs EXPLAIN (ANALYZE) safely and says in one sentence whether the plan is what the indexes are for.

A plan is judged by what it does, never by its text: which indexes it reads, in whatever way and direction, and
whether a sequential scan has a good reason.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import psycopg

SMALL_PAGES = 10
"""A table of at most this many pages (8 kB each) is read as a whole for less than an index costs."""

UNSELECTIVE = 0.10
"""A predicate that keeps more than this share of the rows is rightly answered by reading them all."""

REPETITIONS = 5
"""The first run warms the cache, the fastest is reported: the others have been disturbed."""


@dataclass(frozen=True)
class Plan:
    sql: str
    root: dict
    milliseconds: float

    def nodes(self) -> Iterator[dict]:
        waiting = [self.root]
        while waiting:
            node = waiting.pop()
            yield node
            waiting += node.get("Plans", [])

    @property
    def rows(self) -> float:
        """Rows of the answer. So no query here counts only: that answers with one row even where nothing matches."""
        return self.root["Actual Rows"]

    @property
    def buffers(self) -> int:
        return self.root.get("Shared Hit Blocks", 0) + self.root.get("Shared Read Blocks", 0)

    @property
    def indexes(self) -> set[str]:
        """Index Scan, Index Only Scan and Bitmap Index Scan all carry the name; the direction does not matter."""
        return {node["Index Name"] for node in self.nodes() if "Index Name" in node}

    @property
    def sequential(self) -> list[dict]:
        return [node for node in self.nodes() if node["Node Type"] == "Seq Scan"]


@dataclass(frozen=True)
class Verdict:
    outcome: str
    """pass, fail or inconclusive."""
    reason: str


def explain(connection: psycopg.Connection, sql: str, parameters: dict) -> Plan:
    """EXPLAIN ANALYZE executes the statement, so the connection has to be one that cannot write (see conftest.py)."""
    best = None
    for _ in range(REPETITIONS):
        with connection.transaction(force_rollback=True):
            row = connection.execute(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {sql}", parameters).fetchone()
        answer = row[0][0]
        plan = Plan(sql, answer["Plan"], answer["Execution Time"])
        if best is None or plan.milliseconds < best.milliseconds:
            best = plan
    return best


def judge(connection: psycopg.Connection, plan: Plan, *wanted: set[str]) -> Verdict:
    """Passes if, of each set of interchangeable indexes, the plan reads one, or had no reason to."""
    if plan.rows == 0:
        return Verdict("inconclusive", "matches 0 rows, so it proves nothing")
    reasons = []
    for node in plan.sequential:
        reason, good = _why_sequential(connection, node)
        if not good:
            return Verdict("fail", f"{reason}; expected {_one_of(wanted)}{_missing(connection, wanted)}")
        reasons.append(reason)
    for choice in wanted:
        if used := plan.indexes & choice:
            reasons.append(f"reads {', '.join(sorted(used))}")
        elif not plan.sequential:
            other = ", ".join(sorted(plan.indexes)) or "no index"
            return Verdict("fail", f"reads {other}; expected {_one_of([choice])}{_missing(connection, [choice])}")
    return Verdict("pass", "; ".join(reasons))


def _why_sequential(connection: psycopg.Connection, node: dict) -> tuple[str, bool]:
    table = node["Relation Name"]
    pages = connection.execute(
        "SELECT relpages FROM pg_class WHERE oid = to_regclass(format('textloom_core.%%I', %s::text))", [table]
    ).fetchone()[0]
    read = node["Actual Rows"] + node.get("Rows Removed by Filter", 0)
    kept = node["Actual Rows"] / read if read else 0
    if pages <= SMALL_PAGES:
        return f"reads all of {table}, rightly: {pages} page{'s' * (pages != 1)}", True
    if kept > UNSELECTIVE:
        return f"reads all of {table}, rightly: keeps {kept:.0%} of its rows", True
    return f"reads all of {table}, {pages} pages, to keep {kept:.1%} of its rows", False


def _one_of(wanted) -> str:
    return " and ".join(" or ".join(sorted(choice)) for choice in wanted)


def _missing(connection: psycopg.Connection, wanted) -> str:
    names = sorted(set().union(*wanted))
    there = connection.execute(
        "SELECT c.relname FROM pg_class c JOIN pg_index i ON i.indexrelid = c.oid AND i.indisvalid "
        "WHERE c.relnamespace = 'textloom_core'::regnamespace AND c.relname = ANY(%s)",
        [names],
    ).fetchall()
    missing = set(names) - {name for (name,) in there}
    return f" ({len(missing)} of these missing or invalid)" if missing else ""
