#!/usr/bin/env bash
# Installs what is missing, builds, and becomes the demo: http://127.0.0.1:PORT with ROWS tasks in its database.
# With FRESH=1 an earlier demo is forgotten.
. "$(dirname "$0")/lib.sh"

: "${PORT:=8480}" "${ROWS:=10000}" "${FRESH:=}"
# Before the minutes of a first build, not after them.
want_port "$PORT" demo
scripts/setup.sh demo
scripts/build.sh debug
PATH=$PATH:$(pg_bin)
exec "$TARGET/debug/kneeboard" demo --listen "127.0.0.1:$PORT" --rows "$ROWS" ${FRESH:+--fresh}
