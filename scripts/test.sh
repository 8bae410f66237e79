#!/usr/bin/env bash
# Everything that can be found out by running it: Rust's tests, with a real PostgreSQL, then a real browser.
. "$(dirname "$0")/lib.sh"

scripts/setup.sh test
scripts/build.sh debug
PATH=$PATH:$(pg_bin)
# Each part runs whatever the one before says: one run names every failure.
status=0

say "Rust tests"
log=$ROOT/target/rust-tests.log
if cargo nextest --version >/dev/null 2>&1; then
  cargo nextest run --no-default-features --features ssr 2>&1 | tee "$log" || status=1
else
  cargo test --no-default-features --features ssr --no-fail-fast 2>&1 | tee "$log" || status=1
fi

say "Runbook tests"
scripts/test-runbooks.sh || status=1

say "Browser tests"
cd end2end
KNEEBOARD_BIN=$TARGET/debug/kneeboard node_modules/.bin/playwright test || status=1

# Long ago by now, and whoever sees only the end should see them.
grep -hE '^ +(FAIL|TIMEOUT|ABORT|SIG[A-Z]+) |^test .* FAILED$' "$log" | sort -u || true
exit "$status"
