#!/usr/bin/env bash
# The table of docs/textloom.md: TextLoom's validation queries judged before and behind its 20 indexes, at two sizes.
. "$(dirname "$0")/lib.sh"

scripts/setup.sh test
PATH=$PATH:$(pg_bin)
for size in 10_000 100_000; do
  cargo test -q --no-default-features --features ssr --test textloom -- --exact --nocapture \
    "majors::postgresql_${PG_MAJOR:-15}_with_${size}_tasks" | grep '^|'
  echo
done
