#!/usr/bin/env bash
# Everything that can be found out by running it: Rust's tests, with a real PostgreSQL, then a real browser.
. "$(dirname "$0")/lib.sh"

scripts/setup.sh test
scripts/build.sh debug
PATH=$PATH:$(pg_bin)
# Each part runs whatever the one before says: one run names every failure.
status=0

say "Rust tests"
if cargo nextest --version >/dev/null 2>&1; then
  cargo nextest run --no-default-features --features ssr || status=1
else
  cargo test --no-default-features --features ssr --no-fail-fast || status=1
fi

say "Runbook tests"
scripts/test-runbooks.sh || status=1

say "Browser tests"
cd end2end
KNEEBOARD_BIN=$TARGET/debug/kneeboard node_modules/.bin/playwright test || status=1
exit "$status"
