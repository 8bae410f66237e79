#!/usr/bin/env bash
# Feeds damaged plans to all that is done with plans, until something breaks or the time is over.
# fuzz.sh [SECONDS]: 300 by default. What was found to be interesting is kept in fuzz/corpus and taken up again.
. "$(dirname "$0")/lib.sh"

seconds=${1:-300}
cargo fuzz --version >/dev/null 2>&1 || cargo install cargo-fuzz --locked --root "$TOOLS"
mkdir -p fuzz/corpus/plan
# cargo-fuzz asks the compiler for its instruments, which only nightly ones give without this.
export RUSTC_BOOTSTRAP=1 CARGO_TARGET_DIR=$TARGET/fuzz
cargo fuzz run plan fuzz/corpus/plan tests/plans/pg12 tests/plans/pg15 tests/plans/pg18 -- \
  -max_total_time="$seconds" -dict=fuzz/plan.dict -timeout=10 -rss_limit_mb=1024 -max_len=65536
