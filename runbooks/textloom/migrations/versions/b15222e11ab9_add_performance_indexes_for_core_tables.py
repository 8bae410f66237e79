"""Add the 20 performance indexes of the core tables.

Each is built CONCURRENTLY, outside any transaction: writes go on, no lock outlives its own index, and a build that
is stopped costs that one index. The price is that a stopped build leaves an INVALID index behind, which is why an
index counts as done only when it is valid and has exactly the definition below, and why IF NOT EXISTS is not used.

So the upgrade may be run again: what is done is passed over, what is in the way is named before anything is built.

Revision ID: b15222e11ab9
Revises: 3737e96ea445
"""

from textloom.concurrently import Index, build, drop

revision = "b15222e11ab9"
down_revision = "3737e96ea445"
branch_labels = None
depends_on = None

INDEXES = (
    Index("tasks", "idx_tasks_status_created_at", "btree (status, created_at)"),
    Index("tasks", "idx_tasks_task_type_status", "btree (task_type, status)"),
    Index("tasks", "idx_tasks_creator_id_status", "btree (creator_id, status)"),
    Index("tasks", "idx_tasks_celery_task_id", "hash (celery_task_id)"),
    Index("tasks", "idx_tasks_created_at", "btree (created_at)"),
    Index("tasks", "idx_tasks_multi_video_status", "btree (is_multi_video_task, status)"),
    Index("media_items", "idx_media_items_task_id", "btree (task_id)"),
    Index("media_items", "idx_media_items_task_id_media_type", "btree (task_id, media_type)"),
    Index("media_items", "idx_media_items_original_url", "hash (original_url)"),
    Index("material_analyses", "idx_material_analyses_task_id", "btree (task_id)"),
    Index("material_analyses", "idx_material_analyses_task_status", "btree (task_id, status)"),
    Index(
        "material_analyses",
        "idx_material_analyses_media_item_id",
        "btree (media_item_id) WHERE (media_item_id IS NOT NULL)",
    ),
    Index("sub_video_tasks", "idx_sub_video_tasks_parent_task_id", "btree (parent_task_id)"),
    Index("sub_video_tasks", "idx_sub_video_tasks_parent_status", "btree (parent_task_id, status)"),
    Index("sub_video_tasks", "idx_sub_video_tasks_sub_task_id", "hash (sub_task_id)"),
    Index("script_contents", "idx_script_contents_task_id", "btree (task_id)"),
    Index("script_contents", "idx_script_contents_persona_id", "btree (persona_id) WHERE (persona_id IS NOT NULL)"),
    Index("script_contents", "idx_script_contents_task_generation_status", "btree (task_id, generation_status)"),
    Index("personas", "idx_personas_is_preset", "btree (is_preset) WHERE (is_preset = true)"),
    Index("personas", "idx_personas_persona_type", "btree (persona_type)"),
)


def upgrade() -> None:
    build(INDEXES)


def downgrade() -> None:
    drop(INDEXES)
