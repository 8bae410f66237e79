"""The queries that the indexes are for, in their correct form: real ids, and the values as they are stored.

Interchangeable indexes stand in one set: four of the 20 are the left part of another one, and the planner may take
either. No test asserts a time; times depend on the machine and are printed.
"""

from typing import NamedTuple

import pytest

from textloom.plans import explain, judge


class Case(NamedTuple):
    name: str
    sql: str
    wanted: tuple[set[str], ...]


MEDIA_OF_TASK = {"idx_media_items_task_id", "idx_media_items_task_id_media_type"}
# The unique constraint has served this look-up all along: the new indexes cannot make it much faster.
ANALYSES_OF_TASK = {
    "idx_material_analyses_task_id",
    "idx_material_analyses_task_status",
    "uq_material_analyses_task_original_url",
}
PARTS_OF_TASK = {"idx_sub_video_tasks_parent_task_id", "idx_sub_video_tasks_parent_status"}

CASES = (
    Case(
        "tasks in progress, newest first",
        "SELECT * FROM textloom_core.tasks WHERE status = 'processing' ORDER BY created_at DESC LIMIT 50",
        ({"idx_tasks_status_created_at"},),
    ),
    Case(
        "media of a task",
        "SELECT * FROM textloom_core.media_items WHERE task_id = %(task_id)s",
        (MEDIA_OF_TASK,),
    ),
    Case(
        "task with its two counts",
        """SELECT t.*, (SELECT count(*) FROM textloom_core.media_items m WHERE m.task_id = t.id),
                  (SELECT count(*) FROM textloom_core.material_analyses a WHERE a.task_id = t.id)
           FROM textloom_core.tasks t WHERE t.id = %(task_id)s""",
        ({"tasks_pkey"}, MEDIA_OF_TASK, ANALYSES_OF_TASK),
    ),
    Case(
        "tasks of a common type and status",
        "SELECT * FROM textloom_core.tasks WHERE task_type = 'text_to_video' AND status = 'completed'",
        ({"idx_tasks_task_type_status"},),
    ),
    Case(
        "tasks of a rare type and status",
        "SELECT * FROM textloom_core.tasks WHERE task_type = 'video_generation' AND status = 'failed'",
        ({"idx_tasks_task_type_status"},),
    ),
    Case(
        "tasks of the last 24 hours",
        "SELECT * FROM textloom_core.tasks WHERE created_at BETWEEN %(day_before)s AND %(created_at)s ORDER BY created_at",
        ({"idx_tasks_created_at"},),
    ),
    Case(
        "somebody's completed tasks",
        "SELECT * FROM textloom_core.tasks WHERE creator_id = %(creator_id)s AND status = 'completed'",
        ({"idx_tasks_creator_id_status"},),
    ),
    Case(
        "task of a Celery callback",
        "SELECT * FROM textloom_core.tasks WHERE celery_task_id = %(celery_task_id)s",
        ({"idx_tasks_celery_task_id"},),
    ),
    Case(
        "multi-video tasks in progress",
        "SELECT * FROM textloom_core.tasks WHERE is_multi_video_task = true AND status = 'processing'",
        ({"idx_tasks_multi_video_status", "idx_tasks_status_created_at"},),
    ),
    Case(
        "media with a known address",
        "SELECT * FROM textloom_core.media_items WHERE original_url = %(original_url)s",
        ({"idx_media_items_original_url"},),
    ),
    Case(
        "analyses of a task",
        "SELECT * FROM textloom_core.material_analyses WHERE task_id = %(task_id)s AND status = 'completed'",
        (ANALYSES_OF_TASK,),
    ),
    Case(
        "analysis of a media item",
        "SELECT * FROM textloom_core.material_analyses WHERE media_item_id = %(media_item_id)s",
        ({"idx_material_analyses_media_item_id"},),
    ),
    Case(
        "parts of a task",
        "SELECT * FROM textloom_core.sub_video_tasks WHERE parent_task_id = %(parent_task_id)s",
        (PARTS_OF_TASK,),
    ),
    Case(
        "part by its own id",
        "SELECT * FROM textloom_core.sub_video_tasks WHERE sub_task_id = %(sub_task_id)s",
        ({"idx_sub_video_tasks_sub_task_id", "sub_video_tasks_sub_task_id_key"},),
    ),
    Case(
        "script of a task",
        "SELECT * FROM textloom_core.script_contents WHERE task_id = %(task_id)s",
        ({"idx_script_contents_task_id", "idx_script_contents_task_generation_status"},),
    ),
    Case(
        "scripts of a persona",
        "SELECT * FROM textloom_core.script_contents WHERE persona_id = %(persona_id)s",
        ({"idx_script_contents_persona_id"},),
    ),
    Case(
        "preset personas",
        "SELECT * FROM textloom_core.personas WHERE is_preset = true",
        ({"idx_personas_is_preset"},),
    ),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_plan(db, sample, figure, inconclusive, case):
    plan = explain(db, case.sql, sample)
    verdict = judge(db, plan, *case.wanted)
    figure(case.name, f"{plan.milliseconds:8.3f} ms {plan.buffers:6} buffers {plan.rows:8.0f} rows  {verdict.reason}")
    if verdict.outcome == "inconclusive":
        inconclusive(verdict.reason)
    if verdict.outcome == "fail":
        pytest.fail(verdict.reason, pytrace=False)


def test_the_types_are_stored_in_lower_case(db):
    """'TEXT_TO_VIDEO', as the analysis writes it, matches no row and so passes any check on its plan."""
    stored = {name for (name,) in db.execute("SELECT DISTINCT task_type FROM textloom_core.tasks")}
    assert "text_to_video" in stored, f"stored are {sorted(stored)}"
    assert "TEXT_TO_VIDEO" not in stored
