#!/usr/bin/env bash
# The Python that the runbooks run, on a throw-away PostgreSQL: the migration and the tools, then the performance suite, which
# must fail before the migration and pass after it.
. "$(dirname "$0")/lib.sh"

PATH=$PATH:$(pg_bin)
dir=$ROOT/target/test-runbooks
port=54600
while port_in_use "$port"; do port=$((port + 1)); done
trap '"$ROOT/scripts/demo-db.sh" stop "$dir"' EXIT
scripts/demo-db.sh start "$dir" "$port"
scripts/demo-db.sh load "$dir" "$port" "${ROWS:-10000}"
DATABASE_URL=$(cat "$dir/url")
export DATABASE_URL
unset PGSERVICE PGHOST PGHOSTADDR PGDATABASE

cd runbooks/textloom
say "TextLoom: its migration and its tools"
uv run --quiet pytest tests/tools/ -q

say "TextLoom: its performance suite, before and after the migration"
uv run --quiet alembic downgrade 3737e96ea445
# 1: tests failed. Anything else, 4 for no tests at all, would be another reason.
code=0
uv run --quiet pytest tests/performance/ -q >"$dir/before.log" 2>&1 || code=$?
[ "$code" = 1 ] || fail "the performance suite ended with $code before the migration, expected 1: $dir/before.log says why."
uv run --quiet alembic upgrade b15222e11ab9
psql -X -q "$DATABASE_URL" -v ON_ERROR_STOP=1 \
  -c "ANALYZE textloom_core.tasks, textloom_core.media_items, textloom_core.material_analyses, textloom_core.sub_video_tasks, textloom_core.script_contents, textloom_core.personas"
uv run --quiet pytest tests/performance/ -v
uv run --quiet alembic downgrade 3737e96ea445
