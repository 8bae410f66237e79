"""What the indexes do for the task list's N+1 pattern, and what they do not.

They make each of the 201 queries cheap. Only the application can make 3 of them, by asking for all tasks at once.
"""

from collections import defaultdict
from time import perf_counter

from textloom.figures import figure as leave

TASKS = 100


class Counted:
    """A connection that counts the statements it sends."""

    def __init__(self, connection):
        self.connection = connection
        self.statements = 0

    def rows(self, sql, *parameters):
        self.statements += 1
        return self.connection.execute(sql, parameters).fetchall()


def one_query_for_each_task(db):
    """As the analysis finds it in the application."""
    found = {}
    for (task,) in newest_tasks(db):
        media = db.rows("SELECT id FROM textloom_core.media_items WHERE task_id = %s", task)
        analyses = db.rows("SELECT id FROM textloom_core.material_analyses WHERE task_id = %s", task)
        found[task] = ({i for (i,) in media}, {i for (i,) in analyses})
    return found


def one_query_for_all_tasks(db):
    tasks = [task for (task,) in newest_tasks(db)]
    media, analyses = defaultdict(set), defaultdict(set)
    for task, item in db.rows("SELECT task_id, id FROM textloom_core.media_items WHERE task_id = ANY(%s)", tasks):
        media[task].add(item)
    for task, item in db.rows("SELECT task_id, id FROM textloom_core.material_analyses WHERE task_id = ANY(%s)", tasks):
        analyses[task].add(item)
    return {task: (media[task], analyses[task]) for task in tasks}


def newest_tasks(db):
    return db.rows(f"SELECT id FROM textloom_core.tasks ORDER BY created_at DESC, id LIMIT {TASKS}")


def measured(db, what):
    counted = Counted(db)
    start = perf_counter()
    # One snapshot for each variant, so that a busy application cannot change the list in the middle.
    with db.transaction():
        result = what(counted)
    return result, counted.statements, (perf_counter() - start) * 1000


def test_the_same_answer_in_3_queries_as_in_201(db, figure, inconclusive):
    (available,) = db.execute("SELECT count(*) FROM (SELECT FROM textloom_core.tasks LIMIT 100) t").fetchone()
    if available < TASKS:
        inconclusive(f"only {available} tasks, the claim is about {TASKS}")
    measured(db, one_query_for_each_task)  # warms the cache for both
    each, many, slow = measured(db, one_query_for_each_task)
    at_once, few, fast = measured(db, one_query_for_all_tasks)
    figure(f"list of {TASKS} tasks, one query for each", f"{slow:8.1f} ms {many:4} queries")
    figure(f"list of {TASKS} tasks, one query for all", f"{fast:8.1f} ms {few:4} queries")
    leave("list.each.queries", many, "count")
    leave("list.each.ms", slow, "ms")
    leave("list.at-once.queries", few, "count")
    leave("list.at-once.ms", fast, "ms")
    assert (many, few) == (201, 3)
    if each.keys() == at_once.keys():
        assert each == at_once
