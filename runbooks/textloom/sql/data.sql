-- Demo rows in TextLoom's proportions, for the tables of schema.sql. The same n gives the same rows on
-- every machine and server version: each value is drawn from the MD5 of what it belongs to.
--
--   psql -d textloom -v ON_ERROR_STOP=1 -v n=10000 -f data.sql
--
-- For n tasks: 3n media items, 3n analyses, about n/2 sub-tasks, n scripts and 50 personas.

SET search_path = textloom_core;
SET client_min_messages = warning;

-- A number in [0, 1) that depends on the key alone.
CREATE FUNCTION pg_temp.draw(key text) RETURNS double precision
    LANGUAGE sql IMMUTABLE
    AS $$ SELECT ('x' || substr(md5(key), 1, 8))::bit(32)::bigint / 4294967296.0 $$;

-- 50 personas, the first 8 of them presets.
INSERT INTO personas (id, name, persona_type, style, tone, is_preset, created_at, updated_at)
SELECT md5('persona ' || p)::uuid,
       'Persona ' || p,
       (ARRAY['product_geek', 'teacher', 'reviewer', 'custom'])[1 + p % 4],
       'conversational',
       (ARRAY['warm', 'dry', 'brisk'])[1 + p % 3],
       p <= 8,
       timestamp '2024-12-01',
       timestamp '2024-12-01'
FROM generate_series(1, 50) AS p;

-- Tasks, evenly over 230 days: 93 % text_to_video, 25 % with several videos;
-- 86 % completed, 7 % failed, 3 % cancelled, 2 % partly successful, 1.5 % pending, 0.5 % processing.
INSERT INTO tasks (id, title, description, creator_id, task_type, status, progress, is_multi_video_task,
                   multi_video_count, celery_task_id, worker_name, error_message, script_title,
                   script_narration, video_url, created_at, updated_at, started_at, completed_at)
SELECT md5('task ' || g)::uuid,
       'Task ' || g,
       repeat('What the video should tell. ', 5),
       'user-' || g % 500,
       CASE WHEN type < 0.93 THEN 'text_to_video'
            WHEN type < 0.965 THEN 'content_analysis'
            ELSE 'video_generation' END,
       status,
       CASE status WHEN 'completed' THEN 100 WHEN 'pending' THEN 0 ELSE (progress * 100)::int END,
       multi < 0.25,
       CASE WHEN multi < 0.25 THEN 2 ELSE 1 END,
       md5('celery ' || g)::uuid::text,
       CASE WHEN status <> 'pending' THEN 'celery@worker-' || g % 6 END,
       CASE status WHEN 'failed' THEN 'The renderer gave up after three attempts.' END,
       'Script ' || g,
       repeat('narration ', 60),
       CASE status WHEN 'completed' THEN 'https://cdn.example.com/v/' || md5('video ' || g) || '.mp4' END,
       created,
       created + interval '9 minutes',
       CASE WHEN status <> 'pending' THEN created + interval '1 minute' END,
       CASE status WHEN 'completed' THEN created + interval '9 minutes' END
FROM (
    SELECT g, type, multi, progress,
           timestamp '2025-01-01' + g * (interval '230 days' / :n) AS created,
           CASE WHEN state < 0.86 THEN 'completed'
                WHEN state < 0.93 THEN 'failed'
                WHEN state < 0.96 THEN 'cancelled'
                WHEN state < 0.98 THEN 'partial_success'
                WHEN state < 0.995 THEN 'pending'
                ELSE 'processing' END AS status
    FROM (
        SELECT g,
               pg_temp.draw('type ' || g) AS type,
               pg_temp.draw('state ' || g) AS state,
               pg_temp.draw('multi ' || g) AS multi,
               pg_temp.draw('progress ' || g) AS progress
        FROM generate_series(1, :n) AS g
    ) AS drawn
) AS task
ORDER BY g;

-- Three media items a task, every third of them a video.
INSERT INTO media_items (id, task_id, filename, original_url, file_url, file_size, media_type, mime_type,
                         caption, context_before, context_after, created_at)
SELECT md5('media ' || t.id || k)::uuid,
       t.id,
       'material-' || k || CASE k WHEN 3 THEN '.mp4' ELSE '.png' END,
       'https://mp.example.com/material/' || md5('url ' || t.id || k) || md5('key ' || t.id || k) || '/640?k=' || k,
       'https://oss.example.com/' || md5('file ' || t.id || k),
       (pg_temp.draw('size ' || t.id || k) * 1e6)::int,
       CASE k WHEN 3 THEN 'video' ELSE 'image' END,
       CASE k WHEN 3 THEN 'video/mp4' ELSE 'image/png' END,
       'A caption',
       repeat('before ', 20),
       repeat('after ', 20),
       t.created_at
FROM tasks AS t, generate_series(1, 3) AS k
ORDER BY t.created_at, t.id, k;

-- One analysis a media item; one in five has lost the link to its item, which the partial index leaves out.
INSERT INTO material_analyses (id, task_id, media_item_id, original_url, file_type, status, ai_description,
                               quality_score, processing_time, created_at)
SELECT md5('analysis ' || m.id)::uuid,
       m.task_id,
       CASE WHEN pg_temp.draw('link ' || m.id) < 0.8 THEN m.id END,
       m.original_url,
       m.media_type,
       CASE WHEN pg_temp.draw('analysis state ' || m.id) < 0.95 THEN 'completed' ELSE 'failed' END,
       repeat('what is seen ', 20),
       pg_temp.draw('quality ' || m.id),
       pg_temp.draw('seconds ' || m.id) * 20,
       m.created_at
FROM media_items AS m
ORDER BY m.created_at, m.task_id, m.id;

-- Two parts for each task with several videos.
INSERT INTO sub_video_tasks (id, sub_task_id, parent_task_id, video_index, status, progress, created_at)
SELECT md5('part ' || t.id || k)::uuid,
       t.id || '_video_' || k,
       t.id,
       k,
       CASE WHEN pg_temp.draw('part state ' || t.id || k) < 0.93 THEN 'completed' ELSE 'failed' END,
       100,
       t.created_at
FROM tasks AS t, generate_series(1, 2) AS k
WHERE t.is_multi_video_task
ORDER BY t.created_at, t.id, k;

-- One script a task, three in five in a persona's voice.
INSERT INTO script_contents (id, task_id, persona_id, script_style, generation_status, narration, word_count, created_at)
SELECT md5('script ' || t.id)::uuid,
       t.id,
       CASE WHEN pg_temp.draw('voice ' || t.id) < 0.6
            THEN md5('persona ' || 1 + floor(50 * pg_temp.draw('persona ' || t.id))::int)::uuid END,
       'default',
       CASE WHEN pg_temp.draw('script state ' || t.id) < 0.9 THEN 'completed' ELSE 'pending' END,
       repeat('narration ', 40),
       300,
       t.created_at
FROM tasks AS t
ORDER BY t.created_at, t.id;

DROP FUNCTION pg_temp.draw(text);

-- The counters of what was inserted are handed on a second later. Coming after ANALYZE they would call it stale.
DO $$ BEGIN PERFORM pg_sleep(1.1); END $$;
ANALYZE tasks, media_items, material_analyses, personas, sub_video_tasks, script_contents;
