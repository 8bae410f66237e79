-- TextLoom's database as revision 3737e96ea445 leaves it: six core tables and Alembic's version table.
-- For trying the runbook on a throw-away database; a real target already has it.
--
--   createdb textloom && psql -d textloom -v ON_ERROR_STOP=1 -f schema.sql

CREATE SCHEMA textloom_core;
SET search_path = textloom_core;

-- One row for each video somebody asked for. Times carry no zone: the application writes UTC.
CREATE TABLE tasks (
    id                  uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    title               varchar(255) NOT NULL,
    description         text,
    creator_id          varchar(100),
    task_type           varchar(50) NOT NULL,
    status              varchar(50) NOT NULL DEFAULT 'pending',
    progress            integer NOT NULL DEFAULT 0,
    is_multi_video_task boolean DEFAULT false,
    multi_video_count   integer DEFAULT 1,
    celery_task_id      varchar(255),
    worker_name         varchar(100),
    retry_count         integer DEFAULT 0,
    max_retries         integer DEFAULT 3,
    error_message       text,
    script_title        text,
    script_narration    text,
    script_tags         json DEFAULT '[]',
    video_url           text,
    created_at          timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP,
    updated_at          timestamp,
    started_at          timestamp,
    completed_at        timestamp
);

-- The pictures and clips a task is made from.
CREATE TABLE media_items (
    id             uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    task_id        uuid NOT NULL REFERENCES tasks (id),
    filename       varchar(255) NOT NULL,
    original_url   text NOT NULL,
    file_url       text,
    file_size      integer,
    media_type     varchar(50) NOT NULL,
    mime_type      varchar(100),
    resolution     varchar(20),
    duration       integer,
    caption        text,
    context_before text,
    context_after  text,
    created_at     timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP
);

-- What was recognised in one media item.
CREATE TABLE material_analyses (
    id              uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    task_id         uuid NOT NULL REFERENCES tasks (id),
    media_item_id   uuid REFERENCES media_items (id),
    original_url    text NOT NULL,
    file_url        text,
    file_type       varchar(50) NOT NULL,
    status          varchar(50) NOT NULL DEFAULT 'pending',
    ai_description  text,
    key_objects     json DEFAULT '[]',
    quality_score   double precision,
    processing_time double precision,
    created_at      timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP,
    updated_at      timestamp,
    CONSTRAINT uq_material_analyses_task_original_url UNIQUE (task_id, original_url)
);

-- The voices a script can be written in; a few of them ship as presets.
CREATE TABLE personas (
    id             uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    name           varchar(100) NOT NULL,
    persona_type   varchar(50) NOT NULL,
    style          varchar(100),
    tone           varchar(50),
    custom_prompts json DEFAULT '{}',
    is_preset      boolean DEFAULT false,
    created_at     timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP,
    updated_at     timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP
);

-- The parts of a task that yields several videos.
CREATE TABLE sub_video_tasks (
    id              uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    sub_task_id     varchar(255) NOT NULL UNIQUE,
    parent_task_id  uuid NOT NULL REFERENCES tasks (id) ON DELETE CASCADE,
    progress        integer NOT NULL DEFAULT 0,
    video_index     integer NOT NULL,
    status          varchar(50) NOT NULL DEFAULT 'pending',
    video_url       text,
    thumbnail_url   text,
    duration        integer,
    course_media_id bigint,
    error_message   text,
    created_at      timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP,
    updated_at      timestamp,
    completed_at    timestamp
);

-- The script written for a task, in a persona's voice or in none.
CREATE TABLE script_contents (
    id                uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    task_id           uuid NOT NULL REFERENCES tasks (id),
    persona_id        uuid REFERENCES personas (id),
    script_style      varchar(50),
    generation_status varchar(50) NOT NULL DEFAULT 'pending',
    titles            json DEFAULT '[]',
    narration         text,
    scenes            json,
    word_count        integer,
    created_at        timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP,
    updated_at        timestamp,
    generated_at      timestamp
);

-- Inside the schema on purpose, as in TextLoom: a dump of the schema carries its revision with it.
CREATE TABLE alembic_version (
    version_num varchar(32) NOT NULL,
    CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO alembic_version VALUES ('3737e96ea445');
